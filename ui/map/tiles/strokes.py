"""Many lines into a painter quickly: numpy arrays become Qt paths and lines without loops.

One path of a whole city takes seconds to stroke antialiased, paths of some ten lines each take
milliseconds; thin lines go through `drawLines` on a pointer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, QLineF
from PySide6.QtGui import QPainter, QPainterPath

from ui.map.projection import Floats

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

#: Sub-paths in one stroke call, and in one fill: measured, more of them cost more each.
CHUNK = 6
FILL_CHUNK = 16
_ELEMENT = np.dtype([("kind", ">i4"), ("x", ">f8"), ("y", ">f8")])


class Polylines:
    """Lines of one drawing step: points (m, 2) in pixels and which points start a line."""

    __slots__ = ("points", "starts")

    def __init__(self, points: Floats, starts: Bools) -> None:
        self.points = points
        self.starts = starts

    def __len__(self) -> int:
        return int(np.count_nonzero(self.starts))

    def thinned(self, step_px: float) -> Polylines:
        """Without points that fall into the pixel cell of the point before."""
        if len(self.points) == 0:
            return self
        cells = np.round(self.points / step_px)
        keep = self.starts.copy()
        keep[1:] |= (cells[1:] != cells[:-1]).any(axis=1)
        # A line's last point holds it on the junction.
        keep[:-1] |= self.starts[1:]
        keep[-1] = True
        return Polylines(self.points[keep], self.starts[keep])


def path_of(points: Floats, starts: Bools) -> QPainterPath:
    """A path of all lines in one call (through the stream format of `QPainterPath`)."""
    path = QPainterPath()
    if len(points) == 0:
        return path
    elements = np.empty(len(points), dtype=_ELEMENT)
    elements["kind"] = 1
    elements["kind"][starts] = 0
    elements["x"] = points[:, 0]
    elements["y"] = points[:, 1]
    head = np.array([len(points)], dtype=">i4").tobytes()
    tail = b"\0" * 8  # index of the current start, odd-even fill
    # The stream reads from the array without owning it: the array must outlive it.
    data = QByteArray(head + elements.tobytes() + tail)
    stream = QDataStream(data, QIODevice.OpenModeFlag.ReadOnly)
    stream >> path
    return path


def stroke(painter: QPainter, lines: Polylines, width_px: float, chunk: int = CHUNK) -> None:
    """Draw lines with the painter's pen, whose width the caller names."""
    if len(lines.points) == 0:
        return
    if width_px <= 1.0:
        _stroke_thin(painter, lines)
        return
    first = np.append(np.flatnonzero(lines.starts)[::chunk], len(lines.points))
    for begin, end in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
        painter.drawPath(path_of(lines.points[begin:end], lines.starts[begin:end]))


def fill(painter: QPainter, rings: Polylines, chunk: int = FILL_CHUNK) -> None:
    """Fill rings that do not overlap each other (buildings) with the painter's brush."""
    stroke(painter, rings, 2.0, chunk)


def _stroke_thin(painter: QPainter, lines: Polylines) -> None:
    ends = np.flatnonzero(~lines.starts)
    if len(ends) == 0:
        return
    pairs = np.ascontiguousarray(np.hstack([lines.points[ends - 1], lines.points[ends]]))
    painter.drawLines(shiboken6.wrapInstance(pairs.ctypes.data, QLineF), len(pairs))
