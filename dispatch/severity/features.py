"""How answers become features, the same in training and on the workstation.

Every feature is an indicator with a sign: +1 may only raise, -1 may only lower, 0 is free. A
graded question gives one indicator for its reassuring grade and one for each worse grade reached
(a thermometer), so that a worse answer has every indicator of a better one and more: with bounded
weights it can never score lower. "Unknown" and silence give no indicator. Concepts add indicators
shared by all types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatch.domain.message import Problem
from dispatch.severity.questions import UNKNOWN, Answers, CallType, Question, QuestionBook

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Answered:
    """What was known at a moment: answers by question id, in the order they were recorded."""

    answers: dict[str, str]

    @property
    def known(self) -> int:
        """How many questions have an answer other than "unknown"."""
        return sum(option != UNKNOWN for option in self.answers.values())


def as_of(answers: Mapping[str, str | tuple[str, int]], as_of_us: int) -> Answered:
    """The answers as they stood at `as_of_us`, for every feature and rule.

    A value is an option id, or (option id, recorded at, microseconds UTC). Refuses anything
    recorded later: `Problem("severity.answer.future")`, so that no future leaks into a level.
    """
    rows: list[tuple[int, str, str]] = []
    for question_id, given in answers.items():
        option_id, recorded_us = (given, as_of_us) if isinstance(given, str) else given
        if recorded_us > as_of_us:
            raise Problem("severity.answer.future", question=question_id)
        rows.append((recorded_us, question_id, option_id))
    rows.sort(key=lambda row: row[0])
    return Answered({question_id: option_id for _, question_id, option_id in rows})


@dataclass(frozen=True)
class TypeCode:
    """The features of one call type: its own, and those of each option of each question."""

    own: int
    questions: Mapping[str, Mapping[str, tuple[int, ...]]]


@dataclass(frozen=True)
class FeatureCode:
    """The list of features and which of them an answer switches on."""

    names: tuple[str, ...]
    signs: tuple[int, ...]
    types: Mapping[str, TypeCode]


@dataclass(frozen=True)
class Term:
    """The features that one answer adds beyond those already on."""

    question_id: str
    option_id: str
    features: tuple[int, ...]


def feature_code(book: QuestionBook) -> FeatureCode:
    """The features of a question book."""
    names: list[str] = []
    signs: list[int] = []
    index: dict[str, int] = {}

    def feature(name: str, sign: int) -> int:
        if name not in index:
            index[name] = len(names)
            names.append(name)
            signs.append(sign)
        return index[name]

    types: dict[str, TypeCode] = {}
    for call_type in book.types:
        own = feature(f"type:{call_type.type_id}", 0)
        questions: dict[str, dict[str, tuple[int, ...]]] = {}
        for question in call_type.questions:
            stem = f"{call_type.type_id}.{question.question_id}"
            worse = sorted({option.grade for option in question.options if option.grade})
            options: dict[str, tuple[int, ...]] = {}
            for option in question.options:
                found: list[int] = []
                if option.grade is None:
                    found.append(feature(f"{stem}={option.option_id}", 0))
                elif option.grade == 0:
                    found.append(feature(f"{stem}=reassuring", -1))
                else:
                    found += [feature(f"{stem}>={g}", 1) for g in worse if g <= option.grade]
                options[option.option_id] = tuple(found)
            _add_concepts(question, options, book, feature)
            questions[question.question_id] = options
        types[call_type.type_id] = TypeCode(own, questions)
    return FeatureCode(tuple(names), tuple(signs), types)


def _add_concepts(
    question: Question,
    options: dict[str, tuple[int, ...]],
    book: QuestionBook,
    feature: object,
) -> None:
    """Shared concept features; a worse grade keeps the raising concepts of the milder ones."""
    assert callable(feature)
    for option in question.options:
        concepts = list(option.concepts)
        if option.grade:
            for milder in question.options:
                if milder.grade and milder.grade <= option.grade:
                    concepts += milder.concepts
        signed = [each for each in dict.fromkeys(concepts) if book.signs[each] != 0]
        extra = tuple(feature(f"concept:{each}", book.signs[each]) for each in signed)
        options[option.option_id] += extra


def terms(code: TypeCode, call_type: CallType, answers: Answers) -> list[Term] | None:
    """The features each answer adds, in the order recorded; a feature is counted once.

    Answers to questions of other types, or that no longer make sense, add nothing. None where an
    answer is not in the code: outside what the model learned.
    """
    used: set[int] = set()
    rows: list[Term] = []
    for question_id, option_id in answers.items():
        question = call_type.question(question_id)
        if question is None or option_id == UNKNOWN or not question.is_open(answers):
            continue
        features = code.questions.get(question_id, {}).get(option_id)
        if features is None:
            return None
        added = tuple(each for each in features if each not in used)
        used.update(added)
        rows.append(Term(question_id, option_id, added))
    return rows


def stage(call_type: CallType, answers: Iterable[str]) -> int:
    """How far the questions have come: how many of the type's were asked, "unknown" included."""
    own = {question.question_id for question in call_type.questions}
    return sum(question_id in own for question_id in answers)
