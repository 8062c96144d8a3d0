"""How a closed road is painted: stripes along it, the no-entry sign, the words beside it.

Black and white alone, so that it reads without colour and takes none that means something else.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

from ui.map.camera import Camera
from ui.map.fonts import font
from ui.map.projection import Floats, metres_per_pixel, world_m
from ui.map.tiles.strokes import CHUNK, path_of
from ui.theme.tokens import Theme

BAND_PX, STEP_PX = 8.0, 9.0
SIGN_PX = 8.5
NEAR_ZOOM = 1.6


@dataclass(frozen=True)
class RoadMark:
    """One closure as drawn: lines one after another in `points` (m, 2) of longitude and latitude,
    `starts` where each begins; `ring` (k, 2) is the area that was drawn, if one was."""

    mark_id: str
    points: Floats
    starts: tuple[int, ...]
    words: str = ""
    one_way: bool = False
    planned: bool = False
    ring: Floats | None = None


@dataclass
class Shape:
    """A mark's lines in pixels from its own anchor, at one zoom."""

    zoom: float
    paths: list[QPainterPath]
    stripes: Floats
    points: Floats
    starts: np.ndarray
    box: QRectF
    """Everything of the barrier, from the anchor."""


@dataclass
class Drawn:
    """A mark ready to be drawn: in world metres, with what was made of it for the last zoom."""

    mark: RoadMark
    world: Floats
    anchor: Floats
    ring: Floats | None
    box: tuple[float, float, float, float]
    shape: Shape | None = field(default=None)
    picture: tuple[tuple[object, ...], QPixmap, QPointF] | None = field(default=None)
    """What was painted (`key`), the picture, and where it lies from the anchor."""

    @classmethod
    def of(cls, mark: RoadMark) -> Drawn:
        """A mark made ready."""
        world = world_m(np.asarray(mark.points, dtype=np.float64).reshape(-1, 2))
        ring = None if mark.ring is None else world_m(mark.ring)
        whole = world if ring is None else np.concatenate([world, ring])
        low, high = whole.min(axis=0), whole.max(axis=0)
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        return cls(mark, world, _middle(world, mark.starts), ring, box)

    def about(self, zoom: float) -> Shape:
        """Its lines as they were made last, if that was for a zoom not far from this one."""
        near = self.shape is not None and abs(self.shape.zoom - zoom) < NEAR_ZOOM
        return self.shape if near and self.shape is not None else self.at(zoom)

    def at(self, zoom: float) -> Shape:
        """Its lines at a zoom, kept while it stays."""
        if self.shape is None or self.shape.zoom != zoom:
            points = (self.world - self.anchor) / metres_per_pixel(zoom)
            points[:, 1] *= -1
            starts = np.zeros(len(points), dtype=bool)
            starts[list(self.mark.starts) or [0]] = True
            cuts = [*np.flatnonzero(starts)[::CHUNK].tolist(), len(points)]
            paths = [path_of(points[a:b], starts[a:b]) for a, b in itertools.pairwise(cuts)]
            stripes = _stripes(points, starts, one_way=self.mark.one_way)
            self.shape = Shape(zoom, paths, stripes, points, starts, _box(points))
        return self.shape


def paint_whole(
    painter: QPainter,
    at: QPointF,
    shape: Shape,
    mark: RoadMark,
    theme: Theme,
    marked: bool,
    worded: bool,
) -> None:
    """Barrier, sign and, where they are wanted, words."""
    paint_band(painter, at, shape, theme, planned=mark.planned, marked=marked)
    paint_sign(painter, at, theme, planned=mark.planned)
    if worded and mark.words:
        paint_words(painter, at, mark.words, theme)


def paint_hastily(painter: QPainter, at: QPointF, shape: Shape, zoom: float, theme: Theme) -> None:
    """While the zoom is under way: the band alone, from lines that were made for another zoom."""
    scale = 2.0 ** (zoom - shape.zoom)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.translate(at)
    painter.scale(scale, scale)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(theme.layers.closure, BAND_PX / scale))
    for path in shape.paths:
        painter.drawPath(path)
    painter.restore()


def paint_band(
    painter: QPainter,
    at: QPointF,
    shape: Shape,
    theme: Theme,
    *,
    planned: bool = False,
    marked: bool = False,
    colour: str = "",
) -> None:
    """The barrier along a closed road, its anchor at a canvas point; `colour` for a preview."""
    band, ink = colour or theme.layers.closure, theme.layers.closure_ink
    painter.save()
    painter.translate(at)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    strokes = [(theme.ui.focus, BAND_PX + 7)] if marked else []
    strokes += [(ink, BAND_PX + 3), (band, BAND_PX)]
    strokes += [(ink, BAND_PX - 3)] if planned else []
    for stroke, width in strokes:
        painter.setPen(_pen(stroke, width))
        for path in shape.paths:
            painter.drawPath(path)
    if planned:
        pass  # an outline: nothing is shut yet
    elif colour:
        _draw_lines(painter, shape.stripes, theme.ui.accent_ink, 1.8)
    else:
        _draw_lines(painter, shape.stripes, ink, 2.4)
    painter.restore()


def paint_ring(painter: QPainter, camera: Camera, ring: Floats, colour: str) -> None:
    """The edge of an area that was drawn, dashed."""
    pen = QPen(QColor(colour), 1.2)
    pen.setDashPattern([5, 4])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    canvas = camera.to_canvas(ring).tolist()
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in canvas]))


def paint_sign(painter: QPainter, at: QPointF, theme: Theme, *, planned: bool = False) -> None:
    """The no-entry sign; a ring where the hour has not come."""
    disc, bar = QColor(theme.layers.closure), QColor(theme.layers.closure_ink)
    painter.setPen(QPen(bar, 1.6))
    painter.setBrush(disc)
    painter.drawEllipse(at, SIGN_PX + 0.8, SIGN_PX + 0.8)
    painter.setPen(Qt.PenStyle.NoPen)
    if planned:
        painter.setBrush(bar)
        painter.drawEllipse(at, SIGN_PX - 2.2, SIGN_PX - 2.2)
        painter.setBrush(disc)
    else:
        painter.setBrush(bar)
    painter.drawRoundedRect(QRectF(at.x() - 5.2, at.y() - 1.8, 10.4, 3.6), 0.8, 0.8)


def paint_words(painter: QPainter, at: QPointF, words: str, theme: Theme) -> None:
    """Why and until when, beside the sign."""
    face, wide = font(11), words_width(words)
    box = QRectF(at.x() + SIGN_PX + 5, at.y() - 9, wide, 18)
    land = theme.map
    painter.setPen(QPen(QColor(land.pill_line), 1))
    painter.setBrush(QColor(land.pill))
    painter.drawRoundedRect(box.translated(0.5, 0.5), 9, 9)
    painter.setFont(face)
    painter.setPen(QColor(land.pill_ink))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def words_width(words: str) -> int:
    """Pixels that the words take with their frame."""
    return round(QFontMetricsF(font(11)).horizontalAdvance(words)) + 14


def _box(points: Floats) -> QRectF:
    low, high = points.min(axis=0) - BAND_PX * 2, points.max(axis=0) + BAND_PX * 2
    return QRectF(QPointF(*low.tolist()), QPointF(*high.tolist()))


def shape_of(mark: RoadMark, camera: Camera) -> tuple[QPointF, Shape]:
    """A mark that is drawn once, for a preview: its anchor on the canvas, and its lines."""
    drawn = Drawn.of(mark)
    at = camera.to_canvas(drawn.anchor[None, :])[0].round()
    return QPointF(float(at[0]), float(at[1])), drawn.at(camera.zoom)


def _draw_lines(painter: QPainter, ends: Floats, colour: str, width: float) -> None:
    """Many short lines at once, from the array itself."""
    if len(ends):
        painter.setPen(_pen(colour, width))
        painter.drawLines(shiboken6.wrapInstance(ends.ctypes.data, QLineF), len(ends))


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def alike(a: RoadMark, b: RoadMark) -> bool:
    """Whether both are drawn alike."""
    same = (a.words, a.one_way, a.planned, a.starts) == (b.words, b.one_way, b.planned, b.starts)
    return same and (a.points is b.points or np.array_equal(a.points, b.points))


def _middle(world: Floats, starts: tuple[int, ...]) -> Floats:
    """The point half way along all the lines together: on the road, in the middle of it."""
    steps = np.hypot(*np.diff(world, axis=0).T) if len(world) > 1 else np.zeros(0)
    if starts and len(steps):
        steps[[start - 1 for start in starts if start > 0]] = 0.0
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if along[-1] <= 0:
        return world[0]
    half = along[-1] / 2
    row = min(int(np.searchsorted(along, half)), len(world) - 1)
    share = (half - along[row - 1]) / max(along[row] - along[row - 1], 1e-9)
    middle: Floats = world[row - 1] + share * (world[row] - world[row - 1])
    return middle


def _stripes(points: Floats, starts: np.ndarray, *, one_way: bool) -> Floats:
    """Slanted strokes across the lines, a step apart, as (n, 4) ends; where one way is closed,
    arrow heads."""
    found: list[Floats] = [np.empty((0, 4))]
    half, step = BAND_PX / 2, STEP_PX * (1.6 if one_way else 1.0)
    for begin, end in itertools.pairwise([*np.flatnonzero(starts).tolist(), len(points)]):
        part = points[begin:end]
        steps = np.hypot(*np.diff(part, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        if len(part) < 2 or along[-1] <= 0:
            continue
        number = max(1, round(along[-1] / step))
        at = (np.arange(number) + 0.5) * along[-1] / number
        row = np.minimum(np.searchsorted(along, at, side="right") - 1, len(steps) - 1)
        ahead = np.diff(part, axis=0)[row] / np.maximum(steps[row], 1e-9)[:, None]
        aside = np.column_stack((-ahead[:, 1], ahead[:, 0])) * half
        middle = part[row] + (at - along[row])[:, None] * ahead
        if one_way:
            tip, back = middle + ahead * half, middle - ahead * 2
            found += [np.hstack((tip, back + aside)), np.hstack((tip, back - aside))]
        else:
            found.append(np.hstack((middle + aside - ahead * 2.6, middle - aside + ahead * 2.6)))
    return np.ascontiguousarray(np.concatenate(found))


def distance_to(shape: Shape, x: float, y: float) -> float:
    """Pixels from a point to the nearest piece of a line."""
    joined = ~shape.starts[1:]
    a, b = shape.points[:-1][joined], shape.points[1:][joined]
    if not len(a):
        return float("inf")
    run = b - a
    length2 = np.maximum((run**2).sum(axis=1), 1e-9)
    share = np.clip((((x, y) - a) * run).sum(axis=1) / length2, 0.0, 1.0)
    nearest = a + share[:, None] * run
    return float(np.hypot(*(nearest - (x, y)).T).min())
