"""The map alone in a window of its own, for a wall screen: same frame, same badge, no controls."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.panel import Panel, PanelContext
from ui.shell.mode import FRAME_WIDTH, ModeBadge, mode_colours, mode_words
from ui.theme.fonts import Size, font


class WallMap(QWidget):
    """A window with one panel, a strip that names mode and region, and the mode's frame."""

    closed = Signal()

    def __init__(self, context: PanelContext, panel: Panel, region_name: str) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("wallMap")
        strip = QWidget(self)
        strip.setAutoFillBackground(True)
        region = QLabel(region_name, strip, textFormat=Qt.TextFormat.PlainText)
        region.setProperty("look", "strong")
        region.setFont(font(Size.LARGE, bold=True))
        row = QHBoxLayout(strip)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(ModeBadge(context, strip))
        row.addWidget(region)
        row.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(FRAME_WIDTH, FRAME_WIDTH, FRAME_WIDTH, FRAME_WIDTH)
        rows.setSpacing(0)
        rows.addWidget(strip)
        rows.addWidget(panel, 1)
        context.language_changed.connect(self.retranslate)
        self.retranslate()
        self.resize(1280, 800)

    def retranslate(self) -> None:
        """The window's title."""
        where = self._context.say("shell.wall_map")
        self.setWindowTitle(f"Vigil · {where} · {mode_words(self._context)}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame."""
        QPainter(self).fillRect(self.rect(), QColor(mode_colours(self._context).frame))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell the workstation that it is gone."""
        self.closed.emit()
        super().closeEvent(event)
