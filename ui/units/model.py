"""The units as a table model that is fed by differences and never reset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.panel import PanelContext
from ui.units.rows import TICKING, Column, Row
from ui.units.wording import Cell, Wording

NO_INDEX = QModelIndex()
RIGHT = frozenset({Column.SINCE})
"""Columns whose figures are compared down the column, set to the right."""
COLUMNS = tuple(Column)
Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What a cell answers beside its text."""

    CELL = Qt.ItemDataRole.UserRole + 1
    ROW = Qt.ItemDataRole.UserRole + 2


class UnitModel(QAbstractTableModel):
    """Lines by call sign; `show` takes away, reorders, adds and renews only what differs."""

    def __init__(
        self, context: PanelContext, wording: Wording, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context, self._wording = context, wording
        self._rows: list[Row] = []
        self._at: dict[str, int] = {}
        self.now_us = context.clock.now_us()
        self.sorted_by, self.descending = Column.UNIT, False

    # -- reading -------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """How many units are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """The columns of `Column`."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell; what ticks is answered for `now_us`."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row, column = self._rows[index.row()], Column(index.column())
        match role:
            case Role.CELL:
                return self._wording.cell(row, column, self.now_us)
            case Role.ROW:
                return row
            case Qt.ItemDataRole.DisplayRole:
                cell = self._wording.cell(row, column, self.now_us)
                return f"{cell.text} {cell.aside}".strip()
            case Qt.ItemDataRole.ToolTipRole:
                return self._wording.tip(row) if column is Column.UNIT else self.data(index)
            case Qt.ItemDataRole.AccessibleTextRole:
                if column is Column.UNIT:
                    return self._wording.sentence(row, self.now_us)
                if column is Column.STATE:
                    return self._wording.state(row.unit.state.value)
                return self.data(index)
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(column)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """The headings; an arrow marks the one that orders the table."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        name = self._context.say(f"units.column.{column.name.lower()}")
        if column is not self.sorted_by:
            return name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            way = "units.sorted.down" if self.descending else "units.sorted.up"
            return self._context.say(way, column=name)
        return f"{name} {'↓' if self.descending else '↑'}"

    def cell(self, number: int, column: int) -> Cell:
        """What a cell says now; the quick way for painting."""
        return self._wording.cell(self._rows[number], COLUMNS[column], self.now_us)

    def row(self, number: int) -> Row:
        """The line at a place."""
        return self._rows[number]

    def rows(self) -> Sequence[Row]:
        """All lines, in order."""
        return self._rows

    def place_of(self, unit_id: str | None) -> int | None:
        """Where a unit stands, None where it does not."""
        return self._at.get(unit_id or "")

    def ticking(self, number: int) -> tuple[Cell, ...]:
        """What a line's ticking cells say now, to be compared with what was drawn."""
        row = self._rows[number]
        return tuple(self._wording.cell(row, column, self.now_us) for column in TICKING)

    # -- feeding -------------------------------------------------------------------------------

    def mark_sorted(self, column: Column, descending: bool) -> None:
        """Which heading wears the arrow."""
        self.sorted_by, self.descending = column, descending
        self.renew_headings()

    def renew_headings(self) -> None:
        """Other words in the headings."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def renew_all(self) -> None:
        """Other words in every line (language)."""
        if self._rows:
            last = self.index(len(self._rows) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def show(self, wanted: Sequence[Row]) -> None:
        """Make the model hold these lines, by the smallest steps."""
        self._take_away({row.unit.unit_id for row in wanted})
        self._reorder(wanted)
        self._add(wanted)
        self._at = {row.unit.unit_id: n for n, row in enumerate(self._rows)}
        self._renew(wanted)

    def _take_away(self, kept: set[str]) -> None:
        gone = [n for n, row in enumerate(self._rows) if row.unit.unit_id not in kept]
        for first, last in reversed(list(_runs(gone))):
            self.beginRemoveRows(NO_INDEX, first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()

    def _reorder(self, wanted: Sequence[Row]) -> None:
        present = {row.unit.unit_id: n for n, row in enumerate(self._rows)}
        order = [present[row.unit.unit_id] for row in wanted if row.unit.unit_id in present]
        if order == list(range(len(order))):
            return
        self.layoutAboutToBeChanged.emit()
        new_place = {old: new for new, old in enumerate(order)}
        self._rows = [self._rows[old] for old in order]
        before = self.persistentIndexList()
        after = [self.index(new_place[index.row()], index.column()) for index in before]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _add(self, wanted: Sequence[Row]) -> None:
        present = {row.unit.unit_id for row in self._rows}
        new = [n for n, row in enumerate(wanted) if row.unit.unit_id not in present]
        for first, last in _runs(new):
            self.beginInsertRows(NO_INDEX, first, last)
            self._rows[first:first] = wanted[first : last + 1]
            self.endInsertRows()

    def _renew(self, wanted: Sequence[Row]) -> None:
        rows = self._rows
        # A newer position at the same place is an age, and ages tick.
        changed = [n for n, row in enumerate(wanted) if not rows[n].reads_like(row)]
        self._rows = list(wanted)
        for first, last in _runs(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))


def alignment(column: Column) -> Qt.AlignmentFlag:
    """Clocks right, words left."""
    side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as first and last of each unbroken run."""
    first = last = None
    for n in numbers:
        if last is None or n != last + 1:
            if first is not None and last is not None:
                yield first, last
            first = n
        last = n
    if first is not None and last is not None:
        yield first, last
