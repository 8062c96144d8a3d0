"""The raster underlay as the painter reads it (stub)."""

from __future__ import annotations

from ui.map.tiles.messages import Raster


class Underlay:
    def __init__(self, raster: Raster) -> None:
        self.raster = raster
