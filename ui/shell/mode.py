"""LIVE, EXERCISE or REPLAY: the frame and the badge that make it unmistakable."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dispatch.domain.picture import Change
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.tokens import ModeColours

FRAME_WIDTH = 4
KINDS = ("recorded", "scenario")
"""Kinds of exercise that are named otherwise than as a simulated shift."""


def mode_colours(context: PanelContext) -> ModeColours:
    """Frame, badge and ink of the mode that is open."""
    return context.theme.mode(context.mode)


def mode_words(context: PanelContext) -> str:
    """Live, replay, or which kind of exercise: the badge's words and the window's title."""
    key = f"shell.mode.{context.mode}"
    began = context.board.picture.exercise
    if context.mode == "exercise" and began is not None and began.source in KINDS:
        return context.say(f"{key}_{began.source}")
    return context.say(key)


class ModeBadge(QWidget):
    """The mode in words, on its colour. `short` leaves out what kind of exercise it is."""

    def __init__(
        self, context: PanelContext, parent: QWidget | None = None, *, short: bool = False
    ) -> None:
        super().__init__(parent)
        self._context = context
        self.short = short
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(font(Size.SMALL, bold=True))
        context.language_changed.connect(self._renew)
        context.changed.connect(self._on_changes)
        context.replaced.connect(self._renew)
        context.theme_changed.connect(self.update)
        self._renew()

    def text(self) -> str:
        """The words on the badge."""
        if self.short:
            return self._context.say(f"shell.mode.{self._context.mode}_short")
        return mode_words(self._context)

    def sizeHint(self) -> QSize:
        """Wide enough for the words in any language."""
        wide = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(wide + 24, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A filled, rounded badge."""
        colours = mode_colours(self._context)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.badge))
        painter.drawRoundedRect(self.rect(), 4, 4)
        painter.setPen(QColor(colours.ink))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())

    def set_short(self, short: bool) -> None:
        """Leave out what kind of exercise it is, where the window is narrow."""
        if short != self.short:
            self.short = short
            self._renew()

    def _on_changes(self, changes: Sequence[Change]) -> None:
        if any(change.noun == "exercise" for change in changes):
            self._renew()

    def _renew(self) -> None:
        self.setAccessibleName(self.text())
        self.updateGeometry()
        self.update()
