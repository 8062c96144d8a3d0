"""What tests of the canvas share."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from dispatch.region.pack import Pack
from ui.map.layers import UnitSymbol
from ui.map.view import MapView


def sharp(view: MapView, qtbot: QtBot) -> QImage:
    def whole() -> bool:
        view.repaint()
        return view.is_sharp

    qtbot.waitUntil(whole, timeout=20_000)
    return view.grab().toImage()


def middle(town: Pack) -> tuple[float, float]:
    west, south, east, north = town.bounds
    return (west + east) / 2, (south + north) / 2


def unit(number: int, lon: float, lat: float, **more: object) -> UnitSymbol:
    values = {"state": "available_on_air", "kind": "emt", "label": f"M{number}", **more}
    return UnitSymbol(id=f"u{number}", lon=lon, lat=lat, **values)  # type: ignore[arg-type]


def at(view: MapView, lon: float, lat: float) -> QPoint:
    return view.canvas_at(lon, lat).toPoint()
