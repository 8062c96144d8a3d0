"""The sprites of what lives: units by kind and state, incidents by level, and crowds of both."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QTransform

from ui.map.atlas import Sheet
from ui.map.cells import Ints
from ui.map.fonts import font
from ui.map.layers import UNIT_KINDS, UNIT_STATES
from ui.map.projection import Floats
from ui.theme.icons import draw_icon, icon
from ui.theme.tokens import Theme

HEADINGS = 32
#: Column of a unit whose heading is unknown or means nothing.
NO_HEADING = HEADINGS
UNIT_RADIUS = 9.5
#: Of a unit further out, which shows its state alone.
SMALL_RADIUS = 8.0
#: States in which a vehicle moves on purpose, so that its heading is worth showing.
MOVING = ("en_route", "transporting", "returning")
#: States that the ground's colour and the beak say well enough without a badge.
_PLAIN = ("available_on_air",)
LEVELS = 6
#: Incidents are drawn at full size close in, and smaller further out.
SCALES = (0.62, 0.8, 1.0)
#: Radius of a crowd of units, by the digits of its count.
DISC_RADII = (12.5, 14.5, 17.5, 20.5, 23.5)
EIGHTHS = 9
PLATE_HEIGHT = 25
BLOCKS = 8
_PLATE_ICON = 15.0
_DIGIT_PX = 11.5


class Sprites:
    """All sprites of one theme at one pixel ratio; each array answers a sprite's number."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.theme = theme
        self.sheet = Sheet(ratio)
        self._face = font(_DIGIT_PX, strong=True)
        metrics = QFontMetricsF(self._face)
        self._cap = metrics.capHeight()
        #: How far one digit stands from the next.
        self.digit_step = round(metrics.horizontalAdvance("0") * 2) / 2
        #: Width of a block of a plate's bar: whole pixels of the screen, so that no seam shows.
        self.block_step = 2 * math.ceil(3 * ratio) / ratio
        #: (states, headings) ground close in; (kinds, states) what stands on it.
        self.body = self._bodies(UNIT_RADIUS, glyph=False)
        self.crest = np.array([[self._crest(k, s) for s in UNIT_STATES] for k in UNIT_KINDS])
        #: (states, headings) further out, and (states) furthest out.
        self.small = self._bodies(SMALL_RADIUS, glyph=True)
        self.dot = np.array([self.sheet.add(14, 14, partial(self._dot, s)) for s in UNIT_STATES])
        #: (scales, levels, late, waiting)
        self.incident = self._incidents()
        #: (sizes, eighths free)
        self.disc = np.array(
            [
                [self.sheet.add(2 * r + 7, 2 * r + 7, partial(self._disc, r, e)) for e in range(9)]
                for r in DISC_RADII
            ]
        )
        #: (loudness, digits): 0 on a disc, 1 strong on a plate, 2 dim on a plate.
        inks = (theme.map.cluster_ink, theme.map.pill_ink, theme.map.pill_dim)
        self.digit = np.array(
            [
                [self.sheet.add(9, 12, partial(self._digit, n, ink)) for n in "0123456789"]
                for ink in inks
            ]
        )
        self.slash = self.sheet.add(6, 14, self._slash)
        #: By how many digits stand on it.
        self.plate = np.array([self._plate(n) for n in range(10)])
        self.plate_icon = np.array(
            [self.sheet.add(20, 20, partial(self._level, n, _PLATE_ICON)) for n in range(LEVELS)]
        )
        #: Width of a block of a plate's bar: whole pixels of the screen, so that no seam shows.
        self.block_step = 2 * math.ceil(3 * ratio) / ratio
        self.block = np.array(
            [self.sheet.add(self.block_step, 3, partial(self._block, n)) for n in range(LEVELS)]
        )
        self.sheet.finish()

    # -- units -------------------------------------------------------------------------------

    def _bodies(self, radius: float, *, glyph: bool) -> Ints:
        side = 2 * (radius + 7)
        rows = []
        for state in UNIT_STATES:
            plain = self.sheet.add(side, side, partial(self._body, radius, state, None, glyph))
            row = [plain] * (HEADINGS + 1)
            if state in MOVING:
                for column in range(HEADINGS):
                    heading = column * 360 / HEADINGS
                    row[column] = self.sheet.add(
                        side, side, partial(self._body, radius, state, heading, glyph)
                    )
            rows.append(row)
        return np.array(rows)

    def _body(
        self, radius: float, state: str, heading: float | None, glyph: bool, painter: QPainter
    ) -> None:
        shape = QPainterPath()
        shape.addEllipse(QPointF(0, 0), radius, radius)
        if heading is not None:
            beak = QPainterPath()
            beak.moveTo(-0.58 * radius, -0.8 * radius)
            beak.lineTo(0, -radius - 5)
            beak.lineTo(0.58 * radius, -0.8 * radius)
            beak.closeSubpath()
            shape = shape.united(QTransform().rotate(heading).map(beak))
        painter.strokePath(shape, QPen(QColor(self.theme.map.symbol_line), 2.4))
        painter.fillPath(shape, QColor(self.theme.state(state)))
        if not glyph:
            return
        ink = self.theme.map.pill
        if state == "available_on_air":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ink))
            painter.drawEllipse(QPointF(0, 0), 3.4, 3.4)
            return
        size = 1.3 * radius
        if state == "en_route" and heading is not None:
            painter.rotate(heading - 90)
        draw_icon(painter, state, QRectF(-size / 2, -size / 2, size, size), ink)

    def _crest(self, kind: str, state: str) -> int:
        return self.sheet.add(28, 28, partial(self._draw_crest, kind, state))

    def _draw_crest(self, kind: str, state: str, painter: QPainter) -> None:
        badge = state not in _PLAIN
        size = 13.0
        shift = -0.8 if badge else 0.0
        box = QRectF(shift - size / 2, shift - size / 2, size, size)
        draw_icon(painter, kind, box, self.theme.map.pill)
        if not badge:
            return
        painter.setPen(QPen(QColor(self.theme.state(state)), 1.2))
        painter.setBrush(QColor(self.theme.map.pill))
        painter.drawEllipse(QPointF(7.6, 7.6), 5.2, 5.2)
        draw_icon(painter, state, QRectF(7.6 - 3.7, 7.6 - 3.7, 7.4, 7.4), self.theme.state(state))

    def _dot(self, state: str, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(self.theme.map.symbol_line), 1.4))
        painter.setBrush(QColor(self.theme.state(state)))
        painter.drawEllipse(QPointF(0, 0), 4.6, 4.6)
        if state.startswith("available"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.map.pill))
            painter.drawEllipse(QPointF(0, 0), 1.7, 1.7)

    # -- incidents ---------------------------------------------------------------------------

    def _incidents(self) -> Ints:
        made = np.zeros((len(SCALES), LEVELS, 2, 2), dtype=np.int64)
        for place in np.ndindex(made.shape):
            scale, level, late, waiting = SCALES[place[0]], *place[1:]
            side = 46 * scale + 3
            made[place] = self.sheet.add(
                side, side, partial(self._incident, scale, level, bool(late), bool(waiting))
            )
        return made

    def _incident(
        self, scale: float, level: int, late: bool, waiting: bool, painter: QPainter
    ) -> None:
        size = incident_size(level, waiting=waiting) * scale
        shape = _level_shape(level, size)
        if late:
            # Lateness has a colour of its own and goes round the shape, never into it.
            ring = QPen(QColor(self.theme.ui.late), 9.5 * max(0.8, scale))
            ring.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.strokePath(shape, ring)
        gap = QPen(QColor(self.theme.map.symbol_line), 4.2 if late else 3)
        gap.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(shape, gap)
        self._level(level, size, painter)

    def _level(self, level: int, size: float, painter: QPainter) -> None:
        shape = _level_shape(level, size)
        colours = self.theme.level(level or 5)
        if level == 0:
            # Not assessed: it may be anything, so it is hollow and asks.
            painter.fillPath(shape, QColor(self.theme.map.pill))
            inner = _level_shape(level, size - 2.4)
            painter.strokePath(inner, QPen(QColor(colours.fill), 2.4))
            ink = self.theme.map.pill_ink
        else:
            painter.fillPath(shape, QColor(colours.fill))
            if colours.line != colours.fill:
                painter.strokePath(shape, QPen(QColor(colours.line), 1.2))
            ink = colours.ink
        face = font(max(9.0, size * (0.5 if size > 20 else 0.6)), strong=True)
        metrics = QFontMetricsF(face)
        text = str(level) if level else "?"
        drop = size * (0.13 if level == 2 else 0.0)
        painter.setFont(face)
        painter.setPen(QColor(ink))
        left = -metrics.horizontalAdvance(text) / 2
        painter.drawText(QPointF(left, drop + metrics.capHeight() / 2), text)

    # -- crowds ------------------------------------------------------------------------------

    def _disc(self, radius: float, eighths: int, painter: QPainter) -> None:
        land = self.theme.map
        painter.setPen(QPen(QColor(land.symbol_line), 5))
        painter.setBrush(QColor(land.cluster))
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        painter.setPen(QPen(QColor(land.pill_line), 2.6))
        painter.drawEllipse(QPointF(0, 0), radius, radius)
        pen = QPen(QColor(land.cluster_line), 2.6)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        box = QRectF(-radius, -radius, 2 * radius, 2 * radius)
        painter.drawArc(box, 90 * 16, -45 * 16 * eighths)

    def _digit(self, digit: str, ink: str, painter: QPainter) -> None:
        painter.setFont(self._face)
        painter.setPen(QColor(ink))
        painter.drawText(QPointF(-self.digit_step / 2, self._cap / 2), digit)

    def _slash(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(self.theme.map.pill_dim), 1.2))
        painter.drawLine(QPointF(-1.8, 5), QPointF(1.8, -5))

    def plate_width(self, digits: Ints | int) -> Floats:
        """Width of a plate with so many digits on it."""
        bar = self.block_step * BLOCKS + 8.0
        return np.maximum(bar, 4 + _PLATE_ICON + 4 + np.asarray(digits) * self.digit_step + 7 + 8)

    def _plate(self, digits: int) -> int:
        width = math.ceil(float(self.plate_width(digits)))
        return self.sheet.add(width + 4, PLATE_HEIGHT + 4, partial(self._draw_plate, width))

    def _draw_plate(self, width: int, painter: QPainter) -> None:
        land = self.theme.map
        painter.setPen(QPen(QColor(land.symbol_line), 3.4))
        box = QRectF(-width / 2, -PLATE_HEIGHT / 2, width, PLATE_HEIGHT)
        painter.setBrush(QColor(land.pill))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QPen(QColor(land.pill_line), 1.2))
        painter.drawRoundedRect(box, 6, 6)

    def _block(self, level: int, painter: QPainter) -> None:
        half = self.block_step / 2
        painter.fillRect(
            QRectF(-half, -1.5, 2 * half, 3), QColor(self.theme.level(level or 5).fill)
        )


def incident_size(level: int, *, waiting: bool) -> float:
    """Side of an incident's shape close in; graver and unserved ones are larger."""
    size = 30.0 if level in (1, 2) else 26.0
    return size if waiting else size - 3


def plate_parts(sprites: Sprites, worst: Ints, counts: Ints) -> tuple[Ints, Floats, Ints]:
    """Plates for crowds of incidents: sprites, their places from the middle, and whose each is.

    `worst` (n) is the gravest level of each, `counts` (n, 6) how many of each level.
    """
    n = len(worst)
    rows = np.arange(n)
    gravest, whole = counts[rows, worst], counts.sum(axis=1)
    width = sprites.plate_width(_digits(gravest) + _digits(whole))
    parts = [(sprites.plate[_digits(gravest) + _digits(whole)], np.zeros((n, 2)), rows)]
    left = -width / 2 + 4 + _PLATE_ICON / 2
    line = np.full(n, -2.5)
    parts.append((sprites.plate_icon[worst], np.column_stack([left, line]), rows))
    left = left + _PLATE_ICON / 2 + 3
    parts += _number(sprites, 1, gravest, left, line)
    left = left + _digits(gravest) * sprites.digit_step
    slash = np.full(n, sprites.slash)
    parts.append((slash, np.column_stack([left + 3.5, line]), rows))
    left = left + 7
    parts += _number(sprites, 2, whole, left, line)
    blocks = _shares(counts)
    for block in range(BLOCKS):
        x = np.full(n, (block - BLOCKS / 2 + 0.5) * sprites.block_step)
        level = blocks[:, block]
        parts.append((sprites.block[level], np.column_stack([x, np.full(n, 8.5)]), rows))
    return _joined(parts)


def disc_parts(sprites: Sprites, counts: Ints, free: Ints) -> tuple[Ints, Floats, Ints]:
    """Discs for crowds of units, as `plate_parts`: how many, and the share of free ones."""
    rows = np.arange(len(counts))
    size = np.minimum(_digits(counts) - 1, len(DISC_RADII) - 1)
    eighths = np.round(8 * free / np.maximum(1, counts)).astype(np.int64)
    parts = [(sprites.disc[size, eighths], np.zeros((len(counts), 2)), rows)]
    left = -_digits(counts) * sprites.digit_step / 2
    parts += _number(sprites, 0, counts, left, np.zeros(len(counts)))
    return _joined(parts)


def disc_radius(counts: Ints) -> Floats:
    """The radius of a crowd of units, in pixels."""
    return np.array(DISC_RADII)[np.minimum(_digits(counts) - 1, len(DISC_RADII) - 1)]


def _digits(numbers: Ints) -> Ints:
    return np.searchsorted(np.array([10, 100, 1000, 10_000]), numbers, "right") + 1


def _number(
    sprites: Sprites, loudness: int, numbers: Ints, left: Floats, line: Floats
) -> list[tuple[Ints, Floats, Ints]]:
    """A number's digits, the first one at `left`."""
    parts = []
    length = _digits(numbers)
    for place in range(int(length.max(initial=0))):
        rows = np.flatnonzero(length > place)
        digit = numbers[rows] // 10 ** (length[rows] - 1 - place) % 10
        x = left[rows] + (place + 0.5) * sprites.digit_step
        parts.append((sprites.digit[loudness, digit], np.column_stack([x, line[rows]]), rows))
    return parts


def _shares(counts: Ints) -> Ints:
    """(n, BLOCKS) levels, the gravest first; every level that is there has a block at least."""
    ranked = counts[:, RANKED]
    room = BLOCKS - (ranked > 0).sum(axis=1)
    exact = ranked / np.maximum(1, ranked.sum(axis=1))[:, None] * room[:, None]
    blocks = np.floor(exact).astype(np.int64) + (ranked > 0)
    over = exact - np.floor(exact)
    lacking = BLOCKS - blocks.sum(axis=1)
    place = np.argsort(np.argsort(-over, axis=1, kind="stable"), axis=1, kind="stable")
    blocks += place < lacking[:, None]
    ends = np.cumsum(blocks, axis=1)
    number = (np.arange(BLOCKS)[None, :, None] >= ends[:, None, :]).sum(axis=2)
    return np.asarray(RANKED[np.minimum(number, LEVELS - 1)])


#: Levels from the gravest; one not assessed stands between: it may be anything.
RANKED: Ints = np.array([1, 2, 0, 3, 4, 5])


def _joined(parts: list[tuple[Ints, Floats, Ints]]) -> tuple[Ints, Floats, Ints]:
    """All parts, crowd by crowd, so that one crowd's plate lies over another's digits."""
    sprites = np.concatenate([part[0] for part in parts])
    shifts = np.concatenate([part[1] for part in parts])
    rows = np.concatenate([part[2] for part in parts])
    order = np.argsort(rows, kind="stable")
    return sprites[order], shifts[order], rows[order]


def _level_shape(level: int, size: float) -> QPainterPath:
    name = f"level_{level}" if 1 <= level <= 5 else "level_5"
    return QTransform(size, 0, 0, size, -size / 2, -size / 2).map(icon(name).fill)
