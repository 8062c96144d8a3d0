"""Geometry put in order for a drawing: merged end to end, sorted by place, indexed by a grid.

Rows of one place lie together in the file, so that a tile touches few pages of it. The index is a
grid of cells: rows whose box is no larger than a cell are sorted by the cell of their middle, row
by row; the few larger ones stand at the end.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ui.map.projection import Floats, world_m
from ui.map.tiles.drawing import Cms, to_cm

Arrays = dict[str, npt.NDArray[Any]]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

#: Rows a cell holds on average, its least side, and the most cells there are.
_ROWS_A_CELL = 8
_LEAST_CELL_CM = 20_000
_MOST_CELLS = 1_000_000
#: How far the sea goes on beyond the region's edge, in world metres.
SEA_BEYOND_M = 200_000.0


def lines_of(points: Floats, offsets: Ints) -> Objects:
    """Lines from flat points: line i is points[offsets[i]:offsets[i + 1]]."""
    sizes = np.diff(offsets)
    rows = np.repeat(np.arange(len(sizes)), sizes)
    made: Objects = shapely.linestrings(points, indices=rows)
    return made


def merged(pieces: Objects, key: Ints, *, directed: Bools | None = None) -> tuple[Objects, Ints]:
    """Pieces of one key that meet end to end as one line, and one piece of each line.

    Lines are parted where more than two pieces of a key meet. Those that are `directed` keep
    their direction.
    """
    if len(pieces) == 0:
        return pieces, np.zeros(0, dtype=np.int64)
    order = np.argsort(key, kind="stable")
    _, first, group = np.unique(key[order], return_index=True, return_inverse=True)
    bundles = shapely.multilinestrings(pieces[order], indices=group)
    whole = shapely.line_merge(bundles)
    if directed is not None:
        ways = directed[order][first]
        whole[ways] = shapely.line_merge(bundles[ways], directed=True)
    parts, owner = shapely.get_parts(whole, return_index=True)
    return parts, order[first][owner]


def arranged_lines(what: str, lines: Objects) -> tuple[Arrays, Ints]:
    """Lines (world metres) as arrays of a drawing, and the order they were put in."""
    boxes = to_cm(shapely.bounds(lines).reshape(-1, 4))
    grid, order = _arranged(what, boxes)
    chosen = lines[order]
    sizes = shapely.get_num_coordinates(chosen)
    return grid | {
        f"{what}.points": to_cm(shapely.get_coordinates(chosen)),
        f"{what}.at": _offsets(sizes),
        f"{what}.box": boxes[order],
    }, order


def arranged_rings(
    what: str, shapes: Objects, tolerance_m: float | None, sea: Bools | None = None
) -> tuple[Arrays, Ints]:
    """Polygons (degrees) as rings to fill even-odd, and the order they were put in.

    Area i is the rings `WHAT.area[i]:WHAT.area[i + 1]`. What is `sea` goes on beyond the edge at
    which the extract cut it off.
    """
    # `get_rings` passes over multipolygons, so they are taken apart first.
    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    owner = part_owner[ring_part]
    points = world_m(shapely.get_coordinates(rings))
    sizes = shapely.get_num_coordinates(rings)
    at = _offsets(sizes).astype(np.int64)
    if sea is not None:
        wet = np.flatnonzero(sea[owner])
        points = points.copy()
        extend_sea(points, [slice(at[i], at[i + 1]) for i in wet.tolist()])
    if tolerance_m is not None and len(sizes):
        # Linear rings are simplified as lines; one that collapses keeps its corners.
        lines = lines_of(points, at)
        thin = shapely.simplify(lines, tolerance_m)
        flat = shapely.get_num_coordinates(thin) < 4
        thin[flat] = lines[flat]
        points, sizes = shapely.get_coordinates(thin), shapely.get_num_coordinates(thin)
        at = _offsets(sizes).astype(np.int64)
    cms = to_cm(points)
    ring_boxes = _boxes(cms, at)
    areas = np.searchsorted(owner, np.arange(len(shapes) + 1))
    boxes = _joined(ring_boxes, areas)
    grid, order = _arranged(what, boxes)
    counts = np.diff(areas)
    ring_order = _ranges(areas[:-1][order], counts[order])
    point_order = _ranges(at[:-1][ring_order], sizes[ring_order])
    return grid | {
        f"{what}.points": cms[point_order],
        f"{what}.at": _offsets(sizes[ring_order]),
        f"{what}.area": _offsets(counts[order]),
        f"{what}.box": boxes[order],
        f"{what}.ringbox": ring_boxes[ring_order],
    }, order


def arranged_points(what: str, world: Floats, *, keep_order: bool = False) -> tuple[Arrays, Ints]:
    """Points (world metres) as arrays of a drawing, and the order they were put in."""
    cms = to_cm(world.reshape(-1, 2))
    if keep_order:
        return {f"{what}.points": cms}, np.arange(len(cms))
    grid, order = _arranged(what, np.hstack([cms, cms]))
    return grid | {f"{what}.points": cms[order]}, order


def _arranged(what: str, boxes: Cms) -> tuple[Arrays, Ints]:
    """The grid of a set of boxes and the order of rows that it needs."""
    count = len(boxes)
    if count == 0:
        grid = np.array([0, 0, _LEAST_CELL_CM, 0, 0, 0], dtype=np.int64)
        return {f"{what}.grid": grid, f"{what}.cells": np.zeros(1, dtype=np.int32)}, np.arange(0)
    wide = boxes.astype(np.int64)
    middle = (wide[:, :2] + wide[:, 2:]) // 2
    side = (wide[:, 2:] - wide[:, :2]).max(axis=1)
    low = middle.min(axis=0)
    span = middle.max(axis=0) - low + 1
    cells = min(_MOST_CELLS, max(1, count // _ROWS_A_CELL))
    cell = max(_LEAST_CELL_CM, math.ceil(math.sqrt(float(span[0]) * float(span[1]) / cells)))
    cell = max(cell, math.ceil(int(span.max()) / _MOST_CELLS))
    columns, rows = (int(s) // cell + 1 for s in span.tolist())
    place = (middle - low) // cell
    key = place[:, 1] * columns + place[:, 0]
    large = side > cell
    key[large] = columns * rows
    order = np.argsort(key, kind="stable")
    small = int(count - large.sum())
    starts = np.searchsorted(key[order][:small], np.arange(columns * rows + 1))
    grid = np.array([low[0], low[1], cell, columns, rows, small], dtype=np.int64)
    return {f"{what}.grid": grid, f"{what}.cells": starts.astype(np.int32)}, order


def _offsets(sizes: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)


def _boxes(points: Cms, at: Ints) -> Cms:
    if len(at) < 2:
        return np.zeros((0, 4), dtype=np.int32)
    low = np.minimum.reduceat(points, at[:-1])
    return np.hstack([low, np.maximum.reduceat(points, at[:-1])])


def _joined(ring_boxes: Cms, areas: Ints) -> Cms:
    if len(areas) < 2:
        return np.zeros((0, 4), dtype=np.int32)
    low = np.minimum.reduceat(ring_boxes[:, :2], areas[:-1])
    return np.hstack([low, np.maximum.reduceat(ring_boxes[:, 2:], areas[:-1])])


def _ranges(first: Ints, counts: Ints) -> Ints:
    """first[0], first[0] + 1, ... first[1], ...: `counts` numbers from each first."""
    before = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) + np.repeat(first - before, counts)


def extend_sea(points: Floats, rows: list[slice]) -> None:
    """Carry the sea on beyond the straight edges at which an extract cuts it off; in place.

    An edge of the cut is a side of a ring along the outermost line of all sea. Without this the
    sea would end in a rectangle as soon as one zooms out.
    """
    if not rows:
        return
    everything = np.concatenate([points[row] for row in rows])
    for axis in (0, 1):
        for outermost, way in ((everything[:, axis].min(), -1.0), (everything[:, axis].max(), 1.0)):
            for row in rows:
                on_it = np.abs(points[row, axis] - outermost) < 0.5
                side = on_it[:-1] & on_it[1:]
                # One point alone on the line is a cape, not an edge.
                cut = np.zeros(len(on_it), dtype=bool)
                cut[:-1] |= side
                cut[1:] |= side
                part = points[row]
                part[cut, axis] += way * SEA_BEYOND_M
