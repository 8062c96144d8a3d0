"""How incidents are arranged at a zoom: alone, fanned out where they share an address, or counted.

An incident that wants attention is never counted away: the gravest, late, waiting and chosen ones
always stand for themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ui.map.cells import (
    Flags,
    Ints,
    cells,
    held_in,
    means,
    numbered,
    shared,
)
from ui.map.projection import Floats, metres_per_pixel
from ui.map.sprites import LEVELS, PLATE_HEIGHT, RANKED

#: The cells of the world's grid in which incidents and units are counted, in pixels: a plate in the
#: upper part, a disc in the lower one, so that no crowd lies over another.
CELL_WIDTH_PX, CELL_HEIGHT_PX = 92, 84
PLATE_REACH_PX = 40.0
#: The upper part of a cell.
PLATE_ROOM_PX = 30
CROWD_FROM = 3
#: Close in only those are counted that share an address.
ADDRESS_FROM = 16.0
ADDRESS_CELL_PX = 26
ADDRESS_CROWD_FROM = 6
#: Incidents drawn one over the other are fanned out from this zoom on.
FAN_FROM = 14.0
FAN_CELL_PX = 13
FAN_PX = 15.0
_GOLDEN = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True)
class Scenes:
    """What is drawn at one zoom. `of_incident` is for each incident the crowd it is in, or -1.

    `shift` (n, 2) moves incidents that share a place apart, in pixels; `counts` (k, 6) are a
    crowd's incidents by level, `worst` its gravest level.
    """

    of_incident: Ints
    shift: Floats
    world: Floats
    counts: Ints
    worst: Ints

    def __len__(self) -> int:
        return len(self.worst)


def arrange_scenes(world: Floats, level: Ints, loud: Flags, zoom: float) -> Scenes:
    """The scenes at a zoom; those in `loud` stand for themselves."""
    pixel = metres_per_pixel(zoom)
    if zoom < ADDRESS_FROM:
        width, height, least = CELL_WIDTH_PX * pixel, CELL_HEIGHT_PX * pixel, CROWD_FROM
    else:
        width = height = ADDRESS_CELL_PX * pixel
        least = ADDRESS_CROWD_FROM
    of_incident = np.full(len(world), -1, dtype=np.int64)
    loose = np.flatnonzero(~loud)
    at = cells(world[loose], width, height)
    number, sizes = numbered(at)
    big = sizes >= least
    crowd = np.where(big, np.cumsum(big) - 1, -1)[number] if len(loose) else number
    inside = crowd >= 0
    of_incident[loose[inside]] = crowd[inside]
    count = int(big.sum())
    counts = np.zeros((count, LEVELS), dtype=np.int64)
    np.add.at(counts, (crowd[inside], level[loose[inside]]), 1)
    middle = means(world[loose[inside]], crowd[inside], count)
    if zoom < ADDRESS_FROM and count:
        cell = np.zeros((count, 2))
        cell[crowd[inside]] = at[inside]
        half = np.full((count, 2), (PLATE_REACH_PX, PLATE_HEIGHT / 2 + 2)) * pixel
        middle = held_in(
            middle, cell, width, height, half, bottom=1 - PLATE_ROOM_PX / CELL_HEIGHT_PX
        )
    worst = RANKED[np.argmax(counts[:, RANKED] > 0, axis=1)]
    shift = np.zeros((len(world), 2))
    if zoom >= FAN_FROM:
        _fan(world, of_incident, pixel, shift)
    return Scenes(of_incident, shift, middle, counts, worst)


def _fan(world: Floats, of_incident: Ints, pixel: float, shift: Floats) -> None:
    """Move those apart that would cover each other: few in a ring, many in a sunflower."""
    rows = np.flatnonzero(of_incident < 0)
    cell, sizes = shared(world[rows], FAN_CELL_PX * pixel)
    crowded = np.flatnonzero(sizes[cell] > 1)
    if len(crowded) == 0:
        return
    crowded = crowded[np.argsort(cell[crowded], kind="stable")]
    group = cell[crowded]
    size = sizes[group]
    begins = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
    place = np.arange(len(group)) - np.repeat(begins, np.diff(np.append(begins, len(group))))
    middle = means(world[rows[crowded]], group, len(sizes))[group]
    ring = np.maximum(FAN_PX, size * 27.0 / (2 * math.pi))
    few = size <= 8
    radius = np.where(few, ring, FAN_PX * np.sqrt(place + 0.6))
    angle = np.where(few, place * (2 * math.pi / size) - math.pi / 2, place * _GOLDEN)
    target = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    off = (middle - world[rows[crowded]]) / pixel
    shift[rows[crowded]] = np.round(target + off * (1, -1))
