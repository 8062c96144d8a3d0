"""A compiled network with some arcs closed, made from the open one without compiling it anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dispatch.region.road_graph import Csr, RoadGraph, Spare, sound_ends

Flags = NDArray[np.bool_]


def close_arcs(graph: RoadGraph, shut: Flags) -> RoadGraph:
    """The network without the arcs of a mask (2e,).

    Nobody drives through them. An edge closed in every direction it had keeps its times, so that
    a trip can begin or end on it from its open ends; one direction closed alone is gone.
    """
    outward = _without(graph.outward, graph.spare, shut, graph.size)
    inward = _without(graph.inward, graph.spare.turned(), shut, graph.size)
    had = np.isfinite(graph.travel_s).reshape(-1, 2)
    open_still = (had & ~shut.reshape(-1, 2)).any(axis=1)
    closed: Flags = np.logical_and(had.any(axis=1), ~open_still)
    travel_s = graph.travel_s.copy()
    travel_s[shut & np.repeat(open_still, 2)] = np.inf
    drivable = np.isfinite(travel_s)
    arcs = np.arange(len(graph.tail))
    turns = (
        np.concatenate([graph.tail, graph.branches[0]]),
        np.concatenate([arcs, graph.branches[1]]),
    )
    origin, target = sound_ends(outward, inward, graph.size, turns, graph.head, drivable)
    return replace(
        graph,
        outward=outward,
        inward=inward,
        travel_s=travel_s,
        origin_edges=origin & graph.origin_edges,
        target_edges=target & graph.target_edges,
        closed_edges=closed,
    )


def _without(csr: Csr, spare: Spare, shut: Flags, size: int) -> Csr:
    """The entries whose arc is open; the best open parallel arc stands in for a closed one."""
    gone = shut[csr.arc]
    if not gone.any():
        return csr
    stays = ~gone
    key, indices = csr.key[stays], csr.indices[stays]
    weight, arc = csr.weight[stays], csr.arc[stays]
    spare_key = spare.tail * len(csr.indptr) + spare.head
    able = np.flatnonzero(np.isin(spare_key, csr.key[gone]) & ~shut[spare.arc])
    if len(able):
        order = able[np.lexsort((spare.arc[able], spare.weight[able], spare_key[able]))]
        first = np.ones(len(order), dtype=bool)
        first[1:] = spare_key[order][1:] != spare_key[order][:-1]
        chosen = order[first]
        at = np.searchsorted(key, spare_key[chosen])
        key = np.insert(key, at, spare_key[chosen])
        indices = np.insert(indices, at, spare.head[chosen].astype(np.int32))
        weight = np.insert(weight, at, spare.weight[chosen])
        arc = np.insert(arc, at, spare.arc[chosen])
    starts = np.arange(size + 1, dtype=np.int64) * len(csr.indptr)
    indptr = np.searchsorted(key, starts).astype(np.int32)
    return Csr(indptr, indices, weight, arc, key)
