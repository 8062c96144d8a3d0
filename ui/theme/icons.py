"""Icons as paths: unit states and kinds, level shapes, places; drawn at any size in any ink."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QTransform

from dispatch.domain.message import Problem
from dispatch.resources import resource

_STEP = re.compile(r"([MLQCZOR])((?:\s+-?\d+(?:\.\d+)?)*)")
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0, "O": 3, "R": 5}


class _Drawing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fill: str = ""
    stroke: str = ""
    width: float = 2.0


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: int
    grid: float
    same: dict[str, str]
    icons: dict[str, _Drawing]


@dataclass(frozen=True)
class Icon:
    """An icon in a square of side 1: the outline to fill, the lines to stroke and their width."""

    fill: QPainterPath
    stroke: QPainterPath
    width: float


@cache
def _file() -> _File:
    path = resource("icons", "icons.toml")
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("map.style_broken", file=str(path), what=str(error)) from error


def icon_names() -> tuple[str, ...]:
    """Every name that `icon` knows."""
    return (*_file().icons, *_file().same)


def has_icon(name: str) -> bool:
    """Whether there is an icon of this name."""
    return name in _file().icons or name in _file().same


@cache
def icon(name: str) -> Icon:
    """The icon of a unit state, unit kind, level shape (`level_1` ...) or place.

    Raises `Problem` for an unknown name or a drawing that cannot be read.
    """
    drawings = _file()
    drawing = drawings.icons.get(drawings.same.get(name, name))
    if drawing is None:
        path = resource("icons", "icons.toml")
        raise Problem("map.style_broken", file=str(path), what=name)
    unit = QTransform.fromScale(1 / drawings.grid, 1 / drawings.grid)
    return Icon(
        unit.map(parse_path(drawing.fill)),
        unit.map(parse_path(drawing.stroke)),
        drawing.width / drawings.grid,
    )


def parse_path(steps: str) -> QPainterPath:
    """A path from the steps explained in `resources/icons/icons.toml`."""
    path = QPainterPath()
    at = 0
    for match in _STEP.finditer(steps):
        if steps[at : match.start()].strip():
            break
        at = match.end()
        letter, numbers = match.group(1), [float(part) for part in match.group(2).split()]
        if len(numbers) != _NUMBERS[letter]:
            at = match.start()
            break
        _step(path, letter, numbers)
    if steps[at:].strip():
        file = str(resource("icons", "icons.toml"))
        raise Problem("map.style_broken", file=file, what=steps[at : at + 40])
    return path


def _step(path: QPainterPath, letter: str, n: list[float]) -> None:
    match letter:
        case "M":
            path.moveTo(n[0], n[1])
        case "L":
            path.lineTo(n[0], n[1])
        case "Q":
            path.quadTo(n[0], n[1], n[2], n[3])
        case "C":
            path.cubicTo(n[0], n[1], n[2], n[3], n[4], n[5])
        case "Z":
            path.closeSubpath()
        case "O":
            path.addEllipse(QPointF(n[0], n[1]), n[2], n[2])
        case "R":
            path.addRoundedRect(QRectF(n[0], n[1], n[2], n[3]), n[4], n[4])


def draw_icon(painter: QPainter, name: str, box: QRectF, colour: str) -> None:
    """Draw an icon into a square box in one colour; the painter's state is kept."""
    found = icon(name)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width(), box.height())
    if not found.fill.isEmpty():
        painter.fillPath(found.fill, QColor(colour))
    if not found.stroke.isEmpty():
        pen = QPen(QColor(colour), found.width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(found.stroke, pen)
    painter.restore()


@lru_cache(maxsize=512)
def icon_pixmap(name: str, size_px: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """An icon as a transparent pixmap of a size in device-independent pixels."""
    pixmap = QPixmap(round(size_px * ratio), round(size_px * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_icon(painter, name, QRectF(0, 0, size_px, size_px), colour)
    painter.end()
    return pixmap


def draw_level(painter: QPainter, rank: int, box: QRectF, fill: str, ink: str, line: str) -> None:
    """A level's symbol: shape, digit and colour at once, in a square box.

    The digit uses the painter's font family at a size that fits the shape.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = QTransform(box.width(), 0.0, 0.0, box.height(), box.x(), box.y()).map(
        icon(f"level_{rank}").fill
    )
    painter.fillPath(shape, QColor(fill))
    if line != fill:
        painter.strokePath(shape, QPen(QColor(line), max(1.0, box.width() / 22)))
    font = painter.font()
    font.setPixelSize(max(8, round(box.height() * 0.5)))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(ink))
    # The middle of a triangle lies lower than the middle of its box.
    drop = box.height() * (0.12 if rank == 2 else 0.0)
    painter.drawText(box.translated(0, drop), Qt.AlignmentFlag.AlignCenter, str(rank))
    painter.restore()
