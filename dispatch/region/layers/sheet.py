"""What every reader gives: rows of text with their places in the file, and shapes where there are.

Caps on size stand here, so that one look tells what a file may be at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dispatch.domain.message import Problem

#: What one file may hold at most, unpacked.
BYTES_CAP = 256 * 1024**2
#: Parsed JSON takes some ten times its text.
JSON_CAP = 96 * 1024**2
ROW_CAP = 200_000
COLUMN_CAP = 300
CELL_CAP = 20_000
VERTEX_CAP = 5_000_000

#: Degrees of WGS 84, longitude first.
WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class Sheet:
    """One layer as read. `places[i]` is where row i stands: a line of a text table, counted from
    1 with its header, else the number of a feature, counted from 1. `shapes` is None for a table
    without geometry. `crs` is what the file says of its coordinate system (`EPSG:5179`, WKT), None
    where it says nothing. `layers` names all layers of the file.
    """

    file: Path
    form: str
    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    places: list[int]
    shapes: list[Any] | None = None
    crs: str | None = None
    encoding: str = "UTF-8"
    separator: str = ""
    layers: tuple[str, ...] = ()

    @property
    def by_line(self) -> bool:
        """Whether `places` are lines of a text."""
        return self.form == "csv"


def text_of(value: Any) -> str:
    """A cell of any format as text; nothing is "". Line breaks become blanks."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return ""
    return " ".join(str(value)[:CELL_CAP].split())


def require_size(file: Path, size: int, cap: int = BYTES_CAP) -> None:
    """Raises `Problem("region.file_too_large")` above a cap."""
    if size > cap:
        raise Problem("region.file_too_large", file=str(file), cap=cap)


def require_rows(file: Path, count: int, cap: int = ROW_CAP) -> None:
    """Raises `Problem("layers.too_many_rows")` above a cap."""
    if count > cap:
        raise Problem("layers.too_many_rows", file=str(file), cap=cap)


def unreadable(file: Path, what: object) -> Problem:
    """The problem of a file that cannot be read as what it says it is."""
    return Problem("layers.unreadable", file=str(file), what=str(what)[:200])
