"""Incidents on the canvas: level symbols, late rings, uncertainty circles, crowds and labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from ui.map.camera import Camera
from ui.map.cells import Ints
from ui.map.declutter import MARGIN_PX, Declutter, Placed
from ui.map.layers import IncidentSymbol
from ui.map.projection import Floats, ground_factor, world_m
from ui.map.scenes import Scenes, arrange_scenes
from ui.map.sprites import PLATE_HEIGHT, SCALES, incident_size, plate_parts
from ui.map.symbols import PILL_HEIGHT, Symbols
from ui.map.units import inside

LABELS_FROM = 14.0
#: Symbols are small, middling and full from these zooms on.
_SCALE_FROM = (11.0, 12.5)
#: A circle smaller than the symbol itself says nothing.
LEAST_CIRCLE_PX = 16.0
#: Larger circles are drawn anew in every frame: there are few of them in view.
MAX_KEPT_RADIUS_PX = 160.0
_RANK = {1: 0, 2: 1, 0: 2, 3: 3, 4: 4, 5: 5}


class Incidents:
    """The incident layer; the gravest on top, those that wait above all others."""

    def __init__(self) -> None:
        self.symbols: tuple[IncidentSymbol, ...] = ()
        self._given: Sequence[IncidentSymbol] = []
        self.world: Floats = np.zeros((0, 2))
        self.selected: str | None = None
        self.hovered: str | None = None
        #: Counts changes of the layer; of the incidents' places.
        self.version = 0
        self.places_version = 0
        self.scenes: Scenes | None = None
        self._scenes_for: tuple[object, ...] = ()
        self._row_of: dict[str, int] = {}
        self._level: Ints = np.zeros(0, dtype=np.int64)
        self._late = self._waiting = np.zeros(0, dtype=bool)
        self._radius_m: Floats = np.zeros(0)
        self._canvas: Floats = np.zeros((0, 2))
        self._crowds: Floats = np.zeros((0, 2))
        self._scale = 2
        self._parts: tuple[Symbols, tuple[Ints, Floats, Ints]] | None = None

    def set_symbols(self, symbols: Sequence[IncidentSymbol]) -> bool:
        """Replace all incidents, kept in drawing order; whether anything has changed."""
        if symbols == self._given:
            return False
        self._given = list(symbols)
        # Level 0 (not assessed) lies between: it may be anything.
        ordered = tuple(sorted(symbols, key=lambda s: (s.waiting, -_RANK.get(s.level, 5), s.id)))
        if ordered == self.symbols:
            return False
        self.symbols = ordered
        points = np.array([(s.lon, s.lat) for s in ordered], dtype=np.float64)
        world = world_m(points.reshape(-1, 2))
        if not np.array_equal(world, self.world):
            self.places_version += 1
        self.world = world
        self._row_of = {symbol.id: row for row, symbol in enumerate(ordered)}
        level = np.array([symbol.level for symbol in ordered], dtype=np.int64)
        self._level = np.where((level >= 1) & (level <= 5), level, 0)
        self._late = np.array([symbol.late for symbol in ordered], dtype=bool)
        self._waiting = np.array([symbol.waiting for symbol in ordered], dtype=bool)
        # In metres of the world, which are longer than those on the ground.
        self._radius_m = np.array(
            [symbol.radius_m / ground_factor(symbol.lat) for symbol in ordered], dtype=np.float64
        )
        self.version += 1
        return True

    def find(self, incident_id: str) -> IncidentSymbol | None:
        """An incident by id."""
        row = self._row_of.get(incident_id)
        return self.symbols[row] if row is not None else None

    @property
    def row_of_selected(self) -> int | None:
        """The selected incident's row in `world`."""
        return self._row_of.get(self.selected) if self.selected is not None else None

    def arrange(self, zoom: float) -> None:
        """Bring the arrangement up to date; before anything is drawn."""
        wanted = (self.version, zoom, self.selected)
        if self.scenes is not None and wanted == self._scenes_for:
            return
        loud = (self._level == 1) | self._late | self._waiting
        if (row := self.row_of_selected) is not None:
            loud[row] = True
        self.scenes = arrange_scenes(self.world, self._level, loud, zoom)
        self._scenes_for, self._parts = wanted, None

    def project(self, camera: Camera) -> None:
        """Bring positions to the canvas; done once a paint, before anything is drawn."""
        self._canvas, self._crowds = self._projected(camera)
        self._scale = _scale(camera)

    def _projected(self, camera: Camera) -> tuple[Floats, Floats]:
        assert self.scenes is not None
        canvas = np.round(camera.to_canvas(self.world)) + self.scenes.shift
        return canvas, np.round(camera.to_canvas(self.scenes.world))

    def _shown(self, camera: Camera, reach: float, canvas: Floats | None = None) -> Ints:
        """Rows drawn one by one in view or within a reach of it, in drawing order."""
        assert self.scenes is not None
        where = self._canvas if canvas is None else canvas
        return np.flatnonzero((self.scenes.of_incident < 0) & inside(where, camera, reach))

    # -- drawing -----------------------------------------------------------------------------

    def paint_circles(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Where a caller may be: a circle of the uncertainty's size on the ground."""
        assert self.scenes is not None
        rows = np.flatnonzero((self._radius_m > 0) & (self.scenes.of_incident < 0))
        radii = self._radius_m[rows] / camera.metres_per_pixel
        places = camera.to_canvas(self.world[rows])
        seen = (radii >= LEAST_CIRCLE_PX) & (places > -radii[:, None]).all(axis=1)
        seen &= (places < radii[:, None] + (camera.width, camera.height)).all(axis=1)
        rows, radii, places = rows[seen], radii[seen], places[seen]
        for row, radius, (x, y) in zip(rows.tolist(), radii.tolist(), places.tolist(), strict=True):
            symbol = self.symbols[row]
            chosen = symbol.id == self.selected
            if radius <= MAX_KEPT_RADIUS_PX:
                picture = symbols.circle(round(radius, 1), chosen=chosen)
                half = picture.deviceIndependentSize().width() / 2
                painter.drawPixmap(QPointF(x - half, y - half), picture)
            else:
                symbols.draw_circle(painter, QPointF(x, y), radius, chosen=chosen)

    def paint(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Draw crowds, then all that stand alone in view, the chosen one last."""
        self._paint_crowds(painter, camera, symbols)
        self._paint_stalks(painter, camera, symbols)
        rows = self._shown(camera, 40)
        chosen = self.row_of_selected
        if chosen is not None:
            self._halo(painter, symbols, chosen, chosen=True)
            rows = np.concatenate([rows[rows != chosen], rows[rows == chosen]])
        if self.hovered is not None and self.hovered in self._row_of:
            hovered = self._row_of[self.hovered]
            if hovered != chosen:
                self._halo(painter, symbols, hovered, chosen=False)
        late, waiting = self._late[rows].astype(int), self._waiting[rows].astype(int)
        pictures = symbols.sprites.incident[self._scale, self._level[rows], late, waiting]
        symbols.sprites.sheet.draw(painter, pictures, self._canvas[rows])

    def _paint_crowds(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        scenes = self.scenes
        assert scenes is not None
        if len(scenes) == 0:
            return
        if self._parts is None or self._parts[0] is not symbols:
            parts = plate_parts(symbols.sprites, scenes.worst, scenes.counts)
            self._parts = (symbols, parts)
        sprites, shifts, rows = self._parts[1]
        near = inside(self._crowds, camera, 50)[rows]
        symbols.sprites.sheet.draw(painter, sprites[near], self._crowds[rows[near]] + shifts[near])

    def _paint_stalks(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """From incidents fanned out to where they are."""
        assert self.scenes is not None
        rows = self._shown(camera, 120)
        rows = rows[np.abs(self.scenes.shift[rows]).max(axis=1, initial=0.0) > 4]
        if len(rows) == 0:
            return
        ends = self._canvas[rows]
        begins = ends - self.scenes.shift[rows]
        lines = [QLineF(*one) for one in np.hstack([begins, ends]).tolist()]
        painter.setPen(QPen(QColor(symbols.theme.map.symbol_line), 3.4))
        painter.drawLines(lines)
        painter.setPen(QPen(QColor(symbols.theme.map.pill_dim), 1.4))
        painter.drawLines(lines)

    def _halo(self, painter: QPainter, symbols: Symbols, row: int, *, chosen: bool) -> None:
        symbol = self.symbols[row]
        size = incident_size(symbol.level, waiting=symbol.waiting) * SCALES[self._scale]
        picture = symbols.halo(33.0 if chosen else round(0.62 * size + 5.5, 1), chosen=chosen)
        half = picture.deviceIndependentSize().width() / 2
        x, y = self._canvas[row].tolist()
        painter.drawPixmap(round(x - half), round(y - half), picture)

    # -- labels ------------------------------------------------------------------------------

    def label_steps(
        self, camera: Camera, symbols: Symbols, room: Declutter, placed: list[Placed]
    ) -> Iterator[None]:
        """Incident numbers above their symbols: close in, or for the one pointed at.

        First all other labels are kept off symbols and crowds. What is shown may change between
        steps, which changes nothing that is held here.
        """
        assert self.scenes is not None
        canvas, crowds = self._projected(camera)
        everyone, shift = self.symbols, self.scenes.shift
        shown = self._shown(camera, MARGIN_PX, canvas)
        room.block_all(canvas[shown], 16 * SCALES[_scale(camera)])
        half = np.array([36.0, PLATE_HEIGHT / 2 + 1])
        room.block_boxes(np.hstack([crowds - half, crowds + half]))
        anchors = self.world
        yield
        loud = {self.selected, self.hovered} - {None}
        rows = shown[::-1].tolist()
        if camera.zoom < LABELS_FROM:
            rows = [row for row in rows if everyone[row].id in loud]
        rows.sort(key=lambda row: everyone[row].id not in loud)
        for row in rows:
            symbol = everyone[row]
            if not symbol.label:
                continue
            x, y = canvas[row].tolist()
            width = symbols.pill_width(symbol.label, icon_room=False)
            chosen = symbol.id == self.selected
            dx, dy = -round(width / 2), -(38 if chosen else 20) - PILL_HEIGHT
            left, top = x + dx, y + dy
            if room.claim(left, top, left + width, top + PILL_HEIGHT - 3) or symbol.id in loud:
                picture = symbols.pill(symbol.label, stale=False, selected=chosen, icon_room=False)
                anchor = (float(anchors[row, 0]), float(anchors[row, 1]))
                dx, dy = dx + int(shift[row, 0]), dy + int(shift[row, 1])
                placed.append(Placed(anchor, dx, dy, picture, symbol.id, width, PILL_HEIGHT))
            yield

    # -- picking -----------------------------------------------------------------------------

    def pick(self, x: float, y: float, reach_px: float = 17.0) -> str | None:
        """The incident under a canvas pixel, as last painted; the nearest, then the topmost."""
        if self.scenes is None or len(self._canvas) != len(self.scenes.of_incident):
            return None
        away = np.hypot(self._canvas[:, 0] - x, self._canvas[:, 1] - y)
        away[self.scenes.of_incident >= 0] = np.inf
        if len(away) == 0 or away.min() > max(9.0, reach_px * SCALES[self._scale]):
            return None
        nearest = np.flatnonzero(away <= away.min() + 1e-9)[-1]
        return self.symbols[int(nearest)].id

    def all_at(self, x: float, y: float, reach_px: float = 17.0) -> list[str]:
        """Every incident under a canvas pixel, those of a crowd too, the foremost first."""
        if self.scenes is None or len(self._canvas) != len(self.scenes.of_incident):
            return []
        away = np.hypot(self._canvas[:, 0] - x, self._canvas[:, 1] - y)
        near = (away <= reach_px) & (self.scenes.of_incident < 0)
        found = [self.symbols[row].id for row in np.flatnonzero(near)[::-1].tolist()]
        number = self.crowd_at(x, y)
        return found + self.members_of(number) if number is not None else found

    def crowd_at(self, x: float, y: float) -> int | None:
        """The number of the crowd whose plate lies under a canvas pixel, as last painted."""
        if self.scenes is None or len(self._crowds) != len(self.scenes):
            return None
        away = np.abs(self._crowds - (x, y))
        over = np.flatnonzero((away[:, 0] <= 34) & (away[:, 1] <= PLATE_HEIGHT / 2 + 1))
        return int(over[-1]) if len(over) else None

    def rows_of(self, number: int) -> Ints:
        """The rows of a crowd's incidents, the gravest last; none once it is another."""
        if self.scenes is None or len(self.scenes.of_incident) != len(self.symbols):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.scenes.of_incident == number)

    def members_of(self, number: int) -> list[str]:
        """The incidents of a crowd by its number, the gravest first."""
        return [self.symbols[row].id for row in self.rows_of(number)[::-1].tolist()]


def _scale(camera: Camera) -> int:
    """Which of `SCALES` symbols have at a zoom."""
    return int(np.searchsorted(_SCALE_FROM, camera.zoom, "right"))
