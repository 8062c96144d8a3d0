"""From a foreign sheet to rows of an agency: each checked as the agency's own files are.

Nothing is written here, and no row is lost unsaid: it is taken, a fault, or outside the region.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import shapely

from dispatch.domain.message import Problem
from dispatch.region.agency import Agency
from dispatch.region.layers.columns import (
    AREA_LAYERS,
    FIELDS,
    PLACE_FIELDS,
    guess_columns,
)
from dispatch.region.layers.earth import Bounds, place_rows
from dispatch.region.layers.finishing import Finish
from dispatch.region.layers.formula import is_formula, unguarded
from dispatch.region.layers.sheet import Sheet
from dispatch.region.layers.taken import Fault, Options, Taken

#: A hair outside the box is still the region: outlines are cut where whole streets end.
_MARGIN_DEG = 0.01


def take(
    sheet: Sheet, layer: str, options: Options, agency: Agency, bounds: Bounds | None
) -> Taken:
    """Every row of a sheet as a row of a layer, or why not.

    Raises `Problem` where the whole sheet cannot be understood: `layers.needs_field` and those of
    `guess_columns` and `place_rows`.
    """
    for name in options.values:
        if name not in FIELDS[layer]:
            raise Problem("layers.no_field", field=name, found=" ".join(FIELDS[layer]))
    sheet = only(sheet, options.where)
    fields = guess_columns(layer, sheet.columns, options.columns)
    fields = {name: column for name, column in fields.items() if name not in options.values}
    used = set(fields.values())
    taken = Taken(layer, sheet, fields, tuple(c for c in sheet.columns if c not in used))
    finish = Finish(taken, options, agency)
    finish.require()
    shapes: Sequence[Any] = [None] * len(sheet.rows)
    unread: Mapping[int, tuple[str, str]] = {}
    has_place = sheet.shapes is not None or any(name in fields for name in ("wkt", "lon", "x"))
    if has_place or layer != "units":
        placed = place_rows(sheet, fields, crs=options.crs, swap=options.swap_axes, bounds=bounds)
        shapes, unread, taken.system = placed.shapes, placed.unread, placed.system
    for i, row in enumerate(sheet.rows):
        cells = {
            name: unguarded(row.get(column, ""))
            for name, column in fields.items()
            if name not in PLACE_FIELDS
        }
        cells.update(options.values)
        _take_row(taken, finish, sheet.places[i], cells, shapes[i], unread.get(i), bounds)
    if layer in AREA_LAYERS:
        taken.notes["overlap"] = overlapping(taken.shapes)
    return taken


def only(sheet: Sheet, where: Mapping[str, str]) -> Sheet:
    """The rows whose cells are what is said, whatever their case. Raises `layers.no_column`."""
    for column in where:
        if column not in sheet.columns:
            raise Problem("layers.no_column", column=column, found=", ".join(sheet.columns)[:300])
    wanted = {column: word.casefold() for column, word in where.items()}
    kept = [
        i
        for i, row in enumerate(sheet.rows)
        if all(row.get(column, "").casefold() == word for column, word in wanted.items())
    ]
    if len(kept) == len(sheet.rows):
        return sheet
    return replace(
        sheet,
        rows=[sheet.rows[i] for i in kept],
        places=[sheet.places[i] for i in kept],
        shapes=None if sheet.shapes is None else [sheet.shapes[i] for i in kept],
    )


def _take_row(
    taken: Taken,
    finish: Finish,
    place: int,
    cells: dict[str, str],
    shape: Any,
    unread: tuple[str, str] | None,
    bounds: Bounds | None,
) -> None:
    for name, cell in cells.items():
        if is_formula(cell):
            taken.faults.append(Fault(place, taken.column(name), "formula", cell[:60]))
            return
    if taken.layer in AREA_LAYERS:
        shape, fault = _area(taken, shape)
    else:
        shape, fault = _point(taken, shape)
    if unread is not None:
        taken.faults.append(Fault(place, unread[0], "cell" if unread[1] else "empty", unread[1]))
        return
    if fault is not None and not (taken.layer == "units" and shape is None):
        column = next((taken.fields[n] for n in PLACE_FIELDS if n in taken.fields), "geometry")
        taken.faults.append(Fault(place, column, "shape", fault))
        return
    if shape is not None and bounds is not None and not _inside(shape, bounds):
        middle = shape.representative_point()
        where = f"{middle.x:.5f}, {middle.y:.5f}"
        taken.outside.append(Fault(place, "", "outside", where))
        if not finish.options.keep_outside:
            return
    finish.row(place, cells, shape)


def _inside(shape: Any, bounds: Bounds) -> bool:
    west, south, east, north = shape.bounds
    return bool(
        east >= bounds[0] - _MARGIN_DEG
        and west <= bounds[2] + _MARGIN_DEG
        and north >= bounds[1] - _MARGIN_DEG
        and south <= bounds[3] + _MARGIN_DEG
    )


def _point(taken: Taken, shape: Any) -> tuple[Any, str | None]:
    """A point, of a larger shape one inside it; or what is there instead."""
    if shape is None or shape.is_empty:
        return None, "-"
    if shape.geom_type != "Point":
        shape = shape.representative_point()
        taken.notes["represented"] += 1
    on_earth = abs(shape.x) <= 180 and abs(shape.y) <= 90  # false for what is no number too
    return (shape, None) if on_earth else (None, f"{shape.x:g}, {shape.y:g}")


def _area(taken: Taken, shape: Any) -> tuple[Any, str | None]:
    """A valid polygon or several; or what is there instead."""
    if shape is None or shape.is_empty:
        return None, "-"
    if shape.geom_type not in ("Polygon", "MultiPolygon", "GeometryCollection"):
        return None, shape.geom_type
    if not shape.is_valid:
        taken.notes["repaired"] += 1
        shape = shapely.make_valid(shape, method="structure")
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and not p.is_empty]
    if not parts:
        return None, shape.geom_type
    west, south, east, north = shapely.total_bounds(parts)
    if not (west >= -180 and south >= -90 and east <= 180 and north <= 90):
        return None, f"{west:g}, {south:g}"
    return shapely.MultiPolygon(parts), None


def overlapping(shapes: Sequence[Any]) -> int:
    """How many pairs of areas share more than a hundredth of the smaller."""
    if len(shapes) < 2 or len(shapes) > 3_000:
        return 0
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    count = 0
    for a, b in zip(left[left < right], right[left < right], strict=True):
        smaller = min(shapes[a].area, shapes[b].area)
        count += shapes[a].intersection(shapes[b]).area > 0.01 * smaller
    return count
