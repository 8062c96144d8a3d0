"""A folder of a city's own layers (CSV, GeoJSON, GeoPackage ...) -> places and districts.

What a file is, its name says: `fire_stations.csv`, `police_districts.geojson.gz`, `hydrants.csv`.
"""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from dispatch.domain.message import Problem
from dispatch.region.assemble import Draft
from dispatch.region.centrelines import read_table
from dispatch.region.osm_tags import clean
from dispatch.region.street_names import titled

#: A word in the file's name -> kind of place. The first that fits wins.
_POINT_FILES = (
    ("fire_station", "fire_station"),
    ("ambulance", "ambulance_station"),
    ("police", "police"),
    ("hospital", "hospital"),
    ("health", "clinic"),
    ("hydrant", "hydrant"),
    ("aed", "aed"),
    ("defib", "aed"),
    ("school", "school"),
    ("stadium", "stadium"),
)
#: A word in `facility_type` or `type` -> kind of place, for files that mix kinds.
_TYPES = (
    ("acute care hospital", "hospital"),
    ("psychiatric hospital", "hospital"),
    ("hospital", "hospital"),
    ("clinic", "clinic"),
    ("skilled nursing", "nursing_home"),
    ("nursing", "nursing_home"),
    ("pharmacy", "pharmacy"),
)
_LON = ("lon", "lng", "longitude", "long", "x")
_LAT = ("lat", "latitude", "y")
_NAME = ("name", "facility_name", "title", "label")
_REF = ("station", "ref", "number", "id", "uid")
_ADDRESS = ("address", "addr", "street_address")
#: Districts: the columns that may hold their names, and numbers.
_DISTRICT_NAMES = ("name", "nhood", "neighborhood", "district", "label")
_DISTRICT_REFS = ("ref", "number", "company", "code")
_FILE_CAP = 200 * 1024**2
#: Ids of places from tables start here, apart from those of OpenStreetMap.
_FIRST_ID = 1 << 56


def add_places(draft: Draft, folder: Path) -> None:
    """Add every layer of the folder that is understood; note the others as doubtful.

    Raises `Problem`: `region.places_missing`, `region.places_empty`, or `region.places_broken`
    naming file and line.
    """
    if not folder.is_dir():
        raise Problem("region.places_missing", file=str(folder))
    understood = 0
    for path in sorted(folder.iterdir()):
        name = path.name.lower()
        if path.is_file() and not name.startswith(".") and not name.endswith((".md", ".txt")):
            understood += add_place_file(draft, path)
    if not understood:
        raise Problem("region.places_empty", file=str(folder))


def add_place_file(draft: Draft, path: Path, usual: str | None = None) -> int:
    """Add one layer and return how many rows were taken; 0 where it is not understood.

    `usual` is the kind of place where the file's name does not tell.
    """
    name = path.name.lower()
    if not path.is_file():
        raise Problem("region.source_missing", file=str(path))
    if path.stat().st_size > _FILE_CAP:
        raise Problem("region.file_too_large", file=str(path), cap=_FILE_CAP)
    kind = next((kind for word, kind in _POINT_FILES if word in name), usual)
    if name.endswith(".csv"):
        return _points(draft, path, kind)
    if name.endswith((".geojson", ".geojson.gz", ".json", ".gpkg", ".zip", ".parquet")):
        return _shapes(draft, path, kind)
    draft.doubts["region.doubt.place_file"] += 1
    return 0


def _column(columns: dict[str, str], wanted: tuple[str, ...]) -> str | None:
    return next((columns[name] for name in wanted if name in columns), None)


def _points(draft: Draft, path: Path, kind: str | None) -> int:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError, pd.errors.ParserError) as error:
        raise Problem(
            "region.places_broken", file=str(path), line=1, what=str(error)[:200]
        ) from error
    columns = {str(column).lower(): column for column in frame.columns}
    lon, lat = _column(columns, _LON), _column(columns, _LAT)
    if lon is None or lat is None or kind is None:
        # A table without places (a list of units): not ours to read.
        draft.doubts["region.doubt.place_file"] += 1
        return 0
    for line, row in enumerate(frame.to_dict("records"), start=2):
        try:
            x, y = float(row[lon]), float(row[lat])
        except ValueError:
            x = y = float("nan")
        if not (abs(x) <= 180 and abs(y) <= 90):
            raise Problem("region.places_broken", file=str(path), line=line, what=f"{lon}, {lat}")
        _add_place(draft, {k: v for k, v in row.items() if k not in (lon, lat)}, kind, x, y)
    return len(frame)


def _add_place(draft: Draft, row: dict[Any, Any], kind: str, x: float, y: float) -> None:
    """One point (degrees) with the cells of its row."""
    columns = {str(column).lower(): column for column in row}
    name, ref = _column(columns, _NAME), _column(columns, _REF)
    address = _column(columns, _ADDRESS)
    type_ = columns.get("facility_type") or columns.get("type")
    if type_ is not None:
        told = str(row[type_]).lower()
        kind = next((known for word, known in _TYPES if word in told), kind)
    number = _text(row[ref]) if ref else None
    label = _text(row[name]) if name else None
    if label is None and number is not None and kind in ("fire_station", "ambulance_station"):
        label = f"Station {number}"
    draft.places.append(
        {
            "place_id": _FIRST_ID + len(draft.places),
            "kind": kind,
            "subkind": _text(row[type_]) if type_ else None,
            "name": titled(label) if label and " " in label else label,
            "ref": number,
            "address": titled(_text(row[address])) if address else None,
            "lon_e7": round(x * 1e7),
            "lat_e7": round(y * 1e7),
            "attributes": _attributes(row, {name, ref, address, type_}),
        }
    )


def _text(value: Any) -> str | None:
    """A cell as clean text; a missing value of any library is None."""
    return None if value is None or value != value else clean(str(value))


def _attributes(row: dict[Any, Any], used: set[str | None]) -> str | None:
    kept = {key: shown for key, value in row.items() if key not in used and (shown := _text(value))}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else None


def _shapes(draft: Draft, path: Path, kind: str | None) -> int:
    if path.name.lower().endswith(".gz"):
        records, shapes = _from_geojson_gz(path)
    else:
        frame = read_table(path)
        records = frame.drop(columns=frame.geometry.name).to_dict("records")
        shapes = list(frame.geometry)
    if kind is not None and shapes and all(s is None or s.geom_type == "Point" for s in shapes):
        for record, shape in zip(records, shapes, strict=True):
            if shape is not None and not shape.is_empty:
                _add_place(draft, record, kind, shape.x, shape.y)
        return len(shapes)
    return _add_districts(draft, path, records, shapes)


def _from_geojson_gz(path: Path) -> tuple[list[dict[str, Any]], list[Any]]:
    try:
        with gzip.open(path) as stream:
            content = stream.read(_FILE_CAP + 1)
        if len(content) > _FILE_CAP:
            raise Problem("region.file_too_large", file=str(path), cap=_FILE_CAP)
        features = json.loads(content)["features"]
        shapes = [
            shapely.from_geojson(json.dumps(feature["geometry"]))
            if feature.get("geometry")
            else None
            for feature in features
        ]
        records = [dict(feature.get("properties") or {}) for feature in features]
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        shapely.errors.GEOSException,
    ) as error:
        raise Problem(
            "region.places_broken", file=str(path), line=1, what=str(error)[:200]
        ) from error
    return records, shapes


def _add_districts(
    draft: Draft, path: Path, records: list[dict[str, Any]], shapes: list[Any]
) -> int:
    scheme = re.sub(r"\.(geojson|json|gpkg|zip|parquet)(\.gz)?$", "", path.name.lower())
    count = 0
    for record, shape in zip(records, shapes, strict=True):
        if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
            draft.doubts["region.doubt.area"] += 1
            continue
        if not all(
            abs(v) <= limit for v, limit in zip(shape.bounds, (180, 90, 180, 90), strict=True)
        ):
            raise Problem("region.coordinates", file=str(path))
        columns = {str(key).lower(): key for key in record}
        name, ref = _column(columns, _DISTRICT_NAMES), _column(columns, _DISTRICT_REFS)
        label = _text(record[name]) if name else None
        draft.areas.append(
            {
                "area_id": _FIRST_ID + len(draft.areas),
                "kind": "beat" if "beat" in scheme else "district",
                "subkind": scheme,
                "name": titled(label),
                "ref": _text(record[ref]) if ref else (label if _short(label) else None),
                "layer": 0,
                "geometry": shape,
            }
        )
        count += 1
    return count


def _short(label: str | None) -> bool:
    return label is not None and label.isascii() and label.isdigit()
