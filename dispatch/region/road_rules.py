"""Rules of a road that hold at some times or for some drivers only, and which hold now."""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from dispatch.domain.message import Problem
from dispatch.region.conditions import NO_HOLIDAYS, Calendar, Condition, Driver, holds
from dispatch.region.pack import Pack
from dispatch.region.profiles import road_table
from dispatch.region.schema import ACCESS

_T = TypeVar("_T")
#: A longer text in one cell is nobody's road sign.
_CELL_CAP = 20_000


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
           omit_defaults=True):  # fmt: skip
    """What one edge's sign changes while its condition holds.

    `access`: `value` is one of `ACCESS`. `speed`: km/h as text, in both directions or along
    `toward`. `oneway`: `yes`, `no` or `-1`, seen along the geometry. A later rule of an edge wins
    over an earlier one on the same thing.
    """

    what: Literal["access", "speed", "oneway"]
    value: Annotated[str, msgspec.Meta(max_length=20)]
    toward: Literal["", "forward", "backward"] = ""
    when: Condition = Condition()


_RULES = msgspec.json.Decoder(Annotated[tuple[Rule, ...], msgspec.Meta(max_length=40)])
_CONDITION = msgspec.json.Decoder(Condition)


def encoded_rules(rules: Iterable[Rule]) -> str | None:
    """Canonical JSON as kept in `edges.rules`; None when there are none."""
    kept = tuple(rules)
    return msgspec.json.encode(kept, order="deterministic").decode() if kept else None


@dataclass(frozen=True)
class Signed:
    """The edges of a pack while some of its rules are in force. Speeds (e, 2) in km/h."""

    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    access_code: NDArray[np.int8]
    speed_kmh: NDArray[np.float64]


class RuleBook:
    """All such rules of one pack. Made by `RuleBook.of`, decoded once; never changed after.

    Raises `Problem("region.table_broken")` where a cell is not what the format says.
    """

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self.rules: list[tuple[int, Rule]] = []
        texts = pack.edges.texts("rules")
        file = str(pack.path / "edges.parquet")
        known: dict[str, tuple[Rule, ...]] = {}
        for row in np.flatnonzero(texts != None):  # noqa: E711  (element-wise)
            text = texts[row]
            if text not in known:
                known[text] = _decoded(_RULES, text, file, "rules")
                for rule in known[text]:
                    _check(rule, file)
            self.rules += [(int(row), rule) for rule in known[text]]
        #: Rows of `restrictions` with a condition that was understood.
        self.bans: list[tuple[int, Condition]] = []
        file = str(pack.path / "restrictions.parquet")
        whens = pack.restrictions.texts("when")
        for row in np.flatnonzero(whens != None):  # noqa: E711  (element-wise)
            self.bans.append((int(row), _decoded(_CONDITION, whens[row], file, "when")))

    @classmethod
    def of(cls, pack: Pack) -> RuleBook:
        """The rules of a pack, read once."""
        if pack not in _books:
            _books[pack] = cls(pack)
        return _books[pack]

    def in_force(
        self, profile: str, local: dt.datetime | None, calendar: Calendar = NO_HOLIDAYS
    ) -> frozenset[int]:
        """Which rules hold for a profile at a local time: i is `rules[i]`, -1 - r the ban of row r.

        Without a time only those that do not ask for one.
        """
        table = road_table()
        driver = Driver(users=frozenset(table.users.of(profile)))
        answers: dict[Condition, bool] = {}

        def now(condition: Condition) -> bool:
            if condition not in answers:
                answers[condition] = holds(condition, local, driver, calendar)
            return answers[condition]

        found = [
            i
            for i, (_, rule) in enumerate(self.rules)
            # What a sign allows to a kind of driver binds nobody; what it forbids may.
            if (rule.when.users or table.binds[rule.what].of(profile)) and now(rule.when)
        ]
        if table.binds["turn"].of(profile):
            found += [-1 - row for row, condition in self.bans if now(condition)]
        return frozenset(found)

    def signed(self, in_force: frozenset[int]) -> Signed:
        """The edges while some rules hold."""
        edges = self._pack.edges
        forward, backward = edges.forward.copy(), edges.backward.copy()
        access = edges.access_code.copy()
        speed = np.repeat(edges.speed_kmh.astype(np.float64)[:, None], 2, axis=1)
        for i in sorted(number for number in in_force if number >= 0):
            row, rule = self.rules[i]
            if rule.what == "access":
                access[row] = ACCESS.index(rule.value)
            elif rule.what == "oneway":
                forward[row], backward[row] = rule.value != "-1", rule.value != "yes"
            else:
                columns = {"forward": [0], "backward": [1]}.get(rule.toward, [0, 1])
                speed[row, columns] = float(rule.value)
        return Signed(forward, backward, access, speed)


_books: weakref.WeakKeyDictionary[Pack, RuleBook] = weakref.WeakKeyDictionary()


def _decoded(decoder: msgspec.json.Decoder[_T], text: str, file: str, what: str) -> _T:
    try:
        if len(text) > _CELL_CAP:
            raise msgspec.ValidationError("long")
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem("region.table_broken", file=file, what=f"{what}: {error}"[:200]) from error


def _check(rule: Rule, file: str) -> None:
    if rule.what == "speed":
        try:
            fits = 1 <= float(rule.value) <= 400
        except ValueError:
            fits = False
    else:
        fits = rule.value in (ACCESS if rule.what == "access" else ("yes", "no", "-1"))
    if not fits:
        raise Problem("region.table_broken", file=file, what=f"rules: {rule.value}")
