"""The map's computed layers, in the engine: reach-time and cover, in slices beside advice.

A layer is never in a hurry while a plan is wanted: whoever drives this takes one `step` at a time
and serves advice between two. The newest request of a layer replaces what it asked before.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from dispatch.advice import messages as m
from dispatch.domain.message import Message, Problem
from dispatch.domain.unit import UnitState

if TYPE_CHECKING:
    from dispatch.recommend.arrival import ArrivalModel
    from dispatch.recommend.cover import Cover
    from dispatch.region.agency import Agency
    from dispatch.region.ground import Ground
    from dispatch.region.pack import Pack
    from dispatch.region.people import People
    from dispatch.region.reaching import EdgeTimes
    from dispatch.region.roads import RoadTimes

log = logging.getLogger(__name__)

STEP_S = 0.5
"""The unit of a field's numbers."""
MOST = 0x7FFF
PROGRESS_S = 0.3
BEYOND_S = 90.0
"""Times this far beyond the limit are all one: nobody looks at them, and they pack well."""
WORST = 3

Floats = NDArray[np.float64]
Seconds = NDArray[np.float32]
Flags = NDArray[np.bool_]
Job = Generator[float, None, m.Response]


class Layers:
    """Works off requests of layers. `roads` gives the road times of the moment, with their
    version: closures count from the next answer on."""

    def __init__(
        self,
        pack: Pack,
        agency: Agency,
        arrivals: ArrivalModel,
        roads: Callable[[], tuple[RoadTimes, int]],
    ) -> None:
        self._pack, self._agency, self._arrivals, self._roads = pack, agency, arrivals, roads
        self._asked: dict[str, m.LayerRequest] = {}
        self._job: Job | None = None
        self._of: m.LayerRequest | None = None
        self._told_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return self._job is not None or bool(self._asked)

    def take(self, request: m.LayerRequest) -> None:
        """Note what is wanted; what the same layer wanted before is let go."""
        if self._of is not None and self._of.layer == request.layer:
            self._job = self._of = None
        self._asked.pop(request.layer, None)
        if not isinstance(request, m.DropLayer):
            self._asked[request.layer] = request

    def step(self) -> m.Response | None:
        """Some milliseconds of work: an answer, word of how far it is, or None."""
        if self._job is None:
            if not self._asked:
                return None
            self._of = self._asked.pop(next(iter(self._asked)))
            self._told_s = time.monotonic()
            match self._of:
                case m.AskReach():
                    self._job = self._reach(self._of)
                case m.AskCover():
                    self._job = self._cover(self._of)
        asked = self._of
        assert self._job is not None and asked is not None and not isinstance(asked, m.DropLayer)
        try:
            share = next(self._job)
        except StopIteration as end:
            answer: m.Response = end.value
        except Problem as problem:
            answer = m.LayerFailed(key=asked.key, layer=asked.layer, message=problem.message)
        except Exception as error:
            # A layer that cannot be drawn must say so, and must not take advice with it.
            log.exception("layer %s failed", asked.layer)
            what = f"{type(error).__name__}: {error}"[:300]
            message = Message("maplayers.failed", {"what": what})
            answer = m.LayerFailed(key=asked.key, layer=asked.layer, message=message)
        else:
            if time.monotonic() - self._told_s < PROGRESS_S:
                return None
            self._told_s = time.monotonic()
            return m.LayerProgress(key=asked.key, layer=asked.layer, share=min(1.0, share))
        self._job = self._of = None
        return answer

    def finish(self) -> m.Response | None:
        """All steps at once, for an engine in line: the last answer."""
        answer = None
        while self.busy:
            answer = self.step() or answer
        return answer

    # -- jobs ----------------------------------------------------------------------------------

    def _reach(self, asked: m.AskReach) -> Job:
        from dispatch.region.ground import ground_of
        from dispatch.region.reaching import reach_to

        ground = yield from ground_of(self._pack)
        yield 0.9
        roads, version = self._roads()
        if asked.target is not None:
            target = (asked.target.lon, asked.target.lat)
            seconds = self._driving_s(ground.seconds(reach_to(roads, target)))
        else:
            times = self._from_units(roads, asked.starters, asked.as_of_us, asked.limit_s)
            seconds = self._driving_s(ground.seconds(times))
        yield 0.95
        field = packed(ground, seconds, ground.near & ground.land, asked.limit_s, whole=False)
        return m.ReachFound(key=asked.key, layer=asked.layer, field=field, roads_version=version)

    def _cover(self, asked: m.AskCover) -> Job:
        from dispatch.recommend.cover import cover_of
        from dispatch.region.ground import ground_of
        from dispatch.region.people import people_of

        ground = yield from ground_of(self._pack)
        yield 0.6
        demand = self._agency.path / "demand.parquet"
        known = demand if demand.is_file() else None
        people = yield from people_of(self._pack, ground, known, self._agency.areas)
        yield 0.9
        roads, version = self._roads()
        if not people.count.sum() > 0:
            raise Problem("maplayers.nobody_known", region=self._pack.name)
        times = self._from_units(
            roads, asked.starters, asked.as_of_us, asked.limit_s, rolling=asked.rolling
        )
        seconds = self._driving_s(ground.seconds(times))
        at = seconds.reshape(-1)[people.cell].astype(np.float64)
        size = len(people.districts)
        cover = cover_of(at, people.count, people.district, size, asked.limit_s)
        yield 0.95
        field = packed(ground, seconds, people.lived_in, asked.limit_s, whole=True)
        return m.CoverFound(
            key=asked.key,
            layer=asked.layer,
            share=cover.share,
            people=cover.people if people.is_counted else None,
            source=people.source,
            worst=_named(people, cover),
            field=field,
            roads_version=version,
        )

    def _from_units(
        self,
        roads: RoadTimes,
        starters: Sequence[m.Starter],
        as_of_us: int,
        limit_s: float,
        *,
        rolling: bool = False,
    ) -> EdgeTimes:
        """Road times from units; what they need to get going counts as road, so that one search
        finds the first on the spot."""
        from dispatch.region.reaching import reach_from

        band = self._arrivals.road
        when = datetime.fromtimestamp(as_of_us / 1e6, ZoneInfo(self._pack.time_zone))
        ready = [
            0.0 if rolling else self._turnout_s(starter, when) / band.p50_ratio
            for starter in starters
        ]
        points = [(starter.point.lon, starter.point.lat) for starter in starters]
        most_s = max(0.0, (limit_s + BEYOND_S - band.p50_offset_s) / band.p50_ratio)
        return reach_from(roads, np.array(points).reshape(-1, 2), ready, most_s)

    def _turnout_s(self, starter: m.Starter, when: datetime) -> float:
        known = self._arrivals.foretells(starter.state)
        # A unit at work is timed as if it were let go where it stands.
        state = starter.state if known else UnitState.AVAILABLE_ON_AIR
        return self._arrivals.turnout(starter.kind, state, when)[0]

    def _driving_s(self, road_s: Seconds) -> Seconds:
        """The median arrival that the graph's seconds stand for, as in every recommendation."""
        band = self._arrivals.road
        seconds: Seconds = np.float32(band.p50_offset_s) + np.float32(band.p50_ratio) * road_s
        return seconds


def packed(
    ground: Ground, seconds: Seconds, shown: Flags, limit_s: float, *, whole: bool
) -> m.GroundField | None:
    """Times as a grid for the map, cut to where something is to be seen; None where nothing is.

    `shown` cells alone are drawn; `whole` keeps them all, otherwise those within the limit.
    """
    from scipy.ndimage import uniform_filter

    seen = shown if whole else shown & (seconds <= limit_s)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return None
    top, bottom = max(0, int(rows[0]) - 2), min(ground.rows, int(rows[-1]) + 3)
    left, right = max(0, int(columns[0]) - 2), min(ground.columns, int(columns[-1]) + 3)
    cut = np.minimum(seconds[top:bottom, left:right], np.float32(limit_s + BEYOND_S))
    # Cells take the time of their nearest road; a little smoothing makes lines of the stairs.
    smooth = uniform_filter(uniform_filter(cut, 3, mode="nearest"), 3, mode="nearest")
    values = np.minimum(np.rint(smooth / STEP_S), MOST).astype("<u2")
    # Neighbours differ little: their differences (modulo 2^16) pack to half the size.
    steps = np.diff(values.ravel(), prepend=np.uint16(0)).astype("<u2")
    ground_bits = np.packbits(shown[top:bottom, left:right])
    return m.GroundField(
        west_m=ground.west_m + left * ground.cell_m,
        north_m=ground.north_m - top * ground.cell_m,
        cell_m=ground.cell_m,
        rows=bottom - top,
        columns=right - left,
        packed=zlib.compress(steps.tobytes() + ground_bits.tobytes(), 1),
    )


def _named(people: People, cover: Cover) -> tuple[m.DistrictCover, ...]:
    return tuple(
        m.DistrictCover(
            names={**people.districts[row].names, "ref": people.districts[row].ref},
            share=float(cover.by_district[row]),
        )
        for row in cover.worst(WORST)
    )
