"""How a cell of the unit board is drawn: an icon, a text, a word in dim ink behind it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.icons import has_icon, icon_pixmap
from ui.units.model import Role, alignment
from ui.units.rows import Column
from ui.units.wording import Cell

ROW_HEIGHT = 24
PAD = 8
ICON = 14
Index = QModelIndex | QPersistentModelIndex


class UnitDelegate(QStyledItemDelegate):
    """Draws by the theme's tokens alone. `hovered_row` is set by the table."""

    def __init__(self, context: PanelContext, table: QTableView) -> None:
        super().__init__(table)
        self._context, self._table = context, table
        self.hovered_row = -1
        self._plain, self._bold = font(Size.BODY), font(Size.BODY, bold=True)
        self._small = font(Size.SMALL)
        self._wide = {
            id(face): QFontMetrics(face) for face in (self._plain, self._bold, self._small)
        }

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The height of a line and the width of its words."""
        cell: Cell = index.data(Role.CELL)
        metrics = self._wide[id(self._bold if cell.bold else self._plain)]
        width = 2 * PAD + metrics.horizontalAdvance(cell.text) + (ICON + 6 if cell.icon else 0)
        if cell.aside:
            width += 6 + self._wide[id(self._small)].horizontalAdvance(cell.aside)
        return QSize(width, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, hairline, and what the cell says."""
        cell: Cell = index.data(Role.CELL)
        ui, rect = self._context.theme.ui, option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, QColor(ui.selected))
        elif index.row() == self.hovered_row:
            painter.fillRect(rect, QColor(ui.hover))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(ui.hairline))
        if chosen:
            self._mark(painter, rect, index)
        area = rect.adjusted(PAD, 0, -PAD, 0)
        if cell.icon:
            self._icon(painter, area, cell.icon)
            area.setLeft(area.left() + ICON + 6)
        face = self._bold if cell.bold else self._plain
        taken = self._text(
            painter, area, cell.text, face, getattr(ui, cell.ink), Column(index.column())
        )
        if cell.aside:
            rest = area.adjusted(taken + 6, 0, 0, 0)
            if rest.width() > 20:
                self._text(painter, rest, cell.aside, self._small, ui.text_dim, Column.STATE)

    def _mark(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """The chosen line: a bar at its left; a frame round it while the keyboard is here."""
        ink = QColor(self._context.theme.ui.focus)
        column, last = index.column(), self._last_shown()
        if column == Column.UNIT:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), ink)
        if not self._table.hasFocus():
            return
        painter.fillRect(rect.left(), rect.top(), rect.width(), 1, ink)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, ink)
        if column == last:
            painter.fillRect(rect.right(), rect.top(), 1, rect.height(), ink)

    def _last_shown(self) -> int:
        hidden = self._table.isColumnHidden
        return max(column for column in Column if not hidden(column))

    def _icon(self, painter: QPainter, area: QRect, name: str) -> None:
        if has_icon(name):
            ratio = painter.device().devicePixelRatioF()
            picture = icon_pixmap(name, ICON, self._context.theme.state(name), ratio)
            top = area.top() + (area.height() - ICON) // 2
            painter.drawPixmap(QPoint(area.left(), top), picture)

    def _text(
        self, painter: QPainter, area: QRect, text: str, face: QFont, ink: str, column: Column
    ) -> int:
        """Draw a text, cut where it must be; the width it took."""
        if not text:
            return 0
        metrics = self._wide[id(face)]
        wide = metrics.horizontalAdvance(text)
        if wide > area.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.setFont(face)
        painter.setPen(QColor(ink))
        painter.drawText(area, alignment(column), text)
        return wide
