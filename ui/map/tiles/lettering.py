"""Words as paths: measured once, set straight or letter by letter along a line."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath, QTransform

from ui.map.fonts import font
from ui.map.projection import Floats

#: Sharpest turn between two letters, and of a whole label, in radians.
MAX_LETTER_TURN = 0.42
MAX_LABEL_TURN = 1.1
#: Scripts whose letters do not join, so that each can be turned by itself.
_SEPARATE = ("LATIN", "CYRILLIC", "GREEK", "HANGUL", "CJK", "DIGIT", "ARMENIAN", "GEORGIAN")


@dataclass(frozen=True)
class Face:
    """A font as labels name it."""

    size_px: float
    strong: bool = False
    spacing: float = 0.0


#: Letters are drawn once at this size and scaled, so that sizes need not be whole pixels.
_DRAWN_PX = 64


@lru_cache(maxsize=2)
def _drawn(strong: bool) -> tuple[QFont, QFontMetricsF]:
    made = font(_DRAWN_PX, strong=strong)
    return made, QFontMetricsF(made)


@lru_cache(maxsize=20_000)
def _drawn_stops(strong: bool, text: str) -> tuple[float, ...]:
    metrics = _drawn(strong)[1]
    return tuple(metrics.horizontalAdvance(text[:i]) for i in range(len(text) + 1))


@lru_cache(maxsize=8_000)
def _drawn_text(strong: bool, text: str) -> QPainterPath:
    path = QPainterPath()
    path.addText(0.0, 0.0, _drawn(strong)[0], text)
    return path


def _stops(face: Face, text: str) -> Floats:
    """Where each letter begins, kerning and spacing included, and where the text ends."""
    stops = np.array(_drawn_stops(face.strong, text)) * (face.size_px / _DRAWN_PX)
    stops[:-1] += np.arange(len(text)) * (face.spacing * face.size_px)
    stops[-1] += max(0, len(text) - 1) * (face.spacing * face.size_px)
    return stops


def width_of(face: Face, text: str) -> float:
    """Width of a text in pixels."""
    drawn = _drawn_stops(face.strong, text)[-1] * (face.size_px / _DRAWN_PX)
    return drawn + max(0, len(text) - 1) * face.spacing * face.size_px


def height_of(face: Face) -> float:
    """Height of a capital in pixels, the part that must stay free."""
    return float(_drawn(face.strong)[1].capHeight()) * (face.size_px / _DRAWN_PX)


@lru_cache(maxsize=10_000)
def _is_separable(text: str) -> bool:
    for letter in text:
        if letter.isspace() or letter.isdigit() or not letter.isalpha():
            if unicodedata.combining(letter):
                return False
            continue
        if not unicodedata.name(letter, "").startswith(_SEPARATE):
            return False
    return True


def straight(face: Face, lines: tuple[str, ...], x: float, y: float) -> QPainterPath:
    """Lines of text centred on a point."""
    path = QPainterPath()
    leading = face.size_px * 1.18
    base = y - leading * (len(lines) - 1) / 2 + height_of(face) / 2
    for number, line in enumerate(lines):
        left = x - width_of(face, line) / 2
        if face.spacing and _is_separable(line):
            stops = _stops(face, line).tolist()
            for letter, stop in zip(line, stops, strict=False):
                _add(path, face, letter, (left + stop, base + number * leading), 0.0, 0.0)
        else:
            _add(path, face, line, (left, base + number * leading), 0.0, 0.0)
    return path


@dataclass(frozen=True)
class Run:
    """A text laid along a line: the places of its letters (n, 2), their angles, the centre line."""

    letters: Floats
    angles: Floats
    line: Floats


def along(face: Face, text: str, points: Floats, travelled: Floats, at: float) -> Run | None:
    """The text centred at a distance along a line, or None where the line bends too sharply.

    `points` (n, 2) in pixels with y down, `travelled` (n,) the distance of each from the first.
    The text never stands on its head.
    """
    stops = _stops(face, text)
    width = stops[-1]
    begin = at - width / 2
    if begin < 0 or at + width / 2 > travelled[-1]:
        return None
    ends = np.interp([begin, begin + width], travelled, points[:, 0])
    backwards = ends[1] < ends[0]
    marks = begin + (width - stops if backwards else stops)
    x = np.interp(marks, travelled, points[:, 0])
    y = np.interp(marks, travelled, points[:, 1])
    dx, dy = np.diff(x), np.diff(y)
    # A stretch without length (combining signs) takes the direction of the whole label.
    still = np.hypot(dx, dy) < 1e-6
    dx[still], dy[still] = x[-1] - x[0], y[-1] - y[0]
    angles = np.arctan2(dy, dx)
    turns = np.abs((np.diff(angles) + math.pi) % (2 * math.pi) - math.pi)
    if len(turns) and (turns.max() > MAX_LETTER_TURN or turns.sum() > MAX_LABEL_TURN):
        return None
    return Run(np.column_stack([x[:-1], y[:-1]]), angles, np.column_stack([x, y]))


def run_path(face: Face, text: str, run: Run) -> QPainterPath:
    """The letters of a run as one path, centred across the line."""
    drop = height_of(face) / 2
    path = QPainterPath()
    if not _is_separable(text):
        dx, dy = (run.line[-1] - run.line[0]).tolist()
        _add(path, face, text, tuple(run.line[0].tolist()), math.atan2(dy, dx), drop)
        return path
    places = run.letters.tolist()
    for letter, place, angle in zip(text, places, run.angles.tolist(), strict=True):
        if not letter.isspace():
            _add(path, face, letter, tuple(place), angle, drop)
    return path


def _add(
    path: QPainterPath,
    face: Face,
    text: str,
    place: tuple[float, float],
    angle: float,
    drop: float,
) -> None:
    """Append a text that begins at a place; its base line lies `drop` to the right of it."""
    scale = face.size_px / _DRAWN_PX
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = place[0] - sin * drop, place[1] + cos * drop
    turn = QTransform(cos * scale, sin * scale, -sin * scale, cos * scale, x, y)
    path.addPath(turn.map(_drawn_text(face.strong, text)))


def wrapped(text: str, face: Face, limit_px: float) -> tuple[str, ...]:
    """A long name in two lines, broken at the blank nearest to its middle."""
    if width_of(face, text) <= limit_px or " " not in text:
        return (text,)
    blanks = [i for i, letter in enumerate(text) if letter == " "]
    middle = min(blanks, key=lambda i: abs(i - len(text) / 2))
    return text[:middle], text[middle + 1 :]
