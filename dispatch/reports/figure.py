"""One measured figure, and how it is printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import msgspec

Row = dict[str, object]


@dataclass(frozen=True)
class Figure:
    """A name, a value with its unit, and what it is held against."""

    name: str
    value: float | int | str
    unit: str
    against: str = ""

    def row(self) -> Row:
        """The figure as the object that is printed."""
        return asdict(self)


def line_of(row: Row) -> str:
    """One JSON object on one line; a figure that is held against nothing says ""."""
    return msgspec.json.encode({**row, "against": row.get("against") or ""}).decode()
