"""The tile grid: 512-pixel squares at half-zoom levels, numbered from the world's north-west."""

from __future__ import annotations

import math

from ui.map.projection import HALF_WORLD_M, metres_per_pixel
from ui.map.tiles.keys import FINE_FROM, TILE_PX, Box, TileKey, stage_of

__all__ = [
    "FINE_FROM",
    "MAX_LEVEL",
    "MIN_LEVEL",
    "TILE_PX",
    "Box",
    "TileKey",
    "level_of",
    "stage_of",
    "tile_box",
    "tile_size_m",
    "tiles_in",
    "zoom_of",
]

MIN_LEVEL = 12  # zoom 6
MAX_LEVEL = 40  # zoom 20


def zoom_of(level: int) -> float:
    """The zoom at which a level's tiles are drawn one to one."""
    return level / 2


def level_of(zoom: float) -> int:
    """The level whose tiles are nearest in size at a zoom."""
    return max(MIN_LEVEL, min(MAX_LEVEL, round(zoom * 2)))


def tile_size_m(level: int) -> float:
    """Side of a level's tiles in world metres."""
    return metres_per_pixel(zoom_of(level)) * TILE_PX


def tile_box(key: TileKey) -> Box:
    """West, south, east, north of a tile in world metres."""
    size = tile_size_m(key.level)
    west = key.x * size - HALF_WORLD_M
    north = HALF_WORLD_M - key.y * size
    return west, north - size, west + size, north


def tiles_in(level: int, box: Box) -> list[TileKey]:
    """The tiles of a level that meet a box (west, south, east, north), row by row."""
    size = tile_size_m(level)
    west, south, east, north = box
    inside = 1e-6  # a shared edge does not call for the neighbour
    x0 = math.floor((west + HALF_WORLD_M) / size + inside)
    x1 = math.ceil((east + HALF_WORLD_M) / size - inside)
    y0 = math.floor((HALF_WORLD_M - north) / size + inside)
    y1 = math.ceil((HALF_WORLD_M - south) / size - inside)
    return [TileKey(level, x, y) for y in range(y0, y1) for x in range(x0, x1)]
