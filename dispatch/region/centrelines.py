"""Street centrelines with node ids (a city's own base map) -> roads and address ranges.

Columns are found by name; `COLUMNS` lists what is understood, the first that is there wins.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from dispatch.domain.message import Problem
from dispatch.region.assemble import Draft
from dispatch.region.osm_tags import Names, clean
from dispatch.region.profiles import road_table
from dispatch.region.progress import Steps
from dispatch.region.road_draft import RoadDraft
from dispatch.region.schema import EDGE_CLASSES
from dispatch.region.street_names import titled

#: Our field -> names of columns that hold it, compared in lower case.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("edge_id", "cnn", "segment_id", "segmentid", "linearid", "tlid", "physicalid", "id"),
    "from": (
        "from_node",
        "f_node_cnn",
        "fnode",
        "f_node",
        "from_node_id",
        "nodeidfrom",
        "tnidf",
        "fnode_",
        "u",
    ),
    "to": (
        "to_node",
        "t_node_cnn",
        "tnode",
        "t_node",
        "to_node_id",
        "nodeidto",
        "tnidt",
        "tnode_",
        "v",
    ),
    "name": (
        "streetname",
        "full_street_name",
        "fullname",
        "street_name",
        "stname",
        "name",
        "street",
    ),
    "class": (
        "class",
        "highway",
        "road_class",
        "classcode",
        "class_code",
        "funcclass",
        "fclass",
        "mtfcc",
    ),
    "layer": ("layer",),
    "oneway": ("oneway", "one_way", "oneway_te", "trafdir", "dir_travel"),
    "speed": ("speed_kmh", "speed_mph", "speedlimit", "maxspeed", "posted_spe"),
    "left_from": ("lf_fadd", "l_f_add", "lfromadd", "lfromhn", "left_from"),
    "left_to": ("lf_toadd", "l_t_add", "ltoadd", "ltohn", "left_to"),
    "right_from": ("rt_fadd", "r_f_add", "rfromadd", "rfromhn", "right_from"),
    "right_to": ("rt_toadd", "r_t_add", "rtoadd", "rtohn", "right_to"),
    "zip": ("zip_code", "zipcode", "zip", "postcode", "zipl"),
    "district": ("nhood", "neighborhood", "neighbourhood", "analysis_neighborhood"),
    "length": ("length_m",),
}
_NEEDED = ("from", "to")
#: Class codes that cities use (San Francisco, TIGER) -> our class.
CLASS_CODES: dict[str, str] = {
    "1": "motorway",
    "2": "trunk",
    "3": "primary",
    "4": "tertiary",
    "5": "residential",
    "6": "motorway_link",
    "0": "service",
    "S1100": "motorway",
    "S1200": "primary",
    "S1400": "residential",
    "S1630": "motorway_link",
    "S1640": "service",
    "S1740": "service",
    "S1780": "service",
}
#: Layers and TIGER codes that nobody drives on.
_ON_FOOT = re.compile(r"pedestri|stair|footpath|trail|paper|S1710|S1720|S1820", re.IGNORECASE)
_PRIVATE = re.compile(r"private", re.IGNORECASE)
_STREET_TYPES_ON_FOOT = frozenset({"STWY", "STAIRS", "STPS", "WALK"})
_SUFFIXES = (".parquet", ".geoparquet", ".zip", ".shp", ".gpkg", ".geojson", ".json")
#: What one file may hold at most.
_ROW_CAP = 5_000_000
_ZIP_CAP = 4 * 1024**3


def find_source(folder: Path) -> Path:
    """The file to read in a folder: parquet before GeoPackage, GeoJSON, shapefile, zip.

    Raises `Problem("region.source_empty")` for a folder that holds none.
    """
    files = sorted(
        p for p in folder.iterdir() if p.is_file() and p.name.lower().endswith(_SUFFIXES)
    )
    if not files:
        # A folder that holds one extract means that extract.
        extracts = sorted(p for p in folder.iterdir() if p.is_file() and ".osm" in p.name.lower())
        if len(extracts) == 1:
            return extracts[0]
        raise Problem("region.source_empty", file=str(folder))
    order = (".parquet", ".geoparquet", ".gpkg", ".geojson", ".json", ".shp", ".zip")
    return min(files, key=lambda p: (order.index(p.suffix.lower()), p.name))


def is_table(source: Path) -> bool:
    """Whether a file's name says that it is a table of features."""
    return source.name.lower().endswith(_SUFFIXES)


def read_table(source: Path) -> gpd.GeoDataFrame:
    """Any table of features as WGS 84, longitude first.

    Raises `Problem`: `region.source_broken` (unreadable), `region.coordinates` (no or a wrong
    coordinate system).
    """
    check_kind(source)
    try:
        if source.suffix.lower() in (".parquet", ".geoparquet"):
            frame = gpd.read_parquet(source)
        else:
            with np.errstate(invalid="ignore"):
                frame = pyogrio.read_dataframe(_inside(source), max_features=_ROW_CAP)
            frame = _with_csv_beside(frame, source)
    except Problem:
        raise
    except Exception as error:  # GDAL, Arrow and zip each have their own family of errors
        raise Problem("region.source_broken", file=str(source), what=str(error)[:300]) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
        raise Problem("region.source_broken", file=str(source), what="geometry")
    # Records without a shape (a shapefile's last, null one) have no finite bounds.
    frame = frame[np.isfinite(shapely.bounds(frame.geometry.to_numpy())).all(axis=1)]
    frame = frame.reset_index(drop=True)
    if frame.empty:
        raise Problem("region.source_broken", file=str(source), what="geometry")
    if frame.crs is None:
        bounds = frame.total_bounds
        if not np.all(np.abs(bounds) <= (180, 90, 180, 90)):
            raise Problem("region.coordinates", file=str(source))
        frame = frame.set_crs(4326)
    try:
        frame = frame.to_crs(4326)
    except pyproj.exceptions.ProjError as error:
        raise Problem("region.coordinates", file=str(source)) from error
    bounds = frame.total_bounds
    if not (np.isfinite(bounds).all() and np.all(np.abs(bounds) <= (180, 90, 180, 90))):
        raise Problem("region.coordinates", file=str(source))
    return frame


#: How a file begins that is what its name says. GDAL asks the content alone, and some formats
#: that it knows are lists of other files and addresses to open.
_BEGINNINGS = {
    ".parquet": b"PAR1",
    ".geoparquet": b"PAR1",
    ".gpkg": b"SQLite format 3\0",
    ".shp": b"\0\0\x27\x0a",
    ".zip": b"PK",
    ".geojson": b"{",
    ".json": b"{",
}


def check_kind(source: Path) -> None:
    """Refuse a file that is not what its name says: `Problem("region.source_broken")`."""
    wanted = _BEGINNINGS.get(source.suffix.lower())
    try:
        with source.open("rb") as stream:
            head = stream.read(64)
    except OSError as error:
        raise Problem("region.source_broken", file=str(source), what=str(error)) from error
    if wanted is not None and not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(
        wanted.lstrip()
    ):
        raise Problem("region.source_broken", file=str(source), what=source.suffix)


def _inside(source: Path) -> str:
    if source.suffix.lower() != ".zip":
        return str(source)
    with zipfile.ZipFile(source) as archive:
        if sum(item.file_size for item in archive.infolist()) > _ZIP_CAP:
            raise Problem("region.file_too_large", file=str(source), cap=_ZIP_CAP)
        shapes = sorted(n for n in archive.namelist() if n.lower().endswith((".shp", ".gpkg")))
        for name in shapes[:1]:
            with archive.open(name) as stream:
                wanted = _BEGINNINGS[name[name.rindex(".") :].lower()]
                if stream.read(len(wanted)) != wanted:
                    raise Problem("region.source_broken", file=str(source), what=name)
    if not shapes:
        raise Problem("region.source_empty", file=str(source))
    return f"/vsizip/{source.resolve()}/{shapes[0]}"


def _with_csv_beside(frame: gpd.GeoDataFrame, source: Path) -> gpd.GeoDataFrame:
    """A zipped shapefile whose attribute table was published apart: row i of the CSV is shape i."""
    if source.suffix.lower() != ".zip" or len(frame.columns) > 1:
        return frame
    with zipfile.ZipFile(source) as archive:
        tables = [name for name in archive.namelist() if name.lower().endswith(".csv")]
        if len(tables) != 1:
            return frame
        with archive.open(tables[0]) as stream:
            rows = pd.read_csv(stream, low_memory=False)
    if not 0 <= len(frame) - len(rows) <= 1:
        return frame
    return frame.join(rows.drop(columns=["geometry"], errors="ignore"))


def read(source: Path, steps: Steps) -> Draft:
    """The roads and address ranges of a centreline file.

    Raises `Problem("region.columns")` when the node columns are missing: a shapefile without its
    attributes has none.
    """
    frame = read_table(source)
    steps.at("region.step.reading", 0.3)
    by_name = {str(column).lower(): column for column in frame.columns}
    found = {
        field: by_name[known]
        for field, names in COLUMNS.items()
        if (known := next((name for name in names if name in by_name), None)) is not None
    }
    missing = [field for field in _NEEDED if field not in found]
    if missing:
        raise Problem(
            "region.columns",
            file=str(source),
            missing="; ".join(f"{field}: {'/'.join(COLUMNS[field][:4])}" for field in missing),
            found=", ".join(map(str, frame.columns))[:400],
        )
    draft = Draft(roads=RoadDraft())
    rows = _Rows(frame, found, source)
    for i in range(len(frame)):
        if i % 5_000 == 0:
            steps.at("region.step.reading", 0.3 + 0.2 * i / len(frame))
        rows.add(i, draft)
    if not rows.one_way_known:
        draft.doubts["region.doubt.no_oneway"] = 1
    return draft


class _Rows:
    """One centreline after another into the draft."""

    def __init__(self, frame: gpd.GeoDataFrame, found: dict[str, Any], source: Path) -> None:
        self._source = source
        self._values = {field: frame[column].tolist() for field, column in found.items()}
        self._street_type = frame["st_type"].tolist() if "st_type" in frame else None
        self._miles = str(found.get("speed", "")).lower() in (
            "speed_mph",
            "speedlimit",
            "posted_spe",
        )
        self._shapes = shapely.force_2d(frame.geometry.to_numpy())
        self.one_way_known = "oneway" in found
        self._ids: set[int] = set()

    def _get(self, field: str, i: int) -> Any:
        values = self._values.get(field)
        value = None if values is None else values[i]
        return None if value is None or (not isinstance(value, str) and pd.isna(value)) else value

    def _int(self, field: str, i: int) -> int | None:
        value = self._get(field, i)
        try:
            return None if value is None else int(value)
        except (TypeError, ValueError):
            return None

    def add(self, i: int, draft: Draft) -> None:
        layer, code = str(self._get("layer", i) or ""), str(self._get("class", i))
        code = code.removesuffix(".0")
        kind = self._street_type[i] if self._street_type is not None else None
        on_foot = _ON_FOOT.search(layer) or _ON_FOOT.search(code)
        if on_foot or kind in _STREET_TYPES_ON_FOOT:
            draft.doubts["region.doubt.on_foot"] += 1
            return
        start, end = self._int("from", i), self._int("to", i)
        shape = self._shapes[i]
        if start is None or end is None or shape is None or shape.geom_type != "LineString":
            draft.doubts["region.doubt.line"] += 1
            return
        coords = np.round(shapely.get_coordinates(shape) * 1e7).astype(np.int32)
        keep = np.concatenate([[True], (np.diff(coords, axis=0) != 0).any(axis=1)])
        coords = coords[keep]
        if len(coords) < 2:
            draft.doubts["region.doubt.line"] += 1
            return
        edge_id = self._int("id", i)
        if edge_id is None or edge_id in self._ids:
            edge_id = -(i + 1)
        self._ids.add(edge_id)
        class_ = code if code in EDGE_CLASSES else CLASS_CODES.get(code)
        if class_ is None:
            draft.doubts["region.doubt.class"] += 1
            class_ = "residential"
        speed = self._speed(i)
        if speed is None:
            draft.doubts["region.doubt.no_speed"] += 1
        forward, backward = _direction(self._get("oneway", i))
        name = titled(clean(str(self._get("name", i) or "")))
        if name is not None and name.upper().startswith("UNNAMED"):
            name = None
        names: Names = (name, None, None, None, None)
        draft.roads.add(
            edge_id=edge_id,
            from_node=start,
            to_node=end,
            way_id=edge_id,
            class_=class_,
            speed_kmh=speed or road_table().classes[class_].speed_kmh,
            speed_known=speed is not None,
            forward=forward,
            backward=backward,
            coords_e7=coords.ravel().tolist(),
            names=names,
            access="private" if _PRIVATE.search(layer) else "open",
        )
        if name is not None:
            self._ranges(i, draft, edge_id, name, shape)

    def _speed(self, i: int) -> float | None:
        value = self._get("speed", i)
        try:
            speed = float(value) if value is not None else 0.0
        except (TypeError, ValueError):
            return None
        speed = speed * 1.609344 if self._miles else speed
        return speed if 3 <= speed <= 200 else None

    def _ranges(self, i: int, draft: Draft, edge_id: int, street: str, shape: Any) -> None:
        middle = shapely.line_interpolate_point(shape, 0.5, normalized=True)
        zip_code = self._int("zip", i)
        for side in ("left", "right"):
            low, high = self._int(f"{side}_from", i), self._int(f"{side}_to", i)
            if not low or not high or low < 0 or high < 0:
                continue
            draft.addresses.append(
                {
                    "address_id": len(draft.addresses),
                    "number": str(low),
                    "number_to": str(high),
                    "parity": "all" if (low + high) % 2 else ("odd" if low % 2 else "even"),
                    "street": street,
                    "district": clean(str(self._get("district", i) or "")),
                    "postcode": f"{zip_code:05d}" if zip_code else None,
                    "edge_id": edge_id,
                    "side": side,
                    "lon_e7": round(middle.x * 1e7),
                    "lat_e7": round(middle.y * 1e7),
                }
            )


def _direction(value: Any) -> tuple[bool, bool]:
    text = str(value if value is not None else "").strip().lower()
    if text in ("f", "ft", "yes", "1", "with", "y", "true", "fw"):
        return True, False
    if text in ("t", "tf", "-1", "against", "tw"):
        return False, True
    return True, True
