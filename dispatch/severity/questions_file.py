"""Reads and checks the files of a question book; every complaint names the file and the line.

The checks keep two promises of the protocol: a worse answer never lowers a level (rules that
raise hold for every worse option too, rules that lower only for reassuring ones), and "unknown"
never counts as "no" (no rule that lowers accepts it).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.severity.questions import (
    SERVICES,
    UNKNOWN,
    CallType,
    Card,
    CardRule,
    Option,
    Question,
    QuestionBook,
    Rule,
)

FORMAT = 1
LIMIT_BYTES = 256_000
MOST_QUESTIONS = 6
MOST_OPTIONS = 9

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
When = dict[Id, tuple[Id, ...]]


class _Raw(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    pass


class _RawOption(_Raw, frozen=True):
    id: Id
    grade: Annotated[int, msgspec.Meta(ge=0, le=8)] | None = None
    concepts: tuple[Id, ...] = ()
    services: tuple[Id, ...] = ()


class _RawQuestion(_Raw, frozen=True):
    id: Id
    options: tuple[_RawOption, ...]
    only_if: When = {}


class _RawRule(_Raw, frozen=True):
    level: Level
    when: When


class _RawCardRule(_Raw, frozen=True):
    id: Id
    when: When = {}


class _RawType(_Raw, frozen=True):
    format: int
    id: Id
    services: tuple[Id, ...]
    default: Level
    ask: tuple[Id, ...]
    concepts: tuple[Id, ...] = ()
    question: tuple[_RawQuestion, ...] = ()
    raise_: tuple[_RawRule, ...] = msgspec.field(default=(), name="raise")
    lower: tuple[_RawRule, ...] = ()
    card: tuple[_RawCardRule, ...] = ()


class _RawBook(_Raw, frozen=True):
    format: int
    version: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    types: tuple[Id, ...]
    raises: tuple[Id, ...]
    reassures: tuple[Id, ...]
    neutral: tuple[Id, ...] = ()


class _RawShared(_Raw, frozen=True):
    format: int
    question: tuple[_RawQuestion, ...] = ()


class _RawCard(_Raw, frozen=True):
    id: Id
    steps: Annotated[int, msgspec.Meta(ge=1, le=12)]
    rate_per_min: Annotated[int, msgspec.Meta(ge=60, le=160)] | None = None


class _RawCards(_Raw, frozen=True):
    format: int
    card: tuple[_RawCard, ...]


_T = TypeVar("_T", _RawType, _RawBook, _RawShared, _RawCards)


class _File:
    """One TOML file with its text, so that a complaint can find its line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            data = path.read_bytes()[: LIMIT_BYTES + 1]
        except OSError as error:
            raise Problem("severity.questions.missing", file=str(path)) from error
        if len(data) > LIMIT_BYTES:
            raise Problem("severity.questions.too_large", file=str(path), limit=LIMIT_BYTES)
        try:
            self.text = data.decode("utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise self._problem(line, "not UTF-8") from error

    def decode(self, kind: type[_T]) -> _T:
        """The file as a typed value; unknown keys, wrong types and a newer format are refused."""
        try:
            data = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            found = re.search(r"at line (\d+)", str(error))
            line = int(found[1]) if found else self.text.count("\n") + 1
            raise self._problem(line, str(error)) from error
        try:
            value = msgspec.convert(data, kind)
        except (msgspec.ValidationError, RecursionError) as error:
            text = str(error)
            place = re.search(r" - at `\$?(.*)`$", text)
            unknown = re.search(r"unknown field `(.+?)`", text)
            path = (place[1] if place else "") + (f".{unknown[1]}" if unknown else "")
            raise self._problem(self._line_of(path), text) from error
        if value.format != FORMAT:
            self.refuse(".format", f"format {value.format} is not {FORMAT}")
        return value

    def refuse(self, path: str, what: str) -> None:
        """Raises the problem at a path such as `.question[1].options[0]`."""
        raise self._problem(self._line_of(path), what)

    def _problem(self, line: int, what: str) -> Problem:
        return Problem("severity.questions.broken", file=str(self.path), line=line, what=what)

    def _line_of(self, path: str) -> int:
        """The 1-based line of a path; the nearest enclosing line where it cannot be found."""
        lines = self.text.split("\n")
        at = 0
        for name, index in re.findall(r"\.?([A-Za-z_]+)(?:\[(\d+|\.\.\.)\])?", path):
            at = _next_place(lines, at, name, int(index) if index.isdigit() else None)
        return at + 1


def _next_place(lines: Sequence[str], start: int, name: str, index: int | None) -> int:
    header = re.compile(rf"^\s*\[\[?\s*(\w+\.)*{re.escape(name)}\s*\]")
    headers = [at for at in range(start, len(lines)) if header.match(lines[at])]
    if headers:
        return headers[min(index or 0, len(headers) - 1)]
    key = re.compile(rf"(^|[\s{{,]){re.escape(name)}\s*=")
    for at in range(start, len(lines)):
        if key.search(lines[at].split("#")[0]):
            if index is None:
                return at
            rows = [row for row in range(at, len(lines)) if lines[row].lstrip().startswith("{")]
            return rows[index] if index < len(rows) else at
    return start


def load_book(folder: Path) -> QuestionBook:
    """Reads `book.toml`, `shared.toml`, `cards.toml` and one file per type.

    Raises `Problem("severity.questions.missing" | ".broken" | ".too_large")`.
    """
    book_file = _File(folder / "book.toml")
    book = book_file.decode(_RawBook)
    signs = _signs(book_file, book)
    shared_file = _File(folder / "shared.toml")
    shared = shared_file.decode(_RawShared)
    cards_file = _File(folder / "cards.toml")
    cards = cards_file.decode(_RawCards)
    _unique(cards_file, "card", [card.id for card in cards.card])
    _unique(book_file, "types", [*book.types])
    if not book.types:
        book_file.refuse(".types", "a book needs at least one call type")

    known: dict[str, Question] = {}
    for at, raw in enumerate(shared.question):
        known[raw.id] = _question(shared_file, f".question[{at}]", raw, known, signs)
    card_ids = {card.id for card in cards.card}
    files = [book_file, shared_file, cards_file]
    types: list[CallType] = []
    for type_id in book.types:
        file = _File(folder / f"{type_id}.toml")
        files.append(file)
        types.append(_type(file, type_id, known, card_ids, signs))
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.path.name}\n{len(file.text)}\n{file.text}".encode())
    return QuestionBook(
        version=book.version,
        sha=digest.hexdigest(),
        types=tuple(types),
        cards={card.id: Card(card.id, card.steps, card.rate_per_min) for card in cards.card},
        signs=signs,
    )


def _signs(file: _File, book: _RawBook) -> dict[str, int]:
    signs: dict[str, int] = {}
    for name, sign in (("raises", 1), ("reassures", -1), ("neutral", 0)):
        for concept in getattr(book, name):
            if concept in signs:
                file.refuse(f".{name}", f'concept "{concept}" is listed twice')
            signs[concept] = sign
    return signs


def _unique(file: _File, name: str, ids: Sequence[str]) -> None:
    for at, each in enumerate(ids):
        if each in ids[:at]:
            file.refuse(f".{name}[{at}]", f'"{each}" appears twice')


def _question(
    file: _File, path: str, raw: _RawQuestion, known: Mapping[str, Question], signs: dict[str, int]
) -> Question:
    if raw.id in known:
        file.refuse(path, f'question "{raw.id}" is defined twice')
    if not 1 < len(raw.options) <= MOST_OPTIONS:
        file.refuse(f"{path}.options", f"a question has 2 to {MOST_OPTIONS} options")
    graded = [option.grade is not None for option in raw.options]
    if any(graded) and not all(graded):
        file.refuse(f"{path}.options[{graded.index(False)}]", "give every option a grade, or none")
    if all(graded) and not any(option.grade == 0 for option in raw.options):
        file.refuse(f"{path}.options", "graded options need one of grade 0")
    options = []
    for at, option in enumerate(raw.options):
        place = f"{path}.options[{at}]"
        if option.id == UNKNOWN or option.id in (each.id for each in raw.options[:at]):
            file.refuse(place, f'option "{option.id}" appears twice or is reserved')
        if not option.concepts:
            file.refuse(place, f'option "{option.id}" needs a concept')
        _check_concepts(file, place, option.concepts, signs)
        for concept in option.concepts:
            if option.grade == 0 and signs[concept] > 0:
                file.refuse(place, f'grade 0 cannot carry the raising concept "{concept}"')
            if option.grade != 0 and signs[concept] < 0:
                file.refuse(place, f'only grade 0 may carry the reassuring concept "{concept}"')
        _check_services(file, place, option.services)
        options.append(
            Option(raw.id, option.id, at + 1, option.grade, option.concepts, option.services)
        )
    return Question(raw.id, tuple(options), dict(raw.only_if))


def _check_concepts(
    file: _File, path: str, concepts: Sequence[str], signs: Mapping[str, int]
) -> None:
    for concept in concepts:
        if concept not in signs:
            file.refuse(path, f'concept "{concept}" is not listed in book.toml')


def _check_services(file: _File, path: str, services: Sequence[str]) -> None:
    for service in services:
        if service not in SERVICES:
            file.refuse(path, f'service "{service}" is none of {", ".join(SERVICES)}')


def _type(
    file: _File,
    type_id: str,
    known: dict[str, Question],
    card_ids: set[str],
    signs: dict[str, int],
) -> CallType:
    raw = file.decode(_RawType)
    if raw.id != type_id:
        file.refuse(".id", f'the file of "{type_id}" says id "{raw.id}"')
    if not raw.services:
        file.refuse(".services", "a call type needs a service")
    _check_services(file, ".services", raw.services)
    _check_concepts(file, ".concepts", raw.concepts, signs)
    own: dict[str, Question] = {}
    for at, each in enumerate(raw.question):
        own[each.id] = _question(file, f".question[{at}]", each, {**known, **own}, signs)
        if each.id not in raw.ask:
            file.refuse(f".question[{at}]", f'question "{each.id}" is not in "ask"')
    known.update(own)
    if not 1 <= len(raw.ask) <= MOST_QUESTIONS:
        file.refuse(".ask", f"a call type asks 1 to {MOST_QUESTIONS} questions")
    _unique(file, "ask", raw.ask)
    for question_id in raw.ask:
        if question_id not in known:
            file.refuse(".ask", f'question "{question_id}" is not defined')
    asked = {question_id: known[question_id] for question_id in raw.ask}
    for at, each in enumerate(raw.question):
        for parent in each.only_if:
            if parent not in raw.ask or raw.ask.index(parent) >= raw.ask.index(each.id):
                file.refuse(f".question[{at}].only_if", f'"{parent}" is not asked before')
        _check_when(file, f".question[{at}].only_if", each.only_if, asked)
    for at, rule in enumerate(raw.raise_):
        place = f".raise[{at}]"
        if not rule.level.is_at_least(raw.default):
            file.refuse(place, f"a raise to {rule.level.value} is below {raw.default.value}")
        _check_rule(file, f"{place}.when", rule.when, asked, raises=True)
    for at, rule in enumerate(raw.lower):
        place = f".lower[{at}]"
        if rule.level.is_at_least(raw.default):
            file.refuse(place, f"{rule.level.value} is not below {raw.default.value}")
        _check_rule(file, f"{place}.when", rule.when, asked, raises=False)
    for at, card in enumerate(raw.card):
        if card.id not in card_ids:
            file.refuse(f".card[{at}]", f'card "{card.id}" is not in cards.toml')
        _check_when(file, f".card[{at}].when", card.when, asked, unknown=True)
    return CallType(
        type_id=type_id,
        services=raw.services,
        default=raw.default,
        concepts=raw.concepts,
        questions=tuple(asked.values()),
        raises=tuple(Rule(rule.level, rule.when) for rule in raw.raise_),
        lowers=tuple(Rule(rule.level, rule.when) for rule in raw.lower),
        cards=tuple(CardRule(card.id, card.when) for card in raw.card),
    )


def _check_when(
    file: _File, path: str, when: When, asked: Mapping[str, Question], *, unknown: bool = False
) -> None:
    """Conditions on asked questions and their options; a card may also ask for "unknown"."""
    for question_id, option_ids in when.items():
        if question_id not in asked:
            file.refuse(path, f'question "{question_id}" is not asked by this type')
        for option_id in option_ids:
            if option_id == UNKNOWN and unknown:
                continue
            if option_id == UNKNOWN or asked[question_id].option(option_id) is None:
                file.refuse(path, f'"{option_id}" is not an option of "{question_id}"')
        if not option_ids:
            file.refuse(path, f'no option of "{question_id}" is given')


def _check_rule(
    file: _File, path: str, when: When, asked: Mapping[str, Question], *, raises: bool
) -> None:
    if not when:
        file.refuse(path, "a rule needs a condition")
    _check_when(file, path, when, asked)
    for question_id, option_ids in when.items():
        question = asked[question_id]
        listed = [option for option in question.options if option.option_id in option_ids]
        for option in question.options:
            if option.grade is None or option in listed:
                continue
            for other in listed:
                assert other.grade is not None
                if raises and option.grade >= other.grade:
                    file.refuse(
                        path, f'"{option.option_id}" is as bad as "{other.option_id}": add it'
                    )
                if not raises and option.grade <= other.grade:
                    file.refuse(
                        path, f'"{option.option_id}" is no worse than "{other.option_id}": add it'
                    )
