"""Cutting a draft to a polygon: what lies outside a service's own land stays out of its pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.domain.message import Problem
from dispatch.region.assemble import Draft
from dispatch.region.centrelines import read_table
from dispatch.region.road_draft import RoadDraft


def read_boundary(path: Path) -> shapely.Geometry:
    """The union of all polygons of a vector file, degrees.

    Raises `Problem`: `region.source_missing`, `region.source_broken`, `region.coordinates`.
    """
    if not path.is_file():
        raise Problem("region.source_missing", file=str(path))
    shapes = read_table(path).geometry.to_numpy()
    polygons = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]
    if not len(polygons):
        raise Problem("region.source_broken", file=str(path), what="polygon")
    return shapely.union_all(shapely.make_valid(polygons))


def cut_to(draft: Draft, boundary: shapely.Geometry) -> None:
    """Keep the edges, lines and areas that touch the boundary's inside, and points within.

    Roads are kept whole, so that an edge across the border still leads somewhere.
    """
    shapely.prepare(boundary)
    coords, offsets = draft.roads.coords_e7()
    owner = np.repeat(np.arange(len(draft.roads)), np.diff(offsets))
    if len(owner):
        lines = shapely.linestrings(coords * 1e-7, indices=owner)
        draft.roads = _kept_roads(draft.roads, shapely.intersects(boundary, lines))
    kept = set(draft.roads.columns["edge_id"])
    draft.restrictions = [
        row
        for row in draft.restrictions
        if row["from_edge"] in kept
        and row["to_edge"] in kept
        and all(int(edge) in kept for edge in (row.get("via_edges") or "").split())
    ]
    draft.areas = _touching(draft.areas, boundary)
    draft.lines = _touching(draft.lines, boundary)
    draft.places = _within(draft.places, boundary)
    draft.addresses = _within(draft.addresses, boundary)
    for row in draft.addresses:
        if row.get("edge_id") is not None and row["edge_id"] not in kept:
            row["edge_id"] = None
    # A range of numbers is nothing without the piece of road it stands along.
    draft.addresses = [
        row for row in draft.addresses if row.get("number_to") is None or row["edge_id"] is not None
    ]


def _kept_roads(roads: RoadDraft, keep: NDArray[np.bool_]) -> RoadDraft:
    coords, offsets = roads.coords_e7()
    result = RoadDraft()
    for row in np.flatnonzero(keep):
        values: dict[str, Any] = {key: column[row] for key, column in roads.columns.items()}
        names = tuple(values.pop(key) for key in list(values) if key.startswith("name"))
        piece = coords[offsets[row] : offsets[row + 1]].ravel().tolist()
        result.add(class_=values.pop("class"), names=names, coords_e7=piece, **values)
    return result


def _touching(rows: list[dict[str, Any]], boundary: shapely.Geometry) -> list[dict[str, Any]]:
    result = []
    for row in rows:
        shape = row["geometry"]
        shape = shapely.from_wkb(shape) if isinstance(shape, bytes) else shape
        if shapely.intersects(boundary, shape):
            result.append(row)
    return result


def _within(rows: list[dict[str, Any]], boundary: shapely.Geometry) -> list[dict[str, Any]]:
    if not rows:
        return rows
    points = shapely.points([(row["lon_e7"] * 1e-7, row["lat_e7"] * 1e-7) for row in rows])
    inside = shapely.intersects(boundary, points)
    return [row for row, ok in zip(rows, inside, strict=True) if ok]
