"""Stations and hospitals of the agency on the canvas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from ui.map.camera import Camera
from ui.map.declutter import Declutter
from ui.map.layers import PlaceSymbol
from ui.map.projection import Floats, world_m
from ui.map.symbols import Symbols

SYMBOLS_FROM = 11.0
LABELS_FROM = 13.0


class Places:
    """The place layer, drawn under units and incidents."""

    def __init__(self) -> None:
        self.symbols: tuple[PlaceSymbol, ...] = ()
        self.world: Floats = np.zeros((0, 2))

    def set_symbols(self, symbols: Sequence[PlaceSymbol]) -> None:
        """Replace all stations and hospitals."""
        self.symbols = tuple(symbols)
        points = np.array([(s.lon, s.lat) for s in self.symbols], dtype=np.float64)
        self.world = world_m(points.reshape(-1, 2))

    def of(self, *, hospitals: bool) -> Floats:
        """World metres (k, 2) of hospitals, or of all others."""
        chosen = [(symbol.kind == "hospital") == hospitals for symbol in self.symbols]
        return self.world[np.array(chosen, dtype=bool)]

    def paint(self, painter: QPainter, camera: Camera, symbols: Symbols, room: Declutter) -> None:
        """Draw the symbols and keep labels off them."""
        if camera.zoom < SYMBOLS_FROM:
            return
        for symbol, (x, y) in self._in_view(camera):
            picture = symbols.place(symbol.kind)
            painter.drawPixmap(QPointF(round(x) - 11, round(y) - 11), picture)
            room.block(x - 9, y - 9, x + 9, y + 9)

    def paint_labels(
        self, painter: QPainter, camera: Camera, symbols: Symbols, room: Declutter
    ) -> None:
        """Names to the right of the symbols, where there is room."""
        if camera.zoom < LABELS_FROM:
            return
        for symbol, (x, y) in self._in_view(camera):
            if not symbol.label:
                continue
            land = symbols.theme.map
            ink = land.hospital if symbol.kind == "hospital" else land.station
            picture = symbols.words(symbol.label, ink)
            size = picture.deviceIndependentSize()
            left, top = round(x + 12), round(y - size.height() / 2 - 1)
            if room.claim(left + 2, top + 3, left + size.width(), top + size.height() - 4):
                painter.drawPixmap(QPointF(left, top), picture)

    def _in_view(self, camera: Camera) -> list[tuple[PlaceSymbol, tuple[float, float]]]:
        canvas = camera.to_canvas(self.world).tolist()
        return [
            (symbol, (x, y))
            for symbol, (x, y) in zip(self.symbols, canvas, strict=True)
            if -20 < x < camera.width + 20 and -20 < y < camera.height + 20
        ]
