"""Generated calls whose truth is known: level, type, answers, who calls, and what was found.

The structured part is a finite graphical model (`resources/models/generator.toml`): the level
draws the answers, each answer may hang on one earlier answer, and a few cases present as another
level does. Everything in it can be summed out, so the exact posterior P(level | answers) is known
(`posterior`): the oracle that a learned model is measured against. Numbers are our assumptions,
never measurements. Needs numpy alone: the simulation draws its callers here.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt

from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.resources import resource
from dispatch.severity.questions import UNKNOWN, CallType, QuestionBook

LEVELS = 5
LIMIT_BYTES = 1_000_000
MISSING = -1

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_Weight = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Row = tuple[_Weight, _Weight, _Weight, _Weight, _Weight]
_Table = dict[str, _Row]


class _Raw(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    pass


class _RawCaller(_Raw, frozen=True):
    id: str
    share: _Weight
    unknown: _Weight


class _RawType(_Raw, frozen=True):
    share: _Weight
    levels: _Row
    link: dict[str, tuple[str, Annotated[float, msgspec.Meta(ge=-5, le=5)]]] = {}
    table: dict[str, _Table] = {}


class _RawGenerator(_Raw, frozen=True):
    format: int
    version: str
    atypical: _Weight
    looks_like: tuple[_Row, _Row, _Row, _Row, _Row]
    outcome_missing: _Weight
    caller: tuple[_RawCaller, ...]
    table: dict[str, _Table]
    type: dict[str, _RawType]


@dataclass(frozen=True)
class Case:
    """A generated call.

    `answers`: what the caller says to each question that would be asked, in protocol order;
    "unknown" where they cannot tell. `outcome`: what is found, None where nobody is (cancelled or
    gone is missing, not mild). `atypical`: it presents as another level does.
    """

    level_true: Level
    type_id: str
    answers: dict[str, str]
    atypical: bool
    caller: str
    outcome: Level | None


@dataclass(frozen=True)
class Batch:
    """Many cases of one type as arrays. `options`: (n, questions) option index, -1 = not asked.

    `ranks`: true level 1..5; `unknown`: chance that this caller cannot tell, per case.
    """

    type_id: str
    ranks: Ints
    options: Ints
    atypical: npt.NDArray[np.bool_]
    callers: Ints
    unknown: Floats


@dataclass(frozen=True)
class _Node:
    """A question's table: (level, parent option or 1, option), and who its parent is."""

    table: Floats
    parent: int
    open_for: npt.NDArray[np.bool_]


class CaseGenerator:
    """Draws cases and knows the exact posterior of their level."""

    def __init__(self, book: QuestionBook, raw: _RawGenerator, sha: str, file: str) -> None:
        self.book = book
        self.sha = sha
        self.version = raw.version
        self.atypical_share = raw.atypical
        self._raw = raw
        self._file = file
        self._looks = self._looks_like()
        self._nodes = {each.type_id: self._network(each) for each in book.types}
        self._priors = {
            each.type_id: _normal(np.array(raw.type[each.type_id].levels)) for each in book.types
        }
        self._mix = {each.type_id: raw.type[each.type_id].share for each in book.types}
        self._callers = raw.caller
        self._caller_shares = _normal(np.array([caller.share for caller in raw.caller]))

    @staticmethod
    def load(book: QuestionBook, path: Path | None = None) -> CaseGenerator:
        """The generator of a file (default: the shipped one) for a book.

        Raises `Problem("severity.generator.broken")` where file and book do not fit.
        """
        path = path or resource("models", "generator.toml")
        try:
            data = path.read_bytes()[: LIMIT_BYTES + 1]
            text = data.decode("utf-8").replace("\r\n", "\n")
            raw = msgspec.convert(tomllib.loads(text), _RawGenerator)
        except (OSError, ValueError, RecursionError) as error:
            raise Problem("severity.generator.broken", file=str(path), what=str(error)) from error
        if len(data) > LIMIT_BYTES or raw.format != 1 or not raw.caller:
            raise Problem("severity.generator.broken", file=str(path), what="format or size")
        sha = hashlib.sha256(text.encode()).hexdigest()
        return CaseGenerator(book, raw, sha, str(path))

    @property
    def type_mix(self) -> dict[str, float]:
        """The share of each call type, as the file gives it."""
        return dict(self._mix)

    def draw_case(
        self,
        rng: np.random.Generator,
        type_mix: Mapping[str, float] | None = None,
        type_id: str | None = None,
    ) -> Case:
        """One call: its true level, its type (of `type_id`, else by `type_mix`), its answers."""
        if type_id is None:
            mix = self._mix if type_mix is None else type_mix
            ids = list(mix)
            type_id = ids[int(_pick(_normal(np.array([mix[each] for each in ids])), rng.random()))]
        batch = self.draw_batch(rng, type_id, 1)
        call_type = self.book.type(type_id)
        answers: dict[str, str] = {}
        cannot_tell = rng.random(len(call_type.questions)) < batch.unknown[0]
        for at, question in enumerate(call_type.questions):
            picked = int(batch.options[0, at])
            if picked != MISSING:
                said = question.options[picked].option_id
                answers[question.question_id] = UNKNOWN if cannot_tell[at] else said
        level = Level.of_rank(int(batch.ranks[0]))
        return Case(
            level_true=level,
            type_id=type_id,
            answers=answers,
            atypical=bool(batch.atypical[0]),
            caller=self._callers[int(batch.callers[0])].id,
            outcome=None if rng.random() < self._raw.outcome_missing else level,
        )

    def draw_batch(self, rng: np.random.Generator, type_id: str, n: int) -> Batch:
        """`n` cases of a type at once, every answer known."""
        ranks = _pick(self._priors[type_id], rng.random(n))
        atypical = rng.random(n) < self._raw.atypical
        presents = np.where(atypical, _pick_rows(self._looks[ranks], rng.random(n)), ranks)
        nodes = self._nodes[type_id]
        options = np.full((n, len(nodes)), MISSING, dtype=np.int64)
        for at, node in enumerate(nodes):
            if node.parent == MISSING:
                rows = node.table[presents, 0]
                asked = np.ones(n, dtype=bool)
            else:
                parents = options[:, node.parent]
                rows = node.table[presents, np.maximum(parents, 0)]
                asked = (parents != MISSING) & node.open_for[np.maximum(parents, 0)]
            drawn = _pick_rows(rows, rng.random(n))
            options[:, at] = np.where(asked, drawn, MISSING)
        callers = _pick(self._caller_shares, rng.random(n))
        unknown = np.array([caller.unknown for caller in self._callers])[callers]
        return Batch(type_id, ranks + 1, options, atypical, callers, unknown)

    def posterior(self, type_id: str, observed: Ints) -> Floats:
        """P(level | what was observed), (n, 5): the oracle.

        `observed`: (n, questions) option index, -1 where unknown or not asked. Exact: unseen
        answers and the atypical cases are summed out (sum-product on the tree of questions).
        """
        nodes = self._nodes[type_id]
        n = len(observed)
        messages: list[Floats] = [
            np.ones((n, LEVELS, node.table.shape[2])) for node in nodes
        ]  # P(observed below | level, option), children multiplied in as they are reached
        likelihood = np.ones((n, LEVELS))
        for at in range(len(nodes) - 1, -1, -1):
            node = nodes[at]
            seen = observed[:, at]
            known = seen != MISSING
            evidence = messages[at]
            evidence[known] *= np.eye(node.table.shape[2])[seen[known]][:, None, :]
            up = np.einsum("lpo,nlo->nlp", node.table, evidence)
            if node.parent == MISSING:
                likelihood *= up[:, :, 0]
            else:
                closed = np.where(known, 0.0, 1.0)[:, None, None]
                up = np.where(node.open_for[None, None, :], up, closed)
                messages[node.parent] *= up
        typical = self._raw.atypical
        mixed = (1 - typical) * likelihood + typical * likelihood @ self._looks.T
        joint = mixed * self._priors[type_id][None, :]
        total = joint.sum(axis=1, keepdims=True)
        if not np.all(total > 0):
            raise ValueError("an observation that the generator cannot have drawn")
        return np.asarray(joint / total, dtype=np.float64)

    def _looks_like(self) -> Floats:
        looks = np.array(self._raw.looks_like, dtype=np.float64)
        if np.any(looks.sum(axis=1) <= 0):
            raise self._problem("looks_like has an empty row")
        return np.asarray(looks / looks.sum(axis=1, keepdims=True))

    def _network(self, call_type: CallType) -> tuple[_Node, ...]:
        raw = self._raw.type.get(call_type.type_id)
        if raw is None:
            raise self._problem(f"no [type.{call_type.type_id}]")
        if sum(raw.levels) <= 0:
            raise self._problem(f"type.{call_type.type_id}.levels are all zero")
        ids = [question.question_id for question in call_type.questions]
        nodes = []
        for at, question in enumerate(call_type.questions):
            name = f"{call_type.type_id}.{question.question_id}"
            rows = raw.table.get(question.question_id) or self._raw.table.get(question.question_id)
            options = [option.option_id for option in question.options]
            if rows is None or set(rows) != set(options):
                raise self._problem(f"the table of {name} must have the rows {', '.join(options)}")
            weights = np.array([rows[option] for option in options]).T
            if np.any(weights.sum(axis=1) <= 0):
                raise self._problem(f"a column of {name} is all zero")
            linked, strength = raw.link.get(question.question_id, (None, 0.0))
            gate = next(iter(question.only_if), None)
            if linked and gate and linked != gate:
                raise self._problem(
                    f"{name} is asked because of {gate}: it cannot hang on {linked}"
                )
            parent_id = gate or linked
            if parent_id is None:
                table = weights[:, None, :]
                parent, open_for = MISSING, np.ones(1, dtype=bool)
            else:
                if parent_id not in ids[:at]:
                    raise self._problem(f"{name} hangs on {parent_id}, which is not asked before")
                parent = ids.index(parent_id)
                above = call_type.questions[parent]
                pull = _heights([option.grade for option in above.options])
                own = _heights([option.grade for option in question.options])
                tilt = np.exp(strength * np.outer(pull, own))
                table = weights[:, None, :] * tilt[None, :, :]
                allowed = question.only_if.get(parent_id)
                open_for = np.array(
                    [allowed is None or option.option_id in allowed for option in above.options]
                )
            nodes.append(_Node(table / table.sum(axis=2, keepdims=True), parent, open_for))
        return tuple(nodes)

    def _problem(self, what: str) -> Problem:
        return Problem("severity.generator.broken", file=self._file, what=what)


@cache
def default_generator() -> CaseGenerator:
    """The shipped generator on the shipped book."""
    return CaseGenerator.load(QuestionBook.shipped())


def draw_case(
    rng: np.random.Generator,
    type_mix: Mapping[str, float] | None = None,
    type_id: str | None = None,
) -> Case:
    """One generated call with its truth, for simulated callers (see `CaseGenerator.draw_case`)."""
    return default_generator().draw_case(rng, type_mix, type_id)


def stream(seed: int, name: str) -> np.random.Generator:
    """An independent, counter-based stream of randomness for a named purpose."""
    key = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))


def _heights(grades: list[int | None]) -> Floats:
    """Grades scaled to -1..1; kinds without an order pull nowhere."""
    if any(grade is None for grade in grades):
        return np.zeros(len(grades))
    known = np.array([grade or 0 for grade in grades], dtype=np.float64)
    return np.asarray(2 * known / max(1.0, float(known.max())) - 1)


def _normal(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _pick(shares: Floats, uniform: Floats | float) -> Ints:
    found = np.searchsorted(np.cumsum(shares), uniform, side="right")
    return np.asarray(np.minimum(found, len(shares) - 1), dtype=np.int64)


def _pick_rows(rows: Floats, uniform: Floats) -> Ints:
    beyond = np.cumsum(rows, axis=1) <= uniform[:, None]
    return np.asarray(np.minimum(beyond.sum(axis=1), rows.shape[1] - 1), dtype=np.int64)
