"""How units are arranged at a zoom: alone, in a stack under a symbol, or in a crowd.

All of it in columns: nothing is done unit by unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ui.map.cells import (
    Flags,
    Ints,
    cells,
    held_in,
    means,
    nearest_within,
    numbered,
    shared,
)
from ui.map.layers import STATE_CODE, UNIT_STATES, UnitLayer
from ui.map.projection import Floats, metres_per_pixel
from ui.map.scenes import CELL_HEIGHT_PX, CELL_WIDTH_PX, PLATE_ROOM_PX
from ui.map.sprites import disc_radius
from ui.map.symbols import PILL_HEIGHT
from ui.map.tiles.grid import Box

#: From so many units in a cell on they are drawn as one; further in it takes more of them, and
#: close in they never are: there stacks name those that share an address.
CROWD_FROM = 4
DENSE_CROWD_FROM = 10
CROWDS_BELOW, DENSE_CROWDS_BELOW = 13.0, 16.0
#: Units nearer to each other than this share a place: one row a state.
STACK_CELL_PX = 15
STACK_ROW_PX = PILL_HEIGHT + 2
#: A unit on scene this near to an incident's symbol stands under it; likewise at its station.
ANCHOR_PX = 20
ANCHORS_FROM = 11.5
UNDER_SCENE_PX = 29
UNDER_STATION_PX = 19
HALO_PX = 17
OFF_DUTY_FROM = 14.0

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
class Crowds:
    """Units drawn as one, a row each: where, how many, how many of them free."""

    world: Floats
    count: Ints
    free: Ints
    #: For each row of the layer the crowd it is in, or -1.
    of_unit: Ints

    def __len__(self) -> int:
        return len(self.count)


@dataclass(frozen=True)
class Marks:
    """What is drawn at one zoom: a row a symbol, in world metres with a shift in pixels.

    Rows stand in drawing order: those that come first are covered by later ones and are the last
    to be labelled. `first` is the unit row whose state and heading a symbol shows, `count` how many
    units it stands for; `rides` marks symbols that move with their unit.
    """

    world: Floats
    shift: Floats
    first: Ints
    count: Ints
    rides: Flags
    #: Unit rows of all symbols, those of one together, from `begin` on.
    members: Ints
    begin: Ints
    crowds: Crowds

    def __len__(self) -> int:
        return len(self.first)

    def members_of(self, row: int) -> list[int]:
        """The unit rows behind a symbol."""
        begin = int(self.begin[row])
        return list(self.members[begin : begin + int(self.count[row])].tolist())

    @cached_property
    def mark_of_unit(self) -> Ints:
        """For each row of the layer the symbol it is behind, or -1."""
        found = np.full(len(self.crowds.of_unit), -1, dtype=np.int64)
        found[self.members] = np.repeat(np.arange(len(self.count)), self.count)
        return found


def arrange(
    layer: UnitLayer,
    world: Floats,
    anchors: Anchors,
    alone: Flags,
    zoom: float,
    box: Box | None = None,
) -> Marks:
    """The marks of a layer at a zoom; rows in `alone` are never put together with others.

    Only units in a box of world metres are arranged; a crowd at its edge may lack some.
    """
    pixel = metres_per_pixel(zoom)
    shown = np.ones(len(layer), dtype=bool)
    if box is not None:
        x, y = world[:, 0], world[:, 1]
        shown = (x >= box[0]) & (y >= box[1]) & (x <= box[2]) & (y <= box[3])
    if zoom < OFF_DUTY_FROM:
        shown &= (layer.state != STATE_CODE["off_duty"]) | alone
    rows = np.flatnonzero(shown)
    rows, crowds = _crowds(layer, world, rows, alone, zoom)
    place, shift = world[rows], np.zeros((len(rows), 2))
    anchored = np.zeros(len(rows), dtype=bool)
    if zoom >= ANCHORS_FROM:
        anchored = _anchor(layer, place, shift, rows, anchors, ANCHOR_PX * pixel)
    return _stacked(layer, rows, place, shift, anchored, alone, pixel, crowds)


def _crowds(
    layer: UnitLayer, world: Floats, rows: Ints, alone: Flags, zoom: float
) -> tuple[Ints, Crowds]:
    """The rows that stay on their own, and the crowds of the others."""
    of_unit = np.full(len(layer), -1, dtype=np.int64)
    least = CROWD_FROM if zoom < CROWDS_BELOW else DENSE_CROWD_FROM
    loose = rows[~alone[rows]] if zoom < DENSE_CROWDS_BELOW else rows[:0]
    pixel = metres_per_pixel(zoom)
    width, height = CELL_WIDTH_PX * pixel, CELL_HEIGHT_PX * pixel
    at = cells(world[loose], width, height)
    number, counts = numbered(at)
    big = counts >= least
    if not big.any():
        none = np.zeros(0, dtype=np.int64)
        return rows, Crowds(np.zeros((0, 2)), none, none, of_unit)
    crowd = np.where(big, np.cumsum(big) - 1, -1)[number]
    inside = np.flatnonzero(crowd >= 0)
    crowd, members = crowd[inside], loose[inside]
    of_unit[members] = crowd
    count = counts[big]
    free = np.bincount(crowd[_FREE[layer.state[members]]], minlength=len(count))
    middle = means(world[members], crowd, len(count))
    cell = np.zeros((len(count), 2))
    cell[crowd] = at[inside]
    # Discs stay inside their cells, so that no two lie over each other.
    half = np.repeat(disc_radius(count)[:, None] + 3, 2, axis=1) * pixel
    top = 1 - PLATE_ROOM_PX / CELL_HEIGHT_PX
    middle = held_in(middle, cell, width, height, half, top=top)
    return rows[of_unit[rows] < 0], Crowds(middle, count, free, of_unit)


def _anchor(
    layer: UnitLayer, place: Floats, shift: Floats, rows: Ints, anchors: Anchors, reach_m: float
) -> Flags:
    """Put units under the scene, station or hospital where their state says they are."""
    anchored = np.zeros(len(rows), dtype=bool)
    state = layer.state[rows]
    for name, points, below_px in (
        ("on_scene", anchors.scenes, UNDER_SCENE_PX),
        ("available_at_station", anchors.stations, UNDER_STATION_PX),
        ("at_hospital", anchors.hospitals, UNDER_STATION_PX),
    ):
        there = np.flatnonzero(state == STATE_CODE[name])
        nearest = nearest_within(place[there], points, reach_m)
        there, nearest = there[nearest >= 0], nearest[nearest >= 0]
        place[there] = points[nearest]
        shift[there, 1] = below_px
        if points is anchors.scenes and anchors.chosen is not None:
            shift[there[nearest == anchors.chosen], 1] += HALO_PX
        anchored[there] = True
    return anchored


def _stacked(
    layer: UnitLayer,
    rows: Ints,
    place: Floats,
    shift: Floats,
    anchored: Flags,
    alone: Flags,
    pixel: float,
    crowds: Crowds,
) -> Marks:
    """Units that share a place: one row a state, most at work on top."""
    own = alone[rows] | layer.stale[rows]
    cell, in_cell = shared(place, STACK_CELL_PX * pixel, apart=own)
    state = layer.state[rows]
    rank = _RANK[state]
    # By cell, then by rank, state and row: one key sorts faster than four.
    key = ((cell * 16 + rank) * 16 + state) * len(layer) + rows
    order = np.argsort(key)
    cell, state = cell[order], state[order]
    new_cell = np.ones(len(order), dtype=bool)
    new_cell[1:] = cell[1:] != cell[:-1]
    new_mark = new_cell.copy()
    new_mark[1:] |= state[1:] != state[:-1]
    begin = np.flatnonzero(new_mark)
    count = np.diff(np.append(begin, len(order)))
    mark_number = np.cumsum(new_mark) - 1
    # A mark's line in its stack: how many marks its cell has had before.
    first_of_cell = np.maximum.accumulate(np.where(new_cell, mark_number, 0))
    line = (mark_number - first_of_cell)[begin]
    first = order[begin]
    world, shifts = place[first], shift[first]
    crowded = in_cell[cell[begin]] > 1
    if crowded.any():
        middles = means(place[order], cell, len(in_cell))
        world = np.where(crowded[:, None], middles[cell[begin]], world)
        shifts = shifts + np.column_stack([np.zeros(len(line)), line * STACK_ROW_PX])
    drawn = np.argsort(-(rank[first] * len(layer) + rows[first]))
    ends = np.cumsum(count[drawn])
    spread = np.repeat(begin[drawn] - ends + count[drawn], count[drawn]) + np.arange(len(order))
    return Marks(
        world=world[drawn],
        shift=shifts[drawn],
        first=rows[first[drawn]],
        count=count[drawn],
        rides=(~anchored[first] & ~crowded)[drawn],
        members=rows[order[spread]],
        begin=ends - count[drawn],
        crowds=crowds,
    )
