"""What stands on the map's glass: zoom buttons, scale bar, attribution."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QIcon, QPainter, QPen
from PySide6.QtWidgets import QToolButton, QWidget

from dispatch.words import say
from ui.map.camera import Camera
from ui.map.fonts import font
from ui.theme.icons import icon_pixmap
from ui.theme.tokens import Theme

BUTTON_PX = 30
MARGIN_PX = 12
GAP_PX = 6
#: Longest scale bar, in pixels.
SCALE_PX = 110


class ZoomButtons(QWidget):
    """Plus, minus and whole region. The same is done by keys; these never take the focus."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.zoom_in = self._button("plus", 0)
        self.zoom_out = self._button("minus", 1)
        self.whole = self._button("region", 2)
        self.setGeometry(MARGIN_PX, MARGIN_PX, BUTTON_PX, 3 * BUTTON_PX + 2 * GAP_PX)

    def _button(self, name: str, place: int) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setGeometry(0, place * (BUTTON_PX + GAP_PX), BUTTON_PX, BUTTON_PX)
        button.setIconSize(QSize(16, 16))
        button.setCursor(Qt.CursorShape.ArrowCursor)
        return button

    def dress(self, theme: Theme, language: str, ratio: float) -> None:
        """Colours and words of the present theme and language."""
        ui = theme.ui
        self.setStyleSheet(
            f"QToolButton {{ background: {ui.panel}; border: 1px solid {ui.outline};"
            f" border-radius: 6px; }}"
            f"QToolButton:hover {{ background: {ui.hover}; border-color: {ui.control}; }}"
            f"QToolButton:pressed {{ background: {ui.selected}; }}"
        )
        words = {"plus": "map.zoom_in", "minus": "map.zoom_out", "region": "map.north_up"}
        for button in (self.zoom_in, self.zoom_out, self.whole):
            name = button.objectName()
            button.setIcon(QIcon(icon_pixmap(name, 16, ui.text, ratio)))
            button.setToolTip(say(words[name], language))
            button.setAccessibleName(say(words[name], language))


def scale_length(ground_metres_per_pixel: float, longest_px: float = SCALE_PX) -> tuple[int, float]:
    """The longest round distance (1, 2 or 5 times a power of ten) that fits: metres, pixels."""
    most = max(1.0, longest_px * ground_metres_per_pixel)
    power = 10 ** math.floor(math.log10(most))
    step = next(step for step in (5, 2, 1) if step * power <= most)
    metres = int(step * power)
    return metres, metres / ground_metres_per_pixel


def scale_words(metres: int, language: str) -> str:
    """A scale bar's length in words."""
    if metres >= 1000:
        return say("map.scale.km", language, n=metres // 1000)
    return say("map.scale.m", language, n=metres)


def paint_legend(
    painter: QPainter, camera: Camera, theme: Theme, language: str, attribution: str
) -> QRectF:
    """Scale bar and attribution in the lower right corner; answers the box they take."""
    face = font(11)
    metrics = QFontMetricsF(face)
    metres, length = scale_length(camera.ground_metres_per_pixel)
    words = scale_words(metres, language)
    room = camera.width - 2 * MARGIN_PX - 40 - length - metrics.horizontalAdvance(words)
    text = metrics.elidedText(attribution, Qt.TextElideMode.ElideRight, max(0.0, room))
    text_width = metrics.horizontalAdvance(text)
    inner = metrics.horizontalAdvance(words) + 8 + length + (text_width + 16 if text else 0)
    box = QRectF(
        camera.width - MARGIN_PX - inner - 20, camera.height - MARGIN_PX - 26, inner + 20, 26
    )
    ground = QColor(theme.ui.panel)
    ground.setAlphaF(0.86)
    painter.setPen(QPen(QColor(theme.ui.hairline), 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
    painter.setFont(face)
    painter.setPen(QColor(theme.ui.text_dim))
    base = box.center().y() + metrics.capHeight() / 2
    left = box.left() + 10
    painter.drawText(QPointF(left, base), words)
    left += metrics.horizontalAdvance(words) + 8
    middle = round(box.center().y()) + 0.5
    painter.setPen(QPen(QColor(theme.ui.text_dim), 1.4))
    painter.drawLine(QPointF(left, middle), QPointF(left + length, middle))
    for end in (left, left + length):
        painter.drawLine(QPointF(end, middle - 3), QPointF(end, middle + 3))
    if text:
        painter.setPen(QColor(theme.ui.text_faint))
        painter.drawText(QPointF(left + length + 16, base), text)
    return box
