"""Units on the canvas: symbols and crowds, and which of them is under the pointer."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter

from ui.map.camera import Camera
from ui.map.cells import Flags, Ints
from ui.map.drive import Drive
from ui.map.layers import EMPTY_UNITS, STATE_CODE, UNIT_STATES, UnitLayer
from ui.map.marks import Anchors, Marks, arrange
from ui.map.projection import Floats, world_m
from ui.map.sprites import HEADINGS, MOVING, NO_HEADING, UNIT_RADIUS, disc_parts, disc_radius
from ui.map.symbols import Symbols
from ui.map.tiles.grid import Box, level_of

#: Below this zoom units are dots, below the next one they show their state and not their kind.
DOTS_BELOW, KINDS_FROM = 11.5, 13.5
#: A symbol reaches so far from its middle.
REACH_PX = 18
#: A fix fades from the first age to the second, down to the least opacity.
FADE_FROM_S, FADE_TO_S, FADE_LEAST = 30.0, 300.0, 0.5
#: Units that only drove on are put together anew this often at most, so that nothing flickers.
REGROUP_S = 0.4
#: Units are arranged so far round the canvas, and anew when less than the second is left.
ARRANGED_PX, NEEDED_PX = 520, 270

_MOVING = np.array([state in MOVING for state in UNIT_STATES])


class Units:
    """The unit layer: state, drawing and picking."""

    def __init__(self) -> None:
        self.layer: UnitLayer = EMPTY_UNITS
        self.world: Floats = np.zeros((0, 2))
        self.selected: str | None = None
        self.hovered: str | None = None
        self.pinned: frozenset[str] = frozenset()
        #: Counts changes of the layer; of what its labels say; of who is in it.
        self.version = 0
        self.words_version = 0
        self.roster_version = 0
        self.drive = Drive()
        self.row_of: dict[str, int] = {}
        self.marks: Marks | None = None
        #: Counts arrangements.
        self.marks_version = 0
        self._marks_for: tuple[object, ...] = ()
        self._arranged = (-1, 0.0)
        self._box: Box = (0.0, 0.0, 0.0, 0.0)
        self._fresh = False
        self._riders: tuple[Ints, Ints] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._column: Ints = np.zeros(0, dtype=np.int64)
        self._opacity: Floats = np.zeros(0)
        self._drawn: Floats = np.zeros((0, 2))
        self._drawn_marks: Ints = np.zeros(0, dtype=np.int64)
        self._crowd_parts: tuple[Symbols, tuple[Ints, Floats, Ints]] | None = None
        self._crowds_drawn: Floats = np.zeros((0, 2))

    def set_layer(self, layer: UnitLayer, drive_at_s: float | None = None) -> bool:
        """Replace all units; at a monotonic time they drive there, without one they are there.

        Answers whether any unit has to be moved on (`drive.advance`).
        """
        before, last = self.world, self.layer
        self.layer = layer
        if layer.ids is not last.ids and layer.ids != last.ids:
            self.row_of = {unit: row for row, unit in enumerate(layer.ids)}
            self.roster_version += 1
            self.words_version += 1
        elif not _says_the_same(last, layer):
            self.words_version += 1
        kept = layer.world
        if kept is None or len(kept) != len(layer):
            kept = world_m(np.column_stack([layer.lon, layer.lat]))
        self.world = kept
        self._column = _columns(layer)
        self._opacity = _opacity(layer)
        self.version += 1
        self._fresh = True
        if drive_at_s is None:
            self.drive.put(layer, self.world)
            return False
        return self.drive.go(layer, before, self.world, drive_at_s)

    @property
    def is_fresh(self) -> bool:
        """Whether positions have come since the last frame."""
        return self._fresh

    # -- arranging ---------------------------------------------------------------------------

    def arrange(self, camera: Camera, anchors: Anchors, at_s: float | None) -> bool:
        """Bring the marks up to date; before `paint`. Whether that was put off to the next frame.

        Units that only drove on keep their company for a moment, at a monotonic time, and never
        lose it in the frame in which their positions came, which has work enough. Without a time
        everything is arranged at once.
        """
        # Between half levels everything stays arranged as at the nearest one.
        zoom = level_of(camera.zoom) / 2
        fresh, self._fresh = self._fresh and at_s is not None, False
        wanted = (
            (self.roster_version, anchors.version, anchors.chosen),
            (zoom, self.selected, self.pinned),
        )
        if self.marks is not None and wanted == self._marks_for and self._covers(camera):
            version, when_s = self._arranged
            if version == self.version or (at_s is not None and at_s - when_s < REGROUP_S):
                return False
            if fresh:
                return True
        alone = np.zeros(len(self.layer), dtype=bool)
        apart = {self.selected, *self.pinned}
        alone[[self.row_of[unit] for unit in apart if unit in self.row_of]] = True
        reach = ARRANGED_PX * camera.metres_per_pixel
        west, south, east, north = camera.box
        self._box = west - reach, south - reach, east + reach, north + reach
        self.marks = arrange(self.layer, self.world, anchors, alone, zoom, self._box)
        self.marks_version += 1
        self._marks_for, self._arranged = wanted, (self.version, at_s or 0.0)
        riders = np.flatnonzero(self.marks.rides)
        self._riders = (riders, self.marks.first[riders])
        self._crowd_parts = None
        return False

    def _covers(self, camera: Camera) -> bool:
        """Whether what is in view, and what labels need round it, has been arranged."""
        need = NEEDED_PX * camera.metres_per_pixel
        west, south, east, north = camera.box
        left, low, right, top = self._box
        return (
            left <= west - need
            and low <= south - need
            and right >= east + need
            and top >= north + need
        )

    def places(self) -> Floats:
        """Where the marks are now, in world metres."""
        marks = self.marks
        assert marks is not None
        world = marks.world.copy()
        riders, units = self._riders
        world[riders] = self.world[units] + self.drive.now[units]
        return world

    def mark_rows(self, unit_ids: set[str]) -> Ints:
        """The marks behind which units are; those in a crowd have none."""
        assert self.marks is not None
        rows = [self.row_of[unit] for unit in unit_ids if unit in self.row_of]
        found = self.marks.mark_of_unit[rows]
        return np.asarray(np.unique(found[found >= 0]))

    # -- drawing -----------------------------------------------------------------------------

    def paint_crowds(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Draw crowds, under everything that stands alone."""
        marks = self.marks
        assert marks is not None
        crowds = marks.crowds
        canvas = np.round(camera.to_canvas(crowds.world))
        self._crowds_drawn = canvas
        if len(crowds) == 0:
            return
        if self._crowd_parts is None or self._crowd_parts[0] is not symbols:
            parts = disc_parts(symbols.sprites, crowds.count, crowds.free)
            self._crowd_parts = (symbols, parts)
        sprites, shifts, rows = self._crowd_parts[1]
        near = inside(canvas, camera, 40)[rows]
        symbols.sprites.sheet.draw(painter, sprites[near], canvas[rows[near]] + shifts[near])

    def paint(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Draw the symbols, units at work on top."""
        marks = self.marks
        assert marks is not None
        canvas = np.round(camera.to_canvas(self.places())) + marks.shift
        rows = np.flatnonzero(inside(canvas, camera, REACH_PX))
        self._drawn, self._drawn_marks = canvas[rows], rows
        self.drive.seen = marks.first[rows]
        if len(rows) == 0:
            return
        self._paint_halos(painter, symbols)
        sprites, units = symbols.sprites, marks.first[rows]
        state = self.layer.state[units]
        opacity = np.where(marks.count[rows] == 1, self._opacity[units], 1.0)
        if camera.zoom < DOTS_BELOW:
            sprites.sheet.draw(painter, sprites.dot[state], self._drawn, opacity)
            return
        column = np.where(marks.count[rows] == 1, self._column[units], NO_HEADING)
        if camera.zoom < KINDS_FROM:
            sprites.sheet.draw(painter, sprites.small[state, column], self._drawn, opacity)
            return
        # Ground and crest of one unit follow each other, so that units cover each other whole.
        both = np.empty(2 * len(rows), dtype=np.int64)
        both[0::2] = sprites.body[state, column]
        both[1::2] = sprites.crest[self.layer.kind[units], state]
        twice = np.repeat(self._drawn, 2, axis=0)
        sprites.sheet.draw(painter, both, twice, np.repeat(opacity, 2))

    def _paint_halos(self, painter: QPainter, symbols: Symbols) -> None:
        for unit, chosen in ((self.hovered, False), (self.selected, True)):
            if unit is None or (not chosen and unit == self.selected):
                continue
            for row in self.mark_rows({unit}).tolist():
                for x, y in self._drawn[self._drawn_marks == row].tolist():
                    picture = symbols.halo(UNIT_RADIUS + 3.0, chosen=chosen)
                    half = picture.deviceIndependentSize().width() / 2
                    painter.drawPixmap(round(x - half), round(y - half), picture)

    # -- picking -----------------------------------------------------------------------------

    def pick(self, x: float, y: float, reach_px: float = 14.0) -> str | None:
        """The unit whose symbol lies under a canvas pixel, as last painted."""
        if self.marks is None or len(self._drawn) == 0:
            return None
        away = np.hypot(self._drawn[:, 0] - x, self._drawn[:, 1] - y)
        nearest = int(away.argmin())
        if away[nearest] > reach_px:
            return None
        return self.layer.ids[int(self.marks.first[self._drawn_marks[nearest]])]

    def cluster_at(self, x: float, y: float) -> int | None:
        """The number of the crowd under a canvas pixel, as last painted."""
        if self.marks is None or len(self._crowds_drawn) == 0:
            return None
        crowds = self.marks.crowds
        if len(crowds) != len(self._crowds_drawn):
            return None
        away = np.hypot(self._crowds_drawn[:, 0] - x, self._crowds_drawn[:, 1] - y)
        nearest = int(away.argmin())
        reach = float(disc_radius(crowds.count[[nearest]])[0]) + 2
        return nearest if away[nearest] <= reach else None

    def rows_of(self, number: int) -> Ints:
        """The rows of a crowd's units; none once it is another."""
        if self.marks is None:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.marks.crowds.of_unit == number)

    def members_of(self, number: int) -> list[str]:
        """The units of a crowd by its number, as last painted; [] once it is another."""
        return [self.layer.ids[row] for row in self.rows_of(number).tolist()]

    def members_at(self, x: float, y: float, reach_px: float = 14.0) -> list[str]:
        """Every unit under a canvas pixel: all of a stack or a crowd, the foremost first."""
        if self.marks is None:
            return []
        found: list[str] = []
        if len(self._drawn):
            away = np.hypot(self._drawn[:, 0] - x, self._drawn[:, 1] - y)
            near = np.flatnonzero(away <= reach_px)
            for mark in self._drawn_marks[near[np.argsort(away[near])]].tolist():
                found += [self.layer.ids[row] for row in self.marks.members_of(mark)]
        number = self.cluster_at(x, y)
        return found + self.members_of(number) if number is not None else found

    def place_of(self, unit_id: str) -> tuple[float, float] | None:
        """World metres of where a unit is drawn, on its way between fixes."""
        row = self.row_of.get(unit_id)
        if row is None:
            return None
        x, y = (self.world[row] + self.drive.now[row]).tolist()
        return x, y

    def behind(self, unit_id: str) -> list[str]:
        """All units behind the symbol of one, as last arranged: itself, or its stack."""
        row = self.row_of.get(unit_id)
        if self.marks is None or row is None or (mark := int(self.marks.mark_of_unit[row])) < 0:
            return [unit_id]
        return [self.layer.ids[member] for member in self.marks.members_of(mark)]


def inside(canvas: Floats, camera: Camera, reach: float) -> Flags:
    """Which canvas points lie in view or within a reach of it."""
    x, y = canvas[:, 0], canvas[:, 1]
    return np.asarray(
        (x > -reach) & (x < camera.width + reach) & (y > -reach) & (y < camera.height + reach)
    )


def _columns(layer: UnitLayer) -> Ints:
    known = np.isfinite(layer.heading_deg) & _MOVING[layer.state]
    turn = np.round(np.nan_to_num(layer.heading_deg) * (HEADINGS / 360)).astype(np.int64)
    return np.where(known, turn % HEADINGS, NO_HEADING)


def _opacity(layer: UnitLayer) -> Floats:
    faded = (np.nan_to_num(layer.age_s) - FADE_FROM_S) / (FADE_TO_S - FADE_FROM_S)
    at_home = layer.state == STATE_CODE["available_at_station"]
    return np.where(at_home, 1.0, 1 - np.clip(faded, 0, 1) * (1 - FADE_LEAST))


def _says_the_same(before: UnitLayer, after: UnitLayer) -> bool:
    """Whether only places, headings and states differ, so that the labels chosen still hold."""
    same = before.labels is after.labels or before.labels == after.labels
    return same and bool(np.array_equal(before.stale, after.stale))
