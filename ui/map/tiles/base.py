"""The base map without words: land, water, green, buildings, rail and roads onto one canvas."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from dispatch.region.schema import EDGE_CLASSES
from ui.map.tiles.scene import Scene, Viewport
from ui.map.tiles.strokes import Ints, Polylines, fill, path_of, stroke
from ui.map.tiles.style import AreaStyle, LineStyle, MapStyle, RoadStyle, fading, growing
from ui.theme.tokens import MapColours, mix

#: Below this zoom small streets are not drawn, so the index of main roads is enough.
ALL_ROADS_FROM = 12.0
#: Streets reach over a tile's edge by half their width; lines near it are drawn as well.
MARGIN_PX = 40.0


class BasePainter:
    """Draws areas, lines and roads of a scene in one theme."""

    def __init__(self, scene: Scene, style: MapStyle, colours: MapColours) -> None:
        self._scene = scene
        self._style = style
        self._colours = colours
        self._road_of_class = road_ranks(style)

    def warm(self) -> None:
        """Build the scene's indexes by asking for nothing at the middle of nowhere."""
        nowhere = (0.0, 0.0, 0.0, 0.0)
        self._scene.roads_in(nowhere, main_only=False)
        self._scene.roads_in(nowhere, main_only=True)
        self._scene.areas_in(nowhere, ["building"], 0.0)
        self._scene.lines_in(nowhere, ["rail"])

    def paint(self, painter: QPainter, view: Viewport, zoom: float) -> None:
        """Paint a viewport; `zoom` decides what is drawn and how wide, in painter units."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for area in self._style.area:
            if zoom >= area.from_zoom:
                self._areas(painter, view, zoom, area)
        for line in self._style.line:
            if zoom >= line.from_zoom and not line.above_roads:
                self._lines(painter, view, zoom, line)
        self._roads(painter, view, zoom)
        for line in self._style.line:
            if zoom >= line.from_zoom and line.above_roads:
                self._lines(painter, view, zoom, line)

    def _colour(self, name: str) -> str:
        return str(getattr(self._colours, name))

    def _areas(self, painter: QPainter, view: Viewport, zoom: float, style: AreaStyle) -> None:
        box = view.grown(4)
        found = self._scene.areas_in(box, style.kinds, style.min_px / view.scale)
        if len(found) == 0:
            return
        colour = fading(self._colour(style.fill), self._colours.land, style.fade, zoom)
        painter.setBrush(QColor(colour))
        if style.line is not None and zoom >= style.line_from:
            painter.setPen(QPen(QColor(self._colour(style.line)), 1.0))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
        if style.kinds == ["building"]:
            # Thousands of small shapes that do not overlap: together, in chunks.
            rings = self._scene.area_rings(found, view)
            fill(painter, rings if zoom >= 16 else rings.thinned(0.5))
            return
        for area in found:
            rings = self._scene.area_rings(np.array([area]), view)
            if len(rings.points):
                thin = rings.thinned(0.4)
                painter.drawPath(path_of(thin.points, thin.starts))

    def _lines(self, painter: QPainter, view: Viewport, zoom: float, style: LineStyle) -> None:
        found = self._scene.lines_in(view.grown(MARGIN_PX), style.kinds)
        if len(found) == 0:
            return
        lines = view.lines_of(self._scene.lines, found).thinned(0.5)
        width = growing(style.width, zoom)
        colour = fading(self._colour(style.colour), self._colours.land, style.fade, zoom)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if style.dash:
            pen = _pen(colour, width, Qt.PenCapStyle.FlatCap)
            pen.setDashPattern(style.dash)
            painter.setPen(pen)
            stroke(painter, lines, max(width, 1.01))
            return
        painter.setPen(_pen(colour, width))
        stroke(painter, lines, width)
        if style.sleepers is not None and zoom >= style.sleepers_from:
            pen = _pen(self._colour(style.sleepers), width * 0.55, Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([6.0, 6.0])
            painter.setPen(pen)
            stroke(painter, lines, 2.0)

    # -- roads -------------------------------------------------------------------------------

    def _roads(self, painter: QPainter, view: Viewport, zoom: float) -> None:
        scene = self._scene
        found = scene.roads_in(view.grown(MARGIN_PX), main_only=zoom < ALL_ROADS_FROM)
        if len(found) == 0:
            return
        ranks = self._road_of_class[scene.road_class[found]]
        levels = scene.road_level[found]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for level in np.unique(levels).tolist():
            steps: list[_Step] = []
            for rank, road in enumerate(self._style.road):
                rows = found[(ranks == rank) & (levels == level)]
                if zoom >= road.from_zoom and len(rows):
                    steps += self._road_steps(rows, view, zoom, road)
            if level < 0:
                self._tunnels(painter, steps)
            else:
                self._surface(painter, steps, zoom, raised=level > 0)
        if zoom >= self._style.roads.arrows_from:
            self._arrows(painter, view, zoom, found[levels >= 0])

    def _road_steps(self, rows: Ints, view: Viewport, zoom: float, road: RoadStyle) -> list[_Step]:
        scene = self._scene
        width = growing(road.width, zoom)
        land = self._colours.land
        colour = fading(self._colour(road.colour), land, road.fade, zoom)
        is_link = _LINKS[scene.road_class[rows]]
        steps = []
        for part, scale in ((rows[is_link], self._style.roads.link_scale), (rows[~is_link], 1.0)):
            if len(part):
                lines = view.lines_of(scene.roads, part).thinned(0.5)
                cased = zoom >= road.casing_from
                steps.append(_Step(lines, max(width * scale, 0.5), colour, cased))
        return steps

    def _surface(self, painter: QPainter, steps: list[_Step], zoom: float, *, raised: bool) -> None:
        side = growing(self._style.roads.casing, zoom)
        cap = Qt.PenCapStyle.FlatCap if raised else Qt.PenCapStyle.RoundCap
        for step in steps:
            if step.cased:
                # A bridge stands out by a broader edge than the street it crosses.
                width = step.width + 2 * side * (1.6 if raised else 1.0)
                painter.setPen(_pen(self._colours.casing, width, cap))
                stroke(painter, step.lines, width)
        for step in steps:
            painter.setPen(_pen(step.colour, step.width))
            stroke(painter, step.lines, step.width)

    def _tunnels(self, painter: QPainter, steps: list[_Step]) -> None:
        share = self._style.roads.tunnel_share
        for step in steps:
            flat = Qt.PenCapStyle.FlatCap
            if step.width >= 3:
                edge = _pen(mix(step.colour, self._colours.land, 0.3), step.width + 1.4, flat)
                edge.setDashPattern([4.0 / (step.width + 1.4), 3.0 / (step.width + 1.4)])
                painter.setPen(edge)
                stroke(painter, step.lines, 2.0)
            painter.setPen(_pen(mix(step.colour, self._colours.land, share), step.width, flat))
            stroke(painter, step.lines, step.width)

    def _arrows(self, painter: QPainter, view: Viewport, zoom: float, rows: Ints) -> None:
        oneway = self._scene.road_oneway[rows]
        rows, oneway = rows[oneway != 0], oneway[oneway != 0]
        if len(rows) == 0:
            return
        widths = [growing(road.width, zoom) for road in self._style.road]
        ranks = self._road_of_class[self._scene.road_class[rows]]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.arrow))
        every = self._style.roads.arrow_every_px
        for row, way, rank in zip(rows.tolist(), oneway.tolist(), ranks.tolist(), strict=True):
            if rank < 0 or widths[rank] < 4 or zoom < self._style.road[rank].from_zoom:
                continue
            points, _ = self._scene.roads.gather(np.array([row]))
            size = min(5.5, widths[rank] * 0.42)
            _draw_arrows(painter, view.pixels(points)[:: int(way)], every, size)


class _Step:
    """One class of road in one drawing pass."""

    __slots__ = ("cased", "colour", "lines", "width")

    def __init__(self, lines: Polylines, width: float, colour: str, cased: bool) -> None:
        self.lines = lines
        self.width = width
        self.colour = colour
        self.cased = cased


_LINKS = np.array([name.endswith("_link") for name in EDGE_CLASSES])


def road_ranks(style: MapStyle) -> Ints:
    """Position in the style's road list for every road class; -1: not drawn."""
    ranks = np.full(len(EDGE_CLASSES), -1, dtype=np.int64)
    for rank, road in enumerate(style.road):
        for name in road.classes:
            ranks[EDGE_CLASSES.index(name)] = rank
    return ranks


def _pen(colour: str, width: float, cap: Qt.PenCapStyle = Qt.PenCapStyle.RoundCap) -> QPen:
    pen = QPen(QColor(colour), width, Qt.PenStyle.SolidLine, cap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _draw_arrows(painter: QPainter, points: np.ndarray, every: float, size: float) -> None:
    """Arrow heads along a line, one at least where the line is long enough to hold it."""
    steps = np.diff(points, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    total = float(lengths.sum())
    if total < size * 8:
        return
    count = max(1, int(total // every))
    travelled = np.concatenate([[0.0], np.cumsum(lengths)])
    for at in ((np.arange(count) + 0.5) * total / count).tolist():
        piece = min(int(np.searchsorted(travelled, at, side="right")) - 1, len(steps) - 1)
        if lengths[piece] <= 0:
            continue
        share = (at - travelled[piece]) / lengths[piece]
        x, y = (points[piece] + steps[piece] * share).tolist()
        angle = math.atan2(steps[piece][1], steps[piece][0])
        cos, sin = math.cos(angle) * size, math.sin(angle) * size
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x + cos, y + sin),
                    QPointF(x - cos * 0.7 - sin * 0.8, y - sin * 0.7 + cos * 0.8),
                    QPointF(x - cos * 0.35, y - sin * 0.35),
                    QPointF(x - cos * 0.7 + sin * 0.8, y - sin * 0.7 - cos * 0.8),
                ]
            )
        )
