"""Units on the canvas: symbols, clusters and labels, and which of them is under the pointer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shiboken6
from PySide6.QtGui import QPainter

from dispatch.words import say
from ui.map.camera import Camera
from ui.map.declutter import MARGIN_PX, Declutter, Layout, Placed
from ui.map.drive import Drive
from ui.map.layers import EMPTY_UNITS, UnitLayer
from ui.map.marks import Anchors, Cluster, Gathering, Ints, Marks, arrange, gather
from ui.map.projection import Floats, world_m
from ui.map.symbols import (
    DOT_CELL,
    PILL_HEIGHT,
    PILL_ICON_X,
    UNIT_CELL,
    UNIT_RADIUS,
    Symbols,
)

#: Below this zoom units are dots without a glyph.
DOTS_BELOW = 11.5
LABELS_FROM = 12.0
MAX_LABELS = 300
#: Labels tried before the rest is given up: beyond it the canvas is full anyway.
MAX_TRIES = 1200
#: A stack names its units up to so many letters, then counts the rest.
LETTERS_IN_A_ROW = 24


class Units:
    """The unit layer: state, drawing and picking."""

    def __init__(self) -> None:
        self.layer: UnitLayer = EMPTY_UNITS
        self.world: Floats = np.zeros((0, 2))
        self.selected: str | None = None
        self.hovered: str | None = None
        self.pinned: frozenset[str] = frozenset()
        #: Counts changes of the layer; of what its labels say and stand for.
        self.version = 0
        self.words_version = 0
        self.drive = Drive()
        self._row_of: dict[str, int] = {}
        self._marks: Marks | None = None
        self._marks_for: tuple[object, ...] = ()
        self._gathering: Gathering | None = None
        self._gathering_for: tuple[object, ...] = ()
        self._layout = Layout([])
        self._laid_world: Floats = np.zeros((0, 2))
        self._laid_row_of: dict[str, int] = {}
        self._drawn: Floats = np.zeros((0, 2))
        self._drawn_rows: Ints = np.zeros(0, dtype=np.int64)
        self._clusters: list[tuple[float, float, float, int]] = []

    def set_layer(self, layer: UnitLayer, drive_at_s: float | None = None) -> bool:
        """Replace all units; at a monotonic time they drive there, without one they are there.

        Answers whether any unit has to be moved on (`drive.advance`).
        """
        if not _says_the_same(self.layer, layer):
            self.words_version += 1
        before, self.layer = self.world, layer
        self.world = world_m(np.column_stack([layer.lon, layer.lat]))
        self._row_of = {unit: row for row, unit in enumerate(layer.ids)}
        self.version += 1
        if drive_at_s is None:
            self.drive.put(layer, self.world)
            return False
        return self.drive.go(layer, before, self.world, drive_at_s)

    def arrange(self, zoom: float, anchors: Anchors) -> None:
        """Bring the marks up to date; before `lay_out` and `paint`."""
        at = (self.version, anchors.version, anchors.chosen)
        if self._gathering is None or self._gathering_for != at:
            self._gathering = gather(self.layer, self.world, anchors)
            self._gathering_for = at
        wanted = (*at, zoom, self.selected, self.pinned)
        if self._marks is None or self._marks_for != wanted:
            alone = np.zeros(len(self.layer), dtype=bool)
            apart = {self.selected, *self.pinned} - {None}
            if apart:
                alone[[row for row, unit in enumerate(self.layer.ids) if unit in apart]] = True
            self._marks = arrange(self.layer, self.world, self._gathering, alone, zoom)
            self._marks_for = wanted

    # -- labels ------------------------------------------------------------------------------

    def lay_out(self, camera: Camera, symbols: Symbols, room: Declutter, language: str) -> None:
        """Choose the labels that fit, units at work first, and keep the layout for painting."""
        marks = self._marks
        assert marks is not None
        placed: list[Placed] = []
        canvas = np.round(camera.to_canvas(marks.world)) + marks.shift
        inside = (
            (canvas[:, 0] > -MARGIN_PX)
            & (canvas[:, 0] < camera.width + MARGIN_PX)
            & (canvas[:, 1] > -MARGIN_PX)
            & (canvas[:, 1] < camera.height + MARGIN_PX)
        )
        if camera.zoom >= DOTS_BELOW:
            room.block_all(canvas[inside].tolist(), UNIT_RADIUS + 1)
        for cluster in marks.clusters:
            x, y = camera.to_canvas(cluster.middle[None, :])[0].tolist()
            half = symbols.cluster(cluster.count, cluster.free).deviceIndependentSize().width() / 2
            room.block(x - half, y - half, x + half, y + half)
        order = marks.order[inside[marks.order]].tolist()
        loud = {self.selected, self.hovered, *self.pinned} - {None}
        loud_rows = self._rows_of(marks, loud) if loud else frozenset()
        if camera.zoom < LABELS_FROM:
            order = [row for row in order if row in loud_rows]
        elif loud_rows:
            order.sort(key=lambda row: row not in loud_rows)
        for row in order[:MAX_TRIES]:
            one = self._label(marks, row, canvas, symbols, room, language, row in loud_rows)
            if one is not None:
                placed.append(one)
                if len(placed) >= MAX_LABELS:
                    break
        self._layout = Layout(placed)
        self._laid_world, self._laid_row_of = self.world, self._row_of

    def _label(
        self,
        marks: Marks,
        row: int,
        canvas: Floats,
        symbols: Symbols,
        room: Declutter,
        language: str,
        is_loud: bool,
    ) -> Placed | None:
        x, y = canvas[row].tolist()
        text, stale = self._text(marks, row, language)
        width = symbols.pill_width(text)
        left, top = x - PILL_ICON_X, y - PILL_HEIGHT / 2
        right, bottom = left + width, top + PILL_HEIGHT
        # The part beyond the unit's own symbol must be free.
        if not room.claim(x + UNIT_RADIUS + 6, top + 2, right, bottom - 2):
            if not is_loud:
                return None
            room.block(left, top, right, bottom)
        chosen = self.selected is not None and any(
            self.layer.ids[member] == self.selected for member in marks.members[row]
        )
        return Placed(
            anchor=(float(marks.world[row, 0]), float(marks.world[row, 1])),
            dx=float(marks.shift[row, 0]) - PILL_ICON_X,
            dy=float(marks.shift[row, 1]) - PILL_HEIGHT / 2,
            picture=symbols.pill(text, stale=stale, selected=chosen),
            id=self.layer.ids[marks.members[row][0]],
            width=width,
            height=PILL_HEIGHT,
        )

    def _rows_of(self, marks: Marks, unit_ids: set[str | None]) -> frozenset[int]:
        ids = self.layer.ids
        return frozenset(
            row
            for row, members in enumerate(marks.members)
            if any(ids[member] in unit_ids for member in members)
        )

    def _text(self, marks: Marks, row: int, language: str) -> tuple[str, bool]:
        members = marks.members[row]
        labels = self.layer.labels
        if len(members) > 1:
            shown = labels[members[0]]
            named = 1
            for member in members[1:]:
                if len(shown) + len(labels[member]) >= LETTERS_IN_A_ROW:
                    break
                shown += " " + labels[member]
                named += 1
            rest = len(members) - named
            return (f"{shown} +{rest}" if rest > 0 else shown), False
        only = members[0]
        if self.layer.stale[only]:
            return f"{labels[only]} · {age_words(float(self.layer.age_s[only]), language)}", True
        return labels[only], False

    # -- drawing -----------------------------------------------------------------------------

    def paint(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Draw clusters, labels and, over them, the symbols."""
        marks = self._marks
        assert marks is not None
        behind = self.drive.now[[members[0] for members in marks.members]]
        canvas = np.round(camera.to_canvas(marks.world + behind)) + marks.shift
        inside = (
            (canvas[:, 0] > -UNIT_CELL)
            & (canvas[:, 0] < camera.width + UNIT_CELL)
            & (canvas[:, 1] > -UNIT_CELL)
            & (canvas[:, 1] < camera.height + UNIT_CELL)
        )
        rows = np.flatnonzero(inside)
        self._drawn, self._drawn_rows = canvas[rows], rows
        self._paint_clusters(painter, camera, symbols, marks)
        self._layout.paint(painter, camera, self._behind_of_labels())
        self._paint_symbols(painter, symbols, marks, rows, dots=camera.zoom < DOTS_BELOW)

    def _behind_of_labels(self) -> Floats:
        """Labels ride with their units, whatever has been rearranged since they were laid out."""
        ids = [one.id for one in self._layout.placed]
        nowhere = np.zeros((1, 2))
        now = np.vstack([self.world + self.drive.now, nowhere])
        then = np.vstack([self._laid_world, nowhere])
        rows = [self._row_of.get(unit, -1) for unit in ids]
        laid = [self._laid_row_of[unit] if unit in self._row_of else -1 for unit in ids]
        return np.asarray(now[rows] - then[laid])

    def _paint_symbols(
        self, painter: QPainter, symbols: Symbols, marks: Marks, rows: Ints, *, dots: bool
    ) -> None:
        if len(rows) == 0:
            return
        cell = round((DOT_CELL if dots else UNIT_CELL) * symbols.ratio)
        fragments = np.zeros((len(rows), 10))
        # Those named first are drawn last, so that units at work lie on top.
        rank = np.empty(len(marks.members), dtype=np.int64)
        rank[marks.order] = np.arange(len(marks.order))
        upward = np.argsort(-rank[rows], kind="stable")
        rows = rows[upward]
        fragments[:, 0:2] = self._drawn[upward]
        fragments[:, 2] = marks.column[rows] * cell
        fragments[:, 3] = marks.state[rows] * cell
        fragments[:, 4:6] = cell
        fragments[:, 6:8] = 1 / symbols.ratio
        fragments[:, 9] = marks.opacity[rows]
        painter.drawPixmapFragments(
            shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment),
            len(fragments),
            symbols.dots if dots else symbols.units,
        )

    def _paint_clusters(
        self, painter: QPainter, camera: Camera, symbols: Symbols, marks: Marks
    ) -> None:
        self._clusters = []
        for number, cluster in enumerate(marks.clusters):
            x, y = camera.to_canvas(cluster.middle[None, :])[0].tolist()
            if -40 < x < camera.width + 40 and -40 < y < camera.height + 40:
                picture = symbols.cluster(cluster.count, cluster.free)
                half = picture.deviceIndependentSize().width() / 2
                painter.drawPixmap(round(x - half), round(y - half), picture)
                self._clusters.append((x, y, half, number))

    # -- picking -----------------------------------------------------------------------------

    def pick(self, x: float, y: float, reach_px: float = 14.0) -> str | None:
        """The unit whose symbol or label lies under a canvas pixel, as last painted."""
        if self._marks is None:
            return None
        if len(self._drawn):
            away = np.hypot(self._drawn[:, 0] - x, self._drawn[:, 1] - y)
            nearest = int(away.argmin())
            if away[nearest] <= reach_px:
                row = int(self._drawn_rows[nearest])
                return self.layer.ids[self._marks.members[row][0]]
        return self._layout.pick(x, y)

    def clusters(self) -> Sequence[Cluster]:
        """Units that are drawn as one, as last arranged; their numbers are their places here."""
        fresh = self._marks is not None and self._marks_for[0] == self.version
        return self._marks.clusters if self._marks is not None and fresh else ()

    def cluster_at(self, x: float, y: float) -> int | None:
        """The number of the cluster under a canvas pixel, as last painted."""
        if self._marks is not None:
            for cx, cy, half, number in self._clusters:
                if (cx - x) ** 2 + (cy - y) ** 2 <= half * half:
                    return number
        return None

    def pick_cluster(self, x: float, y: float) -> Floats | None:
        """World metres (m, 2) of the members of the cluster under a canvas pixel."""
        number = self.cluster_at(x, y)
        if number is None or self._marks is None:
            return None
        return np.asarray(self.world[self._marks.clusters[number].members])

    def place_of(self, unit_id: str) -> tuple[float, float] | None:
        """World metres of where a unit is drawn, on its way between fixes."""
        row = self._row_of.get(unit_id)
        if row is None:
            return None
        x, y = (self.world[row] + self.drive.now[row]).tolist()
        return x, y

    def members_of(self, number: int) -> list[str]:
        """The units of a cluster by its number, as last painted; [] once it is another."""
        if self._marks is None or number >= len(self._marks.clusters):
            return []
        return [self.layer.ids[row] for row in self._marks.clusters[number].members]

    def members_at(self, x: float, y: float, reach_px: float = 14.0) -> list[str]:
        """Every unit under a canvas pixel: all of a stack or a cluster, the foremost first."""
        if self._marks is None:
            return []
        found: list[str] = []
        if len(self._drawn):
            away = np.hypot(self._drawn[:, 0] - x, self._drawn[:, 1] - y)
            near = np.flatnonzero(away <= reach_px)
            for mark in self._drawn_rows[near[np.argsort(away[near])]].tolist():
                found += [self.layer.ids[row] for row in self._marks.members[mark]]
        number = self.cluster_at(x, y)
        if number is not None:
            found += self.members_of(number)
        if not found and (one := self._layout.pick(x, y)):
            row = self._row_of.get(one)
            stacks = (each for each in self._marks.members if row in each)
            found = [self.layer.ids[member] for member in next(stacks, ())]
        return found


def age_words(age_s: float, language: str) -> str:
    """How old a fix is, in words."""
    minutes = max(1, round(age_s / 60))
    if minutes < 90:
        return say("map.age.min", language, n=minutes)
    return say("map.age.hour", language, n=round(minutes / 60))


def _says_the_same(before: UnitLayer, after: UnitLayer) -> bool:
    """Whether only places and headings differ, so that the labels chosen still hold."""
    return (
        before.ids == after.ids
        and before.labels == after.labels
        and bool(np.array_equal(before.state, after.state))
        and bool(np.array_equal(before.stale, after.stale))
    )
