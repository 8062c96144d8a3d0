"""`vigil bench layers`: what reach-time and cover cost the engine on the built-in city."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dispatch.advice import messages as m
from dispatch.advice.layers import Layers
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Point
from dispatch.recommend.arrival import ArrivalModel
from dispatch.recommend.cover import counts_as_cover
from dispatch.region.agency import Agency, open_agency
from dispatch.region.pack import open_pack
from dispatch.region.roads import RoadTimes
from dispatch.reports.figure import Figure
from dispatch.resources import resource

ROUNDS = 40
FREE = 0.6
"""The share of units that are free in a round."""
AS_OF_US = 1_790_000_000_000_000
REACH_S, COVER_S = 720.0, 240.0


def figures(region: Path | None = None) -> Iterator[Figure]:
    """Seconds until the first answer, milliseconds of later ones, and the longest slice of work:
    so long a plan may have to wait for a layer."""
    pack = open_pack(region or resource("region", "builtin.region"))
    agency = open_agency(resource("agencies", "international.agency"))
    roads = RoadTimes.of(pack)
    layers = Layers(pack, agency, ArrivalModel.load(), lambda: (roads, 0))
    units = _starters(agency, roads) if region is not None else _starters(agency, None)
    on = f"{pack.name}, {len(units)} units"
    slices: list[float] = []
    first_s = _took(layers, _cover(units), slices)
    yield Figure("layers.ready_s", round(first_s, 3), "s", f"{on}, first cover, <= 2")
    chance = np.random.default_rng(1)
    reach: list[float] = []
    cover: list[float] = []
    work: list[float] = []
    for _ in range(ROUNDS):
        free = tuple(unit for unit in units if chance.random() < FREE)
        reach.append(_took(layers, _reach(free), work) * 1e3)
        cover.append(_took(layers, _cover(free), work) * 1e3)
    yield Figure("layers.reach.p99_ms", _p99(reach), "ms", f"{on}, <= 200")
    yield Figure("layers.cover.p99_ms", _p99(cover), "ms", f"{on}, <= 1000")
    yield Figure("layers.slice_first.max_ms", round(max(slices) * 1e3, 1), "ms", on)
    yield Figure("layers.slice.p99_ms", _p99([one * 1e3 for one in work]), "ms", f"{on}, <= 50")


def _took(layers: Layers, request: m.LayerRequest, slices: list[float]) -> float:
    layers.take(request)
    begun = time.perf_counter()
    while layers.busy:
        slice_began = time.perf_counter()
        layers.step()
        slices.append(time.perf_counter() - slice_began)
    return time.perf_counter() - begun


def _reach(units: tuple[m.Starter, ...]) -> m.AskReach:
    return m.AskReach(key="k", layer="reach", limit_s=REACH_S, as_of_us=AS_OF_US, starters=units)


def _cover(units: tuple[m.Starter, ...]) -> m.AskCover:
    return m.AskCover(
        key="k", layer="cover", limit_s=COVER_S, rolling=True, as_of_us=AS_OF_US, starters=units
    )


def _starters(agency: Agency, elsewhere: RoadTimes | None) -> tuple[m.Starter, ...]:
    """The agency's ambulances at their stations, or as many somewhere on another pack's roads."""
    found = []
    nodes = elsewhere.pack.nodes.lonlat if elsewhere is not None else None
    chance = np.random.default_rng(2)
    for unit in agency.units:
        station = agency.station(unit.station_id)
        if station is None or not counts_as_cover("medical", unit.service, unit.capabilities):
            continue
        lon, lat = station.lon, station.lat
        if nodes is not None:
            lon, lat = nodes[chance.integers(len(nodes))].tolist()
        at = UnitState.AVAILABLE_AT_STATION
        found.append(m.Starter(point=Point(lon=lon, lat=lat), kind=unit.kind, state=at))
    return tuple(found)


def _p99(values: list[float]) -> float:
    return round(float(np.percentile(values, 99)), 1)
