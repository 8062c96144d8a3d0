"""Scenes, words and painters of the looks at work, made when first asked for."""

from __future__ import annotations

from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

from PySide6.QtGui import QImage

from dispatch.domain.message import Message, Problem
from ui.map.tiles.drawing import drawing_path, open_drawing
from ui.map.tiles.keys import TileKey, stage_of
from ui.map.tiles.labels import Labels
from ui.map.tiles.messages import Setup
from ui.map.tiles.painter import TilePainter
from ui.map.tiles.raster import Underlay
from ui.map.tiles.scene import Scene
from ui.map.tiles.style import check_names, load_style
from ui.theme.tokens import load_theme

#: Scenes kept open: both stages of the region at work and of the one before.
KEPT_SCENES = 4
#: Painters kept: two themes and two languages of what is at work.
KEPT_PAINTERS = 8


class Studio:
    """Paints tiles in any look whose drawing is there."""

    def __init__(self) -> None:
        self._scenes: dict[tuple[str, str], Scene] = {}
        self._words: dict[tuple[str, str, str], Labels] = {}
        self._painters: dict[tuple[str, str, str, str], TilePainter] = {}
        self._underlay: Underlay | None = None

    def has(self, setup: Setup, stage: str) -> bool:
        """Whether a stage of the region's drawing is there to paint from."""
        place = (setup.region_hash, stage)
        if place in self._scenes:
            return True
        path = drawing_path(Path(setup.cache), setup.region_hash, stage)
        try:
            scene = Scene(open_drawing(path, setup.region_hash))
        except (Problem, KeyError):
            return False
        while len(self._scenes) >= KEPT_SCENES:
            self._forget(next(iter(self._scenes)))
        self._scenes[place] = scene
        return True

    def paint(self, setup: Setup, key: TileKey, buffer: SharedMemory, side: int) -> None:
        """Paint a tile into a buffer. Its stage must be there; raises `Problem`."""
        image = QImage(buffer.buf, side, side, side * 4, QImage.Format.Format_RGB32)
        try:
            self._painter(setup, stage_of(key.level)).paint(key, image, self._raster(setup))
        finally:
            del image

    def pixels(self, setup: Setup, key: TileKey, side: int) -> bytes:
        """A tile as raw pixels. Its stage must be there; raises `Problem`."""
        image = QImage(side, side, QImage.Format.Format_RGB32)
        self._painter(setup, stage_of(key.level)).paint(key, image, self._raster(setup))
        return bytes(image.constBits())

    def take_trouble(self) -> Message | None:
        """What is wrong with the underlay, if that has not been said yet."""
        return self._underlay.take_trouble() if self._underlay is not None else None

    def _forget(self, place: tuple[str, str]) -> None:
        del self._scenes[place]
        self._words = {k: v for k, v in self._words.items() if k[:2] != place}
        self._painters = {k: v for k, v in self._painters.items() if k[:2] != place}

    def _painter(self, setup: Setup, stage: str) -> TilePainter:
        place = (setup.region_hash, stage, setup.language)
        whole = (*place, setup.theme)
        if whole not in self._painters:
            scene = self._scenes[place[:2]]
            style = load_style()
            check_names(style, scene.drawing.lists)
            if place not in self._words:
                self._words[place] = Labels(scene, style, setup.language)
            while len(self._painters) >= KEPT_PAINTERS:
                del self._painters[next(iter(self._painters))]
            colours = load_theme(setup.theme).map
            self._painters[whole] = TilePainter(scene, style, colours, self._words[place])
        return self._painters[whole]

    def _raster(self, setup: Setup) -> Underlay | None:
        if setup.raster is None:
            self._underlay = None
        elif self._underlay is None or self._underlay.raster != setup.raster:
            self._underlay = Underlay(setup.raster)
        return self._underlay
