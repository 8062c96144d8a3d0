"""The roads that are closed, as a list over the map: what, until when, by whom; and open again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from dispatch.domain.closure import Closure
from ui.commands.key_filter import KEPT_PROPERTY
from ui.map_parts.closure_words import author_of, label_of, length_of, street_of
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.stylesheet import set_look

WIDE_PX, EDGE_PX = 360, 12
TOP_PX, BOTTOM_PX = 56, 46
PAD_PX = 8
HIGH_PX = (20, 18, 16)
KEYS = "Up Down Home End PageUp PageDown Enter Escape Delete"
ID = Qt.ItemDataRole.UserRole


class ClosureList(QFrame):
    """The list. What its buttons do is told by `show_it`, `change_it`, `open_it`, `keep_it`."""

    def __init__(self, context: PanelContext, over: QWidget) -> None:
        super().__init__(over)
        self._context, self._over = context, over
        self.street: Callable[[Closure], str] = lambda closure: street_of(context, closure.names)
        self.show_it: Callable[[str], None] = lambda closure_id: None
        self.change_it: Callable[[str], None] = lambda closure_id: None
        self.open_it: Callable[[str], None] = lambda closure_id: None
        self.keep_it: Callable[[str], None] = lambda closure_id: None
        self.marked: Callable[[str], None] = lambda closure_id: None
        self.draw: Callable[[], None] = lambda: None
        self.setProperty("look", "overlay")
        self.heading = QLabel(self)
        self.heading.setFont(font(Size.SMALL, bold=True))
        set_look(self.heading, "heading")
        self.empty = QLabel(self)
        self.empty.setWordWrap(True)
        self.empty.setFont(font(Size.BODY))
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        set_look(self.empty, "dim")
        self.list = QListWidget(self)
        self.list.setProperty("look", "plain")
        self.list.setProperty(KEPT_PROPERTY, KEYS)
        self.list.setItemDelegate(_Lines(context, self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(lambda item: self.show_it(str(item.data(ID))))
        self.list.currentItemChanged.connect(lambda item: self._mark())
        self.list.installEventFilter(self)
        self.go, self.change, self.open = (QPushButton(self) for _ in range(3))
        self.keep = QPushButton(self)
        self.keep.clicked.connect(lambda: self._do(self.keep_it))
        self.new = QPushButton(self)
        self.go.clicked.connect(lambda: self._do(self.show_it))
        self.change.clicked.connect(lambda: self._do(self.change_it))
        self.open.clicked.connect(lambda: self._do(self.open_it))
        self.new.clicked.connect(lambda: self.draw())
        rows = QVBoxLayout(self)
        rows.setContentsMargins(1, 8, 1, 8)
        rows.setSpacing(8)
        # Margins of a layout: a label's own are lost when the stylesheet is laid on it anew.
        top = QVBoxLayout()
        top.setContentsMargins(EDGE_PX, 0, EDGE_PX, 0)
        top.addWidget(self.heading)
        top.addWidget(self.empty)
        rows.addLayout(top)
        rows.addWidget(self.list, 1)
        self.deeds = QHBoxLayout()
        self.deeds.setContentsMargins(12, 0, 12, 0)
        self.deeds.setSpacing(4)
        for button in (self.go, self.change, self.open, self.keep, self.new):
            button.setFont(font(Size.SMALL))
            button.setAutoDefault(False)
            self.deeds.addWidget(button)
        rows.addLayout(self.deeds)
        over.installEventFilter(self)
        self.hide()
        self.retranslate()

    def toggle(self) -> None:
        """Open it with the keyboard in it, or close it."""
        if self.isVisible():
            self.close_it()
            return
        self.show()
        self.fill()
        self.raise_()
        target = self.list if self.list.count() else self.new
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_it(self) -> None:
        """Away; the keyboard goes back to the map."""
        had = self.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        self.hide()
        self.marked("")
        if had or self._over.focusWidget() is None:
            self._over.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_one(self, closure_id: str) -> None:
        """Open it on one closure."""
        if not self.isVisible():
            self.toggle()
        for row in range(self.list.count()):
            if self.list.item(row).data(ID) == closure_id:
                self.list.setCurrentRow(row)

    def words(self) -> list[str]:
        """What the list says, a text a closure: for tests and for reading out."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    def current(self) -> str:
        """Id of the marked closure, "" with none."""
        item = self.list.currentItem()
        return str(item.data(ID)) if item is not None else ""

    def fill(self) -> None:
        """The closures as they stand, without losing the one that is marked."""
        if not self.isVisible():
            return
        context, held = self._context, self.current()
        closures = context.board.closures()
        lines = []
        for closure in closures:
            street = self.street(closure)
            head = f"{street} · {length_of(context, closure.length_m)}"
            parts = [head, label_of(context, closure), closure.note, author_of(context, closure)]
            lines.append((closure.closure_id, "\n".join(part for part in parts if part)))
        shown = [
            (str(self.list.item(row).data(ID)), self.list.item(row).text())
            for row in range(self.list.count())
        ]
        if shown != lines:
            self.list.clear()
            for closure_id, words in lines:
                item = QListWidgetItem(words)
                item.setData(ID, closure_id)
                self.list.addItem(item)
            rows = [closure_id for closure_id, _ in lines]
            if rows:
                self.list.setCurrentRow(rows.index(held) if held in rows else 0)
        some, may = bool(lines), context.commands.is_bound("map.close_road")
        for widget in (self.list, self.go):
            widget.setVisible(some)
        self.change.setVisible(some and may)
        self.open.setVisible(some and may)
        self._offer()
        self.empty.setVisible(not some)
        self.heading.setText(context.say("closures.list.title", n=len(lines)))
        self._place()

    def retranslate(self) -> None:
        """Another language."""
        say, key = self._context.say, self._context.commands.key_text("map.close_road")
        self.empty.setText(say("closures.list.empty", key=key))
        self.go.setText(say("closures.list.show"))
        self.change.setText(say("closures.list.change"))
        self.open.setText(say("closures.list.open"))
        self.new.setText(say("closures.list.new"))
        self.keep.setText(say("closures.list.keep"))
        self.list.setAccessibleName(say("closures.layer"))
        self.list.clear()
        self.fill()

    def _mark(self) -> None:
        self.marked(self.current() if self.isVisible() else "")
        self._offer()

    def _offer(self) -> None:
        """Of one without an end it can be said that somebody looked; else another is drawn."""
        may = self._context.commands.is_bound("map.close_road")
        closure = self._context.board.closure(self.current())
        endless = closure is not None and closure.until_us is None
        self.keep.setVisible(may and endless)
        self.new.setVisible(may and not endless)

    def _do(self, deed: Callable[[str], None]) -> None:
        if self.current():
            deed(self.current())

    def _place(self) -> None:
        wanted = max(WIDE_PX, self.deeds.sizeHint().width() + 2 * EDGE_PX + 2)
        wide = min(wanted, self._over.width() - 2 * EDGE_PX)
        most = max(160, self._over.height() - TOP_PX - BOTTOM_PX)
        self.setFixedWidth(wide)
        heights = [self.list.sizeHintForRow(row) for row in range(self.list.count())]
        tall = min(most, 92 + sum(heights)) if self.list.count() else self.heightForWidth(wide)
        if tall <= 0:
            tall = self.sizeHint().height()
        self.setGeometry(self._over.width() - EDGE_PX - wide, TOP_PX, wide, tall)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_it()
        event.accept()

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        if target is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        elif target is self.list and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self.close_it()
                return True
            if event.key() == Qt.Key.Key_Delete:
                self._do(self.open_it)
                return True
        return False


class _Lines(QStyledItemDelegate):
    """A closure in three or four lines: which road; why and until; the note; who."""

    def __init__(self, context: PanelContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        rows = str(index.data()).count("\n") + 1
        return QSize(100, 2 * PAD_PX + sum(HIGH_PX[min(row, 2)] for row in range(rows)))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        ui, box = self._context.theme.ui, option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(ui.selected))
            painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), QColor(ui.focus))
        top = box.top() + PAD_PX
        for row, words in enumerate(str(index.data()).split("\n")):
            face = font(Size.BODY if row < 2 else Size.SMALL, bold=row == 0)
            painter.setFont(face)
            painter.setPen(QColor((ui.text_strong, ui.text, ui.text_dim)[min(row, 2)]))
            high = HIGH_PX[min(row, 2)]
            line = QRect(box.left() + 12, top, box.width() - 24, high)
            shown = QFontMetrics(face).elidedText(words, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(
                line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown
            )
            top += high
        painter.restore()
