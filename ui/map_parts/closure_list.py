"""The roads that are closed, as a list over the map: what, until when, by whom; and open again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
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
        self.list.setFont(font(Size.BODY))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(lambda item: self.show_it(str(item.data(ID))))
        self.list.currentItemChanged.connect(lambda item: self._mark())
        self.list.installEventFilter(self)
        self.go, self.change, self.open = (QPushButton(self) for _ in range(3))
        self.new = QPushButton(self)
        self.go.clicked.connect(lambda: self._do(self.show_it))
        self.change.clicked.connect(lambda: self._do(self.change_it))
        self.open.clicked.connect(lambda: self._do(self.open_it))
        self.new.clicked.connect(lambda: self.draw())
        rows = QVBoxLayout(self)
        rows.setContentsMargins(1, 8, 1, 8)
        rows.setSpacing(8)
        self.heading.setContentsMargins(12, 0, 12, 0)
        self.empty.setContentsMargins(12, 0, 12, 0)
        rows.addWidget(self.heading)
        rows.addWidget(self.empty)
        rows.addWidget(self.list, 1)
        self.deeds = QHBoxLayout()
        self.deeds.setContentsMargins(12, 0, 12, 0)
        self.deeds.setSpacing(4)
        for button in (self.go, self.change, self.open, self.new):
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
        self.new.setVisible(may)
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
        self.list.setAccessibleName(say("closures.layer"))
        self.list.clear()
        self.fill()

    def _mark(self) -> None:
        self.marked(self.current() if self.isVisible() else "")

    def _do(self, deed: Callable[[str], None]) -> None:
        if self.current():
            deed(self.current())

    def _place(self) -> None:
        wide = min(WIDE_PX, self._over.width() - 2 * EDGE_PX)
        most = max(160, self._over.height() - TOP_PX - BOTTOM_PX)
        self.setFixedWidth(wide)
        heights = [self.list.sizeHintForRow(row) for row in range(self.list.count())]
        wanted = 100 + sum(heights)
        tall = min(most, wanted) if self.list.count() else self.heightForWidth(wide)
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
