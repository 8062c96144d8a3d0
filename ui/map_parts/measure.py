"""Measuring on the map: lengths straight and by road, directions, and the area of a closed ring."""

from __future__ import annotations

import math
from itertools import count

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen, QPolygonF

from dispatch.advice.messages import RouteFound
from dispatch.domain.message import Message
from dispatch.domain.unit import Fix
from dispatch.domain.value import Point
from ui.incidents.durations import span
from ui.map.camera import Camera
from ui.map.fonts import font
from ui.map.geodesy import LonLat, area_m2, inverse, length_m
from ui.map.overlay import Overlay, Tool
from ui.map.projection import Floats, world_m
from ui.map.view import MapView
from ui.map_parts.figures import decimal
from ui.map_parts.part import Choice, MapPart, Spot
from ui.panel import PanelContext
from ui.theme.tokens import Theme

STRIP = "measure"
#: A click so near to the first point closes the ring.
CLOSE_PX = 12.0
#: Lengths are written on pieces at least so long on the canvas.
LABEL_FROM_PX = 64.0
MOST_POINTS = 200
#: The way by road is asked for at most so many pieces.
MOST_ROADS = 24
COMPASS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
_numbers = count(1)


class Measure(MapPart, Tool, Overlay):
    """The tool, what it draws, and what it says."""

    above = True

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.points: list[LonLat] = []
        self.closed = False
        self.roads: dict[int, RouteFound] = {}
        self._asked: dict[str, int] = {}
        self._pointer: LonLat | None = None
        view.lay(self)
        context.route_found.connect(self._road_found)
        context.commands.bind("map.measure", self.toggle, owner=owner)

    @property
    def on(self) -> bool:
        """Whether one measures now."""
        return self.view.tool is self

    def toggle(self) -> None:
        """Begin to measure, or stop."""
        if self.on:
            self.view.use(None)
            return
        self.clear()
        self.view.use(self)
        self.view.setFocus()
        self._say()

    def begin_at(self, lon: float, lat: float) -> None:
        """Measure from a place."""
        self.clear()
        self.view.use(self)
        self._add((lon, lat))

    def clear(self) -> None:
        """Nothing measured."""
        self.points.clear()
        self.roads.clear()
        self._asked.clear()
        self.closed = False
        self._pointer = None

    # -- the tool ----------------------------------------------------------------------------

    def clicked(self, lon: float, lat: float, at: QPointF) -> None:
        if self.closed:
            self.clear()
        if len(self.points) >= 3 and self._is_near_first(at):
            self.closed = True
            self._ask_road(len(self.points) - 1, self.points[-1], self.points[0])
            self._say()
            self.view.update()
            return
        self._add((lon, lat))

    def double_clicked(self, lon: float, lat: float, at: QPointF) -> None:
        """The first click set the point already; the second ends the line there."""
        self._pointer = None
        self._say()

    def pointed(self, lon: float, lat: float, at: QPointF) -> None:
        if not self.closed:
            self._pointer = (lon, lat)
            self._say()
            self.view.update()

    def key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Backspace | Qt.Key.Key_Delete:
                self._take_back()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                # By keys alone: the arrows move the map under its middle.
                middle = QPointF(self.view.width() / 2, self.view.height() / 2)
                self._pointer = None
                self.clicked(*self.view.lonlat_at(middle), middle)
            case _:
                return False
        return True

    def ended(self) -> None:
        self.clear()
        self.view.strips.take_away(STRIP)
        self.view.update()

    def _is_near_first(self, at: QPointF) -> bool:
        away = self.view.canvas_at(*self.points[0]) - at
        return math.hypot(away.x(), away.y()) <= CLOSE_PX

    def _add(self, point: LonLat) -> None:
        if len(self.points) >= MOST_POINTS or (self.points and self.points[-1] == point):
            return
        self.points.append(point)
        if len(self.points) > 1:
            self._ask_road(len(self.points) - 2, self.points[-2], point)
        self._say()
        self.view.update()

    def _take_back(self) -> None:
        if self.closed:
            self.closed = False
            self.roads.pop(len(self.points) - 1, None)
        elif self.points:
            self.points.pop()
            self.roads.pop(len(self.points) - 1, None)
        self._say()
        self.view.update()

    # -- by road -----------------------------------------------------------------------------

    def _ask_road(self, piece: int, start: LonLat, end: LonLat) -> None:
        if piece >= MOST_ROADS:
            return
        key = f"measure|{next(_numbers)}"
        self._asked[key] = piece
        here = Fix(unit_id="measure", point=Point(lon=start[0], lat=start[1]), t_us=0)
        self.context.ask_route(key, here, end)

    def _road_found(self, way: RouteFound) -> None:
        piece = self._asked.pop(way.key, None)
        if piece is not None and piece < self.pieces and way.seconds is not None and way.lon:
            self.roads[piece] = way
            self._say()
            self.view.update()

    @property
    def pieces(self) -> int:
        """How many pieces the line has."""
        return max(0, len(self.points) - 1) + self.closed

    def by_road(self) -> tuple[float, float] | None:
        """Metres and seconds by road along all points; None until every piece has its way."""
        if not self.pieces or len(self.roads) < self.pieces:
            return None
        metres = sum(
            length_m(list(zip(way.lon, way.lat, strict=True))) for way in self.roads.values()
        )
        return metres, sum(way.seconds or 0.0 for way in self.roads.values())

    # -- words -------------------------------------------------------------------------------

    def line(self) -> list[LonLat]:
        """The line with the piece to the pointer."""
        if self.closed:
            return [*self.points, self.points[0]]
        return [*self.points, self._pointer] if self._pointer and self.points else self.points

    def words(self) -> tuple[str, str]:
        """What the strip says: the measure, and behind it the rest and how to go on."""
        say, key = self.context.say, self.context.commands.key_text
        stops = say("hands.stops", key=key("window.escape"))
        if not self.points:
            return say("hands.measure.begin"), stops
        line = self.line()
        more = []
        if self.closed:
            head = say(
                "hands.measure.ring",
                length=self.length(length_m(line)),
                area=self.area(area_m2(self.points)),
            )
        else:
            head = say("hands.measure.length", length=self.length(length_m(line)))
            if len(line) > 1:
                last, bearing = inverse(line[-2], line[-1])
                where = say(f"hands.compass.{COMPASS[round(bearing / 45) % 8]}")
                piece = self.length(last)
                turn = f"{round(bearing) % 360:03d}°"
                more.append(say("hands.measure.last", length=piece, bearing=turn, where=where))
        road = self.by_road()
        if road is not None:
            time = span(road[1])
            more.append(say("hands.measure.road", length=self.length(road[0]), time=time))
        if len(self.points) >= 3 and not self.closed:
            more.append(say("hands.measure.close"))
        return head, " · ".join([*more, stops])

    def length(self, metres: float) -> str:
        """A length as people read it."""
        if metres < 1000:
            return self.context.say("hands.m", n=round(metres))
        return self._told("hands.km", metres / 1000, 2 if metres < 10_000 else 1)

    def area(self, square_metres: float) -> str:
        """An area as people read it."""
        if square_metres < 10_000:
            return self.context.say("hands.m2", n=round(square_metres))
        if square_metres < 1_000_000:
            return self._told("hands.ha", square_metres / 10_000, 1)
        return self._told("hands.km2", square_metres / 1_000_000, 2)

    def _told(self, message_id: str, value: float, digits: int) -> str:
        return self.context.say(message_id, n=decimal(value, digits, self.context.language))

    def _say(self) -> None:
        if self.on:
            words, more = self.words()
            self.view.strips.show_words(
                STRIP,
                words,
                more,
                on_close=lambda: self.view.use(None),
                close_words=self.context.say("hands.measure.stop"),
            )

    # -- drawing -----------------------------------------------------------------------------

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        if not self.on:
            return
        if self._pointer is None and not self.closed:
            self._cross(painter, camera, theme)
        if not self.points:
            return
        for way in self.roads.values():
            points = camera.to_canvas(world_m(np.column_stack((way.lon, way.lat))))
            self._stroke(painter, points, theme.map.route_casing, 5.0)
            self._stroke(painter, points, theme.map.route_alternative, 2.5)
        line = self.line()
        canvas = camera.to_canvas(world_m(np.array(line, dtype=np.float64)))
        if self.closed:
            fill = QColor(theme.ui.focus)
            fill.setAlphaF(0.14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in canvas.tolist()]))
        self._stroke(painter, canvas, theme.map.pill, 5.0)
        self._stroke(painter, canvas, theme.ui.focus, 2.0)
        painter.setPen(QPen(QColor(theme.map.pill), 1.5))
        painter.setBrush(QColor(theme.ui.focus))
        for x, y in canvas[: len(self.points)].tolist():
            painter.drawEllipse(QPointF(x, y), 4.5, 4.5)
        self._lengths(painter, camera, theme, line, canvas)

    def _stroke(self, painter: QPainter, canvas: Floats, colour: str, width: float) -> None:
        if len(canvas) < 2:
            return
        pen = QPen(QColor(colour), width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in canvas.tolist()]))

    def _cross(self, painter: QPainter, camera: Camera, theme: Theme) -> None:
        """Where Enter would set a point."""
        x, y = round(camera.width / 2) + 0.5, round(camera.height / 2) + 0.5
        for colour, width in ((theme.map.pill, 4.0), (theme.ui.focus, 1.6)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(x - 9, y), QPointF(x + 9, y))
            painter.drawLine(QPointF(x, y - 9), QPointF(x, y + 9))

    def _lengths(
        self, painter: QPainter, camera: Camera, theme: Theme, line: list[LonLat], canvas: Floats
    ) -> None:
        if len(line) < 2:
            return
        face = font(11)
        metrics = QFontMetricsF(face)
        painter.setFont(face)
        middles = (canvas[1:] + canvas[:-1]) / 2
        spans = np.hypot(*(canvas[1:] - canvas[:-1]).T)
        for n, (x, y) in enumerate(middles.tolist()):
            inside = -60 < x < camera.width + 60 and -20 < y < camera.height + 20
            if spans[n] < LABEL_FROM_PX or not inside:
                continue
            text = self.length(inverse(line[n], line[n + 1])[0])
            wide = metrics.horizontalAdvance(text) + 12
            box = QRectF(round(x - wide / 2), round(y - 9), round(wide), 18)
            painter.setPen(QPen(QColor(theme.map.pill_line), 1))
            painter.setBrush(QColor(theme.map.pill))
            painter.drawRoundedRect(box, 9, 9)
            painter.setPen(QColor(theme.map.pill_ink))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # -- the part ----------------------------------------------------------------------------

    def choices(self, spot: Spot) -> tuple[Choice, ...]:
        return (
            Choice(
                Message("hands.menu.measure"),
                lambda: self.begin_at(spot.lon, spot.lat),
                command_id="map.measure",
            ),
        )

    def retranslate(self) -> None:
        self._say()
