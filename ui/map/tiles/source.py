"""Tiles for the window: asks the painters, keeps pixmaps, never waits."""

from __future__ import annotations

import logging
import os
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from dispatch.domain.message import Message
from ui.map.tiles.drawings import Drawings
from ui.map.tiles.keys import TILE_PX, TileKey
from ui.map.tiles.messages import Failed, Missing, Painted, Raster, Ready, Setup, Started, Warmed
from ui.map.tiles.shared import sweep
from ui.map.tiles.supervised import STUCK_S, Painter

__all__ = ["STUCK_S", "Look", "TileSource"]

log = logging.getLogger(__name__)

#: Pixmaps kept: the tiles of four canvases, whatever the ratio, but never more than the bytes.
MEMORY_TILES = 104
MEMORY_BYTES = 512 * 1024 * 1024
STORE_BYTES = 600 * 1024 * 1024
WATCH_MS = 500
#: Painters at work once the view rests; while it moves the first works alone, so that frames
#: have a core to themselves.
PAINTERS = 2 if (os.cpu_count() or 1) > 1 else 1
#: Tiles that a painter may have begun or sent when it is told to rest.
AT_HAND = 2
#: So long after one painter the next is started.
NEXT_PAINTER_MS = 700
#: A view whose want-list has not changed for so long is at rest.
REST_MS = 40


@dataclass(frozen=True)
class Look:
    """What decides a tile's pixels. `raster` lies under roads and words."""

    pack: Path
    region_hash: str
    theme: str
    language: str
    ratio: float
    raster: Raster | None = None


class TileSource(QObject):
    """Pixmaps by tile. `changed` comes when one has arrived, `trouble` with a `Message`.

    `warmed` tells how many tiles of `warm` are still to be painted.
    """

    changed = Signal()
    trouble = Signal(object)
    warmed = Signal(int)

    def __init__(
        self,
        look: Look,
        cache_dir: Path,
        *,
        memory_bytes: int | None = None,
        store_bytes: int = STORE_BYTES,
        painters: int = PAINTERS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._look_number = 0
        self._looks: dict[Look, int] = {look: 0}
        self._cache = cache_dir
        self._store_bytes = store_bytes
        self._memory_bytes = memory_bytes
        self._kept: OrderedDict[tuple[int, TileKey], QPixmap] = OrderedDict()
        self._kept_bytes = 0
        self._wanted: list[TileKey] = []
        self._broken: set[TileKey] = set()
        self._closed = False
        self._told: Message | None = None
        #: How often each tile has come, and how many of all came from the disk.
        self.painted: dict[TileKey, int] = {}
        self.stored = 0
        sweep()
        self._drawings = Drawings(cache_dir, self)
        self._drawings.ready.connect(self._on_ready)
        self._drawings.trouble.connect(self.trouble)
        self._drawings.need(look.pack, look.region_hash)
        self._crew = painters
        self._painters = [self._painter()]
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._share_out)
        self._watch = QTimer(self)
        self._watch.timeout.connect(self._check)
        self._watch.start(WATCH_MS)

    # -- what the canvas asks ----------------------------------------------------------------

    def get(self, key: TileKey) -> QPixmap | None:
        """The pixmap of a tile in the present look, if it is here."""
        found = self._kept.get((self._look_number, key))
        if found is not None:
            self._kept.move_to_end((self._look_number, key))
        return found

    def want(self, keys: list[TileKey]) -> None:
        """Ask for tiles, first one first; replaces what was asked before."""
        missing = [
            key
            for key in keys
            if (self._look_number, key) not in self._kept and key not in self._broken
        ]
        if missing != self._wanted:
            self._wanted = missing
            self._rest.start()
            self._assign(alone=True)

    def warm(self, keys: list[TileKey]) -> None:
        """Paint tiles into the store while nothing is wanted; [] stops it."""
        for number, painter in enumerate(self._painters):
            painter.warm(keys if number == 0 else [])

    @property
    def look(self) -> Look:
        return self._look

    @property
    def pid(self) -> int | None:
        """The first painter's process id while it runs."""
        return self._painters[0].pid

    @property
    def pids(self) -> list[int]:
        """Process ids of all painters that run."""
        return [painter.pid for painter in self._painters if painter.pid is not None]

    @property
    def kept_bytes(self) -> int:
        return self._kept_bytes

    def set_look(self, look: Look) -> None:
        """Change region, theme, language or ratio. Tiles of the look before are kept aside."""
        if look == self._look:
            return
        self._look = look
        self._look_number = self._looks.setdefault(look, len(self._looks))
        self._wanted = []
        self._broken.clear()
        self._told = None
        self._drawings.need(look.pack, look.region_hash)
        for painter in self._painters:
            painter.dress(self._look_number, self._tile_bytes)
        self.changed.emit()

    def close(self) -> None:
        """End the painters and give the shared memory back. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._watch.stop()
        self._rest.stop()
        self._drawings.close()
        for painter in self._painters:
            painter.close()
        self._kept.clear()

    # -- the painters ------------------------------------------------------------------------

    @property
    def _tile_bytes(self) -> int:
        return round(TILE_PX * self._look.ratio) ** 2 * 4

    def _painter(self) -> Painter:
        made = Painter(self._setup, self._tile_bytes, self._on_painted, self)
        made.said.connect(self._on_said)
        made.trouble.connect(self.trouble)
        return made

    def _add_painter(self) -> None:
        if not self._closed and len(self._painters) < self._crew:
            self._painters.append(self._painter())
            self._rest.start()

    def _setup(self, buffers: list[str]) -> Setup:
        look = self._look
        return Setup(
            look=self._look_number,
            region_hash=look.region_hash,
            theme=look.theme,
            language=look.language,
            ratio=look.ratio,
            buffers=buffers,
            cache=str(self._cache),
            cache_bytes=self._store_bytes,
            raster=look.raster,
        )

    def _share_out(self) -> None:
        self._assign(alone=False)

    def _assign(self, *, alone: bool) -> None:
        """Give each painter its share, blocks of neighbours together: they share their words.

        `alone`: the first has them all, but what another has at hand is left to it.
        """
        shares: list[list[TileKey]] = [[] for _ in self._painters]
        if alone:
            others = [set(painter.wanted[:AT_HAND]) for painter in self._painters[1:]]
            for key in self._wanted:
                held = [number for number, keys in enumerate(others, 1) if key in keys]
                shares[held[0] if held else 0].append(key)
        else:
            blocks: dict[tuple[int, int, int], int] = {}
            for key in self._wanted:
                block = (key.level, key.x // 2, key.y // 2)
                if block not in blocks:
                    blocks[block] = min(range(len(shares)), key=lambda n: len(shares[n]))
                shares[blocks[block]].append(key)
        for painter, share in zip(self._painters, shares, strict=True):
            painter.want(self._look_number, share)

    def _check(self) -> None:
        for painter in self._painters:
            if self._drawings.is_busy:
                # Silent by right: there is nothing to paint from yet.
                painter.last_word = time.monotonic()
            painter.check()
        self._drawings.check()

    def _on_ready(self, region_hash: str, stage: str) -> None:
        for painter in self._painters:
            painter.send(Ready(region_hash=region_hash, stage=stage))

    # -- what they say -----------------------------------------------------------------------

    def _on_said(self, message: object) -> None:
        if isinstance(message, Failed):
            told = Message(message.id, dict(message.values))
            log.warning("tile painter: %s %s", message.id, message.values)
            if message.tile is not None:
                self._broken.add(TileKey(*message.tile))
            elif told == self._told:
                # Every painter meets the same trouble.
                return
            self._told = told
            self.trouble.emit(told)
        elif isinstance(message, Missing):
            if message.region_hash == self._look.region_hash:
                self._drawings.make(self._look.pack, message.region_hash, message.stage)
        elif isinstance(message, Warmed):
            if message.look == self._look_number:
                self.warmed.emit(message.left)
        elif isinstance(message, Started):
            log.debug("tile painter %d is up", message.pid)
            if len(self._painters) < self._crew:
                # Later, so that the first has the core to itself for the first picture.
                QTimer.singleShot(NEXT_PAINTER_MS, self, self._add_painter)

    def _on_painted(self, painted: Painted, pixels: memoryview) -> None:
        key, side = TileKey(*painted.tile), painted.side
        image = QImage(pixels, side, side, side * 4, QImage.Format.Format_RGB32)
        # Without the copy the pixmap would share memory that the painter fills again.
        pixmap = QPixmap.fromImage(image.copy())
        del image
        pixmap.setDevicePixelRatio(side / TILE_PX)
        self.painted[key] = self.painted.get(key, 0) + 1
        self.stored += painted.stored
        self._keep((painted.look, key), pixmap)
        if painted.look == self._look_number:
            if key in self._wanted:
                self._wanted.remove(key)
            self.changed.emit()

    def _keep(self, place: tuple[int, TileKey], pixmap: QPixmap) -> None:
        before = self._kept.pop(place, None)
        if before is not None:
            self._kept_bytes -= _bytes_of(before)
        self._kept[place] = pixmap
        self._kept_bytes += _bytes_of(pixmap)
        limit = self._memory_bytes
        if limit is None:
            limit = min(MEMORY_BYTES, MEMORY_TILES * _bytes_of(pixmap))
        while self._kept_bytes > limit and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._kept_bytes -= _bytes_of(gone)


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
