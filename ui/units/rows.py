"""What a line of the unit board holds: a unit, its last position, its assignment."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

from dispatch.board import Board
from dispatch.domain.assignment import Assignment
from dispatch.domain.unit import Fix, Unit, UnitState


class Column(IntEnum):
    """The columns in the order of the table; the names are ids of their headings."""

    UNIT = 0
    STATE = 1
    SINCE = 2
    INCIDENT = 3
    WHERE = 4
    AGE = 5
    CREW = 6
    CAPABILITIES = 7
    STATION = 8
    NEXT = 9


TICKING = (Column.SINCE, Column.WHERE, Column.AGE, Column.NEXT)
"""What changes with time alone: a place becomes the last one known."""


class Row(NamedTuple):
    """A line. Facts are kept as they are: an unchanged unit is the same object as before."""

    unit: Unit
    fix: Fix | None
    held: Assignment | None
    number: str
    place: str

    def reads_like(self, other: Row) -> bool:
        """Whether nothing differs but the age; facts are compared by identity, which is quick."""
        return (
            self.unit is other.unit
            and self.held is other.held
            and self.number == other.number
            and self.place == other.place
            and (self.fix is None) == (other.fix is None)
        )

    def age_s(self, now_us: int) -> float | None:
        """How old the position is, in seconds; None where there never was one."""
        return max(0.0, (now_us - self.fix.t_us) / 1e6) if self.fix is not None else None

    def is_stale(self, now_us: int, limit_s: float) -> bool:
        """Whether the unit may be elsewhere by now: the rule of the map.

        A unit at its station or off duty is not asked where it is.
        """
        if self.unit.state in _SURE:
            return False
        age_s = self.age_s(now_us)
        return age_s is None or age_s > limit_s


_SURE = frozenset({UnitState.AVAILABLE_AT_STATION, UnitState.OFF_DUTY})


def rows_of(board: Board, place_of: Callable[[Unit, Fix | None], str]) -> list[Row]:
    """Every unit on the roster, in no order; `place_of` names where one is, "" while unknown."""
    picture = board.picture
    incidents, assignments, fixes = picture.incidents, picture.assignments, board.fixes
    rows = []
    for unit in picture.units.values():
        fix = fixes.get(unit.unit_id)
        held = assignments.get(unit.assignment_id) if unit.assignment_id is not None else None
        incident = incidents.get(unit.incident_id) if unit.incident_id is not None else None
        number = incident.number_text if incident is not None else ""
        rows.append(Row(unit, fix, held, number, place_of(unit, fix)))
    return rows


_NUMBER = re.compile(r"(\d+)")


@lru_cache(maxsize=20_000)
def call_sign_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts 2-1 before 10-1, and M9 before M12."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part.casefold())
        for part in _NUMBER.split(text)
        if part
    )


_STATE_ORDER = {state: n for n, state in enumerate(UnitState)}
_NEVER_US = 1 << 62


def sort_key(column: Column, words: Callable[[Row], str]) -> Callable[[Row], Any]:
    """How a column is sorted; equal lines stand by call sign. `words`: the text of its cell."""

    def sign(row: Row) -> tuple[tuple[int, int, str], ...]:
        return call_sign_key(row.unit.unit_id)

    match column:
        case Column.UNIT:
            return sign
        case Column.STATE:
            return lambda row: (_STATE_ORDER[row.unit.state], sign(row))
        case Column.SINCE:
            return lambda row: (-row.unit.since_us, sign(row))
        case Column.AGE:
            # By ten seconds, so that lines do not dance with every position.
            return lambda row: (-(row.fix.t_us // 10**7) if row.fix else _NEVER_US, sign(row))
        case Column.CREW:
            return lambda row: (row.unit.crew, sign(row))
        case Column.INCIDENT | Column.STATION:
            return lambda row: (not (text := words(row)), call_sign_key(text), sign(row))
        case _:
            return lambda row: (not (text := words(row)), text.casefold(), sign(row))
