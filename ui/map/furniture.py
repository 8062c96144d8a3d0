"""What stands on the map's glass: zoom buttons, scale bar, attribution."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QIcon, QPainter, QPen, QPixmap
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


class Legend:
    """Scale bar and attribution in the lower right corner, redrawn only when they change."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._bar = QPointF()
        self._shown: tuple[object, ...] = ()

    def paint(
        self, painter: QPainter, camera: Camera, theme: Theme, language: str, attribution: str
    ) -> None:
        """Copy the legend onto the canvas."""
        metres, length = scale_length(camera.ground_metres_per_pixel)
        ratio = painter.device().devicePixelRatioF()
        wanted = (metres, camera.width, theme.name, language, attribution, ratio)
        if wanted != self._shown:
            words = scale_words(metres, language)
            self._picture, self._bar = _legend(words, camera.width, theme, attribution, ratio)
            self._shown = wanted
        size = self._picture.deviceIndependentSize()
        left = round(camera.width - MARGIN_PX - size.width())
        top = round(camera.height - MARGIN_PX - size.height())
        painter.drawPixmap(left, top, self._picture)
        # The bar alone changes with every step of a zoom.
        begin, middle = left + self._bar.x(), top + self._bar.y()
        ink = QColor(theme.ui.text_dim)
        painter.fillRect(QRectF(begin, middle - 0.7, round(length), 1.4), ink)
        for end in (begin, begin + round(length)):
            painter.fillRect(QRectF(end - 0.7, middle - 3.5, 1.4, 7), ink)


def _legend(
    words: str, canvas_width: int, theme: Theme, attribution: str, ratio: float
) -> tuple[QPixmap, QPointF]:
    """The picture with room for the longest bar, and where the bar begins in it."""
    length = SCALE_PX
    face = font(11)
    metrics = QFontMetricsF(face)
    words_width = metrics.horizontalAdvance(words)
    room = canvas_width - 2 * MARGIN_PX - 50 - length - words_width
    text = metrics.elidedText(attribution, Qt.TextElideMode.ElideRight, max(0.0, room))
    text_width = metrics.horizontalAdvance(text) + 16 if text else 0.0
    width, height = math.ceil(words_width + 8 + length + text_width + 20), 26
    picture = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = QColor(theme.ui.panel)
    ground.setAlphaF(0.88)
    painter.setPen(QPen(QColor(theme.ui.hairline), 1))
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 5, 5)
    painter.setFont(face)
    painter.setPen(QColor(theme.ui.text_dim))
    base = (height + metrics.capHeight()) / 2
    painter.drawText(QPointF(10, base), words)
    left, middle = round(18 + words_width) + 0.5, height / 2 + 0.5
    if text:
        painter.setPen(QColor(theme.ui.text_faint))
        painter.drawText(QPointF(left + length + 16, base), text)
    painter.end()
    return picture, QPointF(left, middle)
