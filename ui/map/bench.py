"""`vigil bench map`: how long a frame of the map takes, as the dispatcher meets it.

A frame is the wall time of one turn of the event loop with a paint: 1920x1080, software
rendering, 300 units that move, 50 incidents, a route, continuous pan and zoom.
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from dispatch.region.pack import Pack, open_pack
from dispatch.resources import resource
from ui.map.layers import (
    UNIT_KINDS,
    UNIT_STATES,
    IncidentSymbol,
    PlaceSymbol,
    RouteLine,
    UnitLayer,
    ViewState,
)
from ui.map.projection import Floats, world_point

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from ui.map.view import MapView

WIDTH, HEIGHT = 1920, 1080
UNITS, INCIDENTS = 300, 50
FRAMES = 480
#: Units report once in so many frames (some 6 Hz at 60 frames a second).
FRAMES_A_FIX = 10
#: Longest wait for the first whole picture.
PATIENCE_S = 30.0

Figure = dict[str, object]


def figures(pack_path: Path | None = None) -> list[Figure]:
    """All figures of the map: name, value, unit, against; by default on the built-in city.

    Makes a `QApplication` on the offscreen platform when there is neither one nor a display.
    """
    return run(pack_path=pack_path)


def run(
    frames: int = FRAMES,
    *,
    pack_path: Path | None = None,
    cache_dir: Path | None = None,
) -> list[Figure]:
    """Measure; see the module. The tile cache is a new one unless a folder is given."""
    pack = open_pack(pack_path or resource("region", "builtin.region"))
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as fresh:
        return _measure(pack, cache_dir or Path(fresh), frames)


def _measure(pack: Pack, cache_dir: Path, frames: int) -> list[Figure]:
    from PySide6.QtWidgets import QApplication

    from ui.map.view import MapView
    from ui.theme.tokens import load_theme

    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["vigil-bench"])
    begin = time.perf_counter()
    view = MapView(
        pack, theme=load_theme("dark"), language="en", cache_dir=cache_dir, animate=False
    )
    try:
        view.resize(WIDTH, HEIGHT)
        crowd = _Crowd(pack)
        view.set_incidents(crowd.incidents)
        view.set_places(crowd.places)
        view.set_routes(crowd.routes)
        view.set_units(crowd.units(0))
        view.show()
        first_s = _settle(app, view, begin)
        gc.collect()
        gc.freeze()
        # The first round meets tiles that nobody has painted yet, the second finds them.
        cold = _round(app, view, crowd, frames)
        _settle(app, view, time.perf_counter())
        warm = _round(app, view, crowd, frames)
        sharp_ms = _sharpness(app, view)
        painter = psutil.Process(view.tiles.pid).memory_info().rss if view.tiles.pid else 0
    finally:
        gc.unfreeze()
        view.close_tiles()
        view.close()
        view.deleteLater()
    both = cold + warm
    against = f"{pack.name}, {WIDTH}x{HEIGHT}, {UNITS} units, {INCIDENTS} incidents"
    rows = (
        ("map.frame.p50_ms", statistics.median(both), "ms"),
        ("map.frame.p99_ms", _p99(both), "ms"),
        ("map.frame_cold.p99_ms", _p99(cold), "ms"),
        ("map.frame_warm.p99_ms", _p99(warm), "ms"),
        ("map.sharp.p95_ms", float(np.percentile(sharp_ms, 95)), "ms"),
        ("map.first_map_s", first_s, "s"),
        ("map.rss_tiles_mb", painter / 2**20, "MB"),
    )
    return [
        {"name": name, "value": round(value, 2), "unit": unit, "against": against}
        for name, value, unit in rows
    ]


def _p99(values: list[float]) -> float:
    return float(np.percentile(values, 99))


def _settle(app: QCoreApplication, view: MapView, begin: float) -> float:
    """Turn the loop until every tile in view is there; seconds since `begin`."""
    while time.perf_counter() - begin < PATIENCE_S:
        app.processEvents()
        view.repaint()
        if view.is_sharp:
            break
        time.sleep(0.004)
    return time.perf_counter() - begin


def _round(app: QCoreApplication, view: MapView, crowd: _Crowd, frames: int) -> list[float]:
    view.show_region()
    times = []
    for number, (lon, lat, zoom) in enumerate(_flight(view.view_state(), frames)):
        begin = time.perf_counter()
        if number % FRAMES_A_FIX == 0:
            view.set_units(crowd.units(number))
        view.camera.zoom = zoom
        view.camera.x, view.camera.y = world_point(lon, lat)
        view.update()
        app.processEvents()
        spent = time.perf_counter() - begin
        times.append(spent * 1000)
        # A person's hand moves at 60 Hz: the painter gets the rest of the frame.
        time.sleep(max(0.0, 1 / 60 - spent))
    return times


def _flight(start: ViewState, frames: int) -> Iterator[tuple[float, float, float]]:
    """A third of the frames panning, a third zooming in and out, a third panning close in."""
    third = frames // 3
    span = 0.05
    for i in range(third):
        turn = 2 * math.pi * i / third
        yield start.lon + span * math.sin(turn), start.lat + span / 2 * math.sin(2 * turn), 13.0
    for i in range(third):
        yield start.lon, start.lat, 13.0 + 3.0 * math.sin(math.pi * i / third)
    for i in range(frames - 2 * third):
        yield start.lon + 0.02 * i / third, start.lat + 0.004 * math.sin(i / 20), 15.5


def _sharpness(app: QCoreApplication, view: MapView) -> list[float]:
    """From the end of a gesture until no stand-in is visible, milliseconds, on new ground."""
    times = []
    home = view.view_state()
    for step in range(12):
        view.centre_on(home.lon - 0.006 * step, home.lat + 0.003 * (step % 3), 14.5 + step % 4 / 2)
        times.append(_settle(app, view, time.perf_counter()) * 1000)
        view.show_region()
        _settle(app, view, time.perf_counter())
    return times


class _Crowd:
    """Units driving about, incidents and stations on real roads, the same in every run."""

    def __init__(self, pack: Pack) -> None:
        chance = np.random.default_rng(7)
        points, offsets = pack.edge_lines()
        rows = chance.integers(0, len(offsets) - 1, UNITS * 2 + INCIDENTS + 40)
        self._from = points[offsets[rows[:UNITS]]]
        self._to = points[offsets[rows[UNITS : 2 * UNITS]]]
        there = points[offsets[rows[2 * UNITS :]]]
        self._state = chance.integers(0, len(UNIT_STATES) - 1, UNITS)
        self._kind = chance.integers(0, len(UNIT_KINDS), UNITS)
        self._heading = chance.uniform(0, 360, UNITS)
        self._stale = chance.random(UNITS) < 0.05
        self.incidents = [
            IncidentSymbol(
                id=f"{400 + i}",
                lon=float(lon),
                lat=float(lat),
                level=1 + i % 5,
                label=f"0{400 + i}",
                radius_m=150.0 if i % 8 == 0 else 0.0,
                late=i % 7 == 0,
                waiting=i % 2 == 0,
            )
            for i, (lon, lat) in enumerate(there[:INCIDENTS])
        ]
        kinds = ("station_medical", "station_fire", "station_police", "hospital")
        self.places = [
            PlaceSymbol(id=str(i), lon=float(lon), lat=float(lat), kind=kinds[i % 4], label=f"{i}")  # type: ignore[arg-type]
            for i, (lon, lat) in enumerate(there[INCIDENTS:])
        ]
        way = np.linspace(self._from[0], there[0], 200)
        self.routes = [RouteLine(way, "candidate"), RouteLine(way + 0.002, "alternative")]

    def units(self, frame: int) -> UnitLayer:
        """The fleet at a frame: everybody a little further on the way."""
        share = 0.02 + frame / 20_000
        place: Floats = self._from * (1 - share) + self._to * share
        return UnitLayer(
            ids=tuple(f"u{i}" for i in range(UNITS)),
            lon=place[:, 0],
            lat=place[:, 1],
            heading_deg=(self._heading + frame / 3) % 360,
            state=self._state,
            kind=self._kind,
            age_s=np.where(self._stale, 360.0, 2.0),
            labels=tuple(f"M{i}" for i in range(UNITS)),
            stale=self._stale,
        )


def main() -> None:
    """Print the figures, one JSON object a line."""
    import json

    for figure in figures():
        print(json.dumps(figure))


if __name__ == "__main__":
    main()
