"""Call signs beside units: which of them fit, and how they ride along."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtGui import QPainter

from dispatch.words import say
from ui.map.camera import Camera
from ui.map.cells import Flags, Ints
from ui.map.declutter import CELL_PX, MARGIN_PX, Declutter, Layout, Placed
from ui.map.layers import STATE_CODE, UNIT_STATES
from ui.map.marks import Marks
from ui.map.projection import Floats
from ui.map.sprites import UNIT_RADIUS, disc_radius
from ui.map.symbols import PILL_HEIGHT, PILL_ICON_X, Symbols
from ui.map.units import DOTS_BELOW, Units, inside

LABELS_FROM = 12.0
MAX_LABELS = 300
#: Labels tried before the rest is given up: beyond it the canvas is full anyway.
MAX_TRIES = 1200
#: A stack names its units up to so many letters, then counts the rest.
LETTERS_IN_A_ROW = 24

_AT_WORK = np.ones(len(UNIT_STATES), dtype=bool)
_AT_WORK[
    [
        STATE_CODE[state]
        for state in (
            "available_on_air",
            "available_at_station",
            "on_break",
            "out_of_service",
            "off_duty",
        )
    ]
] = False


class UnitLabels:
    """The labels of the unit layer."""

    def __init__(self) -> None:
        self.layout = Layout([])
        self._zoom = -1.0
        #: For each label the unit it rides with (-1: it stays), and where that unit was.
        self._riders: Ints = np.zeros(0, dtype=np.int64)
        self._from: Floats = np.zeros((0, 2))
        self._roster = -1

    def steps(
        self, units: Units, camera: Camera, symbols: Symbols, room: Declutter, language: str
    ) -> Iterator[None]:
        """Choose the labels that fit, a little at a time; they are shown from the last step on.

        The chosen and pinned come first, then units at work; among equals those that have a label
        keep it.
        """
        marks = units.marks
        assert marks is not None
        world = units.places()
        canvas = np.round(camera.to_canvas(world)) + marks.shift
        near = inside(canvas, camera, MARGIN_PX)
        if camera.zoom >= DOTS_BELOW:
            room.block_all(canvas[near], UNIT_RADIUS + 1)
        if len(marks.crowds):
            crowds = np.round(camera.to_canvas(marks.crowds.world))
            room.block_all(crowds, disc_radius(marks.crowds.count) + 2)
        loud_ids = {one for one in (units.selected, units.hovered, *units.pinned) if one}
        loud = np.zeros(len(marks), dtype=bool)
        loud[units.mark_rows(loud_ids)] = True
        # All that asks for the present arrangement is asked before the first step: units may be
        # arranged anew between steps, which changes nothing that is held here.
        order = self._order(units, marks, camera.zoom, near, loud)
        yield
        placed: list[Placed] = []
        chosen_marks: list[int] = []
        for row in order:
            one = _label(units, marks, row, canvas, world, symbols, room, language, bool(loud[row]))
            if one is not None:
                placed.append(one)
                chosen_marks.append(row)
                if len(placed) >= MAX_LABELS:
                    break
            yield
        self.layout = Layout(placed)
        rows = np.array(chosen_marks, dtype=np.int64)
        self._riders = np.where(marks.rides[rows], marks.first[rows], -1)
        self._from = world[rows]
        self._roster, self._zoom = units.roster_version, camera.zoom

    def _order(
        self, units: Units, marks: Marks, zoom: float, near: Flags, loud: Flags
    ) -> list[int]:
        rows = np.flatnonzero(near)[::-1]
        if zoom < LABELS_FROM:
            return list(rows[loud[rows]].tolist())
        had = np.zeros(len(marks), dtype=bool)
        if zoom == self._zoom:
            had[units.mark_rows({one.id for one in self.layout.placed})] = True
        at_work = _AT_WORK[units.layer.state[marks.first[rows]]]
        order = np.lexsort((np.arange(len(rows)), ~had[rows], ~at_work, ~loud[rows]))
        return list(rows[order[:MAX_TRIES]].tolist())

    def paint(self, painter: QPainter, camera: Camera, units: Units) -> None:
        """Draw the labels where their units are now."""
        if not self.layout.placed:
            return
        if self._roster != units.roster_version:
            # Other units have other rows: labels wait for their next layout where they are.
            self._riders = np.full(len(self.layout.placed), -1)
        riding = self._riders >= 0
        moved = np.zeros_like(self._from)
        rows = self._riders[riding]
        moved[riding] = units.world[rows] + units.drive.now[rows] - self._from[riding]
        self.layout.paint(painter, camera, moved)


def _label(
    units: Units,
    marks: Marks,
    row: int,
    canvas: Floats,
    world: Floats,
    symbols: Symbols,
    room: Declutter,
    language: str,
    is_loud: bool,
) -> Placed | None:
    x, y = canvas[row].tolist()
    text, stale = text_of(units, marks, row, language)
    width = symbols.pill_width(text)
    left, top = x - PILL_ICON_X, y - PILL_HEIGHT / 2
    right, bottom = left + width, top + PILL_HEIGHT
    # The part beyond the unit's own symbol, and beyond the cells that it takes, must be free.
    if not room.claim(x + UNIT_RADIUS + 1 + CELL_PX + 0.5, top + 2, right, bottom - 2):
        if not is_loud:
            return None
        room.block(left, top, right, bottom)
    ids = units.layer.ids
    members = marks.members_of(row)
    chosen = units.selected is not None and any(ids[one] == units.selected for one in members)
    return Placed(
        anchor=(float(world[row, 0]), float(world[row, 1])),
        dx=float(marks.shift[row, 0]) - PILL_ICON_X,
        dy=float(marks.shift[row, 1]) - PILL_HEIGHT / 2,
        picture=symbols.pill(text, stale=stale, selected=chosen),
        id=ids[members[0]],
        width=width,
        height=PILL_HEIGHT,
    )


def text_of(units: Units, marks: Marks, row: int, language: str) -> tuple[str, bool]:
    """What a symbol's label says, and whether its position is stale."""
    layer = units.layer
    labels = layer.labels
    if marks.count[row] == 1:
        only = int(marks.first[row])
        if layer.stale[only]:
            return f"{labels[only]} · {age_words(float(layer.age_s[only]), language)}", True
        return labels[only], False
    members = marks.members_of(row)
    shown = labels[members[0]]
    named = 1
    for member in members[1:]:
        if len(shown) + len(labels[member]) >= LETTERS_IN_A_ROW:
            break
        shown += " " + labels[member]
        named += 1
    rest = len(members) - named
    return (f"{shown} +{rest}" if rest > 0 else shown), False


def age_words(age_s: float, language: str) -> str:
    """How old a fix is, in words."""
    minutes = max(1, round(age_s / 60))
    if minutes < 90:
        return say("map.age.min", language, n=minutes)
    return say("map.age.hour", language, n=round(minutes / 60))
