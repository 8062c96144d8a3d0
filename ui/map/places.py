"""Stations and hospitals of the agency on the canvas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtGui import QPainter

from ui.map.camera import Camera
from ui.map.declutter import MARGIN_PX, Declutter, Placed
from ui.map.layers import PlaceSymbol
from ui.map.projection import Floats, world_m
from ui.map.symbols import Symbols
from ui.map.units import inside
from ui.theme.icons import has_icon

SYMBOLS_FROM = 11.0
LABELS_FROM = 13.0


class Places:
    """The place layer, drawn under units and incidents."""

    def __init__(self) -> None:
        self.symbols: tuple[PlaceSymbol, ...] = ()
        self.world: Floats = np.zeros((0, 2))
        #: Counts changes of the layer.
        self.version = 0
        #: World metres (k, 2) of each sort.
        self.stations: Floats = self.world
        self.hospitals: Floats = self.world
        self._canvas: Floats = self.world

    def set_symbols(self, symbols: Sequence[PlaceSymbol]) -> None:
        """Replace all stations and hospitals; one of an unknown kind is drawn as a house."""
        self.symbols = tuple(
            symbol if has_icon(symbol.kind) else replace(symbol, kind="available_at_station")
            for symbol in symbols
        )
        points = np.array([(s.lon, s.lat) for s in self.symbols], dtype=np.float64)
        self.world = world_m(points.reshape(-1, 2))
        hospital = np.array([symbol.kind == "hospital" for symbol in self.symbols], dtype=bool)
        self.stations, self.hospitals = self.world[~hospital], self.world[hospital]
        self.version += 1

    def paint(self, painter: QPainter, camera: Camera, symbols: Symbols) -> None:
        """Draw the symbols."""
        self._canvas = np.zeros((0, 2))
        if camera.zoom < SYMBOLS_FROM:
            return
        self._canvas = camera.to_canvas(self.world)
        for row, (x, y) in self._near(camera, 20):
            picture = symbols.place(self.symbols[row].kind)
            painter.drawPixmap(round(x) - 11, round(y) - 11, picture)

    def pick(self, x: float, y: float, reach_px: float = 13.0) -> str | None:
        """The station or hospital under a canvas pixel, as last painted."""
        if len(self._canvas) != len(self.symbols) or not len(self._canvas):
            return None
        away = np.hypot(self._canvas[:, 0] - x, self._canvas[:, 1] - y)
        nearest = int(away.argmin())
        return self.symbols[nearest].id if away[nearest] <= reach_px else None

    def block(self, camera: Camera, room: Declutter) -> None:
        """Keep labels off the symbols."""
        if camera.zoom >= SYMBOLS_FROM:
            room.block_all(camera.to_canvas(self.world), 9)

    def label_steps(
        self, camera: Camera, symbols: Symbols, room: Declutter, placed: list[Placed]
    ) -> Iterator[None]:
        """Names to the right of the symbols, where there is room, one after the other."""
        if camera.zoom < LABELS_FROM:
            return
        for row, (x, y) in self._near(camera, MARGIN_PX):
            symbol = self.symbols[row]
            if not symbol.label:
                continue
            land = symbols.theme.map
            ink = land.hospital if symbol.kind == "hospital" else land.station
            picture = symbols.words(symbol.label, ink)
            size = picture.deviceIndependentSize()
            dx, dy = 12, round(-size.height() / 2 - 1)
            left, top = round(x) + dx, round(y) + dy
            if room.claim(left + 2, top + 3, left + size.width(), top + size.height() - 4):
                anchor = (float(self.world[row, 0]), float(self.world[row, 1]))
                placed.append(
                    Placed(anchor, dx, dy, picture, symbol.id, size.width(), size.height())
                )
            yield

    def _near(self, camera: Camera, margin: float) -> list[tuple[int, tuple[float, float]]]:
        """Rows in view or within a margin of it, and where they lie on the canvas."""
        canvas = camera.to_canvas(self.world)
        rows = np.flatnonzero(inside(canvas, camera, margin))
        return [
            (row, (x, y)) for row, (x, y) in zip(rows.tolist(), canvas[rows].tolist(), strict=True)
        ]
