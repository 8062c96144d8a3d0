"""The units as tiles under their stations: who is at home and who is out, at a glance."""

from __future__ import annotations

from math import ceil
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QToolTip, QWidget

from dispatch.domain.unit import UnitState
from ui.commands.key_filter import KEPT_PROPERTY
from ui.incidents.durations import span
from ui.panel import PanelContext
from ui.theme.fonts import Size
from ui.theme.icons import has_icon, icon_pixmap
from ui.units.lettering import CUT_MIDDLE, Face, ink
from ui.units.model import UnitModel
from ui.units.rows import Column, Row, call_sign_key
from ui.units.wording import Wording

TILE = QSize(104, 24)
GAP = 4
HEAD = 20
BLOCK_GAP = 14
SIDE = 8
ICON = 14
Index = QModelIndex | QPersistentModelIndex


class TileBoard(QAbstractItemView):
    """A view of the table's own model: a tile a unit, a block a station, as high as there is room.

    It shares the table's selection, so that a switch between the two loses nothing.
    """

    walked = Signal(QModelIndex)
    typed = Signal(str)

    def __init__(
        self, context: PanelContext, model: UnitModel, wording: Wording, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._context, self._wording, self._units = context, wording, model
        self._rects: list[QRect] = []
        self._heads: list[tuple[QRect, str]] = []
        self._bold = Face(Size.BODY, bold=True)
        self._small, self._small_bold = Face(Size.SMALL), Face(Size.SMALL, bold=True)
        self._deep = 0
        self._hovered = -1
        self._drawn: dict[int, tuple[str, str]] = {}
        self.setModel(model)
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setProperty(KEPT_PROPERTY, "Left Right Up Down")
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(64)
        model.layoutChanged.connect(self.scheduleDelayedItemsLayout)
        model.rowsRemoved.connect(self.scheduleDelayedItemsLayout)
        model.rowsInserted.connect(self.scheduleDelayedItemsLayout)
        self.entered.connect(lambda index: self._hover(index.row()))
        self.viewportEntered.connect(lambda: self._hover(-1))

    # -- where the tiles are -------------------------------------------------------------------

    def doItemsLayout(self) -> None:
        """Blocks of stations side by side, wrapped to the width."""
        self._lay_out()
        super().doItemsLayout()

    def _lay_out(self) -> None:
        stations: dict[str, list[int]] = {}
        rows = self._units.rows()
        for number, row in enumerate(rows):
            stations.setdefault(row.unit.station_id, []).append(number)
        named = sorted(
            ((self._wording.station(station_id), station_id) for station_id in stations),
            key=lambda pair: (not pair[1], call_sign_key(pair[0])),
        )
        self._rects, self._heads = [QRect()] * len(rows), []
        room = self.viewport().height() - HEAD - 8
        lines = max(2, room // (TILE.height() + GAP))
        x, y, deepest = SIDE, 0, 0
        right = self.viewport().width() - SIDE
        for name, station_id in named:
            members = stations[station_id]
            across = ceil(len(members) / lines)
            wide = across * (TILE.width() + GAP) - GAP
            if x + wide > right and x > SIDE:
                x, y, deepest = SIDE, y + deepest + 8, 0
            head = name or self._context.say("units.tiles.no_station")
            self._heads.append((QRect(x, y, wide, HEAD), head))
            down = ceil(len(members) / across)
            for n, number in enumerate(members):
                left = x + (n // down) * (TILE.width() + GAP)
                top = y + HEAD + (n % down) * (TILE.height() + GAP)
                self._rects[number] = QRect(QPoint(left, top), TILE)
            deepest = max(deepest, HEAD + down * (TILE.height() + GAP))
            x += wide + BLOCK_GAP
        self._deep = y + deepest + 4

    def updateGeometries(self) -> None:
        """The scroll bar's range."""
        super().updateGeometries()
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(TILE.height() + GAP)
        bar.setRange(0, max(0, self._deep - self.viewport().height()))

    def visualRect(self, index: Index) -> QRect:
        """Where a unit's tile is in the viewport."""
        if not index.isValid() or index.row() >= len(self._rects):
            return QRect()
        return self._rects[index.row()].translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The unit under a point of the viewport."""
        at = point + QPoint(0, self.verticalOffset())
        for number, rect in enumerate(self._rects):
            if rect.contains(at):
                return self._units.index(number, 0)
        return QModelIndex()

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Bring a tile and its station's name into view."""
        self.executeDelayedItemsLayout()
        rect, bar = self.visualRect(index), self.verticalScrollBar()
        if rect.isNull():
            return
        if rect.top() < HEAD:
            bar.setValue(bar.value() + rect.top() - HEAD)
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + GAP)

    def horizontalOffset(self) -> int:
        """It never scrolls sideways."""
        return 0

    def verticalOffset(self) -> int:
        """How far it is scrolled, in pixels."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        """A tile stands for the first column."""
        return index.column() != 0

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """What the pointer covers."""
        index = self.indexAt(rect.center())
        if index.isValid():
            flags = command | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().select(index, flags)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What is painted anew when the selection changes."""
        region = QRegion()
        for index in selection.indexes():
            if index.column() == 0:
                region = region.united(QRegion(self.visualRect(index)))
        return region

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """The nearest tile that way; Home and End, the first and the last."""
        count = self._units.rowCount()
        if not count:
            return QModelIndex()
        order = sorted(range(count), key=lambda n: (self._rects[n].y(), self._rects[n].x()))
        now = self.currentIndex()
        move = QAbstractItemView.CursorAction
        if not now.isValid() or action == move.MoveHome:
            return self._units.index(order[0], 0)
        if action == move.MoveEnd:
            return self._units.index(order[-1], 0)
        ways = {
            move.MoveLeft: (-1, 0),
            move.MoveRight: (1, 0),
            move.MoveUp: (0, -1),
            move.MoveDown: (0, 1),
            move.MovePageUp: (0, -1),
            move.MovePageDown: (0, 1),
        }
        if action not in ways:
            return QModelIndex(now)
        return self._units.index(self._nearest(now.row(), *ways[action]), 0)

    def _nearest(self, at: int, dx: int, dy: int) -> int:
        here = self._rects[at].center()
        best, found = 1e9, at
        for number, rect in enumerate(self._rects):
            there = rect.center() - here
            along = there.x() * dx + there.y() * dy
            across = abs(there.x() * dy) + abs(there.y() * dx)
            if along > 0 and along + 4 * across < best:
                best, found = along + 4 * across, number
        return found

    # -- drawing -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only what is touched."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ui, down = self._context.theme.ui, self.verticalOffset()
        for rect, name in self._heads:
            shown = rect.translated(0, -down)
            if shown.intersects(event.rect()):
                self._small.draw(painter, shown, name, ui.text_dim, where=CUT_MIDDLE)
        chosen = self.currentIndex().row() if self.selectionModel().hasSelection() else -1
        for number, rect in enumerate(self._rects):
            shown = rect.translated(0, -down)
            if shown.intersects(event.rect()) and number < self._units.rowCount():
                self._tile(painter, shown, self._units.row(number), number, number == chosen)

    def _tile(self, painter: QPainter, rect: QRect, row: Row, number: int, is_chosen: bool) -> None:
        ui = self._context.theme.ui
        ground = ui.selected if is_chosen else ui.hover if number == self._hovered else ui.raised
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink(ground))
        painter.drawRoundedRect(rect, 4, 4)
        if is_chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(ink(ui.focus), 2 if self.hasFocus() else 1))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        name = row.unit.state.value
        if has_icon(name):
            ratio = self.devicePixelRatioF()
            picture = icon_pixmap(name, ICON, self._context.theme.state(name), ratio)
            top = rect.top() + (rect.height() - ICON) // 2
            painter.drawPixmap(QPoint(rect.left() + 6, top), picture)
        area = rect.adjusted(6 + ICON + 5, 0, -6, 0)
        said, colour, bold = self._aside(row)
        face = self._small_bold if bold else self._small
        taken = face.draw(painter, area, said, colour, right=True)
        away = row.unit.state is UnitState.OFF_DUTY
        area.setRight(area.right() - round(taken) - 4)
        self._bold.draw(painter, area, row.unit.unit_id, ui.text_dim if away else ui.text_strong)

    def _aside(self, row: Row) -> tuple[str, str, bool]:
        """What stands at the right: the incident, else for how long; how old a stale position is.

        A unit that should have answered or arrived is loud.
        """
        ui, now_us = self._context.theme.ui, self._units.now_us
        coming = self._wording.cell(row, Column.NEXT, now_us)
        if coming.ink == "late_text":
            return row.number or "!", ui.late_text, True
        if row.number:
            return row.number, ui.text, False
        if row.is_stale(now_us, self._wording.fix_limit_s):
            return self._wording.cell(row, Column.AGE, now_us).text, ui.text_strong, True
        since_s = (now_us - row.unit.since_us) / 1e6
        # Under an hour seconds tick in the table; here minutes are enough to see who waits long.
        text = span(since_s)[:-3] if since_s >= 3600 else span(since_s)
        return (text if row.unit.since_us else ""), ui.text_dim, False

    def tick(self) -> None:
        """Paint anew the tiles whose words are others than were drawn, where they are seen."""
        down, height = self.verticalOffset(), self.viewport().height()
        drawn: dict[int, tuple[str, str]] = {}
        for number, rect in enumerate(self._rects[: self._units.rowCount()]):
            shown = rect.translated(0, -down)
            if shown.bottom() < 0 or shown.top() > height:
                continue
            said = drawn[number] = self._aside(self._units.row(number))[:2]
            if self._drawn.get(number) != said:
                self.viewport().update(shown)
        self._drawn = drawn

    # -- events --------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk; letters filter."""
        held = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        text = event.text()
        if text and text.isprintable() and not text.isspace() and not held:
            self.typed.emit(text)
            return
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        now = self.currentIndex()
        if now.isValid() and now.row() != before:
            self.walked.emit(now)

    def viewportEvent(self, event: QEvent) -> bool:
        """The whole line as a tip."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            if index.isValid():
                row = self._units.row(index.row())
                lines = (self._wording.tip(row), self._wording.sentence(row, self._units.now_us))
                QToolTip.showText(event.globalPos(), "\n".join(lines), self)
            else:
                at = event.pos() + QPoint(0, self.verticalOffset())
                name = next((name for rect, name in self._heads if rect.contains(at)), "")
                QToolTip.showText(event.globalPos(), name, self)
            return True
        return super().viewportEvent(event)

    def _hover(self, number: int) -> None:
        if number != self._hovered:
            self._hovered = number
            self.viewport().update()

    def leaveEvent(self, event: Any) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self._hover(-1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrapped anew."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame of the chosen tile grows strong."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The frame of the chosen tile grows thin."""
        super().focusOutEvent(event)
        self.viewport().update()
