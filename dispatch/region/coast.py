"""Sea from coastlines: OpenStreetMap draws the shore, land on its left, never the sea."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

#: How far beside the shore a point is taken to tell sea from land, degrees (about 1 m).
_BESIDE = 1e-5


def sea_polygons(
    coast: list[BaseGeometry], bounds: tuple[float, float, float, float]
) -> tuple[list[BaseGeometry], int]:
    """The sea inside `bounds` (west, south, east, north, degrees) and how many loose shore ends.

    A shore that ends inside the bounds (an extract cuts where it likes) is carried on straight to
    the nearest side; that is a guess, hence the count.
    """
    if not coast:
        return [], 0
    box = shapely.box(*bounds)
    merged = shapely.line_merge(shapely.unary_union(coast), directed=True)
    parts = shapely.get_parts(shapely.get_parts(merged))
    loose: list[BaseGeometry] = []
    for part in parts:
        if part.is_closed:
            continue
        for point in (shapely.get_point(part, 0), shapely.get_point(part, -1)):
            if box.contains(point):
                loose.append(_to_side(point, bounds))
    clipped = [part for part in shapely.get_parts(shapely.intersection(parts, box)) if part]
    lines = [shapely.boundary(box), *clipped, *loose]
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(lines)]))
    if not len(faces):
        return [], len(loose)
    right, left = _beside(parts)
    tree = shapely.STRtree(faces)
    votes = np.zeros(len(faces), dtype=np.int64)
    for points, weight in ((right, 1), (left, -1)):
        inside = tree.query(shapely.points(points), predicate="within")
        np.add.at(votes, inside[1], weight)
    sea = [face for face, vote in zip(faces, votes, strict=True) if vote > 0]
    return sea, len(loose)


def _to_side(point: BaseGeometry, bounds: tuple[float, float, float, float]) -> BaseGeometry:
    x, y = point.x, point.y
    west, south, east, north = bounds
    sides = [
        (x - west, (west, y)),
        (east - x, (east, y)),
        (y - south, (x, south)),
        (north - y, (x, north)),
    ]
    return shapely.LineString([(x, y), min(sides)[1]])


def _beside(
    lines: NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A point to the right and one to the left of each segment's middle."""
    coords, owner = shapely.get_coordinates(lines, return_index=True)
    same = owner[:-1] == owner[1:]
    step = (coords[1:] - coords[:-1])[same]
    middle = ((coords[1:] + coords[:-1]) / 2)[same]
    length = np.hypot(step[:, 0], step[:, 1])
    step, middle, length = step[length > 0], middle[length > 0], length[length > 0]
    normal = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None] * _BESIDE
    return middle + normal, middle - normal
