"""The question book that the desk works by: the agency's own, or the one that is shipped."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path

from dispatch.domain.call import Call
from dispatch.domain.incident import Incident
from dispatch.domain.message import Problem
from dispatch.resources import resource
from dispatch.severity.questions import Question, QuestionBook
from ui.panel import PanelContext

log = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def _load(folder: Path) -> QuestionBook:
    return QuestionBook.load(folder)


def book_of(context: PanelContext) -> QuestionBook:
    """The book of the context's agency; the shipped one where it has none or a broken one."""
    if context.agency is not None:
        own = context.agency.path / "questions"
        if own.is_dir():
            try:
                return _load(own)
            except Problem as problem:
                log.error("the agency's questions cannot be used: %s", problem)
    return _load(resource("questions"))


def answers_of(incident: Incident) -> dict[str, str]:
    """Question id to option id, as answered so far."""
    return {question: answer.option_id for question, answer in incident.answers.items()}


def open_questions(book: QuestionBook, incident: Incident) -> list[Question]:
    """The questions of the incident's type that make sense now, in protocol order."""
    if not book.has_type(incident.type_id):
        return []
    answers = answers_of(incident)
    return [q for q in book.type(incident.type_id).questions if q.is_open(answers)]


def script_call(context: PanelContext, incident: Incident) -> Call | None:
    """The newest call of an incident that a simulated caller makes; only in exercises."""
    for call_id in reversed(incident.call_ids):
        call = context.board.call(call_id)
        if call is not None and call.script is not None:
            return call
    return None
