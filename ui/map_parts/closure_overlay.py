"""Closed roads on the map: a barrier of stripes along the road, a no-entry sign, what and until.

Black and white alone, so that it reads without colour and takes none that means something else.
A closure whose hour has not come is an outline. Far out only the signs stand; close in the words.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from ui.map.camera import Camera
from ui.map.fonts import font
from ui.map.overlay import Overlay
from ui.map.projection import Floats, metres_per_pixel, world_m
from ui.map.tiles.strokes import CHUNK, path_of
from ui.theme.tokens import Theme

CLOSURE = "closure/"
#: From this zoom on the stripes are drawn, from that one the words.
STRIPES_FROM, WORDS_FROM = 12.0, 14.0
BAND_PX, STEP_PX = 8.0, 9.0
SIGN_PX = 8.5
#: Signs nearer than this to another are left out while the stripes are not drawn.
APART_PX = 15.0
REACH_PX = 7.0
MOST_WORDS = 40


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
class _Shape:
    """A mark's lines in pixels from its own anchor, at one zoom."""

    zoom: float
    paths: list[QPainterPath]
    stripes: list[QLineF]
    points: Floats
    starts: np.ndarray


@dataclass
class _Drawn:
    mark: RoadMark
    world: Floats
    anchor: Floats
    ring: Floats | None
    box: tuple[float, float, float, float]
    shape: _Shape | None = field(default=None)

    @classmethod
    def of(cls, mark: RoadMark) -> _Drawn:
        world = world_m(np.asarray(mark.points, dtype=np.float64).reshape(-1, 2))
        ring = None if mark.ring is None else world_m(mark.ring)
        whole = world if ring is None else np.concatenate([world, ring])
        low, high = whole.min(axis=0), whole.max(axis=0)
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        return cls(mark, world, _middle(world, mark.starts), ring, box)

    def at(self, zoom: float) -> _Shape:
        """Its lines at a zoom, kept while it stays."""
        if self.shape is None or self.shape.zoom != zoom:
            points = (self.world - self.anchor) / metres_per_pixel(zoom)
            points[:, 1] *= -1
            starts = np.zeros(len(points), dtype=bool)
            starts[list(self.mark.starts) or [0]] = True
            cuts = [*np.flatnonzero(starts)[::CHUNK].tolist(), len(points)]
            paths = [path_of(points[a:b], starts[a:b]) for a, b in itertools.pairwise(cuts)]
            stripes = _stripes(points, starts, one_way=self.mark.one_way)
            self.shape = _Shape(zoom, paths, stripes, points, starts)
        return self.shape


class ClosureOverlay(Overlay):
    """All closures of the board."""

    def __init__(self) -> None:
        self._drawn: dict[str, _Drawn] = {}
        self.pointed = ""
        """Id of the closure that is marked: in the list, or whose card stands."""
        self._seen: list[tuple[str, QPointF, _Shape | None]] = []

    def show_marks(self, marks: Iterable[RoadMark]) -> bool:
        """Replace all closures; whether anything drawn differs."""
        before, now = self._drawn, dict[str, _Drawn]()
        same = True
        for mark in marks:
            known = before.get(mark.mark_id)
            if known is not None and _alike(known.mark, mark):
                now[mark.mark_id] = known
            else:
                now[mark.mark_id] = _Drawn.of(mark)
                same = False
        same = same and list(before) == list(now)
        self._drawn = now
        return not same

    def bounds(self, mark_id: str) -> tuple[float, float, float, float] | None:
        """West, south, east, north of a closure in degrees; None for one that is not drawn."""
        drawn = self._drawn.get(mark_id)
        if drawn is None:
            return None
        west, south = drawn.mark.points.min(axis=0)
        east, north = drawn.mark.points.max(axis=0)
        return float(west), float(south), float(east), float(north)

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        self._seen = []
        west, south, east, north = camera.box
        margin = 24 * camera.metres_per_pixel
        near = [
            drawn
            for drawn in self._drawn.values()
            if drawn.box[0] < east + margin
            and drawn.box[2] > west - margin
            and drawn.box[1] < north + margin
            and drawn.box[3] > south - margin
        ]
        striped = camera.zoom >= STRIPES_FROM
        places = []
        for drawn in near:
            at = camera.to_canvas(drawn.anchor[None, :])[0].round()
            shape = drawn.at(camera.zoom) if striped else None
            places.append((drawn, QPointF(float(at[0]), float(at[1])), shape))
        for drawn, at, shape in places:
            if shape is not None:
                marked = drawn.mark.mark_id == self.pointed
                if drawn.ring is not None:
                    paint_ring(painter, camera, drawn.ring, theme.layers.closure)
                paint_band(painter, at, shape, theme, planned=drawn.mark.planned, marked=marked)
        self._paint_signs(painter, places, camera, theme)

    def _paint_signs(
        self,
        painter: QPainter,
        places: Sequence[tuple[_Drawn, QPointF, _Shape | None]],
        camera: Camera,
        theme: Theme,
    ) -> None:
        taken: set[tuple[int, int]] = set()
        words = 0
        for drawn, at, shape in places:
            cell = (round(at.x() / APART_PX), round(at.y() / APART_PX))
            self._seen.append((drawn.mark.mark_id, at, shape))
            if shape is None and cell in taken:
                continue
            taken.add(cell)
            paint_sign(painter, at, theme, planned=drawn.mark.planned)
            marked = drawn.mark.mark_id == self.pointed
            if drawn.mark.words and (camera.zoom >= WORDS_FROM or marked) and words < MOST_WORDS:
                words += 1
                paint_words(painter, at, drawn.mark.words, theme)

    def pick(self, x: float, y: float) -> str:
        for mark_id, at, shape in reversed(self._seen):
            if (at.x() - x) ** 2 + (at.y() - y) ** 2 <= (SIGN_PX + 2) ** 2:
                return CLOSURE + mark_id
            if shape is not None and _distance(shape, x - at.x(), y - at.y()) <= REACH_PX:
                return CLOSURE + mark_id
        return ""


def paint_band(
    painter: QPainter,
    at: QPointF,
    shape: _Shape,
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
        painter.setPen(_pen(theme.ui.accent_ink, 1.8))
        painter.drawLines(shape.stripes)
    else:
        painter.setPen(_pen(ink, 2.4))
        painter.drawLines(shape.stripes)
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
    face = font(11)
    metrics = QFontMetricsF(face)
    wide = round(metrics.horizontalAdvance(words)) + 14
    box = QRectF(at.x() + SIGN_PX + 5, at.y() - 9, wide, 18)
    land = theme.map
    painter.setPen(QPen(QColor(land.pill_line), 1))
    painter.setBrush(QColor(land.pill))
    painter.drawRoundedRect(box.translated(0.5, 0.5), 9, 9)
    painter.setFont(face)
    painter.setPen(QColor(land.pill_ink))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def shape_of(mark: RoadMark, camera: Camera) -> tuple[QPointF, _Shape]:
    """A mark that is drawn once, for a preview: its anchor on the canvas, and its lines."""
    drawn = _Drawn.of(mark)
    at = camera.to_canvas(drawn.anchor[None, :])[0].round()
    return QPointF(float(at[0]), float(at[1])), drawn.at(camera.zoom)


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _alike(a: RoadMark, b: RoadMark) -> bool:
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


def _stripes(points: Floats, starts: np.ndarray, *, one_way: bool) -> list[QLineF]:
    """Slanted strokes across the lines, a step apart; arrow heads where one way is closed."""
    found: list[QLineF] = []
    half = BAND_PX / 2
    cuts = [*np.flatnonzero(starts).tolist(), len(points)]
    for begin, end in itertools.pairwise(cuts):
        part = points[begin:end]
        steps = np.hypot(*np.diff(part, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        if len(part) < 2 or along[-1] <= 0:
            continue
        step = STEP_PX * (1.6 if one_way else 1.0)
        number = max(1, round(along[-1] / step))
        for at in ((np.arange(number) + 0.5) * along[-1] / number).tolist():
            row = min(int(np.searchsorted(along, at, side="right")) - 1, len(steps) - 1)
            if steps[row] <= 0:
                continue
            tx, ty = (part[row + 1] - part[row]) / steps[row]
            x, y = part[row] + (at - along[row]) * np.array([tx, ty])
            if one_way:
                tip = QPointF(x + tx * half, y + ty * half)
                for side in (-1, 1):
                    back_x = x - tx * 2 - side * ty * half
                    back_y = y - ty * 2 + side * tx * half
                    found.append(QLineF(tip, QPointF(back_x, back_y)))
            else:
                lean_x, lean_y = tx * 2.6, ty * 2.6
                found.append(
                    QLineF(
                        x - ty * half - lean_x,
                        y + tx * half - lean_y,
                        x + ty * half + lean_x,
                        y - tx * half + lean_y,
                    )
                )
    return found


def _distance(shape: _Shape, x: float, y: float) -> float:
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
