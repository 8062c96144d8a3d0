"""Closed roads on the map: a barrier along the road, a no-entry sign, why and until when.

A closure whose hour has not come is an outline. Far out only the signs stand; close in the words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from ui.map.camera import Camera
from ui.map.overlay import Overlay
from ui.map_parts.closure_painting import (
    SIGN_PX,
    Drawn,
    RoadMark,
    Shape,
    alike,
    distance_to,
    paint_hastily,
    paint_ring,
    paint_sign,
    paint_whole,
    words_width,
)
from ui.theme.tokens import Theme

CLOSURE = "closure/"
#: From this zoom on the stripes are drawn, from that one the words.
STRIPES_FROM, WORDS_FROM = 12.0, 14.0
#: Signs nearer than this to another are left out while the stripes are not drawn.
APART_PX = 15.0
REACH_PX = 7.0
MOST_WORDS = 40
#: Of one frame, for painting barriers; the rest is drawn in haste and finished in the next.
BUDGET_S = 0.003
#: A barrier longer than this on the canvas is painted anew in every frame: it is the only one.
LARGEST_PX = 1_600


class ClosureOverlay(Overlay):
    """All closures of the board."""

    def __init__(self) -> None:
        self._drawn: dict[str, Drawn] = {}
        self.pointed = ""
        """Id of the closure that is marked: in the list, or whose card stands."""
        self.again: Callable[[], None] = lambda: None
        """Asks for another frame: what was drawn in haste is finished in it."""
        self._until_s = 0.0
        self._seen: list[tuple[str, QPointF, Shape | None]] = []

    def show_marks(self, marks: Iterable[RoadMark]) -> bool:
        """Replace all closures; whether anything drawn differs."""
        before, now = self._drawn, dict[str, Drawn]()
        same = True
        for mark in marks:
            known = before.get(mark.mark_id)
            if known is not None and alike(known.mark, mark):
                now[mark.mark_id] = known
            else:
                now[mark.mark_id] = Drawn.of(mark)
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
        taken: set[tuple[int, int]] = set()
        words, hasty = 0, False
        self._until_s = time.perf_counter() + BUDGET_S
        for drawn in self._drawn.values():
            box = drawn.box
            if box[0] > east + margin or box[2] < west - margin:
                drawn.picture = None
                continue
            if box[1] > north + margin or box[3] < south - margin:
                drawn.picture = None
                continue
            at = camera.to_canvas(drawn.anchor[None, :])[0].round()
            place = QPointF(float(at[0]), float(at[1]))
            if camera.zoom < STRIPES_FROM:
                self._seen.append((drawn.mark.mark_id, place, None))
                cell = (round(place.x() / APART_PX), round(place.y() / APART_PX))
                if cell not in taken:
                    taken.add(cell)
                    paint_sign(painter, place, theme, planned=drawn.mark.planned)
                continue
            late = time.perf_counter() > self._until_s
            under_way = bool(camera.zoom * 2 % 1)
            shape = drawn.about(camera.zoom) if late or under_way else drawn.at(camera.zoom)
            self._seen.append((drawn.mark.mark_id, place, shape))
            if drawn.ring is not None:
                paint_ring(painter, camera, drawn.ring, theme.layers.closure)
            if under_way or shape.zoom != camera.zoom:
                paint_hastily(painter, place, shape, camera.zoom, theme)
                hasty |= not under_way
                continue
            marked = drawn.mark.mark_id == self.pointed
            worded = (camera.zoom >= WORDS_FROM or marked) and words < MOST_WORDS
            words += worded
            hasty |= not self._paint_one(painter, place, drawn, camera.zoom, theme, marked, worded)
        if hasty:
            self.again()

    def _paint_one(
        self,
        painter: QPainter,
        at: QPointF,
        drawn: Drawn,
        zoom: float,
        theme: Theme,
        marked: bool,
        worded: bool,
    ) -> bool:
        """Barrier, sign and words: painted once into a picture that is then only copied. False
        where this frame has no time left for it."""
        shape, mark = drawn.at(zoom), drawn.mark
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        box = shape.box
        if max(box.width(), box.height()) > LARGEST_PX:
            paint_whole(painter, at, shape, mark, theme, marked, worded)
            return True
        key = (zoom, theme.name, marked, worded, ratio)
        if drawn.picture is None or drawn.picture[0] != key:
            if time.perf_counter() > self._until_s:
                paint_hastily(painter, at, shape, zoom, theme)
                return False
            wide = words_width(mark.words) + SIGN_PX + 8 if worded and mark.words else 0
            frame = box.united(QRectF(-14, -14, 28 + wide, 28)).toAlignedRect()
            picture = QPixmap(frame.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(picture)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            shift = QPointF(-frame.x(), -frame.y())
            paint_whole(inner, shift, shape, mark, theme, marked, worded)
            inner.end()
            drawn.picture = (key, picture, QPointF(frame.topLeft()))
        painter.drawPixmap(at + drawn.picture[2], drawn.picture[1])
        return True

    def pick(self, x: float, y: float) -> str:
        for mark_id, at, shape in reversed(self._seen):
            if (at.x() - x) ** 2 + (at.y() - y) ** 2 <= (SIGN_PX + 2) ** 2:
                return CLOSURE + mark_id
            if shape is not None and distance_to(shape, x - at.x(), y - at.y()) <= REACH_PX:
                return CLOSURE + mark_id
        return ""
