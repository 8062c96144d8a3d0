"""How long road times take: everyone to one place, and one route with its line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dispatch.region.pack import open_pack
from dispatch.region.roads import RoadTimes
from dispatch.reports.figure import Figure
from dispatch.resources import resource

UNITS = 100
TARGETS = 200
CLOSURES, PIECES = 100, 12


def figures(region: Path | None = None) -> Iterator[Figure]:
    """Milliseconds on a pack (the built-in city by default), each target asked for once."""
    pack = open_pack(region or resource("region", "builtin.region"))
    began = time.perf_counter()
    roads = RoadTimes.of(pack, profile="lights")
    yield Figure("roads.open_ms", round((time.perf_counter() - began) * 1e3, 1), "ms", pack.name)
    chance = np.random.default_rng(1)
    nodes = np.asarray(pack.nodes.lonlat)
    units = nodes[chance.integers(0, len(nodes), UNITS)]
    targets = nodes[chance.integers(0, len(nodes), TARGETS)]
    to_one, routes = [], []
    for lon, lat in targets.tolist():
        began = time.perf_counter()
        roads.many_to_one(units, (lon, lat))
        to_one.append((time.perf_counter() - began) * 1e3)
        began = time.perf_counter()
        roads.route((float(units[0, 0]), float(units[0, 1])), (lon, lat))
        routes.append((time.perf_counter() - began) * 1e3)
    for name, took in (("many_to_one", to_one), ("route", routes)):
        p50, p99 = np.quantile(np.array(took), [0.5, 0.99]).tolist()
        yield Figure(f"roads.{name}.p50_ms", round(p50, 2), "ms", f"{UNITS} units")
        yield Figure(f"roads.{name}.p99_ms", round(p99, 2), "ms", f"{UNITS} units")
    yield _closure_to_etas(roads, units, targets, chance)


def _closure_to_etas(
    roads: RoadTimes,
    units: NDArray[np.float64],
    targets: NDArray[np.float64],
    chance: np.random.Generator,
) -> Figure:
    """From a road closed to everybody's new times to one place; the 99th of a hundred closures."""
    ids = roads.pack.edges.edge_id
    took = []
    for lon, lat in targets[:CLOSURES].tolist():
        closed = ids[chance.integers(0, len(ids), PIECES)].tolist()
        began = time.perf_counter()
        roads.without(closed).many_to_one_band(units, (lon, lat))
        took.append((time.perf_counter() - began) * 1e3)
    value = round(float(np.quantile(np.array(took), 0.99)), 2)
    return Figure("roads.closure_to_etas_ms", value, "ms", f"{UNITS} units, {PIECES} pieces closed")
