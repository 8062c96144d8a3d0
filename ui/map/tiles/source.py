"""Tiles for the window: asks the painter's process, keeps pixmaps, never waits."""

from __future__ import annotations

import logging
import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from dispatch.domain.message import Message
from ui.map.tiles.grid import TILE_PX, TileKey
from ui.map.tiles.messages import (
    Failed,
    Freed,
    Painted,
    Setup,
    Started,
    ToPainter,
    Want,
    from_painter,
)
from ui.map.tiles.process import PainterProcess
from ui.map.tiles.shared import sweep

log = logging.getLogger(__name__)

#: Pixmaps kept: the tiles of four canvases, whatever the ratio, but never more than the bytes.
MEMORY_TILES = 160
MEMORY_BYTES = 512 * 1024 * 1024
STORE_BYTES = 600 * 1024 * 1024
WATCH_MS = 500
#: A painter that owes tiles and has said nothing for so long is taken for stuck.
STUCK_S = 20.0
#: Pauses before the first, second, ... restart in a row.
RESTART_AFTER_S = (0.0, 0.5, 2.0, 10.0, 30.0)


@dataclass(frozen=True)
class Look:
    """What decides a tile's pixels."""

    pack: Path
    region_hash: str
    theme: str
    language: str
    ratio: float


class TileSource(QObject):
    """Pixmaps by tile. `changed` comes when one has arrived, `trouble` with a `Message`."""

    changed = Signal()
    trouble = Signal(object)
    _arrived = Signal(int, bytes)
    _ended = Signal(int)

    def __init__(
        self,
        look: Look,
        cache_dir: Path,
        *,
        memory_bytes: int | None = None,
        store_bytes: int = STORE_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._look_number = 0
        self._looks: dict[Look, int] = {look: 0}
        self._store_path = cache_dir / "tiles.sqlite"
        self._store_bytes = store_bytes
        self._memory_bytes = memory_bytes
        self._kept: OrderedDict[tuple[int, TileKey], QPixmap] = OrderedDict()
        self._kept_bytes = 0
        self._wanted: list[TileKey] = []
        self._broken: set[TileKey] = set()
        self._received = 0
        self._run = 0
        self._failures = 0
        self._restart_at = 0.0
        self._last_word = time.monotonic()
        self._painter: PainterProcess | None = None
        self._closed = False
        #: How often each tile has come, and how many of all came from the disk.
        self.painted: dict[TileKey, int] = {}
        self.stored = 0
        self._arrived.connect(self._on_message, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_end, Qt.ConnectionType.QueuedConnection)
        sweep()
        self._start()
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
            if not self._wanted:
                # A painter that owed nothing was silent by right: its time begins now.
                self._last_word = time.monotonic()
            self._wanted = missing
            self._send_want()

    @property
    def look(self) -> Look:
        return self._look

    @property
    def pid(self) -> int | None:
        """The painter's process id while it runs."""
        return self._painter.pid if self._painter is not None else None

    @property
    def kept_bytes(self) -> int:
        return self._kept_bytes

    def set_look(self, look: Look) -> None:
        """Change region, theme, language or ratio. Tiles of the look before are kept aside."""
        if look == self._look:
            return
        bigger = look.ratio != self._look.ratio
        self._look = look
        self._look_number = self._looks.setdefault(look, len(self._looks))
        self._wanted = []
        self._broken.clear()
        if bigger:
            # The buffers have another size, which only a new process learns safely.
            self._stop()
            self._start()
        else:
            self._send_setup()
        self.changed.emit()

    def close(self) -> None:
        """End the painter and give the shared memory back. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._watch.stop()
        self._stop()
        self._kept.clear()

    # -- the process -------------------------------------------------------------------------

    def _start(self) -> None:
        self._run += 1
        self._received = 0
        number = self._run
        side = round(TILE_PX * self._look.ratio)
        self._painter = PainterProcess(
            side * side * 4,
            lambda data: self._arrived.emit(number, data),
            lambda: self._ended.emit(number),
        )
        self._last_word = time.monotonic()
        # However the window goes, the process and the shared memory go with it.
        weakref.finalize(self, self._painter.stop)
        self.destroyed.connect(self._painter.stop)
        self._send_setup()
        self._send_want()

    def _stop(self) -> None:
        self._run += 1
        painter, self._painter = self._painter, None
        if painter is not None:
            self.destroyed.disconnect(painter.stop)
            painter.stop()

    def _send(self, message: ToPainter) -> None:
        if self._painter is not None:
            self._painter.send(message)

    def _send_setup(self) -> None:
        look = self._look
        buffers = self._painter.buffers if self._painter is not None else []
        self._send(
            Setup(
                look=self._look_number,
                pack=str(look.pack),
                region_hash=look.region_hash,
                theme=look.theme,
                language=look.language,
                ratio=look.ratio,
                buffers=[buffer.name for buffer in buffers],
                cache=str(self._store_path),
                cache_bytes=self._store_bytes,
            )
        )

    def _send_want(self) -> None:
        tiles = [(key.level, key.x, key.y) for key in self._wanted]
        self._send(Want(look=self._look_number, received=self._received, tiles=tiles))

    # -- what the painter says ---------------------------------------------------------------

    def _on_message(self, run_number: int, data: bytes) -> None:
        if run_number != self._run:
            return
        self._last_word = time.monotonic()
        try:
            message = from_painter.decode(data)
        except msgspec.DecodeError as error:
            log.warning("unreadable answer of the tile painter: %s", error)
            return
        if isinstance(message, Painted):
            self._on_painted(message)
        elif isinstance(message, Failed):
            log.warning("tile painter: %s %s", message.id, message.values)
            if message.tile is not None:
                self._broken.add(TileKey(*message.tile))
            self.trouble.emit(Message(message.id, dict(message.values)))
        elif isinstance(message, Started):
            log.debug("tile painter %d is up", message.pid)

    def _on_painted(self, painted: Painted) -> None:
        self._received = painted.serial
        self._failures = 0
        buffers = self._painter.buffers if self._painter is not None else []
        if not 0 <= painted.buffer < len(buffers):
            return
        key = TileKey(*painted.tile)
        side = painted.side
        pixels = buffers[painted.buffer].buf[: side * side * 4]
        image = QImage(pixels, side, side, side * 4, QImage.Format.Format_RGB32)
        # Without the copy the pixmap would share memory that the painter fills again.
        pixmap = QPixmap.fromImage(image.copy())
        del image
        pixels.release()
        self._send(Freed(buffer=painted.buffer))
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

    # -- watching ----------------------------------------------------------------------------

    def _on_end(self, run_number: int) -> None:
        if run_number == self._run and not self._closed:
            self._restart("ended")

    def _check(self) -> None:
        now = time.monotonic()
        if self._painter is None:
            if not self._closed and now >= self._restart_at:
                self._start()
        elif not self._painter.is_alive:
            self._restart("died")
        elif self._wanted and now - self._last_word > STUCK_S:
            self._restart("stuck")

    def _restart(self, why: str) -> None:
        log.warning("tile painter %s, starting again", why)
        pause = RESTART_AFTER_S[min(self._failures, len(RESTART_AFTER_S) - 1)]
        self._failures += 1
        self._stop()
        self._restart_at = time.monotonic() + pause
        self.trouble.emit(Message("map.tiles_restarted"))
        if pause == 0.0:
            self._start()


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
