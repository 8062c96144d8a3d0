"""Undo: the inverse of the last thing a desk did, as a fact of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from dispatch.desk.verbs import (
    WORKING,
    Command,
    Context,
    Decision,
    Recorded,
    Refusal,
    authorise,
    verb,
)
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture import Picture

DEPTH = 50


class Undo(Command, frozen=True):
    """Take back the last undoable thing this desk did. A dispatch has a recall instead."""


@verb(Undo, people=WORKING)
def _undo(picture: Picture, command: Undo, context: Context) -> Decision:
    # The desk asks its own stack; this registration carries who may undo.
    raise Refusal("desk.nothing_to_undo")


@dataclass(frozen=True)
class _Step:
    pos: int
    inverse: tuple[Recorded, ...]
    still: Callable[[Picture], bool]


class UndoStack:
    """What each desk could take back, newest last. It lives with the session, not the journal."""

    def __init__(self) -> None:
        self._steps: dict[str, deque[_Step]] = {}

    def remember(self, desk_id: str, decision: Decision, envelopes: Sequence[Envelope]) -> None:
        """Keep how to undo what was just recorded, and forget a step that was just undone."""
        if "undid" in decision.result:
            self._steps[desk_id].pop()
        if decision.inverse and decision.still is not None:
            steps = self._steps.setdefault(desk_id, deque(maxlen=DEPTH))
            steps.append(_Step(envelopes[0].pos, tuple(decision.inverse), decision.still))

    def decide(self, picture: Picture, context: Context) -> Decision:
        """The inverse of the newest step that still stands; refused when it was overtaken."""
        authorise(picture, Undo(), context)
        steps = self._steps.get(context.actor.desk_id)
        if not steps:
            raise Refusal("desk.nothing_to_undo")
        step = steps[-1]
        if not step.still(picture):
            steps.pop()
            raise Refusal("desk.undo_overtaken")
        facts = [(stream, replace(fact, undoes=step.pos)) for stream, fact in step.inverse]
        return Decision(facts=facts, result={"undid": step.pos})
