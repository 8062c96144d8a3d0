"""Cells of an agency's tables: asked one by one, each error with its file, line and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from dispatch.domain.message import Problem

LANGUAGES = ("en", "ru", "kk", "ko")
NAME_COLUMNS = tuple(f"name_{language}" for language in LANGUAGES)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFT = re.compile(
    r"^(?:(?P<first>[a-z]{3})-(?P<last>[a-z]{3}) )?(?P<from>\d\d:\d\d)-(?P<to>\d\d:\d\d)$"
)
_ROW_CAP = 20_000
_CELL_CAP = 500


@dataclass(frozen=True)
class Shift:
    """Hours in which a unit is staffed, local time. `days` are 0 = Monday .. 6; a shift that ends
    before it begins runs past midnight and belongs to the day on which it begins."""

    days: frozenset[int] = frozenset(range(7))
    from_min: int = 0
    to_min: int = 24 * 60

    def covers(self, local: datetime) -> bool:
        """Whether a local moment lies in the shift."""
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.from_min < self.to_min:
            return day in self.days and self.from_min <= minute < self.to_min
        began_yesterday = minute < self.to_min and (day - 1) % 7 in self.days
        return began_yesterday or (minute >= self.from_min and day in self.days)


class Row:
    """One line of a file, asked cell by cell."""

    def __init__(self, file: Path, line: int, cells: dict[str, str]) -> None:
        self._file = file
        self._line = line
        self._cells = cells

    def wrong(self, column: str, what: str = "") -> NoReturn:
        """Raise the problem of one cell."""
        raise Problem(
            "region.agency_cell",
            file=str(self._file),
            line=self._line,
            column=column,
            what=what or self._cells.get(column, ""),
        )

    def text(self, column: str) -> str:
        """A cell, "" where it is empty or missing."""
        return self._cells.get(column, "")

    def needed(self, column: str) -> str:
        """A cell that must not be empty."""
        value = self.text(column)
        return value if value else self.wrong(column)

    def key(self, column: str, seen: set[str]) -> str:
        """An id: short, without blanks, not used before."""
        value = self.needed(column)
        if len(value) > 20 or re.search(r"\s", value) or value in seen:
            self.wrong(column)
        seen.add(value)
        return value

    def one_of(self, column: str, allowed: Collection[str], default: str = "") -> str:
        """One of a closed list."""
        value = self.text(column) or default
        return value if value in allowed else self.wrong(column)

    def some_of(self, column: str, allowed: Collection[str]) -> frozenset[str]:
        """Words separated by blanks, each of a closed list."""
        values = self.text(column).split()
        for value in values:
            if value not in allowed:
                self.wrong(column, value)
        return frozenset(values)

    def whole(self, column: str, low: int, high: int, default: int) -> int:
        """A whole number in a range."""
        value = self.text(column)
        if not value:
            return default
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            self.wrong(column)
        return int(value)

    def degrees(self, column: str, limit: float) -> float:
        """A coordinate in degrees."""
        value = self.needed(column)
        # A decimal comma is a slip of the spreadsheet, not a second meaning.
        if not re.fullmatch(r"-?\d{1,3}([.,]\d{1,15})?", value):
            self.wrong(column)
        degrees = float(value.replace(",", "."))
        return degrees if abs(degrees) <= limit else self.wrong(column)

    def point(self) -> tuple[float, float]:
        """`lon` and `lat`."""
        return self.degrees("lon", 180.0), self.degrees("lat", 90.0)

    def names(self) -> dict[str, str]:
        """The local name under "" and those in languages."""
        names = {"": self.needed("name")}
        return names | {lang: t for lang in LANGUAGES if (t := self.text(f"name_{lang}"))}

    def shift(self) -> Shift:
        """`24h`, `08:00-20:00`, `mon-fri 08:00-20:00`."""
        value = self.text("shift").lower()
        if value in ("", "24h"):
            return Shift()
        match = _SHIFT.match(value)
        if match is None:
            self.wrong("shift")
        days = frozenset(range(7))
        if match["first"]:
            if match["first"] not in _DAYS or match["last"] not in _DAYS:
                self.wrong("shift")
            first, last = _DAYS.index(match["first"]), _DAYS.index(match["last"])
            days = frozenset((first + i) % 7 for i in range((last - first) % 7 + 1))
        minutes = []
        for part in (match["from"], match["to"]):
            hour, minute = int(part[:2]), int(part[3:])
            if hour > 24 or minute > 59 or hour * 60 + minute > 24 * 60:
                self.wrong("shift")
            minutes.append(hour * 60 + minute)
        return Shift(days, minutes[0], minutes[1])


def rows_of(file: Path, text: str, needed: Collection[str], may: Collection[str]) -> Iterator[Row]:
    """The rows of a CSV whose header must hold the needed columns and no unknown one."""
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        problem = Row(file, 1, {})
        for column in header:
            if column not in (*needed, *may) and not column.startswith("x_"):
                problem.wrong(column, column)
        for column in needed:
            if header.count(column) != 1:
                problem.wrong(column, column)
        for count, cells in enumerate(reader):
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            row = Row(file, line, dict(zip(header, map(str.strip, cells), strict=False)))
            if len(cells) != len(header) or count >= _ROW_CAP:
                row.wrong(header[min(len(cells), len(header)) - 1], f"{len(cells)}/{len(header)}")
            for column, cell in zip(header, cells, strict=True):
                if len(cell) > _CELL_CAP or any(not c.isprintable() for c in cell):
                    row.wrong(column, cell[:40])
            yield row
    except csv.Error as error:
        raise Problem(
            "region.agency_cell",
            file=str(file),
            line=reader.line_num,
            column="",
            what=str(error),
        ) from error
