"""GeoPackage layers, read with SQLite alone.

Views, triggers and virtual tables of the file are never asked: a view may call any function that
a richer library registers, some of which reach for the network. Geometry is the header of OGC
12-128r18 section 2.1.3 before well-known binary.
"""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path
from typing import Any

import shapely

from dispatch.domain.message import Problem
from dispatch.region.layers.sheet import (
    BYTES_CAP,
    COLUMN_CAP,
    Sheet,
    require_rows,
    require_size,
    text_of,
    unreadable,
)

MAGIC = b"SQLite format 3\0"
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA})
#: Steps of SQLite's machine (in thousands) before a query is stopped: some minutes of nothing.
_STEPS_CAP = 200_000


def feature_layers(connection: sqlite3.Connection) -> dict[str, tuple[str, int]]:
    """Every layer of features: its name -> (geometry column, id of its coordinate system)."""
    tables = {
        name
        for name, sql in connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type='table'"
        )
        if isinstance(sql, str) and not sql.upper().startswith("CREATE VIRTUAL")
    }
    if not {"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"} <= tables:
        return {}
    found = connection.execute(
        "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns ORDER BY table_name"
    )
    return {
        str(name): (str(column), int(srs)) for name, column, srs in found if str(name) in tables
    }


def read_geopackage(file: Path, layer: str | None = None, *, cap: int = BYTES_CAP) -> Sheet:
    """One layer of a GeoPackage; where it has several, `layer` names the one.

    Raises `Problem`: `layers.unreadable`, `layers.which_layer`, `region.file_too_large`,
    `layers.too_many_rows`.
    """
    require_size(file, file.stat().st_size, cap)
    try:
        with file.open("rb") as stream:
            if stream.read(16) != MAGIC:
                raise unreadable(file, "GeoPackage")
        connection = sqlite3.connect(
            f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, cached_statements=0
        )
    except (OSError, sqlite3.Error) as error:
        raise unreadable(file, error) from error
    try:
        _guard(connection)
        layers = feature_layers(connection)
        name = chosen_layer(file, layer, tuple(layers))
        column, srs = layers[name]
        return _read(connection, file, name, column, _crs(connection, srs), tuple(layers))
    except (sqlite3.Error, ValueError, TypeError, OverflowError, struct.error) as error:
        raise unreadable(file, error) from error
    finally:
        connection.close()


def chosen_layer(file: Path, layer: str | None, layers: tuple[str, ...]) -> str:
    """The layer meant; a file of several must be told. Raises `Problem("layers.which_layer")`."""
    if layer is None and len(layers) == 1:
        return layers[0]
    if layer not in layers or layer is None:
        raise Problem("layers.which_layer", file=str(file), found=", ".join(layers)[:300] or "-")
    return layer


def _guard(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
    )
    steps = iter(range(_STEPS_CAP))
    connection.set_progress_handler(lambda: 0 if next(steps, None) is not None else 1, 1_000)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _crs(connection: sqlite3.Connection, srs: int) -> str | None:
    found = connection.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys "
        "WHERE srs_id = ?",
        (srs,),
    ).fetchone()
    if srs <= 0 or found is None:
        return None
    organization, number, definition = found
    if str(organization).upper() == "EPSG":
        return f"EPSG:{int(number)}"
    return str(definition) if definition and str(definition).lower() != "undefined" else None


def _read(
    connection: sqlite3.Connection,
    file: Path,
    name: str,
    geometry: str,
    crs: str | None,
    layers: tuple[str, ...],
) -> Sheet:
    info = connection.execute(f"PRAGMA table_info({_quoted(name)})").fetchall()
    columns = [str(row[1]) for row in info if str(row[1]) != geometry][:COLUMN_CAP]
    wanted = ", ".join(_quoted(column) for column in [geometry, *columns])
    rows: list[dict[str, str]] = []
    shapes: list[Any] = []
    for record in connection.execute(f"SELECT {wanted} FROM {_quoted(name)}"):
        require_rows(file, len(rows) + 1)
        shapes.append(geometry_of(record[0]))
        rows.append(
            {column: text_of(cell) for column, cell in zip(columns, record[1:], strict=True)}
        )
    places = list(range(1, len(rows) + 1))
    return Sheet(file, "gpkg", tuple(columns), rows, places, shapes, crs, layers=layers)


def geometry_of(blob: object) -> Any:
    """The shape of a GeoPackage's cell; None where it holds none or one that cannot be read."""
    if not isinstance(blob, bytes) or len(blob) < 9 or blob[:2] != b"GP":
        return None
    flags = blob[3]
    skipped = _ENVELOPE_BYTES.get(flags >> 1 & 7)
    if skipped is None:
        return None
    shape = shapely.from_wkb(blob[8 + skipped :], on_invalid="ignore")
    return None if shape is None else shapely.force_2d(shape)
