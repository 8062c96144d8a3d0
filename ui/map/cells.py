"""The world's grid at a zoom: who shares a cell, and what lies near what.

The grid's lines belong to the world and not to the canvas, so that panning changes no choice.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ui.map.projection import HALF_WORLD_M, Floats

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_ROW = 1 << 31
#: Cells up to which points are counted and not sorted.
MOST_COUNTED = 250_000


def cells(points: Floats, width_m: float, height_m: float) -> Floats:
    """(n, 2) column and row of each point's cell, counted from the world's south-west corner."""
    return np.asarray(np.floor((points + HALF_WORLD_M) / (width_m, height_m)))


def shared(points: Floats, side_m: float, apart: Flags | None = None) -> tuple[Ints, Ints]:
    """For each point the number of its cell, and how many share each cell.

    Points marked `apart` have a cell of their own.
    """
    return numbered(cells(points, side_m, side_m), apart)


def numbered(at: Floats, apart: Flags | None = None) -> tuple[Ints, Ints]:
    """For each column and row (n, 2) a number from 0 on, and how often each stands."""
    if len(at) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    x, y = at[:, 0], at[:, 1]
    west, south = x.min(), y.min()
    columns, rows = int(x.max() - west) + 1, int(y.max() - south) + 1
    if columns * rows > MOST_COUNTED:
        keys = keys_of(at)
        if apart is not None:
            keys = np.where(apart, -1 - np.arange(len(keys)), keys)
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        return inverse.reshape(-1), counts
    # Few enough cells to count them one by one, which costs a tenth of sorting.
    compact = ((x - west) * rows + (y - south)).astype(np.int64)
    if apart is not None:
        compact[apart] = columns * rows + np.arange(int(apart.sum()))
    found = np.bincount(compact)
    taken = found > 0
    return (np.cumsum(taken) - 1)[compact], found[taken]


def keys_of(at: Floats) -> Ints:
    """One number for each cell; cells above one another have numbers in a row."""
    columns = at.astype(np.int64)
    return np.asarray(columns[:, 0] * _ROW + columns[:, 1])


def means(points: Floats, group: Ints, count: int) -> Floats:
    """The middle of each group's points, (count, 2)."""
    sizes = np.maximum(1, np.bincount(group, minlength=count))
    x = np.bincount(group, points[:, 0], minlength=count) / sizes
    y = np.bincount(group, points[:, 1], minlength=count) / sizes
    return np.column_stack([x, y])


def held_in(
    middles: Floats,
    at: Floats,
    width_m: float,
    height_m: float,
    half_m: Floats,
    *,
    bottom: float = 0.0,
    top: float = 1.0,
) -> Floats:
    """Middles moved so far into their cells that half sizes (n, 2) do not reach over the edge.

    `bottom` and `top` are the shares of a cell's height between which they stay.
    """
    size = np.array([width_m, height_m])
    low = (at + np.array([0.0, bottom])) * size - HALF_WORLD_M + half_m
    high = (at + np.array([1.0, top])) * size - HALF_WORLD_M - half_m
    return np.asarray(np.clip(middles, np.minimum(low, high), np.maximum(low, high)))


def nearest_within(points: Floats, targets: Floats, reach_m: float) -> Ints:
    """For each point the row of the nearest target within a reach (the greater of dx, dy), or -1.

    Of targets equally near the first one.
    """
    found = np.full(len(points), -1, dtype=np.int64)
    if len(points) == 0 or len(targets) == 0:
        return found
    target_keys = keys_of(cells(targets, reach_m, reach_m))
    order = np.argsort(target_keys, kind="stable")
    sorted_keys = target_keys[order]
    keys = keys_of(cells(points, reach_m, reach_m))
    pairs_of, pairs_to = [], []
    for column in (-_ROW, 0, _ROW):
        begin = np.searchsorted(sorted_keys, keys + column - 1, "left")
        sizes = np.searchsorted(sorted_keys, keys + column + 1, "right") - begin
        whole = int(sizes.sum())
        if whole:
            pairs_of.append(np.repeat(np.arange(len(points)), sizes))
            before = np.repeat(np.cumsum(sizes) - sizes, sizes)
            pairs_to.append(order[np.repeat(begin, sizes) + np.arange(whole) - before])
    if not pairs_of:
        return found
    rows, to = np.concatenate(pairs_of), np.concatenate(pairs_to)
    away = np.abs(points[rows] - targets[to]).max(axis=1)
    near = away <= reach_m
    rows, to, away = rows[near], to[near], away[near]
    best = np.lexsort((to, away, rows))
    rows, first = np.unique(rows[best], return_index=True)
    found[rows] = to[best][first]
    return found
