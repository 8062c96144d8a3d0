"""Traces streets: evenly spaced streamlines of both directions of the tensor field.

Even spacing after Jobard and Lefer, "Creating evenly-spaced streamlines of arbitrary density",
1997: a line stops where it comes too near another of its own direction, and new lines start beside
accepted ones. Nearness is looked up on a raster of stamped discs, so that a step costs one look-up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from dispatch.region.city.field import Field
from dispatch.region.city.plan import CELL_M, HEIGHT_M, WIDTH_M, Floats

FINE_M = 10.0
FINE_COLUMNS = int(WIDTH_M / FINE_M)
FINE_ROWS = int(HEIGHT_M / FINE_M)

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Level:
    """How one class of street is traced; lengths in metres."""

    name: str
    spacing: tuple[Floats, Floats]
    """Distance between lines that run the major and the minor way, on the coarse raster."""
    allowed: Mask
    """Fine raster: 1 where such a street may run."""
    step_m: float
    shortest_m: float
    longest_m: float
    stop_share: float = 0.62
    """A line stops where it is nearer to its like than this share of the spacing."""


def fine(raster: Floats) -> Floats:
    """The coarse raster on the fine one (cells of 10 m), by bilinear interpolation."""
    zoomed: Floats = ndimage.map_coordinates(
        raster,
        np.meshgrid(
            (np.arange(FINE_ROWS) + 0.5) * FINE_M / CELL_M - 0.5,
            (np.arange(FINE_COLUMNS) + 0.5) * FINE_M / CELL_M - 0.5,
            indexing="ij",
        ),
        order=1,
        mode="nearest",
    )
    return zoomed


def _view(raster: npt.NDArray[np.float64] | Mask) -> memoryview:
    """The raster's own memory as a flat view: reading one cell costs a third of numpy's."""
    return memoryview(np.ascontiguousarray(raster).reshape(-1).data)


class Tracer:
    """Holds the field and what is already drawn; `grow` adds the streets of one class."""

    def __init__(self, field: Field) -> None:
        half = np.arctan2(fine(field.sin2), fine(field.cos2)) / 2.0
        self._east = _view(np.cos(half))
        self._north = _view(np.sin(half))
        # Half the raster's size is enough for the look-up of spacing and angle of drawn lines.
        self._drawn: list[Floats] = []

    def add_drawn(self, line: Floats) -> None:
        """Make later streets keep their distance from a line drawn by hand."""
        self._drawn.append(line)

    def grow(
        self, level: Level, rng: np.random.Generator, starts: Iterable[Floats]
    ) -> list[Floats]:
        """New lines of a class, each (n, 2) metres; `starts` are places to begin beside."""
        run = _Run(self._east, self._north, level)
        for line in self._drawn:
            run.stamp_any(line)
        made: list[Floats] = []
        queue: deque[tuple[float, float, int]] = deque()
        for points in starts:
            queue.extend((float(px), float(py), f) for px, py in points for f in (0, 1))
        for line in self._drawn:
            queue.extend(run.beside(line))
        made += self._drain(run, queue)
        # Sweep: whatever ground no accepted line led to.
        rows, columns = np.nonzero(level.allowed[::6, ::6])
        order = rng.permutation(len(rows))
        for k in order:
            px, py = columns[k] * 6 * FINE_M + 5.0, rows[k] * 6 * FINE_M + 5.0
            for f in (0, 1):
                found = run.trace(px, py, f)
                if found is not None:
                    made.append(found)
                    made += self._drain(run, deque(run.beside(found)))
        self._drawn.extend(made)
        return made

    @staticmethod
    def _drain(run: _Run, queue: deque[tuple[float, float, int]]) -> list[Floats]:
        made: list[Floats] = []
        while queue:
            px, py, f = queue.popleft()
            line = run.trace(px, py, f)
            if line is not None:
                made.append(line)
                queue.extend(run.beside(line))
        return made


class _Run:
    """The rasters of one class while it is traced."""

    def __init__(self, east: memoryview, north: memoryview, level: Level) -> None:
        self.east, self.north, self.level = east, north, level
        self.allowed = _view(level.allowed)
        self.spacing = [_view(fine(raster)) for raster in level.spacing]
        self.stop = [np.zeros((FINE_ROWS, FINE_COLUMNS), np.uint8) for _ in range(2)]
        self.seed = [np.zeros((FINE_ROWS, FINE_COLUMNS), np.uint8) for _ in range(2)]
        self.stop_view = [_view(raster) for raster in self.stop]
        self.seed_view = [_view(raster) for raster in self.seed]
        self._discs: dict[int, Mask] = {}

    def stamp_any(self, line: Floats) -> None:
        """Stamp a drawn line into the raster of the direction each of its pieces runs."""
        pieces = np.diff(line, axis=0)
        lengths = np.hypot(pieces[:, 0], pieces[:, 1])
        for (x0, y0), (dx, dy), length in zip(line[:-1], pieces, lengths, strict=True):
            if length < 1e-6:
                continue
            count = max(1, int(length / 20.0))
            for k in range(count):
                px, py = x0 + dx * (k + 0.5) / count, y0 + dy * (k + 0.5) / count
                cell = self._cell(px, py)
                if cell < 0:
                    continue
                along = abs(self.east[cell] * dx + self.north[cell] * dy) / length
                self._stamp(px, py, 0 if along > 0.7071 else 1, cell)

    def _cell(self, px: float, py: float) -> int:
        if not (0.0 <= px < WIDTH_M and 0.0 <= py < HEIGHT_M):
            return -1
        return int(py / FINE_M) * FINE_COLUMNS + int(px / FINE_M)

    def _stamp(self, px: float, py: float, family: int, cell: int) -> None:
        spacing = self.spacing[family][cell]
        for raster, share in (
            (self.stop[family], self.level.stop_share),
            (self.seed[family], 0.93),
        ):
            radius = max(1, round(spacing * share / FINE_M))
            disc = self._discs.get(radius)
            if disc is None:
                offset = np.arange(-radius, radius + 1)
                inside = offset[:, None] ** 2 + offset[None, :] ** 2 <= radius * radius
                disc = self._discs[radius] = inside.astype(np.uint8)
            row, column = int(py / FINE_M), int(px / FINE_M)
            r0, c0 = max(0, row - radius), max(0, column - radius)
            r1, c1 = min(FINE_ROWS, row + radius + 1), min(FINE_COLUMNS, column + radius + 1)
            view = raster[r0:r1, c0:c1]
            part = disc[
                r0 - row + radius : r1 - row + radius, c0 - column + radius : c1 - column + radius
            ]
            np.maximum(view, part, out=view)

    def beside(self, line: Floats) -> list[tuple[float, float, int]]:
        """Places one spacing to both sides of a line (same way) and on it (the other way)."""
        found: list[tuple[float, float, int]] = []
        lengths = np.hypot(*np.diff(line, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(lengths)])
        total = float(along[-1])
        if total <= 0.0:
            return found
        middle = self._cell(*(float(v) for v in line[len(line) // 2]))
        gap = 60.0 if middle < 0 else 0.6 * min(s[middle] for s in self.spacing)
        at = np.arange(gap / 2, total, gap)
        xs, ys = np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])
        for px, py in zip(xs.tolist(), ys.tolist(), strict=True):
            cell = self._cell(px, py)
            if cell < 0:
                continue
            east, north = self.east[cell], self.north[cell]
            for family, (nx, ny) in ((0, (-north, east)), (1, (east, north))):
                reach = self.spacing[family][cell]
                for side in (1.0, -1.0):
                    found.append((px + side * nx * reach, py + side * ny * reach, family))
            found.append((px, py, 0))
            found.append((px, py, 1))
        return found

    def trace(self, px: float, py: float, family: int) -> Floats | None:
        """The streamline through a place, or None where there is no room for one."""
        cell = self._cell(px, py)
        if cell < 0 or not self.allowed[cell] or self.seed_view[family][cell]:
            return None
        level = self.level
        ahead, closed = self._half(px, py, family, 1.0, level.longest_m / 2)
        back = [] if closed else self._half(px, py, family, -1.0, level.longest_m / 2)[0]
        points = [*back[::-1], (px, py), *ahead]
        if closed:
            points.append((px, py))
        if (len(points) - 1) * level.step_m < level.shortest_m:
            return None
        for qx, qy in points:
            self._stamp(qx, qy, family, self._cell(qx, qy))
        return np.array(points, dtype=np.float64)

    def _half(
        self, px: float, py: float, family: int, sign: float, longest_m: float
    ) -> tuple[list[tuple[float, float]], bool]:
        """Points one way from a start, and whether they came round to it again."""
        step = self.level.step_m
        allowed, stop = self.allowed, self.stop_view[family]
        east, north = self.east, self.north
        cell = self._cell(px, py)
        if family == 0:
            dx, dy = east[cell] * sign, north[cell] * sign
        else:
            dx, dy = -north[cell] * sign, east[cell] * sign
        turned = 0.0
        points: list[tuple[float, float]] = []
        for _ in range(int(longest_m / step)):
            # Midpoint rule; the field has no sign, so each look-up is turned to go on.
            middle = self._cell(px + dx * step / 2, py + dy * step / 2)
            if middle < 0:
                break
            ex, ey = east[middle], north[middle]
            if family:
                ex, ey = -ey, ex
            along = ex * dx + ey * dy
            if along < 0.0:
                ex, ey, along = -ex, -ey, -along
            if along < 0.75:
                break
            px, py = px + ex * step, py + ey * step
            cell = self._cell(px, py)
            if cell < 0 or not allowed[cell] or stop[cell]:
                break
            turned += dx * ey - dy * ex
            dx, dy = ex, ey
            points.append((px, py))
            if abs(turned) > 6.0:
                # Once round: a circle, which is closed rather than left to spiral.
                return points, True
        return points, False
