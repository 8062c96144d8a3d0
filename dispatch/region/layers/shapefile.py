"""Shapefiles, loose or zipped, read from a private copy of their parts under names of our own.

No other file beside them is seen by the library that reads them, and no name from an archive is
ever used as a path.
"""

from __future__ import annotations

import codecs
import struct
import tempfile
import zipfile
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
from dispatch.region.layers.text_table import encoding_of

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NEEDED = (".shp", ".shx", ".dbf")
_FILE_CODE = 9994
_PRJ_CAP = 64 * 1024
#: Names of code pages as `.cpg` files write them -> codec.
_CODE_PAGES = {
    "65001": "utf-8",
    "949": "cp949",
    "ks_c_5601-1987": "cp949",
    "51949": "euc-kr",
    "88591": "latin-1",
    "8859_1": "latin-1",
}


def parts_beside(file: Path) -> dict[str, bytes]:
    """The parts of a loose shapefile: those of its own stem in its own folder."""
    parts: dict[str, bytes] = {}
    total = 0
    for entry in sorted(file.parent.iterdir()):
        suffix = entry.suffix.lower()
        if entry.stem == file.stem and suffix in PARTS and entry.is_file():
            total += entry.stat().st_size
            require_size(file, total)
            parts[suffix] = entry.read_bytes()
    return parts


def read_archive(file: Path, layer: str | None) -> tuple[str, dict[str, bytes]]:
    """What a zip holds: ("shapefile", its parts) or ("file", {name: content}) of one lone file.

    Unpacked sizes are counted while unpacking, not believed. Raises `Problem`:
    `layers.unreadable`, `layers.which_layer`, `layers.spreadsheet`, `region.file_too_large`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n]
            if "[Content_Types].xml" in names or "mimetype" in names:
                raise Problem("layers.spreadsheet", file=str(file))
            shapes = {Path(n).stem: n for n in names if n.lower().endswith(".shp")}
            others = {
                Path(n).name: n
                for n in names
                if n.lower().endswith((".gpkg", ".geojson", ".json", ".csv", ".txt", ".tsv"))
            }
            if shapes:
                stem = _which(file, layer, tuple(shapes))
                start = shapes[stem][: -len(".shp")]
                wanted = {
                    Path(n).suffix.lower(): n
                    for n in names
                    if n[: -len(Path(n).suffix)] == start and Path(n).suffix.lower() in PARTS
                }
                return "shapefile", _unpacked(archive, file, wanted)
            name = _which(file, layer, tuple(others)) if others else None
            if name is None:
                raise unreadable(file, ", ".join(names)[:150] or "zip")
            return "file", _unpacked(archive, file, {name: others[name]})
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise unreadable(file, error) from error
    except (ValueError, struct.error, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise unreadable(file, error) from error


def _which(file: Path, layer: str | None, found: tuple[str, ...]) -> str:
    if layer in found and layer is not None:
        return layer
    if layer is not None or len(found) != 1:
        raise Problem("layers.which_layer", file=str(file), found=", ".join(found)[:300])
    return found[0]


def _unpacked(archive: zipfile.ZipFile, file: Path, wanted: dict[str, str]) -> dict[str, bytes]:
    room = BYTES_CAP
    contents = {}
    for key, name in wanted.items():
        with archive.open(name) as stream:
            content = stream.read(room + 1)
        room -= len(content)
        require_size(file, BYTES_CAP - room, BYTES_CAP)
        contents[key] = content
    return contents


def read_shapefile(file: Path, parts: dict[str, bytes], encoding: str | None = None) -> Sheet:
    """The features of a shapefile from its parts; `file` is named in problems.

    Raises `Problem`: `layers.shapefile_part`, `layers.unreadable`, `layers.too_many_rows`.
    """
    missing = [part for part in _NEEDED if part not in parts]
    if missing:
        raise Problem("layers.shapefile_part", file=str(file), missing=" ".join(missing))
    if len(parts[".shp"]) < 100 or struct.unpack(">i", parts[".shp"][:4])[0] != _FILE_CODE:
        raise unreadable(file, ".shp")
    if len(parts[".dbf"]) < 32:
        raise unreadable(file, ".dbf")
    require_rows(file, struct.unpack("<I", parts[".dbf"][4:8])[0])
    require_rows(file, max(0, len(parts[".shx"]) - 100) // 8)
    raw_columns, cells, shapes = _by_library(file, parts)
    codec = _codec(parts, encoding, cells)
    columns = tuple(_decoded(column, codec) for column in raw_columns)
    rows = [
        {column: _decoded(cells[i][row], codec) for i, column in enumerate(columns)}
        for row in range(len(shapes))
    ]
    prj = parts.get(".prj", b"")[:_PRJ_CAP].decode("utf-8", "replace").strip("\ufeff \r\n\0")
    return Sheet(
        file,
        "shapefile",
        columns,
        rows,
        list(range(1, len(rows) + 1)),
        shapes,
        prj or None,
        encoding=codec,
    )


def _by_library(
    file: Path, parts: dict[str, bytes]
) -> tuple[list[str], list[list[Any]], list[Any]]:
    """Columns, cells by column and shapes; text as Latin-1, which keeps every byte."""
    import pyogrio  # takes some 100 ms, so not before it is needed

    with tempfile.TemporaryDirectory(prefix="vigil-layer-") as folder:
        for suffix in _NEEDED:
            Path(folder, f"layer{suffix}").write_bytes(parts[suffix])
        try:
            meta, _, geometry, cells = pyogrio.raw.read(
                str(Path(folder, "layer.shp")), encoding="ISO-8859-1", force_2d=True
            )
        except Exception as error:  # GDAL's errors are a family of their own
            raise unreadable(file, str(error).replace(folder, "")) from error
    columns = [str(name) for name in meta["fields"]][:COLUMN_CAP]
    shapes = [
        None if blob is None else shapely.from_wkb(blob, on_invalid="ignore") for blob in geometry
    ]
    return columns, [list(column) for column in cells[:COLUMN_CAP]], shapes


def _codec(parts: dict[str, bytes], encoding: str | None, cells: list[list[Any]]) -> str:
    texts = (text for column in cells for text in column if isinstance(text, str))
    joined = "\n".join(texts).encode("latin-1", "ignore")
    said = parts.get(".cpg", b"")[:40].decode("ascii", "ignore").strip().lower()
    said = said.removeprefix("ansi ").removeprefix("cp").removeprefix("windows-")
    named = encoding or _CODE_PAGES.get(said) or (f"cp{said}" if said.isdigit() else said)
    for codec in filter(None, (named, encoding_of(joined))):
        try:
            codecs.lookup(codec)
            # A cell may be cut in the middle of a letter, so a few losses are no proof.
            lost = joined.decode(codec, "replace").count("\ufffd")
        except (LookupError, ValueError):
            continue
        if encoding or lost * 50 <= len(joined):
            return codec
    return "cp1252"


def _decoded(value: Any, codec: str) -> str:
    if isinstance(value, str):
        return text_of(value.encode("latin-1", "ignore").decode(codec, "ignore"))
    # Numbers and moments of numpy have `item`.
    return text_of(value.item() if hasattr(value, "item") else value)
