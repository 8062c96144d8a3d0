"""The names of tiles, without any geometry: all that fetching a stored tile takes."""

from __future__ import annotations

from typing import NamedTuple

TILE_PX = 512
#: Levels below this one (zoom 12) are painted from a region's coarse drawing.
FINE_FROM = 24

Box = tuple[float, float, float, float]


class TileKey(NamedTuple):
    """One tile: `level` is twice the zoom; x counts eastward, y southward."""

    level: int
    x: int
    y: int


def stage_of(level: int) -> str:
    """Which of a region's drawings a level is painted from."""
    return "coarse" if level < FINE_FROM else "fine"
