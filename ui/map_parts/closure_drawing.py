"""Drawing a closure: clicks along a road, and at once the roads that they would close.

The engine follows the hand; what it answers is shown striped with its length and names. A click on
the first point closes a ring: an area. Backspace takes the last point back, Enter or a double
click ends, Escape gives up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from itertools import count

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from dispatch.advice.messages import MatchRoads, Opened, RoadsMatched
from dispatch.domain.closure import ClosureShape
from dispatch.domain.value import Point
from ui.map.camera import Camera
from ui.map.overlay import Overlay, Tool
from ui.map.projection import world_m
from ui.map.view import MapView
from ui.map_parts.closure_painting import RoadMark, paint_band, paint_ring, shape_of
from ui.map_parts.closure_words import length_of, street_of
from ui.panel import PanelContext
from ui.theme.tokens import Theme

STRIP = "closing"
CLOSE_PX = 12.0
MOST_POINTS = 100
#: The roads to the pointer are asked for at most so often.
ASK_S = 0.06

LonLat = tuple[float, float]
_numbers = count(1)


class Drawing(QObject, Tool, Overlay):
    """The tool and its preview. `finished` is called when the drawing is ended by a person,
    `given_up` when it is put away."""

    above = True

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(owner)
        self._view, self._context = view, context
        self.points: list[LonLat] = []
        self.ring = False
        self.one_way = False
        self.street = ""
        self.matched: RoadsMatched | None = None
        self.finished: Callable[[], None] = lambda: None
        self.given_up: Callable[[], None] = lambda: None
        self._ended = False
        self._pointer: LonLat | None = None
        self._key = ""
        self._answered = True
        self._asked_s = 0.0
        self._stale = False
        self._mark: RoadMark | None = None
        self._soon = QTimer(self, interval=int(ASK_S * 1000), singleShot=True)
        self._soon.timeout.connect(self._ask)
        view.lay(self)
        context.answered.connect(self._take)

    @property
    def on(self) -> bool:
        """Whether one draws now."""
        return self._view.tool is self

    @property
    def shape(self) -> ClosureShape:
        """What was drawn."""
        return ClosureShape.AREA if self.ring else ClosureShape.LINE

    @property
    def settled(self) -> bool:
        """Whether the roads shown are those of the points as they stand."""
        return self._answered and not self._stale and not self._soon.isActive()

    def begin(self, *points: LonLat) -> None:
        """Take up the tool, with points that are known already."""
        self.clear()
        self.points = list(points)
        self._view.use(self)
        self._view.setFocus()
        self._want()
        self._say()

    def clear(self) -> None:
        """Nothing drawn."""
        self.points, self.ring, self.matched, self._mark = [], False, None, None
        self.one_way, self.street, self._pointer, self._ended = False, "", None, False
        self._key, self._answered, self._stale = "", True, False
        self._view.update()

    def end(self) -> None:
        """The drawing stands; the tool is put away, what was drawn stays to be seen."""
        if not self.points:
            return
        self._pointer = None
        self._ended = True
        self._ask()
        self._view.use(None)
        self.finished()

    def set_one_way(self, on: bool) -> None:
        """Only the drawn direction, or both."""
        if on != self.one_way:
            self.one_way = on
            self._want()

    # -- the tool ------------------------------------------------------------------------------

    def clicked(self, lon: float, lat: float, at: QPointF) -> None:
        if len(self.points) >= 3 and self._is_near_first(at):
            self.ring = True
            self.end()
        elif len(self.points) < MOST_POINTS:
            self.points.append((lon, lat))
            self._pointer = None
            self._want()

    def double_clicked(self, lon: float, lat: float, at: QPointF) -> None:
        """The first click set the point already."""
        self.end()

    def pointed(self, lon: float, lat: float, at: QPointF) -> None:
        if self.points:
            self._pointer = (lon, lat)
            self._want()

    def key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Backspace | Qt.Key.Key_Delete:
                if self.points:
                    self.points.pop()
                self._pointer = None
                self._want()
            case Qt.Key.Key_Space:
                # By keys alone: the arrows move the map under its middle.
                middle = QPointF(self._view.width() / 2, self._view.height() / 2)
                self.clicked(*self._view.lonlat_at(middle), middle)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.end()
            case _:
                return False
        return True

    def ended(self) -> None:
        self._view.strips.take_away(STRIP)
        if not self._ended:
            self.clear()
            self.given_up()

    def _is_near_first(self, at: QPointF) -> bool:
        away = self._view.canvas_at(*self.points[0]) - at
        return math.hypot(away.x(), away.y()) <= CLOSE_PX

    # -- what it would close -------------------------------------------------------------------

    def _drawn(self) -> list[LonLat]:
        return [*self.points, self._pointer] if self._pointer else list(self.points)

    def _want(self) -> None:
        """Ask now, or a little later when the last answer is still fresh."""
        self._stale = True
        rest = ASK_S - (time.monotonic() - self._asked_s)
        if rest <= 0 and self._answered:
            self._ask()
        elif not self._soon.isActive():
            self._soon.start()
        self._view.update()

    def _ask(self) -> None:
        self._soon.stop()
        ask, points = self._context.ask_roads, self._drawn()
        if ask is None or not points:
            self.matched, self._mark, self._stale = None, None, False
            self._say()
            self._view.update()
            return
        self._key = f"closing|{next(_numbers)}"
        self._asked_s = time.monotonic()
        self._answered, self._stale = False, False
        drawn = tuple(Point(lon=lon, lat=lat) for lon, lat in points)
        ask(
            MatchRoads(
                key=self._key,
                points=drawn,
                shape=self.shape,
                street=self.street,
                one_way=self.one_way,
                language=self._context.language,
            )
        )

    def _take(self, answer: object) -> None:
        if isinstance(answer, Opened) and self.points and not self._answered:
            self._ask()  # the engine died meanwhile
        if not isinstance(answer, RoadsMatched) or answer.key != self._key:
            return
        self._answered = True
        self.matched = answer
        self._mark = mark_of("", answer) if answer.lon else None
        self._say()
        self._view.update()
        if self._stale and not self._soon.isActive():
            self._soon.start()
        if self._ended:
            self.finished()

    # -- words ---------------------------------------------------------------------------------

    def words(self) -> tuple[str, str]:
        """What would be closed, and how to go on."""
        say = self._context.say
        if not self.points:
            return say("closures.draw.begin"), say("closures.draw.keys_first")
        found = self.matched
        if found is None or not len(found.roads):
            return say("closures.draw.none"), say("closures.draw.keys")
        street = street_of(self._context, found.told, most=1)
        head = f"{street} · {length_of(self._context, found.length_m)}"
        if found.problem is not None:
            return head, say(found.problem)
        ring = len(self.points) >= 3
        return head, say("closures.draw.keys_ring" if ring else "closures.draw.keys")

    def _say(self) -> None:
        if self.on:
            words, more = self.words()
            self._view.strips.show_words(
                STRIP,
                words,
                more,
                on_close=lambda: self._view.use(None),
                close_words=self._context.say("closures.form.cancel"),
            )

    def retranslate(self) -> None:
        """Another language."""
        if self.points:
            self._want()
        self._say()

    # -- drawing -------------------------------------------------------------------------------

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        if not self.points and not self.on:
            return
        if self._mark is not None:
            at, shape = shape_of(self._mark, camera)
            paint_band(painter, at, shape, theme, colour=theme.ui.accent)
        if self.ring:
            ring = world_m(np.array(self.points, dtype=np.float64))
            paint_ring(painter, camera, ring, theme.ui.focus)
        if self.points:
            canvas = camera.to_canvas(world_m(np.array(self.points, dtype=np.float64)))
            painter.setPen(QPen(QColor(theme.map.pill), 1.5))
            painter.setBrush(QColor(theme.ui.focus))
            for x, y in canvas.tolist():
                painter.drawEllipse(QPointF(x, y), 4.5, 4.5)
        if self.on and self._pointer is None:
            self._cross(painter, camera, theme)

    def _cross(self, painter: QPainter, camera: Camera, theme: Theme) -> None:
        """Where the space bar would set a point."""
        x, y = round(camera.width / 2) + 0.5, round(camera.height / 2) + 0.5
        for colour, width in ((theme.map.pill, 4.0), (theme.ui.focus, 1.6)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(x - 9, y), QPointF(x + 9, y))
            painter.drawLine(QPointF(x, y - 9), QPointF(x, y + 9))


def mark_of(mark_id: str, found: RoadsMatched, words: str = "") -> RoadMark:
    """The lines that the engine gave, as they are drawn."""
    return RoadMark(
        mark_id=mark_id,
        points=np.column_stack((found.lon, found.lat)),
        starts=found.starts,
        words=words,
        one_way=bool(found.roads.along or found.roads.against) and not found.roads.edges,
    )
