"""The board's units as columns, kept from one look to the next: only what changed is read again.

Ten thousand units of which a tenth has moved cost some two milliseconds, where building every row
anew costs forty.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dispatch.board import Board
from dispatch.domain.unit import Fix, Unit, UnitState
from ui.map.layers import EMPTY_UNITS, KIND_CODE, STATE_CODE, Flags, UnitLayer
from ui.map.projection import world_m

#: Slower than this a vehicle's heading means nothing.
LEAST_SPEED_MS = 0.5
_HOME = STATE_CODE[UnitState.AVAILABLE_AT_STATION.value]
_OFF = STATE_CODE[UnitState.OFF_DUTY.value]


class Fleet:
    """Columns of all units; `follow` and `look` read the board, `layer` answers what is shown.

    Units off duty are left out, and so are units without a position; one at its station without a
    position stands at home.
    """

    def __init__(self) -> None:
        self._ids: tuple[str, ...] = ()
        self._units: list[Unit] = []
        self._fixes: list[Fix] = []
        self._fix_ids: list[str] = []
        self._place_of: dict[str, int] = {}
        #: Reports of the board that have been read.
        self._told = -1
        self._fixes_of: Mapping[str, Fix] | None = None
        #: For each fix in the board's order the row of its unit, -1 for a unit nobody knows.
        self._fix_rows = np.zeros(0, dtype=np.int64)
        self._allot(0)
        self._shown_ids: tuple[str, ...] = ()
        self._shown_for: Flags | None = None

    def _allot(self, n: int) -> None:
        self._home = np.zeros((n, 2))
        self._at = np.zeros((n, 2))
        self._world = np.zeros((n, 2))
        self._heading = np.full(n, math.nan)
        self._state = np.zeros(n, dtype=np.int64)
        self._kind = np.zeros(n, dtype=np.int64)
        self._t_us = np.zeros(n, dtype=np.int64)
        self._has_fix = np.zeros(n, dtype=bool)

    def follow(self, board: Board, *, only_fixes: bool = False, at_most: int) -> bool:
        """Read what the board was told since the last time, of so many reports at most.

        `only_fixes`: nothing has been told of units since, so that they need not be gone through.
        Answers whether more reports are waiting.
        """
        units, told = board.picture.units, board.reported_since(self._told, at_most)
        if not only_fixes or len(units) != len(self._ids):
            self._look_at_units(units)
        known = board.fixes is self._fixes_of and len(board.fixes) == len(self._fixes)
        if told is None or not known:
            self._told = board.reports
            self._look_at_fixes(board.fixes)
            return False
        places = sorted({self._place_of[unit] for unit in told})
        for place in places:
            self._fixes[place] = board.fixes[self._fix_ids[place]]
        self._read_fixes(places)
        self._told += len(told)
        return self._told < board.reports

    def look(self, units: Mapping[str, Unit], fixes: Mapping[str, Fix]) -> None:
        """Read what differs from the last look, whoever told it: one pass over the whole fleet."""
        self._look_at_units(units)
        self._look_at_fixes(fixes)

    def _look_at_units(self, units: Mapping[str, Unit]) -> None:
        now = list(units.values())
        if now == self._units:
            return
        if len(now) != len(self._ids) or tuple(units) != self._ids:
            self._ids = tuple(units)
            self._fixes_of = None
            self._shown_for = None
            self._allot(len(now))
            self._read_units(range(len(now)), now)
        else:
            self._read_units(_differing(now, self._units), now)
        self._units = now

    def _look_at_fixes(self, fixes: Mapping[str, Fix]) -> None:
        if fixes is not self._fixes_of or len(fixes) != len(self._fixes):
            # Another board, or a unit's first fix: everything anew. Otherwise a board only ever
            # replaces fixes, which keeps their order.
            row_of = {unit: row for row, unit in enumerate(self._ids)}
            self._fix_ids = list(fixes)
            self._fix_rows = np.array([row_of.get(unit, -1) for unit in fixes], dtype=np.int64)
            self._fixes_of, self._fixes = fixes, list(fixes.values())
            self._has_fix[:] = False
            self._place_of = {unit: place for place, unit in enumerate(self._fix_ids)}
            self._read_fixes(range(len(fixes)))
            return
        # One pass over ten thousand objects: whoever is another one has been replaced.
        places = _differing(fixes.values(), self._fixes)
        for place in places:
            self._fixes[place] = fixes[self._fix_ids[place]]
        self._read_fixes(places)

    def _read_units(self, rows: Sequence[int], units: list[Unit]) -> None:
        for row in rows:
            unit = units[row]
            self._state[row] = STATE_CODE[unit.state.value]
            self._kind[row] = KIND_CODE.get(unit.kind, 0)
            self._home[row] = unit.home.lon, unit.home.lat

    def _read_fixes(self, places: Sequence[int]) -> None:
        rows = self._fix_rows[list(places)]
        known = [self._fixes[place] for place in places]
        if (rows < 0).any():
            known = [fix for fix, row in zip(known, rows.tolist(), strict=True) if row >= 0]
            rows = rows[rows >= 0]
        if len(rows) == 0:
            return
        points = [fix.point for fix in known]
        self._at[rows, 0] = [point.lon for point in points]
        self._at[rows, 1] = [point.lat for point in points]
        self._world[rows] = world_m(self._at[rows])
        heading = np.array([fix.heading_deg for fix in known], dtype=np.float64)
        speed = np.array([fix.speed_ms for fix in known], dtype=np.float64)
        self._heading[rows] = np.where(speed > LEAST_SPEED_MS, heading, math.nan)
        self._t_us[rows] = [fix.t_us for fix in known]
        self._has_fix[rows] = True

    def layer(
        self, now_us: int, *, stale_s: float, arrivals_s: Mapping[str, float] | None = None
    ) -> UnitLayer:
        """What the map shows at a time; `arrivals_s` (seconds by unit) stand behind call signs."""
        if not self._ids:
            return EMPTY_UNITS
        at_home = self._state == _HOME
        shown = (self._state != _OFF) & (self._has_fix | at_home)
        # The tuple stays the same object while the same units are shown: cheap to compare.
        if self._shown_for is None or not np.array_equal(shown, self._shown_for):
            self._shown_ids = tuple(self._ids[row] for row in np.flatnonzero(shown).tolist())
            self._shown_for = shown
        has_fix = self._has_fix[shown]
        age_s = np.where(has_fix, np.maximum(0.0, (now_us - self._t_us[shown]) / 1e6), 0.0)
        at, world, heading = self._at[shown], self._world[shown], self._heading[shown]
        if not has_fix.all():
            lost = np.flatnonzero(~has_fix)
            at[lost] = self._home[shown][lost]
            world[lost] = world_m(at[lost])
            heading[lost] = math.nan
        labels = self._shown_ids
        if arrivals_s:
            labels = tuple(
                labelled(unit, arrivals_s[unit]) if unit in arrivals_s else unit
                for unit in self._shown_ids
            )
        return UnitLayer(
            ids=self._shown_ids,
            lon=at[:, 0],
            lat=at[:, 1],
            heading_deg=heading,
            state=self._state[shown],
            kind=self._kind[shown],
            age_s=age_s,
            labels=labels,
            stale=~at_home[shown] & (age_s > stale_s),
            world=world,
        )


def labelled(unit_id: str, arrival_s: float) -> str:
    """A call sign with the time to the scene behind it."""
    minutes, seconds = divmod(round(arrival_s), 60)
    return f"{unit_id} · {minutes}:{seconds:02d}"


def _differing(now: Iterable[object], before: Sequence[object]) -> list[int]:
    """Rows whose object is another one; facts are frozen, so the same object says the same."""
    differs = np.fromiter(map(operator.is_not, now, before), dtype=bool, count=len(before))
    return list(np.flatnonzero(differs).tolist())
