"""Bounds: west, south, east, north in degrees."""

from __future__ import annotations

from array import array

import numpy as np

Box = tuple[float, float, float, float]


def touches(one: Box, other: Box) -> bool:
    """Whether two bounds have a point in common."""
    return one[0] <= other[2] and one[2] >= other[0] and one[1] <= other[3] and one[3] >= other[1]


def common(one: Box | None, other: Box) -> Box:
    """What two bounds have in common; the second where that is nothing."""
    if one is None or not touches(one, other):
        return other
    return (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )


def box_of(runs: list[array[int]]) -> Box:
    """The bounds of lines given as lon, lat, lon, lat ... in 1e-7 degree."""
    if not runs:
        return 0.0, 0.0, 0.0, 0.0
    points = np.concatenate([np.frombuffer(run, dtype=np.int32) for run in runs]).reshape(-1, 2)
    (west, south), (east, north) = points.min(axis=0) * 1e-7, points.max(axis=0) * 1e-7
    return float(west), float(south), float(east), float(north)
