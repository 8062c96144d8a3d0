"""Figures of the recommendation room for `vigil bench recommend`: the pure part.

The whole way from a verified place to a plan on the screen is measured through the window.
"""

from __future__ import annotations

import time

import numpy as np

from dispatch.domain.level import Level
from dispatch.domain.unit import Fix, Unit, UnitState
from dispatch.domain.value import Point
from dispatch.recommend.arrival import ArrivalModel
from dispatch.recommend.recommend import recommend
from dispatch.recommend.request import RecommendRequest, UnitView
from dispatch.recommend.run_cards import RunCards
from dispatch.region.pack import open_pack
from dispatch.region.roads import RoadTimes
from dispatch.resources import resource

UNITS = 100
INCIDENTS = 200
_NOW_US = 1_800_000_000_000_000
_FLEET = (
    ("als_ambulance", "medical", ("bls", "als", "transport", "aed")),
    ("bls_ambulance", "medical", ("bls", "transport", "aed")),
    ("engine", "fire", ("pump", "bls", "aed")),
    ("ladder", "fire", ("ladder",)),
    ("command", "fire", ("command",)),
    ("rescue", "rescue", ("rescue",)),
    ("patrol", "police", ("patrol",)),
)


def figures() -> list[dict[str, str | float]]:
    """Rows {name, value, unit, against}: one recommendation for 100 units in the built-in city,
    each for a place that was never asked about before (no road tree in the cache)."""
    pack = open_pack(resource("region", "builtin.region"))
    roads = RoadTimes.of(pack, profile="lights")
    cards = RunCards.load(resource("agencies", "international.agency", "run_cards"))
    arrivals = ArrivalModel.load()
    draw = np.random.default_rng(1)
    nodes = np.asarray(pack.nodes.lonlat)[np.asarray(pack.nodes.component) == 0]

    def somewhere() -> Point:
        lon, lat = nodes[int(draw.integers(0, len(nodes)))]
        return Point(lon=float(lon), lat=float(lat))

    units = tuple(_unit(n, somewhere()) for n in range(UNITS))
    cases = [
        (type_id, level)
        for type_id in ("unconscious", "sick", "fire", "collision", "hazard")
        for level in (Level.L1, Level.L2, Level.L3)
    ]
    took: list[float] = []
    for n in range(INCIDENTS):
        type_id, level = cases[n % len(cases)]
        request = RecommendRequest(
            recommendation_id=f"r{n}",
            incident_id=f"i{n}",
            incident_version=1,
            as_of_us=_NOW_US,
            time_zone=pack.time_zone,
            type_id=type_id,
            level=level,
            point=somewhere(),
            units=units,
        )
        began = time.perf_counter()
        recommend(request, roads, cards, arrivals)
        took.append((time.perf_counter() - began) * 1e3)
    p50, p99 = np.quantile(np.array(took), [0.5, 0.99]).tolist()
    return [
        {
            "name": "recommend.plan.p50_ms",
            "value": round(p50, 2),
            "unit": "ms",
            "against": f"{UNITS} units",
        },
        {
            "name": "recommend.plan.p99_ms",
            "value": round(p99, 2),
            "unit": "ms",
            "against": "<= 100",
        },
    ]


def _unit(n: int, place: Point) -> UnitView:
    kind, service, capabilities = _FLEET[n % len(_FLEET)]
    unit = Unit(
        unit_id=f"u{n:03d}",
        kind=kind,
        service=service,
        label=f"U{n:03d}",
        station_id="s",
        capabilities=capabilities,
        crew=4,
        home=place,
        state=UnitState.AVAILABLE_ON_AIR if n % 3 else UnitState.AVAILABLE_AT_STATION,
    )
    return UnitView(unit=unit, fix=Fix(unit_id=unit.unit_id, point=place, t_us=_NOW_US - 5_000_000))
