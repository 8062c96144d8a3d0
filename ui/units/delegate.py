"""How a cell of the unit board is drawn: an icon, a text, a word in dim ink behind it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from ui.panel import PanelContext
from ui.theme.fonts import Size
from ui.theme.icons import has_icon, icon_pixmap
from ui.units.lettering import CUT_END, CUT_MIDDLE, Face, ink
from ui.units.model import RIGHT, UnitModel
from ui.units.rows import Column

ROW_HEIGHT = 24
PAD = 8
ICON = 14
ASIDE_GAP = 6
Index = QModelIndex | QPersistentModelIndex


class UnitDelegate(QStyledItemDelegate):
    """Draws by the theme's tokens alone. `hovered_row` is set by the table."""

    def __init__(self, context: PanelContext, model: UnitModel, table: QTableView) -> None:
        super().__init__(table)
        self._context, self._units, self._table = context, model, table
        self.hovered_row = -1
        self._plain, self._bold = Face(Size.BODY), Face(Size.BODY, bold=True)
        self._small = Face(Size.SMALL)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The height of a line and the width of its words."""
        cell = self._units.cell(index.row(), index.column())
        face = self._bold if cell.bold else self._plain
        width = 2 * PAD + face.width(cell.text) + (ICON + 6 if cell.icon else 0)
        if cell.aside:
            width += ASIDE_GAP + self._small.width(cell.aside)
        return QSize(round(width), ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, hairline, and what the cell says."""
        row, column = index.row(), index.column()
        ui, rect = self._context.theme.ui, option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, ink(ui.selected))
        elif row == self.hovered_row:
            painter.fillRect(rect, ink(ui.hover))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, ink(ui.hairline))
        if chosen:
            self._mark(painter, rect, column)
        cell = self._units.cell(row, column)
        area = rect.adjusted(PAD, 0, -PAD, 0)
        if cell.icon:
            self._icon(painter, area, cell.icon)
            area.setLeft(area.left() + ICON + 6)
        face = self._bold if cell.bold else self._plain
        # The number of a station stands last.
        where = CUT_MIDDLE if column == Column.STATION else CUT_END
        right = column in RIGHT
        colour = getattr(ui, cell.ink)
        taken = face.draw(painter, area, cell.text, colour, right=right, where=where)
        if cell.aside:
            rest = area.adjusted(round(taken) + ASIDE_GAP, 0, 0, 0)
            if rest.width() > 20:
                self._small.draw(painter, rest, cell.aside, ui.text_dim)

    def _mark(self, painter: QPainter, rect: QRect, column: int) -> None:
        """The chosen line: a bar at its left; a frame round it while the keyboard is here."""
        colour = ink(self._context.theme.ui.focus)
        if column == Column.UNIT:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), colour)
        if not self._table.hasFocus():
            return
        painter.fillRect(rect.left(), rect.top(), rect.width(), 1, colour)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, colour)
        if column == Column.NEXT:
            painter.fillRect(rect.right(), rect.top(), 1, rect.height(), colour)

    def _icon(self, painter: QPainter, area: QRect, name: str) -> None:
        if has_icon(name):
            ratio = painter.device().devicePixelRatioF()
            picture = icon_pixmap(name, ICON, self._context.theme.state(name), ratio)
            top = area.top() + (area.height() - ICON) // 2
            painter.drawPixmap(QPoint(area.left(), top), picture)
