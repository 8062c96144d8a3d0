"""The layers of an agency as rows and shapes, out of its folder and back into it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from dispatch.region.agency import Agency
from dispatch.region.agency_areas import LAYER_OF
from dispatch.region.agency_hydrants import HYDRANT_KINDS, SCHEMA
from dispatch.region.layers.columns import AREA_LAYERS, FIELDS, KEY_OF
from dispatch.region.layers.formula import guarded

#: The file of a layer inside the agency's folder.
FILE_OF = {
    "stations": "stations.csv",
    "hospitals": "hospitals.csv",
    "units": "units.csv",
    "hydrants": "hydrants.parquet",
    "districts": "areas.gpkg",
    "beats": "areas.gpkg",
}


@dataclass(frozen=True)
class LayerTable:
    """Rows of one layer; `shapes[i]` is the point (stations, hospitals, units, hydrants) or the
    polygon (districts, beats) of row i, degrees."""

    layer: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    shapes: list[Any]

    def merged(self, other: LayerTable) -> LayerTable:
        """These rows with the other's: a row of the same key is replaced, others come after."""
        key = KEY_OF[self.layer]
        rows = {row[key]: (row, shape) for row, shape in zip(self.rows, self.shapes, strict=True)}
        rows |= {row[key]: (row, s) for row, s in zip(other.rows, other.shapes, strict=True)}
        columns = tuple(dict.fromkeys((*self.columns, *other.columns)))
        return LayerTable(
            self.layer, columns, [row for row, _ in rows.values()], [s for _, s in rows.values()]
        )


def table_of(agency: Agency, layer: str) -> LayerTable:
    """A layer as it stands in the folder; no rows where it has none."""
    if layer in AREA_LAYERS:
        return _areas(agency, layer)
    if layer == "hydrants":
        return _hydrants(agency)
    text = (agency.path / FILE_OF[layer]).read_text("utf-8-sig")
    head = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), restval=""
    )
    columns = tuple(name.strip().lower() for name in reader.fieldnames or ())
    rows = [
        {str(key).strip().lower(): str(cell).strip() for key, cell in row.items()}
        for row in reader
        if any(cell for cell in row.values())
    ]
    things: Sequence[Any] = getattr(agency, layer)
    return LayerTable(layer, columns, rows, [shapely.Point(t.lon, t.lat) for t in things])


def _areas(agency: Agency, layer: str) -> LayerTable:
    columns = FIELDS[layer]
    rows, shapes = [], []
    for area, shape in zip(agency.areas.areas, agency.areas.shapes, strict=True):
        if LAYER_OF[area.kind] != layer:
            continue
        row = {"ref": area.ref, "service": area.service, "station_id": area.station_id}
        row |= {f"name_{language}" if language else "name": n for language, n in area.names.items()}
        rows.append({column: row.get(column, "") for column in columns})
        shapes.append(shape)
    return LayerTable(layer, columns, rows, shapes)


def _hydrants(agency: Agency) -> LayerTable:
    known = agency.hydrants
    rows = [
        {
            "hydrant_id": known.ids[i],
            "kind": HYDRANT_KINDS[known.kind[i]],
            "flow_lpm": _number(known.flow_lpm[i]),
            "diameter_mm": _number(known.diameter_mm[i]),
            "in_service": "yes" if known.in_service[i] else "no",
            "address": known.addresses[i],
            "lon": f"{known.lonlat[i, 0]:.7f}",
            "lat": f"{known.lonlat[i, 1]:.7f}",
        }
        for i in range(len(known))
    ]
    columns = (*FIELDS["hydrants"], "lon", "lat")
    return LayerTable("hydrants", columns, rows, list(shapely.points(known.lonlat)))


def _number(value: np.float32) -> str:
    return "" if np.isnan(value) else f"{float(value):g}"


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, str]], *, guard: bool) -> str:
    """Rows as CSV; `guard` makes cells harmless that a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = [row.get(column, "") for column in columns]
        writer.writerow([guarded(cell) for cell in cells] if guard else cells)
    return out.getvalue()


def write_table(folder: Path, table: LayerTable, agency: Agency) -> None:
    """The layer's file in a folder anew; `agency` holds the other layer of a shared file."""
    file = folder / FILE_OF[table.layer]
    if table.layer in AREA_LAYERS:
        # Read before the file goes: the agency may be of this very folder.
        both = [table if n == table.layer else table_of(agency, n) for n in AREA_LAYERS]
        file.unlink(missing_ok=True)
        for own in both:
            if own.rows:
                write_geopackage(file, own, append=file.exists())
    elif table.layer == "hydrants":
        pq.write_table(hydrant_table(table.rows), file, compression="zstd")
    else:
        file.write_text(csv_text(table.columns, table.rows, guard=False), "utf-8")


def hydrant_table(rows: Sequence[Mapping[str, str]]) -> pa.Table:
    """Rows of hydrants as the columns of `hydrants.parquet`."""
    return pa.table(
        {
            "hydrant_id": [row["hydrant_id"] for row in rows],
            "kind": [row["kind"] for row in rows],
            "lon_e7": [round(float(row["lon"]) * 1e7) for row in rows],
            "lat_e7": [round(float(row["lat"]) * 1e7) for row in rows],
            "flow_lpm": [float(row["flow_lpm"]) if row.get("flow_lpm") else None for row in rows],
            "diameter_mm": [
                float(row["diameter_mm"]) if row.get("diameter_mm") else None for row in rows
            ],
            "in_service": [row.get("in_service", "yes") != "no" for row in rows],
            "address": [row.get("address") or None for row in rows],
        },
        schema=SCHEMA,
    )


def write_geopackage(file: Path, table: LayerTable, *, append: bool = False) -> None:
    """One layer of a GeoPackage, EPSG:4326."""
    import pyogrio

    shapes = list(table.shapes)
    if table.layer in AREA_LAYERS:
        shapes = [shapely.MultiPolygon(shapely.get_parts(shape).tolist()) for shape in shapes]
    kind = "MultiPolygon" if table.layer in AREA_LAYERS else "Point"
    columns = [column for column in table.columns if column not in ("lon", "lat")]
    pyogrio.raw.write(
        str(file),
        geometry=np.array(shapely.to_wkb(shapes), dtype=object),
        field_data=[
            np.array([row.get(column, "") for row in table.rows], dtype=object)
            for column in columns
        ],
        fields=columns,
        layer=table.layer,
        driver="GPKG",
        geometry_type=kind,
        crs="EPSG:4326",
        append=append,
    )
