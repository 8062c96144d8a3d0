"""The table of units that may go: a model fed by differences, and how its rows are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.incidents.choice import CandidateRow
from ui.panel import PanelContext
from ui.theme.fonts import Size, font

ROW_HEIGHT = 26
TWO_LINES = 36
LEAST_WHY = 116
HEADER_HEIGHT = 24
UNIT, SERVES, TIMES, WHY = range(4)
COLUMNS = ("unit", "as", "times", "why")
ROW = int(Qt.ItemDataRole.UserRole) + 1
NO_INDEX = QModelIndex()
Index = QModelIndex | QPersistentModelIndex
WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
LEFT_TEXT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class CandidateModel(QAbstractTableModel):
    """Rows by unit; `show` takes the smallest steps."""

    def __init__(self, context: PanelContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.rows: list[CandidateRow] = []

    def rowCount(self, parent: QModelIndex = NO_INDEX) -> int:  # type: ignore[override]
        """How many units there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = NO_INDEX) -> int:  # type: ignore[override]
        """Unit, as, times, why."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._context.say(f"incident.column.{COLUMNS[section]}")
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:  # type: ignore[override]
        """Texts, and the row itself."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        texts = (row.label, row.serves, row.times, row.why)
        if role == Qt.ItemDataRole.DisplayRole:
            return texts[index.column()]
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return " · ".join(text for text in texts if text)
        return None

    def show(self, wanted: Sequence[CandidateRow]) -> None:
        """Make the model hold these rows."""
        ids = {row.unit_id for row in wanted}
        for at in range(len(self.rows) - 1, -1, -1):
            if self.rows[at].unit_id not in ids:
                self.beginRemoveRows(NO_INDEX, at, at)
                del self.rows[at]
                self.endRemoveRows()
        for at, row in enumerate(wanted):
            self._place(at, row)

    def _place(self, at: int, row: CandidateRow) -> None:
        found = next(
            (i for i in range(at, len(self.rows)) if self.rows[i].unit_id == row.unit_id), None
        )
        if found is None:
            self.beginInsertRows(NO_INDEX, at, at)
            self.rows.insert(at, row)
            self.endInsertRows()
            return
        if found != at:
            self.beginMoveRows(NO_INDEX, found, found, NO_INDEX, at)
            self.rows.insert(at, self.rows.pop(found))
            self.endMoveRows()
        if self.rows[at] != row:
            self.rows[at] = row
            self.dataChanged.emit(self.index(at, 0), self.index(at, len(COLUMNS) - 1))


class CandidateTable(QTableView):
    """Shows all its rows; the panel scrolls, not the table. Its keys are the panel's commands."""

    picked = Signal(str)
    """A unit that was double-clicked: in or out."""
    hovered = Signal(str)
    """A unit that was clicked: draw its route."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.rows_model = CandidateModel(context, self)
        self.setModel(self.rows_model)
        self.setItemDelegate(_Drawn(context, self))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(HEADER_HEIGHT)
        header.setDefaultAlignment(LEFT_TEXT)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(WHY, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(lambda index: self.hovered.emit(self._unit(index)))
        self.doubleClicked.connect(lambda index: self.picked.emit(self._unit(index)))

    def _unit(self, index: QModelIndex) -> str:
        return self.rows_model.rows[index.row()].unit_id

    def show_rows(self, rows: Sequence[CandidateRow]) -> None:
        """Rows anew; the table is as tall as they are."""
        self.rows_model.show(rows)
        self.setVisible(bool(rows))
        self._fit_rows()
        self.viewport().update()

    def _share_width(self) -> None:
        """Columns by what stands in them; the reason keeps room, before what a unit serves as."""
        rows, say = self.rows_model.rows, self._context.say
        strong, body = QFontMetrics(font(bold=True)), QFontMetrics(font())
        columns = (
            (UNIT, [r.label for r in rows], strong, 30, 132),
            (SERVES, [r.serves for r in rows], body, 18, 96),
            (TIMES, [r.times for r in rows], strong, 20, 132),
        )
        widths = {}
        for column, texts, metrics, extra, most in columns:
            title = say(f"incident.column.{COLUMNS[column]}")
            wide = max([metrics.horizontalAdvance(text) for text in (*texts, title)])
            widths[column] = min(most, wide + extra)
        room = self.viewport().width()
        narrow = room - sum(widths.values()) < LEAST_WHY
        self.setColumnHidden(SERVES, narrow)
        if narrow:
            left = room - widths[TIMES] - LEAST_WHY
            widths[UNIT] = max(72, min(widths[UNIT], left))
        for column, wide in widths.items():
            if not (narrow and column == SERVES):
                self.setColumnWidth(column, wide)

    def _fit_rows(self) -> None:
        """A reason that is too long for its column takes a second, smaller line."""
        self._share_width()
        body, room = QFontMetrics(font()), self._why_room()
        tall = HEADER_HEIGHT + 2
        for at, row in enumerate(self.rows_model.rows):
            height = ROW_HEIGHT if body.horizontalAdvance(row.why) <= room else TWO_LINES
            self.setRowHeight(at, height)
            tall += height
        if self.height() != tall:
            self.setFixedHeight(tall)

    def _why_room(self) -> int:
        taken = sum(self.columnWidth(column) for column in (UNIT, SERVES, TIMES))
        return max(80, self.viewport().width() - taken) - 12

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Narrower is taller."""
        super().resizeEvent(event)
        self._fit_rows()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(320, self.maximumHeight())


class _Drawn(QStyledItemDelegate):
    """What would go in strong ink, what could go dimmed, what may be first on its own ground."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: CandidateRow = index.data(ROW)
        ui = self._context.theme.ui
        rect = option.rect
        painter.save()
        if row.standing == "radio":
            painter.fillRect(rect, QColor(ui.attention))
        hovered = self._context.selection.candidate_id == row.unit_id
        if hovered:
            painter.fillRect(rect, QColor(ui.selected))
            painter.setPen(QPen(QColor(ui.focus), 1))
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
            if index.column() == UNIT:
                painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(ui.focus))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(ui.hairline))
        strong = row.chosen or row.standing == "radio"
        bold = strong and index.column() in (UNIT, TIMES)
        painter.setFont(font(Size.BODY, bold=bold))
        painter.setPen(QColor(ui.text_strong if bold else ui.text if strong else ui.text_faint))
        area = rect.adjusted(8, 0, -4, 0)
        if index.column() == UNIT:
            if row.chosen:
                self._tick(painter, QRect(rect.left() + 6, rect.top(), 12, rect.height()))
            area = rect.adjusted(22, 0, -2, 0)
        text = str(index.data())
        if index.column() == WHY and rect.height() > ROW_HEIGHT:
            painter.setFont(font(Size.SMALL, bold=bold))
            painter.drawText(area, WRAPPED, _two_lines(painter.fontMetrics(), text, area.width()))
        else:
            cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, LEFT_TEXT, cut)
        painter.restore()

    def _tick(self, painter: QPainter, box: QRect) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._context.theme.ui.accent_text), 2))
        middle = box.center()
        painter.drawPolyline([middle + _at(-4, 0), middle + _at(-1, 3), middle + _at(5, -4)])
        painter.restore()


def _two_lines(metrics: QFontMetrics, text: str, width: int) -> str:
    """As much of a text as two lines hold."""
    words, first = text.split(" "), ""
    while words and metrics.horizontalAdvance(f"{first} {words[0]}".strip()) <= width:
        first = f"{first} {words.pop(0)}".strip()
    rest = metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, width)
    return f"{first}\n{rest}" if first and rest else first or rest


def _at(x: int, y: int) -> QPoint:
    return QPoint(x, y)
