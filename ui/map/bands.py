"""How times over the ground are coloured: bands with lines between them, or a hatch.

The tint is quiet, so that streets and everything that lives read through it; what says how much is
the line and its minutes, not the colour.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from ui.map.field import STEP_S, Pixels, Seconds

#: How strong the tint of the first and of the last band is, dark and light theme.
TINTS = {True: (0.31, 0.10), False: (0.32, 0.09)}
LINE_ALPHA = 0.85
LINE_PX = 0.75
"""Half the width of a line between two bands."""
SHADES = 16
HATCH_PX = 8
"""Pitch of the hatch across; it divides the side of a square, so that strokes run through."""
_STROKE = np.array([1.0, 0.75, 0.15, 0.0, 0.0, 0.0, 0.15, 0.75], dtype=np.float32)


def _premultiplied(colour: str, alpha: float) -> int:
    ink = QColor(colour)
    parts = [round(channel * alpha) for channel in (ink.red(), ink.green(), ink.blue())]
    return (round(255 * alpha) << 24) | (parts[0] << 16) | (parts[1] << 8) | parts[2]


def _ramp(colour: str, alpha: float) -> Pixels:
    """A colour from nothing to its strength, in `SHADES` steps."""
    steps = [_premultiplied(colour, alpha * k / (SHADES - 1)) for k in range(SHADES)]
    return np.array(steps, dtype=np.uint32)


def _cover(ground: Seconds) -> NDArray[np.intp]:
    """How much of a pixel is ground (0 to SHADES - 1); a narrow edge hides the grid's stairs."""
    inside = np.clip((ground - 0.4) * 5.0, 0.0, 1.0)
    return (inside * (SHADES - 1) + 0.5).astype(np.intp)


def _line(seconds: Seconds, limits: Sequence[np.float32]) -> Seconds:
    """How much of each pixel (without the margin) a line at one of the limits covers, 0 to 1."""
    inner = seconds[1:-1, 1:-1]
    rise_x = seconds[1:-1, 2:] - seconds[1:-1, :-2]
    rise_y = seconds[2:, 1:-1] - seconds[:-2, 1:-1]
    a_pixel = 0.5 * np.sqrt(rise_x * rise_x + rise_y * rise_y)
    gap = np.abs(inner - limits[0])
    for limit in limits[1:]:
        np.minimum(gap, np.abs(inner - limit), out=gap)
    pixels = gap / np.maximum(a_pixel, np.float32(0.02))
    share: Seconds = np.clip(LINE_PX + 0.5 - pixels, 0.0, 1.0)
    return share


class Bands:
    """Tints up to each limit, the strongest first, and a line at each."""

    def __init__(self, limits_s: Sequence[float], tint: str, line: str, *, dark: bool) -> None:
        self.limits_s = tuple(sorted(limits_s))
        # Between two of the field's steps: flat ground right at a limit would be all line.
        self._between = [np.float32(limit + STEP_S / 2) for limit in self.limits_s]
        first, last = TINTS[dark]
        count = len(self.limits_s)
        steps = np.linspace(first, last, count) if count > 1 else np.array([(first + last) / 2])
        self.alphas = tuple(float(step) for step in steps)
        ramps = [_ramp(tint, alpha) for alpha in self.alphas]
        self._tints = np.concatenate([*ramps, np.zeros(SHADES, dtype=np.uint32)])
        self._lines = _ramp(line, LINE_ALPHA)

    def __call__(self, seconds: Seconds, ground: Seconds) -> Pixels:
        """The pixels of a square, without its margin."""
        inner = seconds[1:-1, 1:-1]
        band = np.zeros(inner.shape, dtype=np.intp)
        for limit in self._between:
            band += inner > limit
        shade = _cover(ground[1:-1, 1:-1])
        pixels: Pixels = self._tints[band * SHADES + shade]
        line = _line(seconds, self._between)
        rows, columns = np.nonzero((line > 0.04) & (shade > 0))
        strength = line[rows, columns] * shade[rows, columns] / (SHADES - 1)
        drawn = self._lines[(strength * (SHADES - 1) + 0.5).astype(np.intp)]
        pixels[rows, columns] = np.maximum(pixels[rows, columns], drawn)
        return pixels


class Hatch:
    """Ground within a limit in a quiet tint; ground beyond it under diagonal lines."""

    def __init__(self, limit_s: float, inside: str, beyond: str, *, dark: bool) -> None:
        self.limit_s = limit_s
        self._inside = _ramp(inside, 0.13 if dark else 0.12)
        self._beyond = _ramp(beyond, 0.46 if dark else 0.44)
        self._under = _ramp(beyond, 0.10 if dark else 0.08)

    def __call__(self, seconds: Seconds, ground: Seconds) -> Pixels:
        """The pixels of a square, without its margin."""
        inner = seconds[1:-1, 1:-1]
        shade = _cover(ground[1:-1, 1:-1])
        side = inner.shape[0]
        slope = np.add.outer(np.arange(side), np.arange(side)) % HATCH_PX
        stroke = _STROKE[slope]
        pixels: Pixels = self._inside[shade]
        rows, columns = np.nonzero((inner > np.float32(self.limit_s)) & (shade > 0))
        where = shade[rows, columns]
        strokes = (where * stroke[rows, columns] + 0.5).astype(np.intp)
        pixels[rows, columns] = np.maximum(self._beyond[strokes], self._under[where])
        return pixels
