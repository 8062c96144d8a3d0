"""The base map of a region on sheets: five zooms, two themes, to be judged by eye.

`vigil screenshots DIR --map [--region PACK]` paints them. No window is needed: tiles are painted
here and laid side by side, so a sheet shows exactly what the map shows, seams included.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from dispatch.domain.message import Problem
from dispatch.places import Places
from dispatch.region.pack import Pack, open_pack
from dispatch.resources import resource
from ui.map.camera import Camera
from ui.map.projection import world_m, world_point
from ui.map.tiles.drawing import drawing_path, open_drawing
from ui.map.tiles.grid import TILE_PX, level_of, stage_of, tile_box, tiles_in
from ui.map.tiles.labels import Labels
from ui.map.tiles.making import STAGES, make_drawing
from ui.map.tiles.painter import TilePainter
from ui.map.tiles.scene import Scene
from ui.map.tiles.style import load_style
from ui.theme.tokens import THEMES, load_theme

SIZE = (1280, 800)
#: None: the whole region.
ZOOMS: tuple[float | None, ...] = (None, 12.0, 14.0, 15.5, 17.5)
LANGUAGES = ("en", "ru", "kk", "ko")


@dataclass(frozen=True)
class Sheet:
    """One picture: what to look at and how. `zoom` None shows the whole region."""

    zoom: float | None
    theme: str
    language: str

    @property
    def name(self) -> str:
        where = "whole" if self.zoom is None else f"z{self.zoom:g}"
        return f"{where}-{self.theme}-{self.language}"


def sheets(languages: Sequence[str]) -> list[Sheet]:
    """Every zoom, theme and language."""
    return [
        Sheet(zoom, theme, language) for language in languages for theme in THEMES for zoom in ZOOMS
    ]


class Desk:
    """Paints sheets of one region; scenes and words are made once."""

    def __init__(self, pack: Pack, cache: Path) -> None:
        self.pack = pack
        self._scenes = {stage: scene_of(pack, cache, stage) for stage in STAGES}
        self._words: dict[tuple[str, str], Labels] = {}
        self._style = load_style()

    def paint(
        self,
        sheet: Sheet,
        size: tuple[int, int] = SIZE,
        ratio: float = 1.0,
        centre: tuple[float, float] | None = None,
    ) -> QImage:
        """One sheet as a picture. `centre` is longitude, latitude; by default `middle`."""
        camera = self._camera(sheet.zoom, size, centre)
        stage = stage_of(level_of(camera.zoom))
        scene, place = self._scenes[stage], (stage, sheet.language)
        if place not in self._words:
            self._words[place] = Labels(scene, self._style, sheet.language)
        colours = load_theme(sheet.theme).map
        painter = TilePainter(scene, self._style, colours, self._words[place])
        side = round(TILE_PX * ratio)
        made = QImage(round(size[0] * ratio), round(size[1] * ratio), QImage.Format.Format_RGB32)
        made.fill(QColor(colours.land))
        board = QPainter(made)
        west, north = camera.left_top
        for key in tiles_in(level_of(camera.zoom), camera.box):
            tile = QImage(side, side, QImage.Format.Format_RGB32)
            painter.paint(key, tile)
            box = tile_box(key)
            left = round((box[0] - west) / camera.metres_per_pixel) * ratio
            top = round((north - box[3]) / camera.metres_per_pixel) * ratio
            board.drawImage(round(left), round(top), tile)
        board.end()
        return made

    def _camera(
        self,
        zoom: float | None,
        size: tuple[int, int],
        centre: tuple[float, float] | None,
    ) -> Camera:
        camera = Camera(*(centre or middle(self.pack)), 12.0)
        camera.width, camera.height = size
        if zoom is None:
            west, south = world_point(*self.pack.bounds[:2])
            east, north = world_point(*self.pack.bounds[2:])
            camera.fit((west, south, east, north), 12.0)
        else:
            camera.zoom = zoom
        return camera


def scene_of(pack: Pack, cache: Path, stage: str) -> Scene:
    """One stage of a region's drawing, made if it is not in the cache."""
    path = drawing_path(cache, pack.hash, stage)
    try:
        return Scene(open_drawing(path, pack.hash))
    except Problem:
        return Scene(open_drawing(make_drawing(pack, cache, stage), pack.hash))


def middle(pack: Pack) -> tuple[float, float]:
    """Where the streets are densest, longitude and latitude: a place worth looking at."""
    points, _ = pack.edge_lines()
    if len(points) == 0:
        west, south, east, north = pack.bounds
        return (west + east) / 2, (south + north) / 2
    flat = world_m(points)
    # Cells of some 600 m, the fullest of them; ties go to the first.
    cells = np.floor(flat / 600.0).astype(np.int64)
    _, first, counts = np.unique(cells, axis=0, return_index=True, return_counts=True)
    best = cells[first[np.argmax(counts)]]
    inside = (cells == best).all(axis=1)
    lon, lat = points[inside].mean(axis=0).tolist()
    return lon, lat


def paint_sheets(
    into: Path,
    pack_path: Path,
    cache: Path,
    languages: Sequence[str] = LANGUAGES,
    ratio: float = 1.0,
) -> Iterator[tuple[str, Path]]:
    """Paint all sheets of a region into a folder; yields name and file of each.

    Raises `Problem` for a pack or folder that cannot be used.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    desk = Desk(open_pack(pack_path), cache)
    into.mkdir(parents=True, exist_ok=True)
    for sheet in sheets(languages):
        path = into / f"map-{sheet.name}.png"
        if not desk.paint(sheet, ratio=ratio).save(str(path)):
            raise Problem("shell.cannot_write", file=str(path), what="PNG")
        yield sheet.name, path


def print_sheets(args: argparse.Namespace) -> int:
    """The body of `vigil screenshots DIR --map`: paint the sheets and say where they are."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QGuiApplication.instance() or QGuiApplication(["vigil-sheets"])
    pack = args.region or resource("region", "builtin.region")
    for name, path in paint_sheets(args.dir, pack, Places(args.data_dir).prepare().cache):
        print(f"{name}: {path}")
    del app
    return 0
