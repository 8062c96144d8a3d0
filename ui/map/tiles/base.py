"""The base map without words: land, water, green, buildings, rail, roads, small marks."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ui.map.tiles.marks import draw_arrows, draw_marks
from ui.map.tiles.raster import Underlay
from ui.map.tiles.scene import Areas, Codes, Scene, Viewport
from ui.map.tiles.strokes import Ints, Polylines, fill, path_of, stroke
from ui.map.tiles.style import (
    AreaStyle,
    BoundaryStyle,
    LineStyle,
    MapStyle,
    RoadStyle,
    fading,
    growing,
)
from ui.map.tiles.veil import draw_veil
from ui.theme.tokens import MapColours, mix

#: Streets reach over a tile's edge by half their width; lines near it are drawn as well.
MARGIN_PX = 40.0


class BasePainter:
    """Draws areas, lines and roads of a scene in one theme."""

    def __init__(self, scene: Scene, style: MapStyle, colours: MapColours) -> None:
        self._scene = scene
        self._style = style
        self._colours = colours
        self._rank_of_class = road_ranks(scene, style)
        self._area_codes = [scene.codes("area", one.kinds) for one in style.area]
        self._line_codes = [scene.codes("line", one.kinds) for one in style.line]
        self._boundary_codes = [scene.codes("boundary", one.kinds) for one in style.boundary]

    def paint(
        self, painter: QPainter, view: Viewport, zoom: float, raster: Underlay | None = None
    ) -> None:
        """Paint a viewport; `zoom` decides what is drawn and how wide, in painter units."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, view, zoom)
        if raster is not None:
            raster.paint(painter, view, zoom)
        scene, box = self._scene, view.grown(MARGIN_PX)
        found = scene.lines.index.query(box)
        kinds = scene.line_kind[found]
        self._lines(painter, view, zoom, found, kinds, above=False)
        self._roads(painter, view, zoom)
        self._lines(painter, view, zoom, found, kinds, above=True)
        draw_veil(painter, scene, view, self._colours.background)
        draw_marks(painter, scene, self._style, self._colours, view, zoom)

    def _colour(self, name: str) -> str:
        return str(getattr(self._colours, name))

    # -- areas -------------------------------------------------------------------------------

    def _ground(self, painter: QPainter, view: Viewport, zoom: float) -> None:
        scene, box = self._scene, view.grown(4)
        found = scene.ground.index.query(box)
        kinds = scene.ground_kind[found]
        bounded = False
        for style, codes in zip(self._style.area, self._area_codes, strict=True):
            if "water" in style.kinds:
                # A boundary that runs along a shore or down a river is the water's edge there.
                self._boundaries(painter, view, zoom)
                bounded = True
            if zoom < style.from_zoom:
                continue
            if style.kinds == ["building"]:
                if scene.buildings is not None:
                    rows = scene.buildings.index.query(box)
                    self._areas(painter, view, zoom, style, scene.buildings, rows)
            elif len(rows := found[np.isin(kinds, codes)]):
                self._areas(painter, view, zoom, style, scene.ground, rows)
        if not bounded:
            self._boundaries(painter, view, zoom)

    def _areas(
        self,
        painter: QPainter,
        view: Viewport,
        zoom: float,
        style: AreaStyle,
        areas: Areas,
        rows: Ints,
    ) -> None:
        extent = areas.extent(rows) * view.scale
        rows, extent = rows[extent >= style.min_px], extent[extent >= style.min_px]
        if len(rows) == 0:
            return
        colour = fading(self._colour(style.fill), self._colours.land, style.fade, zoom)
        painter.setBrush(QColor(colour))
        lined = style.line is not None and zoom >= style.line_from
        edge = QPen(QColor(self._colour(style.line or style.fill)), style.line_px)
        edge.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if style.kinds == ["building"]:
            # Thousands of small shapes that do not overlap: together, in chunks.
            painter.setPen(edge if lined else Qt.PenStyle.NoPen)
            rings = areas.rings(rows, view)
            fill(painter, rings if zoom >= 16 else rings.thinned(0.5))
            return
        rows = rows[np.argsort(-extent, kind="stable")]
        paths = []
        for row in rows.tolist():
            rings = areas.rings(np.array([row]), view)
            if len(rings.points):
                thin = rings.thinned(0.3)
                paths.append(path_of(thin.points, thin.starts))
        if lined:
            painter.setPen(edge)
            for path in paths:
                painter.drawPath(path)
        # Filled once more without the edge: two pieces of one lake show no line between them.
        painter.setPen(Qt.PenStyle.NoPen)
        for path in paths:
            painter.drawPath(path)

    # -- lines -------------------------------------------------------------------------------

    def _lines(
        self,
        painter: QPainter,
        view: Viewport,
        zoom: float,
        found: Ints,
        kinds: Codes,
        *,
        above: bool,
    ) -> None:
        for style, codes in zip(self._style.line, self._line_codes, strict=True):
            if zoom >= style.from_zoom and style.above_roads is above:
                rows = found[np.isin(kinds, codes)]
                if len(rows):
                    lines = view.lines_of(self._scene.lines, rows)
                    self._line(painter, lines, zoom, style)

    def _line(
        self, painter: QPainter, lines: Polylines, zoom: float, style: LineStyle | BoundaryStyle
    ) -> None:
        lines = lines.thinned(0.5)
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
        if isinstance(style, LineStyle) and style.sleepers and zoom >= style.sleepers_from:
            pen = _pen(self._colour(style.sleepers), width * 0.5, Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([12.0 / max(width, 1), 12.0 / max(width, 1)])
            painter.setPen(pen)
            stroke(painter, lines, 2.0)

    def _boundaries(self, painter: QPainter, view: Viewport, zoom: float) -> None:
        scene = self._scene
        if not len(scene.boundaries):
            return
        found = scene.boundaries.index.query(view.grown(MARGIN_PX))
        kinds = scene.boundary_kind[found]
        for style, codes in zip(self._style.boundary, self._boundary_codes, strict=True):
            if style.from_zoom <= zoom:
                rows = found[np.isin(kinds, codes)]
                if len(rows):
                    self._line(painter, view.lines_of(scene.boundaries, rows), zoom, style)

    # -- roads -------------------------------------------------------------------------------

    def _roads(self, painter: QPainter, view: Viewport, zoom: float) -> None:
        scene = self._scene
        found = scene.roads.index.query(view.grown(MARGIN_PX))
        ranks = self._rank_of_class[scene.road_class[found]]
        froms = np.array([road.from_zoom for road in self._style.road] + [99.0])
        drawn = froms[ranks] <= zoom
        found, ranks = found[drawn], ranks[drawn]
        if len(found) == 0:
            return
        levels = scene.road_level[found]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for level in np.unique(levels).tolist():
            steps: list[_Step] = []
            here = levels == level
            for rank in np.unique(ranks[here]).tolist():
                rows = found[here & (ranks == rank)]
                steps += self._road_steps(rows, view, zoom, self._style.road[rank])
            if level < 0:
                self._tunnels(painter, steps)
            else:
                self._surface(painter, steps, zoom, view, raised=level > 0)

    def _road_steps(self, rows: Ints, view: Viewport, zoom: float, road: RoadStyle) -> list[_Step]:
        scene = self._scene
        width = growing(road.width, zoom)
        land = self._colours.land
        colour = fading(self._colour(road.colour), land, road.fade, zoom)
        is_link = self._links[scene.road_class[rows]]
        steps = []
        for part, scale in ((rows[is_link], self._style.roads.link_scale), (rows[~is_link], 1.0)):
            if len(part):
                lines = view.lines_of(scene.roads, part).thinned(0.5)
                cased = zoom >= road.casing_from
                step = _Step(lines, max(width * scale, 0.5), colour, cased, road.dash)
                if zoom >= self._style.roads.arrows_from and step.width >= 4:
                    step.ways = part[scene.road_oneway[part] != 0].tolist()
                steps.append(step)
        return steps

    @property
    def _links(self) -> np.ndarray:
        return np.array([name.endswith("_link") for name in self._scene.drawing.lists["road"]])

    def _surface(
        self,
        painter: QPainter,
        steps: list[_Step],
        zoom: float,
        view: Viewport,
        *,
        raised: bool,
    ) -> None:
        side = growing(self._style.roads.casing, zoom)
        cap = Qt.PenCapStyle.FlatCap if raised else Qt.PenCapStyle.RoundCap
        casing = self._colours.bridge_casing if raised else self._colours.casing
        for step in steps:
            if step.cased or (raised and step.width >= 1.4):
                # A bridge stands out by a broader edge than the street it crosses.
                width = step.width + 2 * side * (1.5 if raised else 1.0)
                painter.setPen(_pen(casing, width, cap))
                stroke(painter, step.lines, width)
        for step in steps:
            pen = _pen(step.colour, step.width)
            if step.dash:
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern(step.dash)
            painter.setPen(pen)
            stroke(painter, step.lines, step.width if not step.dash else max(step.width, 1.01))
            if step.ways:
                # Before the next class is drawn, whose crossings cover what lies in their way.
                roads = [(row, step.width) for row in step.ways]
                every = self._style.roads.arrow_every_px
                draw_arrows(painter, self._scene, view, roads, every, self._colours.arrow)
                painter.setBrush(Qt.BrushStyle.NoBrush)

    def _tunnels(self, painter: QPainter, steps: list[_Step]) -> None:
        share = self._style.roads.tunnel_share
        flat = Qt.PenCapStyle.FlatCap
        for step in steps:
            mix(step.colour, self._colours.land, share)
            if step.width < 2.4:
                pen = _pen(mix(step.colour, self._colours.land, share * 0.6), step.width, flat)
                pen.setDashPattern([4.0 / step.width, 3.0 / step.width])
                painter.setPen(pen)
                stroke(painter, step.lines, 2.0)
                continue
            outer = step.width + 1.6
            edge = _pen(mix(step.colour, self._colours.casing, 0.5), outer, flat)
            edge.setDashPattern([6.0 / outer, 4.0 / outer])
            painter.setPen(edge)
            stroke(painter, step.lines, 2.0)
        for step in steps:
            if step.width >= 2.4:
                painter.setPen(_pen(mix(step.colour, self._colours.land, share), step.width, flat))
                stroke(painter, step.lines, step.width)


class _Step:
    """One class of road in one drawing pass."""

    __slots__ = ("cased", "colour", "dash", "lines", "ways", "width")

    def __init__(
        self,
        lines: Polylines,
        width: float,
        colour: str,
        cased: bool,
        dash: list[float] | None,
    ) -> None:
        self.lines = lines
        self.width = width
        self.colour = colour
        self.cased = cased
        self.dash = dash
        #: Rows of one-way roads that get arrows.
        self.ways: list[int] = []


def road_ranks(scene: Scene, style: MapStyle) -> Ints:
    """Position in the style's road list for every road class; -1: not drawn."""
    classes = scene.drawing.lists["road"]
    ranks = np.full(len(classes), -1, dtype=np.int64)
    for rank, road in enumerate(style.road):
        for name in road.classes:
            if name in classes:
                ranks[classes.index(name)] = rank
    return ranks


def _pen(colour: str, width: float, cap: Qt.PenCapStyle = Qt.PenCapStyle.RoundCap) -> QPen:
    pen = QPen(QColor(colour), width, Qt.PenStyle.SolidLine, cap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
