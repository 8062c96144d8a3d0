"""Where the map looks: centre, zoom and size, and the arithmetic between world and canvas."""

from __future__ import annotations

import math

import numpy as np

from ui.map.projection import (
    HALF_WORLD_M,
    Floats,
    ground_factor,
    lonlat_point,
    metres_per_pixel,
    world_point,
)
from ui.map.tiles.grid import MAX_LEVEL, MIN_LEVEL, Box

MIN_ZOOM = MIN_LEVEL / 2
MAX_ZOOM = MAX_LEVEL / 2


class Camera:
    """Centre in world metres, zoom, canvas size in device-independent pixels.

    At rest the canvas is aligned to whole pixels of the screen, so tiles are copied one to one.
    """

    def __init__(self, lon: float, lat: float, zoom: float) -> None:
        self.x, self.y = world_point(lon, lat)
        self.zoom = zoom
        self.width = 1
        self.height = 1
        #: Pixels of the screen in one of the canvas's.
        self.ratio = 1.0

    @property
    def metres_per_pixel(self) -> float:
        """World metres in a pixel."""
        return metres_per_pixel(self.zoom)

    @property
    def ground_metres_per_pixel(self) -> float:
        """Metres on the ground in a pixel at the centre."""
        return self.metres_per_pixel * ground_factor(lonlat_point(self.x, self.y)[1])

    @property
    def left_top(self) -> tuple[float, float]:
        """The canvas's corner in world metres, on a whole pixel of the screen."""
        pixel, ratio = self.metres_per_pixel, self.ratio
        left = round(((self.x + HALF_WORLD_M) / pixel - self.width / 2) * ratio) / ratio
        top = round(((HALF_WORLD_M - self.y) / pixel - self.height / 2) * ratio) / ratio
        return left * pixel - HALF_WORLD_M, HALF_WORLD_M - top * pixel

    @property
    def box(self) -> Box:
        """West, south, east, north of the canvas in world metres."""
        west, north = self.left_top
        pixel = self.metres_per_pixel
        return west, north - self.height * pixel, west + self.width * pixel, north

    def to_canvas(self, points: Floats) -> Floats:
        """(n, 2) world metres to (n, 2) canvas pixels."""
        west, north = self.left_top
        pixel = self.metres_per_pixel
        out = np.empty_like(points)
        out[:, 0] = (points[:, 0] - west) / pixel
        out[:, 1] = (north - points[:, 1]) / pixel
        return out

    def to_pixels(self, points: Floats) -> Floats:
        """(n, 2) world metres to pixels of the whole world at this zoom, from its upper left."""
        pixel = self.metres_per_pixel
        out = np.empty_like(points)
        out[:, 0] = (points[:, 0] + HALF_WORLD_M) / pixel
        out[:, 1] = (HALF_WORLD_M - points[:, 1]) / pixel
        return out

    def to_world(self, px: float, py: float) -> tuple[float, float]:
        """A canvas pixel to world metres."""
        west, north = self.left_top
        return west + px * self.metres_per_pixel, north - py * self.metres_per_pixel

    def to_lonlat(self, px: float, py: float) -> tuple[float, float]:
        """A canvas pixel to longitude, latitude in degrees."""
        return lonlat_point(*self.to_world(px, py))

    def pan(self, dx_px: float, dy_px: float) -> None:
        """Move the look by pixels, to the right and down."""
        self.x += dx_px * self.metres_per_pixel
        self.y -= dy_px * self.metres_per_pixel
        self._hold()

    def zoom_about(self, zoom: float, px: float, py: float) -> None:
        """Change the zoom so that what is under a canvas pixel stays under it."""
        self.hold(*self.to_world(px, py), zoom, px, py)

    def hold(self, x: float, y: float, zoom: float, px: float, py: float) -> None:
        """Zoom with a point of world metres under a canvas pixel."""
        self.zoom = min(MAX_ZOOM, max(MIN_ZOOM, zoom))
        pixel = self.metres_per_pixel
        self.x = x - (px - self.width / 2) * pixel
        self.y = y + (py - self.height / 2) * pixel
        self._hold()

    def fit(self, box: Box, margin_px: float = 24.0) -> None:
        """Show a whole box of world metres at the nearest half zoom that holds it."""
        west, south, east, north = box
        wide = max(1.0, (east - west) / max(1.0, self.width - 2 * margin_px))
        tall = max(1.0, (north - south) / max(1.0, self.height - 2 * margin_px))
        zoom = math.log2(2 * HALF_WORLD_M / 256 / max(wide, tall, 1e-9))
        self.zoom = min(MAX_ZOOM, max(MIN_ZOOM, math.floor(zoom * 2) / 2))
        self.x, self.y = (west + east) / 2, (south + north) / 2
        self._hold()

    def _hold(self) -> None:
        self.x = min(HALF_WORLD_M, max(-HALF_WORLD_M, self.x))
        self.y = min(HALF_WORLD_M, max(-HALF_WORLD_M, self.y))
