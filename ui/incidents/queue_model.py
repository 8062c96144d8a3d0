"""The queue as a list model that is fed by differences and never reset."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from ui.incidents.durations import span
from ui.incidents.queue_lines import Line
from ui.panel import PanelContext

NO_INDEX = QModelIndex()


class Role(IntEnum):
    """What a line of the queue answers beside its text."""

    LINE = Qt.ItemDataRole.UserRole + 1
    AGE_S = Qt.ItemDataRole.UserRole + 2
    TARGET_TEXT = Qt.ItemDataRole.UserRole + 3
    LATE = Qt.ItemDataRole.UserRole + 4
    USED = Qt.ItemDataRole.UserRole + 5
    LOUD = Qt.ItemDataRole.UserRole + 6


class QueueModel(QAbstractListModel):
    """Lines by key; `show` moves, adds, takes away and renews only what differs."""

    def __init__(self, context: PanelContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._lines: list[Line] = []
        self.now_us = context.clock.now_us()

    # -- reading -------------------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex = NO_INDEX) -> int:  # type: ignore[override]
        """How many lines there are."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # type: ignore[override]
        """A line by role; what ticks is answered for `now_us`."""
        if not index.isValid() or not 0 <= index.row() < len(self._lines):
            return None
        line = self._lines[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return line.title
            case Role.LINE:
                return line
            case Role.AGE_S:
                return max(0.0, (self.now_us - line.since_us) / 1e6)
            case Role.TARGET_TEXT:
                return line.target.text(self._context, self.now_us) if line.target else ""
            case Role.LATE:
                return line.target is not None and line.target.is_late(self.now_us)
            case Role.USED:
                return line.target.used(self.now_us) if line.target else None
            case Role.LOUD:
                return line.loud_us is not None and self.now_us >= line.loud_us
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._in_words(line)
        return None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # type: ignore[override]
        """Headings and empty lines cannot be chosen."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self._lines[index.row()].kind in ("incident", "call"):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.NoItemFlags

    def line(self, row: int) -> Line:
        """The line of a row."""
        return self._lines[row]

    def row_of(self, key: str) -> int | None:
        """Where a key stands, None where it does not."""
        return next((row for row, line in enumerate(self._lines) if line.key == key), None)

    def choosable(self) -> list[int]:
        """The rows of incidents and calls, in order."""
        return [r for r, line in enumerate(self._lines) if line.kind in ("incident", "call")]

    def _in_words(self, line: Line) -> str:
        if line.kind not in ("incident", "call"):
            return line.title
        say = self._context.say
        level = say("queue.level", n=line.rank) if line.rank is not None else ""
        age = say("queue.age", time=span((self.now_us - line.since_us) / 1e6))
        target = line.target.text(self._context, self.now_us) if line.target else ""
        parts = (line.title, level, line.address, line.pressing, line.facts, line.units)
        return "\n".join(dict.fromkeys(p for p in (*parts, age, target, line.reason) if p))

    # -- feeding -------------------------------------------------------------------------------

    def show(self, wanted: Sequence[Line]) -> None:
        """Make the model hold these lines, by the smallest steps."""
        keys = {line.key for line in wanted}
        for row in range(len(self._lines) - 1, -1, -1):
            if self._lines[row].key not in keys:
                self.beginRemoveRows(NO_INDEX, row, row)
                del self._lines[row]
                self.endRemoveRows()
        for row, line in enumerate(wanted):
            self._place(row, line)

    def _place(self, row: int, line: Line) -> None:
        at = next((r for r in range(row, len(self._lines)) if self._lines[r].key == line.key), None)
        if at is None:
            self.beginInsertRows(NO_INDEX, row, row)
            self._lines.insert(row, line)
            self.endInsertRows()
            return
        if at != row:
            self.beginMoveRows(NO_INDEX, at, at, NO_INDEX, row)
            self._lines.insert(row, self._lines.pop(at))
            self.endMoveRows()
        if self._lines[row] != line:
            self._lines[row] = line
            index = self.index(row, 0)
            self.dataChanged.emit(index, index)
