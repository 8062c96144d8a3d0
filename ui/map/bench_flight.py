"""The measuring process of `vigil bench map`: flies over the map and prints what it cost."""

from __future__ import annotations

import gc
import json
import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from dispatch.domain.unit import Fix
from dispatch.region.pack import Pack, open_pack
from ui.map.bench_crowd import FIX_AGE_S, TICKS_A_SECOND, Crowd
from ui.map.fleet import Fleet
from ui.map.projection import world_point
from ui.map.view import MapView
from ui.theme.tokens import load_theme

WIDTH, HEIGHT = 1920, 1080
UNITS, INCIDENTS = 10_000, 2_000
WIDTH_4K, HEIGHT_4K, UNITS_4K, INCIDENTS_4K = 3840, 2160, 300, 50
#: As the dock reads them (ui/map_panel.py).
FIXES_A_TURN = 750
#: Reports come in at 10 Hz: with every sixth frame.
FRAMES_A_TICK = 6
GESTURES = 24
PATIENCE_S = 30.0
FRAME_S = 1 / 60


class Stage:
    """A map with its crowd on an empty tile cache, at a size."""

    def __init__(
        self, app: QApplication, pack: Pack, crowd: Crowd, cache: Path, size: tuple[int, int]
    ) -> None:
        self.app, self.crowd = app, crowd
        self.fleet = Fleet()
        self.tick = 0
        self.is_reading = False
        self.feed_ms: list[float] = []
        #: Work of the surface thread in each frame of the last flight, milliseconds.
        self.busy_ms: list[float] = []
        begin = time.perf_counter()
        self.view = MapView(pack, theme=load_theme("dark"), language="en", cache_dir=cache)
        self.view.resize(*size)
        self.view.set_places(crowd.places)
        self.view.set_incidents(crowd.incidents)
        self.view.set_routes(crowd.routes)
        self._feed()
        self.view.show()
        #: Until the first whole picture, seconds.
        self.first_s = self.settle(begin)

    def _feed(self) -> None:
        self._take_in(self.crowd.reports(self.tick))
        self._look()
        while self.is_reading:
            self._look()
        self._show()

    def _take_in(self, reports: list[Fix]) -> None:
        """What a report costs: the session brings it to the board in one turn of the loop ..."""
        self.crowd.board.apply_fixes(reports)

    def _look(self) -> None:
        """... the map's dock reads the board in another, or two ..."""
        # Once a second the window is told of units too.
        only_fixes = self.tick % TICKS_A_SECOND != 0 or self.is_reading
        self.is_reading = self.fleet.follow(
            self.crowd.board, only_fixes=only_fixes, at_most=FIXES_A_TURN
        )

    def _show(self) -> None:
        """... and shows it in a turn of its own."""
        now_us = self.crowd.now_us(self.tick)
        self.view.set_units(self.fleet.layer(now_us, stale_s=FIX_AGE_S))
        self.tick += 1

    def settle(self, begin: float) -> float:
        """Turn the loop until every tile in view is there; seconds since `begin`."""
        while time.perf_counter() - begin < PATIENCE_S:
            self.app.processEvents()
            self.view.repaint()
            if self.view.is_sharp:
                break
            time.sleep(0.004)
        return time.perf_counter() - begin

    def fly(self, frames: int) -> list[float]:
        """The whole flight; milliseconds of each frame."""
        times = []
        camera = self.view.camera
        feeding = False
        self.busy_ms.clear()
        self.view.show_region()
        for number, (dx, dy, zoom) in enumerate(flight(camera.zoom, frames)):
            reports = self.crowd.reports(self.tick) if number % FRAMES_A_TICK == 0 else None
            begin, busy = time.perf_counter(), time.thread_time()
            is_due = number % FRAMES_A_TICK == 0 or feeding
            if reports is not None:
                self._take_in(reports)
                feeding = True
            elif feeding and (self.is_reading or number % FRAMES_A_TICK == 1):
                self._look()
            elif feeding:
                self._show()
                feeding = False
            if is_due:
                self.feed_ms.append((time.perf_counter() - begin) * 1000)
            if number == frames // 5:
                # From the whole region down to where most roads are.
                camera.x, camera.y = world_point(*self.crowd.middle)
            if zoom is not None:
                camera.zoom_about(zoom, camera.width / 2, camera.height / 2)
            self.view.pan(dx, dy)
            self.app.processEvents()
            spent = time.perf_counter() - begin
            times.append(spent * 1000)
            self.busy_ms.append((time.thread_time() - busy) * 1000)
            # A hand moves at 60 Hz: the tile painter gets the rest of the frame.
            time.sleep(max(0.0, FRAME_S - spent))
        return times

    def sharpness(self) -> list[float]:
        """From the end of a gesture on new ground until no stand-in is visible, milliseconds."""
        times = []
        view = self.view
        west, south, east, north = view.region_bounds()
        for number in range(GESTURES):
            if number % 6 == 0:
                # Four districts about the middle of the densest city.
                lon, lat = self.crowd.middle
                step = number // 6
                lon += (east - west) * 0.03 * (step % 2 * 2 - 1)
                lat += (north - south) * 0.04 * (step // 2 * 2 - 1)
                view.centre_on(lon, lat, 13.0 + number % 4 / 2)
                self.settle(time.perf_counter())
                # A person looks before moving on; the painter looks ahead meanwhile.
                self._rest(0.5)
            if number % 3 == 2:
                view.zoom_about(0.5 if number % 2 else 1.0, QPointF(view.width() / 3, 400))
                self._rest(0.14)
            else:
                for _ in range(18):
                    view.pan(40 if number % 2 else 25, 22 if number % 3 else -22)
                    self._rest(FRAME_S)
            times.append(self.settle(time.perf_counter()) * 1000)
            self._rest(0.3)
        return times

    def _rest(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.app.processEvents()
            time.sleep(0.004)

    def close(self) -> None:
        self.view.close_tiles()
        self.view.close()
        self.view.deleteLater()
        self.app.processEvents()


def flight(whole: float, frames: int) -> Iterator[tuple[float, float, float | None]]:
    """Pan in pixels and zoom, frame by frame.

    A fifth over the whole region, a fifth at district level, a fifth zooming in to the houses and
    a fifth out again, a fifth along a street.
    """
    fifth = frames // 5
    for i in range(fifth):
        yield 10 * math.cos(2 * math.pi * i / fifth), 8 * math.sin(2 * math.pi * i / fifth), None
    for i in range(fifth):
        turn = 2 * math.pi * i / fifth
        yield 16 * math.cos(turn), 16 * math.sin(2 * turn), 13.0 if i == 0 else None
    for i in range(fifth):
        yield 1.0, 0.5, 12.0 + 4.5 * (i + 1) / fifth
    for i in range(fifth):
        yield 18 * math.cos(i / 30), 18 * math.sin(i / 30), 15.5 if i == 0 else None
    for i in range(frames - 4 * fifth):
        yield -3.0, 2.0, 16.0 + (whole - 16.0) * (i + 1) / fifth


def measure(pack: Pack, spots: Path, folder: Path, frames: int) -> Iterator[dict[str, object]]:
    """Fly and tell."""
    app = QApplication.instance() or QApplication(["vigil-bench"])
    assert isinstance(app, QApplication)
    crowd = Crowd.on(spots, UNITS, INCIDENTS)
    roads = f"{pack.name}, {WIDTH}x{HEIGHT}, {UNITS} units at 1-10 Hz, {INCIDENTS} incidents"

    def row(name: str, value: float, unit: str, against: object = roads) -> dict[str, object]:
        return {"name": name, "value": round(value, 2), "unit": unit, "against": against}

    stage = Stage(app, pack, crowd, folder / "cache", (WIDTH, HEIGHT))
    yield row("map.first_map_fresh_s", stage.first_s, "s")
    gc.collect()
    gc.freeze()
    gc.disable()
    # The first flight meets tiles that nobody has painted yet, the second finds them.
    stage.feed_ms.clear()
    cold = stage.fly(frames)
    yield row("map.frame_cold.p99_ms", _p99(cold), "ms")
    yield row("map.frame_cold.busy_p99_ms", _p99(stage.busy_ms), "ms")
    stage.settle(time.perf_counter())
    warm = stage.fly(frames)
    yield row("map.frame_warm.p99_ms", _p99(warm), "ms")
    yield row("map.frame_warm.busy_p99_ms", _p99(stage.busy_ms), "ms")
    yield row("map.feed.p99_ms", _p99(stage.feed_ms), "ms")
    sharp = stage.sharpness()
    yield row("map.sharp.p95_ms", float(np.percentile(sharp, 95)), "ms")
    yield row("map.rss_mb", psutil.Process().memory_info().rss / 2**20, "MB")
    painters = [psutil.Process(pid).memory_info().rss for pid in stage.view.tiles.pids]
    # Painters share libraries and the drawing: the sum counts those once for each.
    yield row("map.rss_tiles_mb", sum(painters) / 2**20, "MB", f"{roads}, {len(painters)} painters")
    stage.close()
    again = Stage(app, pack, crowd, folder / "cache", (WIDTH, HEIGHT))
    yield row("map.first_map_s", again.first_s, "s")
    again.close()
    few = Crowd.on(spots, UNITS_4K, INCIDENTS_4K)
    large = Stage(app, pack, few, folder / "cache4k", (WIDTH_4K, HEIGHT_4K))
    times = large.fly(frames // 2)
    large.settle(time.perf_counter())
    times += large.fly(frames // 2)
    against = f"{pack.name}, {WIDTH_4K}x{HEIGHT_4K}, {UNITS_4K} units, {INCIDENTS_4K} incidents"
    yield row("map.frame_4k.p99_ms", _p99(times), "ms", against)
    large.close()


def _p99(values: list[float]) -> float:
    return float(np.percentile(values, 99))


def main(arguments: list[str]) -> int:
    """PACK SPOTS FOLDER FRAMES; one JSON object a line."""
    pack_path, spots, folder, frames = arguments
    pack = open_pack(Path(pack_path))
    for figure in measure(pack, Path(spots), Path(folder), int(frames)):
        print(json.dumps(figure), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
