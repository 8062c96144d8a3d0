"""Words as paths: measured once, set straight or letter by letter along a line."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from PySide6.QtGui import QFont, QFontMetricsF, QPainterPath, QTransform

from ui.map.fonts import font

Point = tuple[float, float]

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


@lru_cache(maxsize=8_000)
def _advance(strong: bool, pair: str) -> float:
    return float(_drawn(strong)[1].horizontalAdvance(pair))


@lru_cache(maxsize=4_000)
def _drawn_stops(strong: bool, text: str) -> tuple[float, ...]:
    """Where letters begin at the drawn size, by pairs of letters so that kerning counts."""
    if not _is_separable(text):
        width = _advance(strong, text)
        return tuple(width * i / len(text) for i in range(len(text) + 1))
    at, stops = 0.0, [0.0]
    for i, letter in enumerate(text):
        own = _advance(strong, letter)
        if i + 1 < len(text):
            own = _advance(strong, text[i : i + 2]) - _advance(strong, text[i + 1])
        at += own
        stops.append(at)
    return tuple(stops)


@lru_cache(maxsize=1_500)
def _drawn_text(strong: bool, text: str) -> QPainterPath:
    path = QPainterPath()
    path.addText(0.0, 0.0, _drawn(strong)[0], text)
    return path


@lru_cache(maxsize=2_000)
def _stops(face: Face, text: str) -> tuple[float, ...]:
    """Where each letter begins, kerning and spacing included, and where the text ends."""
    scale, space = face.size_px / _DRAWN_PX, face.spacing * face.size_px
    last = len(text) - 1
    return tuple(
        stop * scale + space * min(i, last)
        for i, stop in enumerate(_drawn_stops(face.strong, text))
    )


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
            for letter, stop in zip(line, _stops(face, line), strict=False):
                _add(path, face, letter, (left + stop, base + number * leading), 0.0, 0.0)
        else:
            _add(path, face, line, (left, base + number * leading), 0.0, 0.0)
    return path


@dataclass(frozen=True)
class Run:
    """A text laid along a line: where its letters begin and end (n + 1), and their angles (n)."""

    marks: list[Point]
    angles: list[float]


def along(
    face: Face, text: str, points: list[Point], travelled: list[float], at: float
) -> Run | None:
    """The text centred at a distance along a line, or None where the line bends too sharply.

    `points` in pixels with y down, `travelled` the distance of each from the first. The text
    never stands on its head. (Plain loops: for a dozen letters arrays cost ten times more.)
    """
    stops = _stops(face, text)
    width = stops[-1]
    begin = at - width / 2
    if begin < 0 or at + width / 2 > travelled[-1]:
        return None
    piece = max(0, bisect_right(travelled, begin) - 1)
    first = _walk(points, travelled, begin, piece)[0]
    last = _walk(points, travelled, begin + width, piece)[0]
    backwards = last[0] < first[0]
    marks: list[Point] = []
    for stop in reversed(stops) if backwards else stops:
        mark, piece = _walk(points, travelled, begin + (width - stop if backwards else stop), piece)
        marks.append(mark)
    if backwards:
        marks.reverse()
    whole = math.atan2(marks[-1][1] - marks[0][1], marks[-1][0] - marks[0][0])
    angles: list[float] = []
    bent, before = 0.0, None
    for (x0, y0), (x1, y1) in pairwise(marks):
        # A stretch without length (combining signs) takes the direction of the whole label.
        still = abs(x1 - x0) + abs(y1 - y0) < 1e-6
        angle = whole if still else math.atan2(y1 - y0, x1 - x0)
        if before is not None:
            turn = abs((angle - before + math.pi) % (2 * math.pi) - math.pi)
            bent += turn
            if turn > MAX_LETTER_TURN or bent > MAX_LABEL_TURN:
                return None
        angles.append(angle)
        before = angle
    return Run(marks, angles)


def _walk(
    points: list[Point], travelled: list[float], distance: float, piece: int
) -> tuple[Point, int]:
    """The point at a distance along a line, looked for from a piece onward."""
    last = len(points) - 2
    while piece < last and travelled[piece + 1] < distance:
        piece += 1
    x0, y0 = points[piece]
    x1, y1 = points[piece + 1]
    length = travelled[piece + 1] - travelled[piece]
    share = (distance - travelled[piece]) / length if length > 0 else 0.0
    return (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share), piece


def run_path(face: Face, text: str, run: Run) -> QPainterPath:
    """The letters of a run as one path, centred across the line."""
    drop = height_of(face) / 2
    path = QPainterPath()
    if not _is_separable(text):
        (x0, y0), (x1, y1) = run.marks[0], run.marks[-1]
        _add(path, face, text, (x0, y0), math.atan2(y1 - y0, x1 - x0), drop)
        return path
    for letter, place, angle in zip(text, run.marks, run.angles, strict=False):
        if not letter.isspace():
            _add(path, face, letter, place, angle, drop)
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
