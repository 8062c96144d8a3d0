"""What is in view as a list: the map for whoever reads it by ear or by keys.

Opened by a key over the map's right side. Enter chooses a line as a click on its symbol would;
Escape closes it. The lines follow the board without losing the one that is marked.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QVBoxLayout

from ui.commands.key_filter import KEPT_PROPERTY
from ui.map.live import CLUSTER, INCIDENT, UNIT
from ui.map.view import MapView
from ui.map_parts.part import MapPart
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.stylesheet import set_look

WIDE_PX = 340
EDGE_PX = 12
#: Under the notices, over the scale.
TOP_PX, BOTTOM_PX = 56, 46
KEYS = "Up Down Home End PageUp PageDown Enter Escape Left Right Space"
FOUND = Qt.ItemDataRole.UserRole


class Listing(MapPart):
    """The list over the map."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.frame = QFrame(view)
        self.frame.setProperty("look", "overlay")
        self.heading = QLabel(self.frame)
        self.heading.setFont(font(Size.SMALL, bold=True))
        set_look(self.heading, "heading")
        self.list = QListWidget(self.frame)
        self.list.setProperty("look", "plain")
        self.list.setProperty(KEPT_PROPERTY, KEYS)
        self.list.setFont(font(Size.BODY))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemActivated.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        self.list.installEventFilter(self)
        rows = QVBoxLayout(self.frame)
        rows.setContentsMargins(1, 8, 1, 8)
        rows.setSpacing(4)
        # Margins of a layout: a label's own are lost when the stylesheet is laid on it anew.
        top = QVBoxLayout()
        top.setContentsMargins(12, 0, 12, 0)
        top.addWidget(self.heading)
        rows.addLayout(top)
        rows.addWidget(self.list, 1)
        self.frame.hide()
        self._second = 0
        view.installEventFilter(self)
        context.commands.bind("map.list", self.toggle, owner=owner)
        self.retranslate()

    def toggle(self) -> None:
        """Open the list, with the keyboard in it, or close it."""
        if self.frame.isVisible():
            self.close()
            return
        self._fill()
        self._place()
        self.frame.show()
        self.frame.raise_()
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close(self) -> None:
        """Away with it; the keyboard goes back to the map."""
        had = self.list.hasFocus()
        self.frame.hide()
        if had:
            self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _fill(self) -> None:
        lines = self.view.listed()
        current = self.list.currentItem()
        marked = current.data(FOUND) if current is not None else None
        while self.list.count() > len(lines):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(lines):
            self.list.addItem(QListWidgetItem())
        row = 0
        for n, (found, words) in enumerate(lines):
            item = self.list.item(n)
            if item.text() != words:
                item.setText(words)
                item.setToolTip(words)
            item.setData(FOUND, found)
            if found and found == marked:
                row = n
        if lines:
            self.list.setCurrentRow(row)
        else:
            self.list.addItem(self.context.say("hands.list.empty"))

    def _choose(self, item: QListWidgetItem) -> None:
        noun, _, found = str(item.data(FOUND) or "").partition("/")
        if f"{noun}/" == INCIDENT:
            self.view.incident_clicked.emit(found)
        elif f"{noun}/" == UNIT:
            self.view.unit_clicked.emit(found)
        elif f"{noun}/" == CLUSTER:
            self.view.zoom_to_units(self.view.units_of_cluster(f"{CLUSTER}{found}"))
            self._fill()

    def _place(self) -> None:
        wide = min(WIDE_PX, self.view.width() - 2 * EDGE_PX)
        tall = max(120, self.view.height() - TOP_PX - BOTTOM_PX)
        self.frame.setGeometry(self.view.width() - EDGE_PX - wide, TOP_PX, wide, tall)

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        if target is self.view and event.type() == QEvent.Type.Resize:
            self._place()
        elif target is self.list and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        return False

    def refresh(self, now_us: int) -> None:
        if self.frame.isVisible() and now_us // 1_000_000 != self._second:
            self._second = now_us // 1_000_000
            self._fill()

    def escape(self) -> bool:
        if not self.frame.isVisible():
            return False
        self.close()
        return True

    def replaced(self) -> None:
        if self.frame.isVisible():
            self._fill()

    def retranslate(self) -> None:
        self.heading.setText(self.context.say("hands.list.title"))
        self.list.setAccessibleName(self.context.say("hands.list.title"))
        if self.frame.isVisible():
            self._fill()
