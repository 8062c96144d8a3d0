"""Who lives on the map while it is measured: units driving about, incidents, stations.

The same in every run. Units stand where their state puts them: at stations, hospitals and scenes,
or on a road, where they drive up and down. Everybody reports at 1 Hz, one in twenty at 10 Hz, one
in twenty has long been silent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dispatch.board import Board
from dispatch.domain.unit import Fix, Unit, UnitState
from dispatch.domain.value import Point
from dispatch.region.pack import Pack
from ui.map.layers import UNIT_KINDS, IncidentSymbol, PlaceSymbol, RouteLine
from ui.map.projection import Floats

#: Ticks of a second: at each a tenth of the fleet reports.
TICKS_A_SECOND = 10
FIX_AGE_S = 120.0
SPEED_DEGREES_S = 12.0 / 111_000
START_US = 1_700_000_000_000_000
_STATIONS, _HOSPITALS = 60, 12
_SHARES = {
    "available_at_station": 0.25,
    "available_on_air": 0.20,
    "assigned": 0.05,
    "en_route": 0.12,
    "staging": 0.01,
    "on_scene": 0.15,
    "transporting": 0.06,
    "at_hospital": 0.06,
    "returning": 0.06,
    "on_break": 0.02,
    "out_of_service": 0.02,
}
_LEVELS = (0.05, 0.15, 0.35, 0.25, 0.15, 0.05)  # 1 to 5, then not assessed


def write_spots(pack: Pack, path: Path, seed: int = 7) -> None:
    """Places on roads, (20_000, 4): both ends of a piece of road; read again by `Crowd`.

    Apart from the crowd, so that a process whose memory is measured need not read the roads.
    """
    points, offsets = pack.edge_lines()
    rows = np.random.default_rng(seed).integers(0, len(offsets) - 1, 20_000)
    np.save(path, np.hstack([points[offsets[rows]], points[offsets[rows + 1] - 1]]))


@dataclass(frozen=True)
class Crowd:
    """A board with units, their reports tick by tick, and what else stands on the map."""

    board: Board
    incidents: list[IncidentSymbol]
    places: list[PlaceSymbol]
    routes: list[RouteLine]
    #: Longitude, latitude of where most roads are.
    middle: tuple[float, float]
    _ids: list[str]
    _from: Floats
    _to: Floats
    _speed: Floats
    _often: npt.NDArray[np.bool_]
    _silent: npt.NDArray[np.bool_]

    @classmethod
    def on(cls, spots: Path, units: int, incidents: int, seed: int = 7) -> Crowd:
        """So many units and incidents on the spots of a region."""
        chance = np.random.default_rng(seed)
        lines: Floats = np.load(spots, allow_pickle=False)
        middle = _densest(lines[:, :2])
        stations, lines = lines[:_STATIONS, :2], lines[_STATIONS:]
        hospitals, lines = lines[:_HOSPITALS, :2], lines[_HOSPITALS:]
        scenes, lines = lines[:incidents, :2], lines[incidents:]
        names = list(_SHARES)
        states = [names[i] for i in chance.choice(len(names), units, p=list(_SHARES.values()))]
        start, end = lines[:units, :2].copy(), lines[:units, 2:].copy()
        for row, state in enumerate(states):
            there = {
                "available_at_station": stations,
                "at_hospital": hospitals,
                "on_scene": scenes,
            }.get(state)
            if there is not None and len(there):
                start[row] = end[row] = there[row % len(there)]
        moving = np.isin(states, ["available_on_air", "en_route", "transporting", "returning"])
        ids = [f"{'EMPAL'[row % 5]}{row}" for row in range(units)]
        crowd = cls(
            board=Board(
                realm="exercise", region_name="", time_zone="UTC", desk_id="bench", replaying=True
            ),
            incidents=_incidents(scenes, chance),
            places=_places(stations, hospitals),
            routes=_routes(lines, scenes),
            middle=middle,
            _ids=ids,
            _from=start,
            _to=end,
            _speed=np.where(moving, SPEED_DEGREES_S, 0.0),
            _often=chance.random(units) < 0.05,
            _silent=chance.random(units) < 0.05,
        )
        for row, (unit_id, state) in enumerate(zip(ids, states, strict=True)):
            lon, lat = start[row].tolist()
            crowd.board.picture.units[unit_id] = Unit(
                unit_id=unit_id,
                kind=UNIT_KINDS[row % len(UNIT_KINDS)],
                service="medical",
                label=unit_id,
                station_id="",
                capabilities=(),
                crew=2,
                home=Point(lon=lon, lat=lat),
                state=UnitState(state),
            )
        rows = np.arange(units)
        crowd.board.apply_fixes(crowd._fixes(rows, 0, START_US))
        silent = rows[crowd._silent]
        crowd.board.apply_fixes(crowd._fixes(silent, 0, START_US - 300_000_000))
        return crowd

    def reports(self, tick: int) -> list[Fix]:
        """Who reports at a tick, and from where."""
        rows = np.arange(len(self._ids))
        due = ((rows % TICKS_A_SECOND == tick % TICKS_A_SECOND) | self._often) & ~self._silent
        return self._fixes(rows[due], tick, self.now_us(tick))

    @staticmethod
    def now_us(tick: int) -> int:
        """The time of a tick."""
        return START_US + tick * 1_000_000 // TICKS_A_SECOND

    def _fixes(self, rows: npt.NDArray[np.int64], tick: int, t_us: int) -> list[Fix]:
        way = self._to[rows] - self._from[rows]
        length = np.maximum(1e-9, np.hypot(way[:, 0], way[:, 1]))
        gone = (tick / TICKS_A_SECOND * self._speed[rows] / length) % 2
        back = gone > 1
        at = self._from[rows] + way * np.where(back, 2 - gone, gone)[:, None]
        heading = np.degrees(np.arctan2(way[:, 0], way[:, 1])) + np.where(back, 180, 0)
        return [
            Fix(
                unit_id=self._ids[row],
                point=Point(lon=lon, lat=lat),
                t_us=t_us,
                heading_deg=degrees,
                speed_ms=12.0 if speed else 0.0,
            )
            for row, (lon, lat), degrees, speed in zip(
                rows.tolist(),
                at.tolist(),
                (heading % 360).tolist(),
                self._speed[rows].tolist(),
                strict=True,
            )
        ]


def _densest(points: Floats) -> tuple[float, float]:
    counts, lon, lat = np.histogram2d(points[:, 0], points[:, 1], bins=(60, 40))
    column, row = np.unravel_index(int(counts.argmax()), counts.shape)
    return float(lon[column : column + 2].mean()), float(lat[row : row + 2].mean())


def _incidents(scenes: Floats, chance: np.random.Generator) -> list[IncidentSymbol]:
    levels = chance.choice([1, 2, 3, 4, 5, 0], len(scenes), p=_LEVELS).tolist()
    late = chance.random(len(scenes)) < 0.03
    waiting = chance.random(len(scenes)) < 0.08
    return [
        IncidentSymbol(
            id=f"{400 + i}",
            lon=lon,
            lat=lat,
            level=levels[i],
            label=f"{400 + i:04d}",
            radius_m=150.0 if i % 8 == 0 else 0.0,
            late=bool(late[i]),
            waiting=bool(waiting[i]),
        )
        for i, (lon, lat) in enumerate(scenes.tolist())
    ]


def _places(stations: Floats, hospitals: Floats) -> list[PlaceSymbol]:
    kinds = ("station_medical", "station_fire", "station_police")
    return [
        *(
            PlaceSymbol(id=f"s{i}", lon=lon, lat=lat, kind=kinds[i % 3], label=f"Station {i}")  # type: ignore[arg-type]
            for i, (lon, lat) in enumerate(stations.tolist())
        ),
        *(
            PlaceSymbol(id=f"h{i}", lon=lon, lat=lat, kind="hospital", label=f"Hospital {i}")
            for i, (lon, lat) in enumerate(hospitals.tolist())
        ),
    ]


def _routes(lines: Floats, scenes: Floats) -> list[RouteLine]:
    """Two ways of 200 points that wind, as ways on roads do."""
    along = np.linspace(0.0, 1.0, 200)[:, None]
    ways = []
    for number, kind in enumerate(("candidate", "alternative")):
        way = lines[number, :2] * (1 - along) + scenes[number] * along
        way[:, 0] += 0.002 * np.sin(along[:, 0] * 14 * math.pi)
        ways.append(RouteLine(way, kind))  # type: ignore[arg-type]
    return ways
