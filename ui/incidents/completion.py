"""A field with completions under it: arrows walk them, Enter picks, the list never takes focus.

Twins are asked about: Enter or an arrow goes to them, and then a digit picks. Before that a digit
is typed into the field, since it may be the house.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui.commands.key_filter import KEPT_PROPERTY
from ui.commands.keys import chord_of
from ui.incidents.pieces import put, text_label
from ui.panel import PanelContext
from ui.theme.fonts import Size, font

ROW_HEIGHT = 28
_NUMBER_WIDTH = 18
MOST_ROWS = 8
_OFFER = int(Qt.ItemDataRole.UserRole)
_NUMBER = _OFFER + 1
_DIGITS = "1 2 3 4 5 6 7 8 9"


@dataclass(frozen=True)
class Offer:
    """A completion: what it says, what stands beside it, what it means.

    `ask`: it has a twin, so it is never taken unless somebody went to it.
    """

    words: str
    aside: str
    value: object
    ask: bool = False


class Completion(QWidget):
    """The field, the question it may ask, and the list."""

    picked = Signal(object)
    typed = Signal(str)

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.field = QLineEdit(self)
        self.field.setFont(font(Size.LARGE))
        self.field.setMaxLength(200)
        self.question = text_label(self, "strong", bold=True)
        self._asks = self._choosing = False
        self.list = QListWidget(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Row(context, self.list))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.field)
        rows.addWidget(self.question)
        rows.addWidget(self.list)
        self.question.hide()
        self.field.textEdited.connect(self.typed)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda item: self._pick(item.data(_OFFER)))
        self.close_list()

    def offer(self, offers: Sequence[Offer], question: str = "") -> None:
        """Completions, the best first. A twin in front means that none is marked: it is asked."""
        self.list.clear()
        self._choosing = False
        self._asks = bool(offers) and offers[0].ask
        for number, each in enumerate(offers, start=1):
            item = QListWidgetItem(each.words)
            item.setData(_OFFER, each)
            item.setData(_NUMBER, number if self._asks and number < 10 else 0)
            item.setToolTip(f"{each.words}\n{each.aside}".strip())
            self.list.addItem(item)
        self.list.setCurrentRow(-1 if self._asks or not offers else 0)
        put(self.question, question)
        self.list.setFixedHeight(ROW_HEIGHT * min(MOST_ROWS, len(offers)) + 2)
        self.list.setVisible(bool(offers))
        keeps = "Up Down PageUp PageDown Enter" + (" Escape" if offers else "")
        self.field.setProperty(KEPT_PROPERTY, f"{keeps} {_DIGITS}" if self._asks else keeps)

    def close_list(self) -> None:
        """No completions."""
        self.offer(())

    def is_open(self) -> bool:
        """Whether completions stand under the field."""
        return not self.list.isHidden()

    def _pick(self, chosen: Offer) -> None:
        self.close_list()
        self.picked.emit(chosen.value)

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Arrows, Enter and Escape while typing stays in the field."""
        if target is self.field and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            chord = chord_of(event)
            return self._digit(str(chord or "")) or self._key(event.key())
        return False

    def _digit(self, key: str) -> bool:
        """A twin by its digit, once somebody has gone to the list."""
        if not (self._choosing and self.is_open()):
            return False
        if key in _DIGITS.split() and int(key) <= self.list.count():
            self._pick(self.list.item(int(key) - 1).data(_OFFER))
            return True
        return False

    def _key(self, key: int) -> bool:
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            if self.is_open():
                step = 1 if key == Qt.Key.Key_Down else -1
                at = max(0, min(self.list.count() - 1, self.list.currentRow() + step))
                self._choosing = self._asks
                self.list.setCurrentRow(at)
            else:
                self.typed.emit(self.field.text())
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self.list.currentItem() if self.is_open() else None
            if item is not None:
                self._pick(item.data(_OFFER))
            elif self.is_open():
                self._choosing = self._asks  # a twin: it must be gone to
                self.list.viewport().update()
            else:
                self.typed.emit(self.field.text())
            return True
        if key == Qt.Key.Key_Escape and self.is_open():
            self.close_list()
            return True
        self._choosing = False  # typing goes on
        return False


class _Row(QStyledItemDelegate):
    """Words at the left, what they are at the right."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context

    def sizeHint(self, option: QStyleOptionViewItem, index: object) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        ui, offer = self._context.theme.ui, index.data(_OFFER)  # type: ignore[attr-defined]
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        rect = option.rect
        painter.fillRect(rect, QColor(ui.selected if chosen else ui.surface))
        if chosen:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(ui.focus))
        area = rect.adjusted(12, 0, -8, 0)
        if number := index.data(_NUMBER):  # type: ignore[attr-defined]
            painter.setFont(font(Size.SMALL, bold=True))
            painter.setPen(QColor(ui.text_strong if chosen else ui.text_dim))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, str(number))
            area.setLeft(area.left() + _NUMBER_WIDTH)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font(Size.SMALL))
        painter.setPen(QColor(ui.text_dim))
        room = area.width() // 2
        aside = painter.fontMetrics().elidedText(offer.aside, Qt.TextElideMode.ElideRight, room)
        painter.drawText(area, right, aside)
        taken = painter.fontMetrics().horizontalAdvance(aside) + 8
        painter.setFont(font(Size.BODY, bold=chosen))
        painter.setPen(QColor(ui.text_strong if chosen else ui.text))
        words = painter.fontMetrics().elidedText(
            offer.words, Qt.TextElideMode.ElideRight, area.width() - taken
        )
        painter.drawText(area, left, words)
