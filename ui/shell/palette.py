"""Ctrl+K: every command by name, with its key, or why it cannot be given now."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from dispatch.words import say
from ui.commands.catalogue import Command
from ui.commands.key_filter import KEPT_PROPERTY
from ui.commands.layouts import by_keys
from ui.panel import PanelContext
from ui.shell.overlay import Overlay
from ui.theme.fonts import Size, font

ROW = 32
SHOWN = 12
_ID = Qt.ItemDataRole.UserRole
_KEY = Qt.ItemDataRole.UserRole + 1
_WHY = Qt.ItemDataRole.UserRole + 2


def score(typed: str, title: str) -> int | None:
    """How well a title answers what was typed: 0 best, None not at all.

    Word beginnings beat the middle of words; every typed word must be somewhere.
    """
    words = _folded(typed).split()
    whole = _folded(title)
    begins = whole.split()
    total = 0
    for word in words:
        if whole.startswith(word):
            continue
        if any(begin.startswith(word) for begin in begins):
            total += 1
        elif word in whole:
            total += 3
        else:
            return None
    return total


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


class Palette(Overlay):
    """A field and a list. Titles are found in the surface's language, in English and by id."""

    chosen = Signal(str)

    def __init__(self, context: PanelContext, window: QWidget) -> None:
        super().__init__(context, window, 640)
        self.title.hide()
        self.field = QLineEdit(self)
        self.field.setFont(font(Size.LARGE))
        self.field.setProperty(KEPT_PROPERTY, "Up Down PageUp PageDown Enter")
        self.list = QListWidget(self)
        self.list.setProperty("look", "plain")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_Row(context, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.addWidget(self.field)
        self.rows.addWidget(self.list)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        self.retranslate()

    def retranslate(self) -> None:
        """Placeholder and names anew."""
        self.field.setPlaceholderText(self.context.say("shell.palette.placeholder"))
        self.field.setAccessibleName(self.context.say("shell.palette.placeholder"))
        self.list.setAccessibleName(self.context.say("shell.palette.name"))
        if self.isVisible():
            self._fill(self.field.text())

    def open(self) -> None:
        """Empty, with everything listed: what is possible now first."""
        self.field.clear()
        self._fill("")
        super().open()

    def take_focus(self) -> None:
        """Typing goes into the field."""
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _rank(self, command: Command, typed: str) -> int | None:
        english, own = say(command.title_id, "en"), self.context.say(command.title_id)
        best: int | None = None
        for words, title in ((typed, own), (typed, english), (by_keys(typed), english)):
            found = score(words, title)
            if found is not None and (best is None or found < best):
                best = found
        if best is None and typed and _folded(typed) in command.id:
            best = 5
        return best

    def _fill(self, typed: str) -> None:
        commands = self.context.commands
        ranked = []
        for order, command in enumerate(commands.commands.values()):
            listed = command.in_palette and commands.is_bound(command.id)
            rank = self._rank(command, typed) if listed else None
            if rank is not None:
                why = commands.why_not(command.id)
                ranked.append((why is not None, rank, order, command, why))
        self.list.clear()
        for _, _, _, command, why in sorted(ranked, key=lambda row: row[:3]):
            item = QListWidgetItem(self.context.say(command.title_id))
            item.setData(_ID, command.id)
            item.setData(_KEY, commands.key_text(command.id))
            item.setData(_WHY, self.context.say(why) if why is not None else "")
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(ROW * max(1, min(SHOWN, self.list.count())))
        if self.isVisible():
            self.place()

    def eventFilter(self, target: object, event: object) -> bool:
        """Arrows walk the list while typing stays in the field."""
        pressed = isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress
        if target is self.field and pressed and self._walk(event.key()):  # type: ignore[attr-defined]
            return True
        return super().eventFilter(target, event)  # type: ignore[arg-type]

    def _walk(self, key: int) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: SHOWN,
            Qt.Key.Key_PageUp: -SHOWN,
        }
        if key in steps:
            row = self.list.currentRow() + steps[key]  # type: ignore[index]
            self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            item = self.list.currentItem()
            if item is not None:
                self._run(item)
            return True
        return False

    def _run(self, item: QListWidgetItem) -> None:
        command_id = str(item.data(_ID))
        self.close_it()
        self.chosen.emit(command_id)


class _Row(QStyledItemDelegate):
    """Title at the left, key or the reason why not at the right."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context

    def sizeHint(self, option: QStyleOptionViewItem, index: object) -> QSize:
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        ui = self._context.theme.ui
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(option.rect, QColor(ui.selected if chosen else ui.raised))
        if chosen:
            mark = QRect(option.rect.left(), option.rect.top(), 3, option.rect.height())
            painter.fillRect(mark, QColor(ui.focus))
        why = str(index.data(_WHY))  # type: ignore[attr-defined]
        area = option.rect.adjusted(12, 0, -12, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font(Size.SMALL))
        painter.setPen(QColor(ui.text_faint if why else ui.text_dim))
        aside = why or str(index.data(_KEY))  # type: ignore[attr-defined]
        aside = painter.fontMetrics().elidedText(
            aside, Qt.TextElideMode.ElideRight, area.width() // 2
        )
        wide = painter.fontMetrics().horizontalAdvance(aside)
        painter.drawText(area, right, aside)
        painter.setFont(font(Size.BODY))
        painter.setPen(QColor(ui.text_faint if why else ui.text))
        title = painter.fontMetrics().elidedText(
            str(index.data()),  # type: ignore[attr-defined]
            Qt.TextElideMode.ElideRight,
            area.width() - wide - 16,
        )
        painter.drawText(area, left, title)
