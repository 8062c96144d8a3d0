"""A word at its place, and which cells of a block already carry words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from ui.map.tiles.keys import Box
from ui.map.tiles.lettering import Face, Run, run_path, straight

#: Side of an occupancy cell in pixels.
CELL_PX = 5

Point = tuple[float, float]


@dataclass(frozen=True)
class Label:
    """Words at their place, in pixels from the wide block's corner, and how they are inked.

    `ink` is the name of a map colour; `plate` a box drawn under the words (road numbers). What it
    claims: squares of half a side `half_px` round the letters, or the whole box of straight words.
    """

    face: Face
    lines: tuple[str, ...]
    box: Box
    ink: str
    #: The middle of words set straight.
    at: Point = (0.0, 0.0)
    #: The letters of words along a line.
    run: Run | None = None
    plate: QRectF | None = None
    #: A dot over the words.
    dot: bool = False
    half_px: float = 0.0

    def path(self) -> QPainterPath:
        """The letters' outlines: made anew each time, a block of them takes megabytes."""
        if self.run is not None:
            return run_path(self.face, self.lines[0], self.run)
        path = straight(self.face, self.lines, *self.at)
        if self.dot:
            x, y = self.at[0], self.at[1] - station_drop(self.face)
            path.addEllipse(x - 3.2, y - 3.2, 6.4, 6.4)
        return path


def station_drop(face: Face) -> float:
    """How far a station's name stands below its dot."""
    return face.size_px * 0.95 + 3


class Occupancy:
    """Which cells of one block already carry words; places are pixels from its corner."""

    def __init__(self, side_px: float) -> None:
        self._cells = math.ceil(side_px / CELL_PX)
        self._taken = bytearray(self._cells * self._cells)

    def is_free(self, x: float, y: float) -> bool:
        """Whether nothing stands on one place."""
        column, row = int(x // CELL_PX), int(y // CELL_PX)
        inside = 0 <= column < self._cells and 0 <= row < self._cells
        return inside and not self._taken[row * self._cells + column]

    def take(self, points: list[Point], half_px: float) -> bool:
        """Claim a square of half a side around points; False (and no claim) if any is taken."""
        cells, taken = self._cells, self._taken
        claimed: list[tuple[int, int, int]] = []
        for x, y in points:
            left, right = int((x - half_px) // CELL_PX), int((x + half_px) // CELL_PX)
            top, bottom = int((y - half_px) // CELL_PX), int((y + half_px) // CELL_PX)
            if left < 0 or top < 0 or right >= cells or bottom >= cells:
                return False
            for row in range(top, bottom + 1):
                begin, end = row * cells + left, row * cells + right + 1
                if any(taken[begin:end]):
                    return False
                claimed.append((begin, end, end - begin))
        for begin, end, length in claimed:
            taken[begin:end] = b"\1" * length
        return True

    def take_box(self, box: Box, *, by_force: bool = False) -> bool:
        """Claim a box (left, top, right, bottom); `by_force` claims what it can of it."""
        left, top, right, bottom = (math.floor(value / CELL_PX) for value in box)
        cells, taken = self._cells, self._taken
        if by_force:
            left, top = max(left, 0), max(top, 0)
            right, bottom = min(right, cells - 1), min(bottom, cells - 1)
        elif left < 0 or top < 0 or right >= cells or bottom >= cells:
            return False
        rows = [(row * cells + left, row * cells + right + 1) for row in range(top, bottom + 1)]
        if not by_force and any(any(taken[begin:end]) for begin, end in rows):
            return False
        for begin, end in rows:
            if end > begin:
                taken[begin:end] = b"\1" * (end - begin)
        return True

    def give_way(self, label: Label, dx: float, dy: float) -> None:
        """Claim what a label of an outer circle stands on, moved by an offset."""
        if label.run is None:
            left, top, right, bottom = label.box
            self.take_box((left + dx, top + dy, right + dx, bottom + dy), by_force=True)
        half = label.half_px
        for x, y in label.run.marks if label.run is not None else ():
            box = (x + dx - half, y + dy - half, x + dx + half, y + dy + half)
            self.take_box(box, by_force=True)
