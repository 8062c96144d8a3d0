"""Figures of a street network, to hold the built-in city against real ones.

Measures after Boeing, "OSMnx: new methods for acquiring, constructing, analyzing, and visualizing
complex street networks", 2017: share of junctions by the number of streets that meet, lengths of
streets between junctions, circuity of trips.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from dispatch.region.city.plan import Floats, Ints
from dispatch.region.pack import Pack, open_pack
from dispatch.region.schema import EDGE_CLASSES

Flags = npt.NDArray[np.bool_]
_EARTH_M = 6_371_008.8
#: Service roads, tracks and ferries are mapped in one extract and not in the next.
_STREETS = frozenset(EDGE_CLASSES) - {"service", "track", "busway", "pedestrian", "ferry"}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a street network is like; lengths in metres."""

    segments: int
    street_km: float
    dead_ends: float
    """Share of junctions and ends (degree 2 left out) where one street ends."""
    threes: float
    fours: float
    length_q10: float
    length_q50: float
    length_q90: float
    circuity: float
    """Mean road distance over mean straight distance of random trips."""
    circuity_q90: float
    arterial_share: float
    """Share of street length of class tertiary and above."""


def measure(pack: Pack, trips: int = 1_000, seed: int = 1) -> Figures:
    """The figures of a pack's streets; the trips are the same for the same seed."""
    edges = pack.edges
    classes = np.array([EDGE_CLASSES[int(c)] for c in edges.class_code])
    kept = np.isin(classes, sorted(_STREETS))
    length = np.asarray(edges.length_m, dtype=np.float64)[kept]
    node_id = np.asarray(pack.nodes.node_id)
    u = np.searchsorted(node_id, np.asarray(edges.from_node)[kept])
    v = np.searchsorted(node_id, np.asarray(edges.to_node)[kept])
    count = len(node_id)
    degree = np.bincount(u, minlength=count) + np.bincount(v, minlength=count)
    # A junction is where other than two streets meet; pieces that meet in pairs are one street.
    chain = _streets(u, v, degree == 2, len(length))
    lengths = np.bincount(chain, weights=length)
    junctions = degree[(degree > 0) & (degree != 2)]
    forward = np.asarray(edges.forward)[kept]
    backward = np.asarray(edges.backward)[kept]
    ratio = _trips(pack, u, v, length, forward, backward, trips, seed)
    rank = {"motorway", "trunk", "primary", "secondary", "tertiary"}
    main = np.isin(np.char.replace(classes[kept].astype(str), "_link", ""), sorted(rank))
    quantiles = np.quantile(lengths, (0.1, 0.5, 0.9))
    return Figures(
        segments=len(lengths),
        street_km=float(length.sum() / 1e3),
        dead_ends=float((junctions == 1).mean()),
        threes=float((junctions == 3).mean()),
        fours=float((junctions == 4).mean()),
        length_q10=float(quantiles[0]),
        length_q50=float(quantiles[1]),
        length_q90=float(quantiles[2]),
        circuity=float(ratio[:, 0].sum() / ratio[:, 1].sum()),
        circuity_q90=float(np.quantile(ratio[:, 0] / ratio[:, 1], 0.9)),
        arterial_share=float(length[main].sum() / length.sum()),
    )


def _streets(u: Ints, v: Ints, passing: Flags, count: int) -> Ints:
    """The street each piece belongs to: pieces joined at nodes where just two ends meet."""
    ends = np.concatenate([u, v])
    piece = np.concatenate([np.arange(count), np.arange(count)])
    mine = passing[ends]
    order = np.argsort(ends[mine], kind="stable")
    paired = piece[mine][order].reshape(-1, 2)
    matrix = coo_matrix((np.ones(len(paired)), (paired[:, 0], paired[:, 1])), shape=(count, count))
    _, label = connected_components(matrix, directed=False)
    return np.asarray(label, dtype=np.int64)


def _trips(
    pack: Pack, u: Ints, v: Ints, length: Floats, forward: Flags, backward: Flags,
    trips: int, seed: int,
) -> Floats:  # fmt: skip
    """(trips, 2): metres by road and metres straight, between random nodes of the main part."""
    rng = np.random.Generator(np.random.PCG64(seed))
    lonlat = np.radians(np.asarray(pack.nodes.lonlat))
    used = np.zeros(len(lonlat), dtype=bool)
    used[u] = used[v] = True
    live = np.flatnonzero(used & (np.asarray(pack.nodes.component) == 0))
    on, off = np.asarray(forward, dtype=bool), np.asarray(backward, dtype=bool)
    rows = np.concatenate([u[on], v[off]])
    columns = np.concatenate([v[on], u[off]])
    cost = np.concatenate([length[on], length[off]])
    graph = coo_matrix((cost, (rows, columns)), shape=(len(lonlat),) * 2).tocsr()
    per_start = 10
    starts = rng.choice(live, max(1, trips // per_start))
    found = dijkstra(graph, indices=starts)
    out: list[tuple[float, float]] = []
    for k, start in enumerate(starts.tolist()):
        for end in rng.choice(live, per_start).tolist():
            straight = _great_circle_m(lonlat[start], lonlat[end])
            if straight > 300.0 and np.isfinite(found[k, end]):
                out.append((float(found[k, end]), straight))
    return np.array(out)


def _great_circle_m(a: Floats, b: Floats) -> float:
    half = np.sin((b[1] - a[1]) / 2) ** 2 + np.cos(a[1]) * np.cos(b[1]) * (
        np.sin((b[0] - a[0]) / 2) ** 2
    )
    return float(2 * _EARTH_M * np.arcsin(np.sqrt(half)))


def compare(args: Namespace) -> int:
    """Print the figures of the packs in `args.packs`, one line each, as a table."""
    rows = [(open_pack(Path(p)).name, measure(open_pack(Path(p)))) for p in args.packs]
    names = list(Figures.__dataclass_fields__)
    print(" | ".join(["", *names]))
    for name, figures in rows:
        values = [getattr(figures, n) for n in names]
        shown = [f"{x:.3f}" if isinstance(x, float) and x < 10 else f"{x:.0f}" for x in values]
        print(" | ".join([name, *shown]))
    return 0
