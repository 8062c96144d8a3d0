"""Where units drove in the last minutes: kept from their positions as they came, drawn as lines
that fade with age.

Every unit is kept, so that the way of one chosen now is there at once; few are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ui.map.camera import Camera
from ui.map.cells import Ints
from ui.map.layers import UnitLayer
from ui.map.overlay import Overlay
from ui.map.projection import Floats
from ui.map.tiles.strokes import path_of
from ui.theme.tokens import Theme

#: Places kept of all units together, 16 bytes each: ten thousand units for some ten minutes.
CAPACITY = 600_000
#: A place nearer to the last one than this (world metres) is not kept, unless so long has passed.
LEAST_STEP_M, LEAST_WAIT_S = 18.0, 60.0
#: A longer silence or leap is a gap in the line.
LONGEST_GAP_S, LONGEST_LEAP_M = 180.0, 4_000.0
MAX_UNITS = 40
MINUTES = 10.0
#: Strokes of a line, from the oldest part to the newest: opacity.
FADES = (0.22, 0.42, 0.66, 0.95)
#: With more units than this the lines are thin.
FEW = 6

_Place = np.dtype([("unit", np.int32), ("t_s", np.float32), ("x", np.float32), ("y", np.float32)])


class Trails:
    """The last places of all units: a ring of bounded size, the oldest are overwritten."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._ring = np.zeros(capacity, dtype=_Place)
        self._next = 0
        self._held = 0
        #: Counts changes.
        self.version = 0
        self._numbers: dict[str, int] = {}
        self._ids: tuple[str, ...] = ()
        self._number: Ints = np.zeros(0, dtype=np.int64)
        self._last: Floats = np.zeros((0, 2))
        self._last_s: Floats = np.zeros(0)
        self._origin: tuple[float, float, float] | None = None
        self._newest_s = -np.inf

    @property
    def bytes(self) -> int:
        """What the places take in memory."""
        return int(self._ring.nbytes)

    def __len__(self) -> int:
        return self._held

    def clear(self) -> None:
        """Forget all places, as after a leap to another moment."""
        self._next = self._held = 0
        self._ids, self._numbers, self._origin = (), {}, None
        self._newest_s = -np.inf
        self.version += 1

    def note(self, layer: UnitLayer, world: Floats, now_s: float) -> None:
        """Keep where units are (n, 2) world metres, as far as they have moved."""
        if now_s < self._newest_s - 5.0:
            self.clear()
        self._newest_s = max(self._newest_s, now_s)
        if len(layer) == 0:
            return
        if self._origin is None:
            self._origin = float(world[0, 0]), float(world[0, 1]), now_s
        if layer.ids is not self._ids and layer.ids != self._ids:
            self._roster(layer, world)
        t_s = now_s - layer.age_s
        gone = np.maximum(
            np.abs(world[:, 0] - self._last[:, 0]), np.abs(world[:, 1] - self._last[:, 1])
        )
        waited = t_s - self._last_s
        rows = np.flatnonzero((gone >= LEAST_STEP_M) & (waited > 0) | (waited >= LEAST_WAIT_S))
        if len(rows) == 0:
            return
        self._last[rows], self._last_s[rows] = world[rows], t_s[rows]
        self._write(self._number[rows], t_s[rows], world[rows])
        self.version += 1

    def _roster(self, layer: UnitLayer, world: Floats) -> None:
        """Other units, or in another order: each keeps its number for good."""
        known = {unit: row for row, unit in enumerate(self._ids)}
        last, last_s = np.full((len(layer), 2), np.inf), np.full(len(layer), -np.inf)
        for row, unit in enumerate(layer.ids):
            before = known.get(unit)
            if before is not None:
                last[row], last_s[row] = self._last[before], self._last_s[before]
        self._number = np.array(
            [self._numbers.setdefault(unit, len(self._numbers)) for unit in layer.ids],
            dtype=np.int64,
        )
        self._ids, self._last, self._last_s = layer.ids, last, last_s

    def _write(self, numbers: Ints, t_s: Floats, world: Floats) -> None:
        assert self._origin is not None
        size = len(self._ring)
        numbers, t_s, world = numbers[-size:], t_s[-size:], world[-size:]
        slots = (self._next + np.arange(len(numbers))) % size
        x, y, begin_s = self._origin
        self._ring["unit"][slots] = numbers
        self._ring["t_s"][slots] = t_s - begin_s
        self._ring["x"][slots] = world[:, 0] - x
        self._ring["y"][slots] = world[:, 1] - y
        self._next = int((self._next + len(numbers)) % size)
        self._held = min(size, self._held + len(numbers))

    def of(self, unit_ids: Sequence[str], since_s: float) -> dict[str, tuple[Floats, Floats]]:
        """World metres (n, 2) and times (n) of units since a time, the oldest first."""
        wanted = {self._numbers[unit]: unit for unit in unit_ids if unit in self._numbers}
        if not wanted or self._origin is None:
            return {}
        x, y, begin_s = self._origin
        held = self._ring[: self._held]
        pick = np.zeros(len(self._numbers), dtype=bool)
        pick[list(wanted)] = True
        places = held[pick[held["unit"]] & (held["t_s"] >= since_s - begin_s)]
        places = places[np.lexsort((places["t_s"], places["unit"]))]
        cuts = np.flatnonzero(np.diff(places["unit"])) + 1
        found = {}
        for part in np.split(places, cuts):
            if len(part):
                line = np.column_stack([part["x"] + x, part["y"] + y]).astype(np.float64)
                found[wanted[int(part["unit"][0])]] = (line, part["t_s"] + begin_s)
        return found


class TrailOverlay(Overlay):
    """The trails of a few units, under everything that lives.

    `place_of` answers where a unit is drawn now, world metres.
    """

    def __init__(
        self, trails: Trails, place_of: Callable[[str], tuple[float, float] | None]
    ) -> None:
        self._trails = trails
        self._place_of = place_of
        self._unit_ids: tuple[str, ...] = ()
        self._now_s = 0.0
        self._minutes = MINUTES
        self._known: tuple[object, ...] = ()
        self._lines: dict[str, tuple[Floats, Floats]] = {}

    def show(self, unit_ids: Sequence[str], now_s: float, minutes: float = MINUTES) -> bool:
        """Draw these units' ways of the last minutes before a time; whether that is another
        picture. At most `MAX_UNITS`, the first ones."""
        self._unit_ids = tuple(dict.fromkeys(unit_ids))[:MAX_UNITS]
        self._now_s, self._minutes = now_s, minutes
        # Lines fade by the second, not by the frame.
        known = (self._unit_ids, self._trails.version, int(now_s), minutes)
        if known == self._known:
            return False
        had = bool(self._lines)
        self._known = known
        self._lines = self._trails.of(self._unit_ids, now_s - 60 * minutes)
        return had or bool(self._lines)

    @property
    def lines(self) -> dict[str, tuple[Floats, Floats]]:
        """What is drawn: by unit the places and times."""
        return self._lines

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        if not self._lines:
            return
        few = len(self._lines) <= FEW
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, few)
        strokes: list[list[tuple[Floats, np.ndarray]]] = [[] for _ in FADES]
        for unit, (world, t_s) in self._lines.items():
            here = self._place_of(unit)
            if here is not None:
                world, t_s = np.vstack([world, here]), np.append(t_s, self._now_s)
            self._cut(camera, world, t_s, strokes)
        for fade, parts in zip(FADES, strokes, strict=True):
            if not parts:
                continue
            path = path_of(np.vstack([p for p, _ in parts]), np.concatenate([s for _, s in parts]))
            if few:
                painter.setPen(_pen(theme.map.halo, 5.4, fade * 0.8))
                painter.drawPath(path)
            painter.setPen(_pen(theme.map.accuracy_line, 3.0 if few else 1.6, fade))
            painter.drawPath(path)

    def _cut(
        self,
        camera: Camera,
        world: Floats,
        t_s: Floats,
        strokes: list[list[tuple[Floats, np.ndarray]]],
    ) -> None:
        """One unit's way into strokes by age, without gaps and what is out of view."""
        if len(world) < 2:
            return
        canvas = camera.to_canvas(world)
        low, high = np.minimum(canvas[:-1], canvas[1:]), np.maximum(canvas[:-1], canvas[1:])
        kept = (high > -8).all(axis=1) & (low < (camera.width + 8, camera.height + 8)).all(axis=1)
        kept &= np.diff(t_s) <= LONGEST_GAP_S
        kept &= np.abs(np.diff(world, axis=0)).max(axis=1) <= LONGEST_LEAP_M
        age = (self._now_s - t_s[1:]) / (60 * self._minutes)
        band = np.clip(((1 - age) * len(FADES)).astype(np.int64), 0, len(FADES) - 1)
        for number, parts in enumerate(strokes):
            rows = np.flatnonzero(kept & (band == number))
            if len(rows) == 0:
                continue
            # Pieces that follow each other are one line.
            new = np.ones(len(rows), dtype=bool)
            new[1:] = rows[1:] != rows[:-1] + 1
            ends = np.flatnonzero(np.append(new[1:], True))
            points = np.insert(canvas[rows], ends + 1, canvas[rows[ends] + 1], axis=0)
            starts = np.insert(new, ends + 1, False)
            parts.append((points, starts))


def _pen(colour: str, width: float, alpha: float) -> QPen:
    ink = QColor(colour)
    ink.setAlphaF(alpha)
    pen = QPen(ink, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
