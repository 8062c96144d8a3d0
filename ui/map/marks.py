"""How units are arranged at a zoom: alone, in a stack under a symbol, or in a cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ui.map.layers import STATE_CODE, UNIT_STATES, UnitLayer
from ui.map.projection import Floats, metres_per_pixel
from ui.map.symbols import HEADINGS, MOVING, NO_HEADING, PILL_HEIGHT

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Below this zoom dense units become clusters.
CLUSTER_BELOW = 12.5
CLUSTER_CELL_PX = 52
CLUSTER_FROM = 4
#: Units nearer to each other than this share a place: one row a state.
STACK_CELL_PX = 15
STACK_ROW_PX = PILL_HEIGHT + 2
#: A unit on scene this near to an incident's symbol stands under it; likewise at its station.
ANCHOR_PX = 20
UNDER_SCENE_PX = 29
UNDER_STATION_PX = 19
HALO_PX = 17
#: A fix fades from the first age to the second, down to the least opacity.
FADE_FROM_S, FADE_TO_S, FADE_LEAST = 30.0, 300.0, 0.5
OFF_DUTY_FROM = 14.0

_MOVING = np.array([state in MOVING for state in UNIT_STATES])
_FREE = np.array([state.startswith("available") or state == "returning" for state in UNIT_STATES])
#: Who keeps a label when there is no room for all: units at work before units at rest.
_RANK = np.array(
    [
        {"off_duty": 9, "out_of_service": 8, "on_break": 7, "available_at_station": 5}.get(
            state, 4 if state == "available_on_air" else 3 if state == "returning" else 2
        )
        for state in UNIT_STATES
    ]
)


@dataclass(frozen=True)
class Anchors:
    """Where units gather, (k, 2) in world metres. `version` changes when any of it does.

    `chosen` is the row of the selected scene, whose halo needs more room.
    """

    version: int
    scenes: Floats
    stations: Floats
    hospitals: Floats
    chosen: int | None = None


@dataclass(frozen=True)
class Cluster:
    """Units drawn as one: where, how many, how many of them free, and which rows."""

    middle: Floats
    count: int
    free: int
    members: Ints


@dataclass(frozen=True)
class Marks:
    """What is drawn at one zoom: a row a symbol, in world metres with a shift in pixels.

    `column` is the heading's place in the atlas, `members` the unit rows behind a symbol, `order`
    who is labelled first.
    """

    world: Floats
    shift: Floats
    state: Ints
    column: Ints
    opacity: Floats
    members: list[tuple[int, ...]]
    order: Ints
    clusters: list[Cluster]


@dataclass(frozen=True)
class Gathering:
    """Which anchor is nearest to each unit that may stand at one; the same for all zooms."""

    rows: Ints
    place: Floats
    away_m: Floats
    below_px: Floats


def gather(layer: UnitLayer, world: Floats, anchors: Anchors) -> Gathering:
    """Nearest scene of units on scene, station of units at station, hospital of units there."""
    rows, place, away, below = [], [], [], []
    for state, points, below_px in (
        ("on_scene", anchors.scenes, UNDER_SCENE_PX),
        ("available_at_station", anchors.stations, UNDER_STATION_PX),
        ("at_hospital", anchors.hospitals, UNDER_STATION_PX),
    ):
        there = np.flatnonzero(layer.state == STATE_CODE[state])
        if len(there) == 0 or len(points) == 0:
            continue
        for part in np.array_split(there, max(1, len(there) * len(points) // 200_000)):
            gaps = np.abs(world[part][:, None, :] - points[None, :, :]).max(axis=2)
            nearest = gaps.argmin(axis=1)
            rows.append(part)
            place.append(points[nearest])
            away.append(gaps[np.arange(len(part)), nearest])
            low = np.full(len(part), float(below_px))
            if points is anchors.scenes and anchors.chosen is not None:
                low[nearest == anchors.chosen] += HALO_PX
            below.append(low)
    if not rows:
        none = np.zeros(0)
        return Gathering(np.zeros(0, dtype=np.int64), np.zeros((0, 2)), none, none)
    return Gathering(*(np.concatenate(parts) for parts in (rows, place, away, below)))


def arrange(
    layer: UnitLayer, world: Floats, gathering: Gathering, alone: Flags, zoom: float
) -> Marks:
    """The marks of a layer at a zoom; rows in `alone` are never put together with others."""
    pixel = metres_per_pixel(zoom)
    place, shift = world.copy(), np.zeros((len(layer), 2))
    near = gathering.away_m <= ANCHOR_PX * pixel
    rows = gathering.rows[near]
    place[rows] = gathering.place[near]
    shift[rows, 1] = gathering.below_px[near]
    shown = np.ones(len(layer), dtype=bool)
    if zoom < OFF_DUTY_FROM:
        shown = (layer.state != STATE_CODE["off_duty"]) | alone
    rows = np.flatnonzero(shown)
    clusters: list[Cluster] = []
    if zoom < CLUSTER_BELOW:
        rows, clusters = _clusters(layer, world, rows, alone, pixel)
    members, places, shifts = _stacks(layer, rows, place, shift, alone, pixel)
    return _marks(layer, members, places, shifts, clusters)


def _clusters(
    layer: UnitLayer, world: Floats, rows: Ints, alone: Flags, pixel: float
) -> tuple[Ints, list[Cluster]]:
    loose = rows[~alone[rows]]
    inverse, counts = _cells(world[loose], CLUSTER_CELL_PX * pixel)
    clusters = []
    for cell in np.flatnonzero(counts >= CLUSTER_FROM).tolist():
        members = loose[inverse == cell]
        free = int(_FREE[layer.state[members]].sum())
        clusters.append(Cluster(world[members].mean(axis=0), len(members), free, members))
    kept = loose[counts[inverse] < CLUSTER_FROM]
    return np.sort(np.concatenate([kept, rows[alone[rows]]])), clusters


def _stacks(
    layer: UnitLayer, rows: Ints, place: Floats, shift: Floats, alone: Flags, pixel: float
) -> tuple[list[tuple[int, ...]], Floats, Floats]:
    """Units that share a place: one row a state, most at work on top."""
    own = alone[rows] | layer.stale[rows]
    inverse, counts = _cells(place[rows], STACK_CELL_PX * pixel, apart=own)
    single = counts[inverse] == 1
    members: list[tuple[int, ...]] = [(row,) for row in rows[single].tolist()]
    places, shifts = [place[rows[single]]], [shift[rows[single]]]
    crowded = rows[~single]
    if len(crowded):
        order = np.lexsort(
            (crowded, layer.state[crowded], _RANK[layer.state[crowded]], inverse[~single])
        )
        cells = inverse[~single][order].tolist()
        states = layer.state[crowded[order]].tolist()
        middles = _means(place[crowded], inverse[~single], len(counts))
        line, before = 0, -1
        for row, cell, state in zip(crowded[order].tolist(), cells, states, strict=True):
            if cell == before and layer.state[members[-1][0]] == state:
                members[-1] = (*members[-1], row)
                continue
            line = line + 1 if cell == before else 0
            before = cell
            members.append((row,))
            places.append(middles[cell][None, :])
            shifts.append(np.array([[shift[row, 0], shift[row, 1] + line * STACK_ROW_PX]]))
    return members, np.concatenate(places), np.concatenate(shifts)


def _marks(
    layer: UnitLayer,
    members: list[tuple[int, ...]],
    places: Floats,
    shifts: Floats,
    clusters: list[Cluster],
) -> Marks:
    first = np.array([group[0] for group in members], dtype=np.int64)
    state = layer.state[first]
    heading = layer.heading_deg[first]
    known = np.isfinite(heading) & _MOVING[state]
    known &= np.array([len(group) == 1 for group in members], dtype=bool)
    turn = np.round(np.nan_to_num(heading) * (HEADINGS / 360)).astype(np.int64) % HEADINGS
    faded = (np.nan_to_num(layer.age_s[first]) - FADE_FROM_S) / (FADE_TO_S - FADE_FROM_S)
    return Marks(
        world=places,
        shift=shifts,
        state=state,
        column=np.where(known, turn, NO_HEADING),
        opacity=1 - np.clip(faded, 0, 1) * (1 - FADE_LEAST),
        members=members,
        order=np.lexsort((first, _RANK[state])),
        clusters=clusters,
    )


def _cells(points: Floats, side_m: float, apart: Flags | None = None) -> tuple[Ints, Ints]:
    """For each point the number of its cell of the world's grid, and how many share each cell.

    Points marked `apart` have a cell of their own.
    """
    cells = np.floor(points / side_m).astype(np.int64)
    keys = cells[:, 0] * 4_294_967_291 + cells[:, 1]
    if apart is not None:
        keys = np.where(apart, np.iinfo(np.int64).max - np.arange(len(keys)), keys)
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return inverse.reshape(-1), counts


def _means(points: Floats, cells: Ints, count: int) -> Floats:
    sizes = np.maximum(1, np.bincount(cells, minlength=count))
    x = np.bincount(cells, points[:, 0], minlength=count) / sizes
    y = np.bincount(cells, points[:, 1], minlength=count) / sizes
    return np.column_stack([x, y])
