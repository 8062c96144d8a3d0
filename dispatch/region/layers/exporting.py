"""`vigil agency export`: a layer of an agency as CSV, GeoJSON or GeoPackage."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import shapely

from dispatch.domain.message import Problem
from dispatch.region.agency import Agency
from dispatch.region.layers.columns import AREA_LAYERS
from dispatch.region.layers.tables import LayerTable, csv_text, table_of, write_geopackage

FORMS = (".csv", ".geojson", ".gpkg")


def export_layer(agency: Agency, layer: str, file: Path) -> int:
    """Write a layer to a file whose name says its form; returns how many rows.

    A table of text begins with a byte order mark, so that spreadsheets read it as UTF-8, and no
    cell of it runs as a formula. Areas stand in it as well-known
    text with the number of the system before it. An existing file is
    replaced in one step. Raises `Problem`: `layers.export_kind`, `layers.no_layer`,
    `layers.unwritable`.
    """
    suffix = file.suffix.lower()
    if suffix not in FORMS:
        raise Problem("layers.export_kind", file=str(file))
    table = table_of(agency, layer)
    if not table.rows:
        raise Problem("layers.no_layer", agency=str(agency.path), layer=layer)
    try:
        with tempfile.TemporaryDirectory(prefix=".vigil-", dir=file.absolute().parent) as made:
            draft = Path(made, f"layer{suffix}")
            if suffix == ".csv":
                draft.write_text(_csv(table), "utf-8-sig")
            elif suffix == ".geojson":
                draft.write_text(_geojson(table), "utf-8")
            else:
                write_geopackage(draft, table)
            os.replace(draft, file)
    except OSError as error:
        what = error.strerror or str(error)
        raise Problem("layers.unwritable", file=str(file), what=what) from error
    return len(table.rows)


def _csv(table: LayerTable) -> str:
    if table.layer not in AREA_LAYERS:
        return csv_text(table.columns, table.rows, guard=True)
    shapes = shapely.to_wkt(table.shapes, rounding_precision=7)
    rows = [
        row | {"wkt": f"SRID=4326;{shape}"} for row, shape in zip(table.rows, shapes, strict=True)
    ]
    return csv_text((*table.columns, "wkt"), rows, guard=True)


def _geojson(table: LayerTable) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {
                column: row.get(column, "")
                for column in table.columns
                if column not in ("lon", "lat")
            },
            "geometry": shapely.geometry.mapping(shapely.set_precision(shape, 1e-7)),
        }
        for row, shape in zip(table.rows, table.shapes, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
