"""What whoever imports has said, and what came of a sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.region.layers.sheet import Sheet


@dataclass(frozen=True)
class Options:
    """What whoever imports has said.

    `columns` maps a column to a field (or "-"), `values` a field to one value for all rows,
    `where` a column to the word its cells must be, for files that mix kinds of things.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    swap_axes: bool = False
    layer_name: str | None = None
    encoding: str | None = None
    keep_outside: bool = False
    skip_bad: bool = False
    add: bool = False


@dataclass(frozen=True)
class Fault:
    """A row that cannot be used: where it stands, the column, why (`cell`, `empty`, `formula`,
    `twice`, `shape`) and what is there."""

    place: int
    column: str
    reason: str
    value: str


@dataclass
class Taken:
    """What came of a sheet: `cells[i]` are our columns of row i, `shapes[i]` its polygon (areas)
    or point. `notes` counts what was done on the way, by the last part of its message id."""

    layer: str
    sheet: Sheet
    fields: dict[str, str]
    unused: tuple[str, ...] = ()
    system: str = ""
    cells: list[dict[str, str]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    outside: list[Fault] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def column(self, name: str) -> str:
        """The file's column of a field; the field's own name where it was said or made."""
        return self.fields.get(name, name)
