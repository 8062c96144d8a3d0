"""Units on the canvas: who is drawn alone, who in a stack or a cluster, and with which label."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shiboken6
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from dispatch.words import say
from ui.map.camera import Camera
from ui.map.declutter import Declutter
from ui.map.layers import EMPTY_UNITS, STATE_CODE, UNIT_STATES, UnitLayer
from ui.map.projection import Floats, metres_per_pixel, world_m
from ui.map.symbols import (
    DOT_CELL,
    HEADINGS,
    MOVING,
    NO_HEADING,
    PILL_HEIGHT,
    PILL_ICON_X,
    UNIT_CELL,
    UNIT_RADIUS,
    Symbols,
)

#: Below this zoom dense units become clusters.
CLUSTER_BELOW = 12.5
CLUSTER_CELL_PX = 52
CLUSTER_FROM = 4
#: Below this zoom units are dots without a glyph.
DOTS_BELOW = 11.5
LABELS_FROM = 12.0
MAX_LABELS = 300
#: Units nearer to each other than this share a place: one row a state.
STACK_CELL_PX = 15
STACK_ROW_PX = PILL_HEIGHT + 2
#: A unit on scene this near to an incident's symbol stands under it; likewise at its station.
ANCHOR_PX = 20
UNDER_SCENE_PX = 29
UNDER_STATION_PX = 19
HALO_PX = 17
NAMES_IN_A_ROW = 4
#: A fix fades from the first age to the second, down to the least opacity.
FADE_FROM_S, FADE_TO_S, FADE_LEAST = 30.0, 300.0, 0.5
OFF_DUTY_FROM = 14.0

_MOVING = np.array([state in MOVING for state in UNIT_STATES])
_FREE = np.array([state.startswith("available") or state == "returning" for state in UNIT_STATES])
#: Who keeps a label when there is no room for all: units at work before units at rest.
_RANK = np.array(
    [
        {"off_duty": 9, "out_of_service": 8, "on_break": 7, "available_at_station": 5}.get(
            state, 4 if state == "available_on_air" else 3 if state == "returning" else 2
        )
        for state in UNIT_STATES
    ]
)


@dataclass
class Marks:
    """What is drawn at one zoom: a row a symbol, in world metres with a shift in pixels."""

    world: Floats
    shift: Floats
    state: np.ndarray
    column: np.ndarray
    opacity: Floats
    first: np.ndarray
    members: list[tuple[int, ...]]
    order: np.ndarray
    clusters: list[tuple[Floats, int, int, tuple[int, ...]]] = field(default_factory=list)


@dataclass(frozen=True)
class Anchors:
    """Where units gather, (k, 2) in world metres. `version` changes when any of it does."""

    version: int
    scenes: Floats
    stations: Floats
    hospitals: Floats
    #: Row of the chosen scene, whose halo needs more room.
    chosen: int | None = None


class Units:
    """The unit layer: state, projection, drawing and picking."""

    def __init__(self) -> None:
        self.layer: UnitLayer = EMPTY_UNITS
        self.world: Floats = np.zeros((0, 2))
        self.selected: str | None = None
        self.hovered: str | None = None
        self.pinned: frozenset[str] = frozenset()
        self._marks: Marks | None = None
        self._marks_for: tuple[object, ...] = ()
        self._version = 0
        self._drawn: Floats = np.zeros((0, 2))
        self._drawn_rows: np.ndarray = np.zeros(0, dtype=np.int64)
        self._labels: list[tuple[QRectF, int]] = []
        self._clusters: list[tuple[float, float, float, int]] = []

    def set_layer(self, layer: UnitLayer) -> None:
        """Replace all units."""
        self.layer = layer
        self.world = world_m(np.column_stack([layer.lon, layer.lat]))
        self._version += 1

    def row_of(self, unit_id: str) -> int | None:
        """The row of a unit, or None."""
        try:
            return self.layer.ids.index(unit_id)
        except ValueError:
            return None

    # -- drawing -----------------------------------------------------------------------------

    def paint(
        self,
        painter: QPainter,
        camera: Camera,
        symbols: Symbols,
        room: Declutter,
        anchors: Anchors,
        language: str,
    ) -> None:
        """Draw all units in view; those at an anchor stand under it."""
        self._labels = []
        self._clusters = []
        if len(self.layer) == 0:
            self._drawn, self._drawn_rows = np.zeros((0, 2)), np.zeros(0, dtype=np.int64)
            return
        marks = self._marks_at(camera.zoom, anchors)
        canvas = camera.to_canvas(marks.world) + marks.shift
        inside = (
            (canvas[:, 0] > -200)
            & (canvas[:, 0] < camera.width + 40)
            & (canvas[:, 1] > -40)
            & (canvas[:, 1] < camera.height + 40)
        )
        rows = np.flatnonzero(inside)
        self._drawn, self._drawn_rows = canvas[rows], rows
        self._paint_clusters(painter, camera, symbols, room, marks)
        dots = camera.zoom < DOTS_BELOW
        if not dots:
            half = UNIT_RADIUS + 1
            for x, y in self._drawn.tolist():
                room.block(x - half, y - half, x + half, y + half)
        self._paint_labels(painter, camera, symbols, room, marks, canvas, inside, language)
        self._paint_symbols(painter, symbols, marks, canvas, rows, dots=dots)

    def _paint_symbols(
        self,
        painter: QPainter,
        symbols: Symbols,
        marks: Marks,
        canvas: Floats,
        rows: np.ndarray,
        *,
        dots: bool,
    ) -> None:
        if len(rows) == 0:
            return
        cell = (DOT_CELL if dots else UNIT_CELL) * symbols.ratio
        fragments = np.zeros((len(rows), 10))
        # Whole pixels: a symbol between two pixels would be blurred.
        fragments[:, 0:2] = np.round(canvas[rows])
        fragments[:, 2] = np.round(marks.column[rows] * cell)
        fragments[:, 3] = np.round(marks.state[rows] * cell)
        fragments[:, 4:6] = cell
        fragments[:, 6:8] = 1 / symbols.ratio
        fragments[:, 9] = marks.opacity[rows]
        atlas = symbols.dots if dots else symbols.units
        painter.drawPixmapFragments(
            shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment),
            len(fragments),
            atlas,
        )

    def _paint_clusters(
        self,
        painter: QPainter,
        camera: Camera,
        symbols: Symbols,
        room: Declutter,
        marks: Marks,
    ) -> None:
        for number, (world, count, free, _members) in enumerate(marks.clusters):
            x, y = camera.to_canvas(world[None, :])[0].tolist()
            if not (-40 < x < camera.width + 40 and -40 < y < camera.height + 40):
                continue
            picture = symbols.cluster(count, free)
            half = picture.deviceIndependentSize().width() / 2
            painter.drawPixmap(QPointF(round(x - half), round(y - half)), picture)
            room.block(x - half, y - half, x + half, y + half)
            self._clusters.append((x, y, half, number))

    def _paint_labels(
        self,
        painter: QPainter,
        camera: Camera,
        symbols: Symbols,
        room: Declutter,
        marks: Marks,
        canvas: Floats,
        inside: np.ndarray,
        language: str,
    ) -> None:
        loud = {self.selected, self.hovered, *self.pinned} - {None}
        order = [row for row in marks.order.tolist() if inside[row]]
        if loud:
            ids = self.layer.ids
            order.sort(key=lambda row: not any(ids[m] in loud for m in marks.members[row]))
        count = 0
        for row in order:
            is_loud = bool(loud) and any(self.layer.ids[m] in loud for m in marks.members[row])
            if not is_loud and (camera.zoom < LABELS_FROM or count >= MAX_LABELS):
                break
            x, y = round(canvas[row, 0]), round(canvas[row, 1])
            text, stale = self._text(marks, row, language)
            width = symbols.pill_width(text)
            left, top = x - PILL_ICON_X, y - PILL_HEIGHT / 2
            right = left + width
            # The part beyond the unit's own symbol must be free.
            if not room.claim(x + UNIT_RADIUS + 6, top + 2, right, top + PILL_HEIGHT - 2):
                if not is_loud:
                    continue
                room.block(left, top, right, top + PILL_HEIGHT)
            chosen = self.selected is not None and any(
                self.layer.ids[m] == self.selected for m in marks.members[row]
            )
            picture = symbols.pill(text, stale=stale, selected=chosen)
            painter.drawPixmap(QPointF(left - 1, top - 1), picture)
            self._labels.append((QRectF(left, top, width, PILL_HEIGHT), row))
            count += 1

    def _text(self, marks: Marks, row: int, language: str) -> tuple[str, bool]:
        members = marks.members[row]
        labels = self.layer.labels
        if len(members) > 1:
            shown = " ".join(labels[m] for m in members[:NAMES_IN_A_ROW])
            rest = len(members) - NAMES_IN_A_ROW
            return (f"{shown} +{rest}" if rest > 0 else shown), False
        only = members[0]
        if self.layer.stale[only]:
            return f"{labels[only]} · {age_words(float(self.layer.age_s[only]), language)}", True
        return labels[only], False

    # -- arranging ---------------------------------------------------------------------------

    def _marks_at(self, zoom: float, anchors: Anchors) -> Marks:
        wanted = (self._version, zoom, self.selected, self.pinned, anchors.version, anchors.chosen)
        if self._marks is None or self._marks_for != wanted:
            self._marks = self._arrange(zoom, anchors)
            self._marks_for = wanted
        return self._marks

    def _arrange(self, zoom: float, anchors: Anchors) -> Marks:
        layer = self.layer
        pixel = metres_per_pixel(zoom)
        count = len(layer)
        place = self.world.copy()
        shift = np.zeros((count, 2))
        alone = np.zeros(count, dtype=bool)
        for unit_id in {self.selected, *self.pinned} - {None}:
            row = self.row_of(unit_id) if unit_id else None
            if row is not None:
                alone[row] = True
        hidden = (layer.state == STATE_CODE["off_duty"]) & (zoom < OFF_DUTY_FROM) & ~alone
        for state, points, below_px in (
            ("on_scene", anchors.scenes, UNDER_SCENE_PX),
            ("available_at_station", anchors.stations, UNDER_STATION_PX),
            ("at_hospital", anchors.hospitals, UNDER_STATION_PX),
        ):
            at = np.flatnonzero((layer.state == STATE_CODE[state]) & ~hidden)
            chosen = anchors.chosen if points is anchors.scenes else None
            self._to_anchors(place, shift, at, points, below_px, pixel, chosen)
        rows = np.flatnonzero(~hidden)
        clusters = []
        if zoom < CLUSTER_BELOW:
            rows, clusters = self._cluster(rows, alone, pixel)
        return self._stack(rows, place, shift, alone, pixel, clusters)

    def _to_anchors(
        self,
        place: Floats,
        shift: Floats,
        rows: np.ndarray,
        points: Floats,
        below_px: float,
        pixel: float,
        chosen: int | None,
    ) -> None:
        """Units at a scene, station or hospital stand in rows under its symbol."""
        if len(points) == 0:
            return
        for row in rows.tolist():
            away = np.abs(points - self.world[row]).max(axis=1)
            nearest = int(away.argmin())
            if away[nearest] <= ANCHOR_PX * pixel:
                place[row] = points[nearest]
                shift[row, 1] = below_px + (HALO_PX if nearest == chosen else 0)

    def _cluster(
        self, rows: np.ndarray, alone: np.ndarray, pixel: float
    ) -> tuple[np.ndarray, list[tuple[Floats, int, int, tuple[int, ...]]]]:
        loose = rows[~alone[rows]]
        cells = np.floor(self.world[loose] / (CLUSTER_CELL_PX * pixel)).astype(np.int64)
        _, inverse, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
        inverse = inverse.reshape(-1)
        clusters = []
        for cell in np.flatnonzero(counts >= CLUSTER_FROM).tolist():
            members = loose[inverse == cell]
            free = int(_FREE[self.layer.state[members]].sum())
            middle = self.world[members].mean(axis=0)
            clusters.append((middle, len(members), free, tuple(members.tolist())))
        kept = loose[counts[inverse] < CLUSTER_FROM]
        return np.sort(np.concatenate([kept, rows[alone[rows]]])), clusters

    def _stack(
        self,
        rows: np.ndarray,
        place: Floats,
        shift: Floats,
        alone: np.ndarray,
        pixel: float,
        clusters: list[tuple[Floats, int, int, tuple[int, ...]]],
    ) -> Marks:
        layer = self.layer
        cells = np.floor(place[rows] / (STACK_CELL_PX * pixel)).astype(np.int64)
        groups: dict[tuple[int, int, int], list[int]] = {}
        for row, (cx, cy) in zip(rows.tolist(), cells.tolist(), strict=True):
            own = row + 1 if alone[row] or layer.stale[row] else 0
            groups.setdefault((cx, cy, own), []).append(row)
        members: list[tuple[int, ...]] = []
        worlds, shifts = [], []
        for group in groups.values():
            middle = place[group].mean(axis=0) if len(group) > 1 else place[group[0]]
            by_state: dict[int, list[int]] = {}
            for row in sorted(group, key=lambda r: (_RANK[layer.state[r]], layer.state[r])):
                by_state.setdefault(int(layer.state[row]), []).append(row)
            for number, same in enumerate(by_state.values()):
                members.append(tuple(same))
                worlds.append(middle)
                base = shift[same[0]]
                shifts.append((base[0], base[1] + number * STACK_ROW_PX))
        first = np.array([group[0] for group in members], dtype=np.int64)
        state = layer.state[first]
        heading = layer.heading_deg[first]
        known = np.isfinite(heading) & _MOVING[state]
        single = np.array([len(group) == 1 for group in members], dtype=bool)
        turn = np.round(np.nan_to_num(heading) * (HEADINGS / 360)).astype(np.int64) % HEADINGS
        fading = (layer.age_s[first] - FADE_FROM_S) / (FADE_TO_S - FADE_FROM_S)
        return Marks(
            world=np.array(worlds, dtype=np.float64).reshape(-1, 2),
            shift=np.array(shifts, dtype=np.float64).reshape(-1, 2),
            state=state,
            column=np.where(known & single, turn, NO_HEADING),
            opacity=1 - np.clip(np.nan_to_num(fading), 0, 1) * (1 - FADE_LEAST),
            first=first,
            members=members,
            order=np.lexsort((first, _RANK[state])),
            clusters=clusters,
        )

    # -- picking -----------------------------------------------------------------------------

    def pick(self, x: float, y: float, reach_px: float = 14.0) -> str | None:
        """The unit whose symbol or label lies under a canvas pixel, as last painted."""
        if self._marks is None:
            return None
        if len(self._drawn):
            away = np.hypot(self._drawn[:, 0] - x, self._drawn[:, 1] - y)
            nearest = int(away.argmin())
            if away[nearest] <= reach_px:
                return self.layer.ids[int(self._marks.first[self._drawn_rows[nearest]])]
        for box, row in self._labels:
            if box.contains(x, y):
                return self.layer.ids[int(self._marks.first[row])]
        return None

    def pick_cluster(self, x: float, y: float) -> Floats | None:
        """World metres (m, 2) of the members of the cluster under a canvas pixel."""
        if self._marks is not None:
            for cx, cy, half, number in self._clusters:
                if (cx - x) ** 2 + (cy - y) ** 2 <= half * half:
                    members = list(self._marks.clusters[number][3])
                    return np.asarray(self.world[members])
        return None


def age_words(age_s: float, language: str) -> str:
    """How old a fix is, in words."""
    minutes = max(1, round(age_s / 60))
    if minutes < 90:
        return say("map.age.min", language, n=minutes)
    return say("map.age.hour", language, n=round(minutes / 60))
