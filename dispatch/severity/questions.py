"""The question book: call types, their questions and options, protocol rules, instruction cards.

All of it is data in `resources/questions/`; the texts are in the catalogue
(`resources/languages/*/questions.toml`), reached through the `message` of each thing. Answers are
a mapping question id -> option id; `UNKNOWN` is always a possible option and never means "no";
a question that was not asked is absent. Question ids mean the same in every call type, so answers
survive a change of type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.domain.level import Level
from dispatch.domain.message import Message, Problem
from dispatch.words import LANGUAGES, catalogue

UNKNOWN = "unknown"
SERVICES = ("medical", "fire", "police", "rescue")

Answers = Mapping[str, str]


@dataclass(frozen=True)
class Option:
    """One answer; `digit` is its key 1..9; `grade` 0 reassures, higher is worse, None is a kind."""

    question_id: str
    option_id: str
    digit: int
    grade: int | None
    concepts: tuple[str, ...]
    services: tuple[str, ...]

    @property
    def message(self) -> Message:
        """The text of the answer."""
        if self.option_id == UNKNOWN:
            return Message("questions.option.unknown")
        return Message(f"questions.option.{self.question_id}.{self.option_id}")

    @property
    def reason(self) -> Message:
        """The answer as a reason in words ("not breathing"): its first concept."""
        return Message(f"severity.concept.{self.concepts[0]}") if self.concepts else self.message


@dataclass(frozen=True)
class Question:
    """A question with its options in the order of their digit keys.

    `only_if`: parent question -> options under which it is asked at all.
    """

    question_id: str
    options: tuple[Option, ...]
    only_if: Mapping[str, tuple[str, ...]]

    @property
    def message(self) -> Message:
        """The text of the question, as spoken to the caller."""
        return Message(f"questions.ask.{self.question_id}")

    @property
    def unknown(self) -> Option:
        """The option "unknown" (key 0)."""
        return Option(self.question_id, UNKNOWN, 0, None, (), ())

    def option(self, option_id: str) -> Option | None:
        """The option of an id, "unknown" included; None where there is none."""
        if option_id == UNKNOWN:
            return self.unknown
        return next((each for each in self.options if each.option_id == option_id), None)

    def of_digit(self, digit: int) -> Option | None:
        """The option of a digit key; 0 is "unknown"."""
        if digit == 0:
            return self.unknown
        return self.options[digit - 1] if 1 <= digit <= len(self.options) else None

    def is_open(self, answers: Answers) -> bool:
        """Whether it makes sense to ask, given what has been answered."""
        return all(answers.get(parent) in allowed for parent, allowed in self.only_if.items())


@dataclass(frozen=True)
class Rule:
    """A row of the protocol table: `level` where each question of `when` has a listed option."""

    level: Level
    when: Mapping[str, tuple[str, ...]]

    def holds(self, answers: Answers) -> bool:
        """Whether all conditions are answered so; silence and "unknown" satisfy none."""
        return all(answers.get(question) in options for question, options in self.when.items())


@dataclass(frozen=True)
class CardRule:
    """When an instruction card is offered; without conditions: always."""

    card_id: str
    when: Mapping[str, tuple[str, ...]]

    def holds(self, answers: Answers) -> bool:
        """Whether all conditions are answered so."""
        return all(answers.get(question) in options for question, options in self.when.items())


@dataclass(frozen=True)
class Card:
    """An instruction card, read to the caller. `rate_per_min` asks for a beat timer."""

    card_id: str
    step_count: int
    rate_per_min: int | None

    @property
    def title(self) -> Message:
        """The card's title, for the dispatcher."""
        return Message(f"questions.card.{self.card_id}")

    @property
    def steps(self) -> tuple[Message, ...]:
        """The sentences to speak, in order."""
        return tuple(
            Message(f"questions.card.{self.card_id}.{step}")
            for step in range(1, self.step_count + 1)
        )


@dataclass(frozen=True)
class CallType:
    """One of the call types, with everything the protocol knows about it."""

    type_id: str
    services: tuple[str, ...]
    default: Level
    concepts: tuple[str, ...]
    questions: tuple[Question, ...]
    raises: tuple[Rule, ...]
    lowers: tuple[Rule, ...]
    cards: tuple[CardRule, ...]

    @property
    def name(self) -> Message:
        """The type's name."""
        return Message(f"questions.type.{self.type_id}")

    def question(self, question_id: str) -> Question | None:
        """One of its questions."""
        return next((each for each in self.questions if each.question_id == question_id), None)

    def services_for(self, answers: Answers) -> tuple[str, ...]:
        """The services to send: those of the type, then those an answer calls in, in that order."""
        wanted = list(self.services)
        for question in self.questions:
            option = question.option(answers.get(question.question_id, UNKNOWN))
            if option is not None:
                wanted += [service for service in option.services if service not in wanted]
        return tuple(wanted)

    def next_unanswered(self, answers: Answers) -> Question | None:
        """The first open question without an answer, in protocol order ("unknown" is an answer)."""
        for question in self.questions:
            if question.question_id not in answers and question.is_open(answers):
                return question
        return None


@dataclass(frozen=True)
class QuestionBook:
    """Every call type with its questions, as loaded from a folder and checked.

    `signs`: concept id -> +1 raises, -1 reassures, 0 neutral. `sha`: SHA-256 of the files read.
    """

    version: str
    sha: str
    types: tuple[CallType, ...]
    cards: Mapping[str, Card]
    signs: Mapping[str, int]
    _types: dict[str, CallType] = field(default_factory=dict, repr=False)
    _questions: dict[str, Question] = field(default_factory=dict, repr=False)
    _words: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for call_type in self.types:
            self._types[call_type.type_id] = call_type
            for question in call_type.questions:
                self._questions.setdefault(question.question_id, question)

    @staticmethod
    def load(folder: Path) -> QuestionBook:
        """The book of a folder. Raises `Problem("severity.questions....")` with file and line."""
        from dispatch.severity.questions_file import load_book

        return load_book(folder)

    @staticmethod
    def shipped() -> QuestionBook:
        """The book that comes with Vigil."""
        from dispatch.resources import resource

        return QuestionBook.load(resource("questions"))

    def type(self, type_id: str) -> CallType:
        """The call type of an id. Raises `Problem("severity.questions.unknown_type")`."""
        found = self._types.get(type_id)
        if found is None:
            known = ", ".join(self._types)
            raise Problem("severity.questions.unknown_type", type=type_id, known=known)
        return found

    def has_type(self, type_id: str) -> bool:
        """Whether the book knows a call type."""
        return type_id in self._types

    def question(self, question_id: str) -> Question | None:
        """A question of any type."""
        return self._questions.get(question_id)

    def next_unanswered(self, type_id: str, answers: Answers) -> Question | None:
        """The next question of a type in protocol order, None when all are answered."""
        return self.type(type_id).next_unanswered(answers)

    def concepts(
        self, type_id: str, answers: Answers, extras: Iterable[str] = ()
    ) -> frozenset[str]:
        """The red-flag concepts that hold: of the type, of every answer given, and `extras`.

        Answers given under another type count too: what was said stays said; an answer to a
        question that no longer makes sense (its parent was corrected) does not. Unknown ids add
        nothing.
        """
        found = set(extras)
        if type_id in self._types:
            found.update(self._types[type_id].concepts)
        for question_id, option_id in answers.items():
            question = self._questions.get(question_id)
            option = question.option(option_id) if question else None
            if option is not None and question is not None and question.is_open(answers):
                found.update(option.concepts)
        return frozenset(found)

    def check_answer(self, question_id: str, option_id: str) -> None:
        """Raises `Problem("severity.answer.unknown")` where the book has no such answer."""
        question = self._questions.get(question_id)
        if question is None or question.option(option_id) is None:
            raise Problem("severity.answer.unknown", question=question_id, answer=option_id)

    def cards_for(self, type_id: str, answers: Answers) -> tuple[Card, ...]:
        """The instruction cards that fit, the most pressing first."""
        offered: list[Card] = []
        for rule in self.type(type_id).cards:
            card = self.cards[rule.card_id]
            if rule.holds(answers) and card not in offered:
                offered.append(card)
        if any(card.rate_per_min for card in offered):
            # Compressions leave no hand free for anything else; a danger card stands before them.
            last = max(at for at, card in enumerate(offered) if card.rate_per_min)
            offered = offered[: last + 1]
        if "compressions_child" in (card.card_id for card in offered):
            offered = [card for card in offered if card.card_id != "compressions"]
        return tuple(offered)

    def search(self, text: str, language: str = "en") -> tuple[CallType, ...]:
        """The types a few letters may mean, best first; all, in order, for an empty text.

        Every typed word must begin (or, in Korean, be part of) a name or search word. Words of
        the asked language weigh most; the others count too, for mixed speech.
        """
        typed = [_fold(word) for word in text.split()]
        if not typed:
            return self.types
        scored = []
        for order, call_type in enumerate(self.types):
            score = sum(self._score(call_type, word, language) or -1000 for word in typed)
            if score > 0:
                scored.append((-score, order, call_type))
        return tuple(call_type for _, _, call_type in sorted(scored, key=lambda row: row[:2]))

    def _score(self, call_type: CallType, typed: str, language: str) -> int:
        best = 0
        for tongue in dict.fromkeys((language, *LANGUAGES)):
            own = 10 if tongue == language else 0
            for rank, phrase in enumerate(self._phrases(call_type, tongue)):
                weight = own + (4 if rank == 0 else 2)
                if phrase == typed:
                    best = max(best, weight + 3)
                elif phrase.startswith(typed):
                    best = max(best, weight + 1)
                elif f" {typed}" in phrase:
                    best = max(best, weight)
                elif tongue == "ko" and typed in phrase:
                    best = max(best, weight - 1)
        return best

    def _phrases(self, call_type: CallType, language: str) -> tuple[str, ...]:
        key = (call_type.type_id, language)
        if key not in self._words:
            words = catalogue(language)
            name = words.get(f"questions.type.{call_type.type_id}", "")
            listed = words.get(f"questions.type.{call_type.type_id}.search", "")
            texts = [str(name), *str(listed).split(","), call_type.type_id.replace("_", " ")]
            self._words[key] = tuple(_fold(text) for text in texts if text.strip())
        return self._words[key]

    def word_ids(self) -> tuple[str, ...]:
        """Every catalogue id the book needs, for the check that all languages have it."""
        ids: list[str] = ["questions.option.unknown"]
        for call_type in self.types:
            ids += [call_type.name.id, f"{call_type.name.id}.search"]
            for question in call_type.questions:
                ids.append(question.message.id)
                ids += [option.message.id for option in question.options]
        for card in self.cards.values():
            ids += [card.title.id, *(step.id for step in card.steps)]
        ids += [f"severity.concept.{concept}" for concept in self.signs]
        return tuple(dict.fromkeys(ids))

    def check_words(self) -> None:
        """Raises `Problem("severity.questions.no_words")` naming what a language lacks."""
        for language in LANGUAGES:
            known = catalogue(language)
            lacking = [each for each in self.word_ids() if each not in known]
            if lacking:
                raise Problem(
                    "severity.questions.no_words", language=language, ids=", ".join(lacking[:10])
                )


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
