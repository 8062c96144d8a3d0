"""The raster underlay of an agency: `[underlay]` in `agency.toml`, typed and checked.

Pictures of the land (aerial, scanned plan) stand in one file or folder on this computer. Nothing
here names a network place: an agency's folder comes from others, and opening one must not make
this computer call anybody. An address of a tile service is refused with its own words.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from dispatch.domain.message import Problem

UnderlayKind = Literal["mbtiles", "xyz", "geotiff"]

#: The deepest zoom of a tile pyramid that is read.
MAX_ZOOM = 24

_Zoom = Annotated[float, msgspec.Meta(ge=0, le=MAX_ZOOM)]
_Path = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]

#: What a file of each kind is called; a folder of tiles may have any name.
_SUFFIXES: dict[str, tuple[str, ...]] = {
    "mbtiles": (".mbtiles", ".sqlite", ".db"),
    "geotiff": (".tif", ".tiff"),
    "xyz": (),
}
#: A scheme or host (`https:`, `//host`, `\\host`) or one of GDAL's virtual folders (`/vsicurl/`).
#: A single letter before the colon is a drive.
_ELSEWHERE = re.compile(r"^\s*(?:[A-Za-z][\w+.-]+:|//|\\\\|[/\\]vsi)", re.IGNORECASE)
_PLACEHOLDERS = re.compile(r"[/\\]?\{z\}[/\\]\{x\}[/\\]\{y\}\.(?:png|jpe?g|webp)$")


class Underlay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which raster lies under the map.

    `path`: absolute, or beside the agency's folder (as packs are). For `xyz` the folder that
    holds `z/x/y.png`, with or without that pattern behind it. `opacity` 0 to 1. Below `min_zoom`
    and above `max_zoom` (map zoom, web tiles' count) it is not shown; tiles of its deepest level
    may be enlarged up to `max_zoom`. `scheme` tells from where rows of tiles are counted: `xyz`
    from the north, `tms` from the south (MBTiles are `tms` by their own definition).
    `attribution` is shown on the map.
    """

    kind: UnderlayKind
    path: _Path
    opacity: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    min_zoom: _Zoom = 0
    max_zoom: _Zoom = MAX_ZOOM
    attribution: Annotated[str, msgspec.Meta(max_length=300)] = ""
    scheme: Literal["xyz", "tms"] = "xyz"

    def place(self, agency: Path) -> Path:
        """The file or folder, whether or not it is there; `agency` is the agency's folder."""
        path = Path(_PLACEHOLDERS.sub("", self.path)) if self.kind == "xyz" else Path(self.path)
        return path if path.is_absolute() else agency.absolute().parent / path

    def found(self, agency: Path) -> Path:
        """The file or folder, which is there and of the right sort.

        Raises `Problem("region.underlay_missing")` naming it: a map without it still serves, so
        the asker shows the problem and goes on.
        """
        path = self.place(agency)
        if not (path.is_dir() if self.kind == "xyz" else path.is_file()):
            raise Problem("region.underlay_missing", file=str(path), agency=str(agency))
        return path


def check_underlay(underlay: Underlay) -> tuple[str, str] | None:
    """(field, what is wrong with it), None where all is well. Looks at no file.

    What types cannot say: a path on this computer that fits the kind, and zooms in order.
    """
    path = underlay.path
    if _ELSEWHERE.match(path):
        return "path", f"{path} (not a file on this computer)"
    if not path.isprintable():
        return "path", "unprintable"
    if not Path(path).is_absolute() and ".." in re.split(r"[/\\]", path):
        return "path", f"{path} (..)"
    suffixes = _SUFFIXES[underlay.kind]
    if suffixes and not path.lower().endswith(suffixes):
        return "path", f"{path} ({' '.join(suffixes)})"
    if underlay.min_zoom > underlay.max_zoom:
        return "max_zoom", f"{underlay.max_zoom:g} < {underlay.min_zoom:g}"
    return None
