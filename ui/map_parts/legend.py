"""The legend of the layers that are on, at the map's lower left edge, drawn once and copied."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPixmap

from ui.map.camera import Camera
from ui.map.fonts import font
from ui.map.furniture import MARGIN_PX
from ui.map.overlay import Overlay
from ui.map_parts.part import LegendBlock, LegendLine
from ui.theme.tokens import Theme

WIDE_PX = 320
UP_PX = 44
"""Over the coordinates, which stand in the corner."""
PAD_PX = 12
SWATCH_PX = 26
GAP_PX = 4
BETWEEN_PX = 12
TITLE_PX, TEXT_PX, DIM_PX = 13, 12, 11


class LegendOverlay(Overlay):
    """What the layers say; nothing where none is on."""

    above = True

    def __init__(self) -> None:
        self.blocks: tuple[LegendBlock, ...] = ()
        self._picture = QPixmap()
        self._drawn_for: tuple[object, ...] = ()

    def set_blocks(self, blocks: Sequence[LegendBlock]) -> bool:
        """Say something else; whether it is something else."""
        if tuple(blocks) == self.blocks:
            return False
        self.blocks = tuple(blocks)
        return True

    @property
    def words(self) -> list[str]:
        """All of it as lines of text: its accessible twin."""
        return [
            words
            for block in self.blocks
            for words in (block.title, *(line.text for line in block.lines))
        ]

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        if not self.blocks:
            return
        wide = min(WIDE_PX, camera.width - 2 * MARGIN_PX)
        if wide < 140:
            return
        ratio = painter.device().devicePixelRatioF()
        wanted = (self.blocks, wide, theme.name, ratio)
        if wanted != self._drawn_for:
            self._picture = _drawn(self.blocks, wide, theme, ratio)
            self._drawn_for = wanted
        tall = self._picture.deviceIndependentSize().height()
        painter.drawPixmap(MARGIN_PX, round(camera.height - UP_PX - tall), self._picture)


class _Sheet:
    """Lines set one under another; measured first, then painted."""

    def __init__(self, wide: float, theme: Theme, painter: QPainter | None) -> None:
        self.y = float(PAD_PX)
        self._wide, self._theme, self._painter = wide, theme, painter

    def text(self, words: str, size: int, ink: str, *, left: float, strong: bool = False) -> None:
        """Words that wrap; `y` moves on by their height."""
        face = font(size, strong=strong)
        room = QRectF(left, self.y, self._wide - left - PAD_PX, 1000.0)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        box = QFontMetricsF(face).boundingRect(room, int(flags), words)
        if self._painter is not None:
            self._painter.setFont(face)
            self._painter.setPen(QColor(ink))
            self._painter.drawText(room, int(flags), words)
        self.y += math.ceil(box.height()) + GAP_PX

    def line(self, line: LegendLine) -> None:
        """A line with its swatch."""
        ui = self._theme.ui
        size = DIM_PX if line.dim else TEXT_PX
        left = float(PAD_PX)
        if line.swatch:
            middle = self.y + QFontMetricsF(font(size)).height() / 2
            if self._painter is not None:
                _swatch(
                    self._painter, line, QRectF(left, middle - 6, SWATCH_PX - 8, 12), self._theme
                )
            left += SWATCH_PX
        self.text(line.text, size, ui.text_dim if line.dim else ui.text, left=left)


def _drawn(blocks: Sequence[LegendBlock], wide: int, theme: Theme, ratio: float) -> QPixmap:
    tall = _set(_Sheet(wide, theme, None), blocks, theme)
    picture = QPixmap(math.ceil(wide * ratio), math.ceil(tall * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.ui.hairline), 1))
    painter.setBrush(QColor(theme.ui.panel))
    painter.drawRoundedRect(QRectF(0.5, 0.5, wide - 1, tall - 1), 6, 6)
    _set(_Sheet(wide, theme, painter), blocks, theme)
    painter.end()
    return picture


def _set(sheet: _Sheet, blocks: Sequence[LegendBlock], theme: Theme) -> float:
    for number, block in enumerate(blocks):
        if number:
            sheet.y += BETWEEN_PX
        sheet.text(block.title, TITLE_PX, theme.ui.text_strong, left=PAD_PX, strong=True)
        for line in block.lines:
            sheet.line(line)
    return math.ceil(sheet.y + PAD_PX - GAP_PX)


def _swatch(painter: QPainter, line: LegendLine, box: QRectF, theme: Theme) -> None:
    ink = QColor(line.ink)
    painter.save()
    if line.swatch == "line":
        painter.setPen(QPen(ink, 1.8))
        painter.drawLine(
            QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y())
        )
    else:
        # On the map's own land, so that the swatch is the colour one sees there.
        painter.setPen(QPen(QColor(theme.ui.outline), 1))
        painter.setBrush(QColor(theme.map.land))
        painter.drawRect(box)
        inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setClipRect(inner)
        if line.swatch == "tint":
            ink.setAlphaF(line.alpha)
            painter.fillRect(inner, ink)
        else:
            painter.setPen(QPen(ink, 1.6))
            step = box.left() - box.height()
            while step < box.right():
                painter.drawLine(
                    QPointF(step, box.bottom()), QPointF(step + box.height(), box.top())
                )
                step += 6
    painter.restore()
