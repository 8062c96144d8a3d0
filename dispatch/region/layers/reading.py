"""One door for every file of a layer. What a file is, its content says, never its name."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from pathlib import Path

from dispatch.domain.message import Problem
from dispatch.region.layers import geojson, geopackage, shapefile, text_table
from dispatch.region.layers.sheet import BYTES_CAP, Sheet, require_size, unreadable

_ZIP = b"PK\x03\x04"
_GZIP = b"\x1f\x8b"
_SHAPEFILE = b"\x00\x00\x27\x0a"
_PARQUET = b"PAR1"


def read_layer(file: Path, layer: str | None = None, encoding: str | None = None) -> Sheet:
    """One layer of a GeoPackage, GeoJSON, shapefile (also zipped) or table of text (also .gz).

    `layer` names one of several; `encoding` is said where the guess is wrong. A file of any other
    kind is refused, whatever its name: `layers.foreign`, with what to do.
    """
    if not file.is_file():
        raise Problem("region.source_missing", file=str(file))
    require_size(file, file.stat().st_size)
    with file.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(geopackage.MAGIC):
        return geopackage.read_geopackage(file, layer)
    if head.startswith(_ZIP):
        return _from_archive(file, layer, encoding)
    if head.startswith(_SHAPEFILE) or file.suffix.lower() == ".shp":
        return shapefile.read_shapefile(file, shapefile.parts_beside(file), encoding)
    content = _gunzipped(file) if head.startswith(_GZIP) else file.read_bytes()
    return _from_content(file, content, encoding)


def _from_content(file: Path, content: bytes, encoding: str | None) -> Sheet:
    if not content.strip():
        raise unreadable(file, "0")
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n\x1e")
    if head.startswith((_ZIP, _GZIP, _PARQUET, _SHAPEFILE, b"<", b"%PDF", b"\xd0\xcf\x11\xe0")):
        # A virtual layer of GDAL (VRT) is XML: it could name anything, the network too.
        raise Problem("layers.foreign", file=str(file))
    if head.startswith((b"{", b"[{", b"[ {")):
        return geojson.read_geojson(file, content)
    if file.name.lower().removesuffix(".gz").endswith((".json", ".geojson")):
        raise unreadable(file, "GeoJSON")
    return text_table.read_text_table(file, content, encoding)


def _from_archive(file: Path, layer: str | None, encoding: str | None) -> Sheet:
    kind, contents = shapefile.read_archive(file, layer)
    if kind == "shapefile":
        return shapefile.read_shapefile(file, contents, encoding)
    (content,) = contents.values()
    if not content.startswith(geopackage.MAGIC):
        return _from_content(file, content, encoding)
    with tempfile.TemporaryDirectory(prefix="vigil-layer-") as folder:
        copy = Path(folder, "layer.gpkg")
        copy.write_bytes(content)
        return geopackage.read_geopackage(copy, None)


def _gunzipped(file: Path) -> bytes:
    try:
        with gzip.open(file) as stream:
            content = stream.read(BYTES_CAP + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(file, error) from error
    require_size(file, len(content), BYTES_CAP)
    return content
