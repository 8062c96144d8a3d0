"""A painter that is always there: started again when it dies or sticks, told anew what to do."""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Qt, Signal

from dispatch.domain.message import Message, Problem
from ui.map.tiles.keys import TileKey
from ui.map.tiles.messages import Freed, Painted, Setup, ToPainter, Want, Warm, from_painter
from ui.map.tiles.process import PainterProcess

log = logging.getLogger(__name__)

#: A painter that owes tiles and has said nothing for so long is taken for stuck.
STUCK_S = 20.0
#: Two watches further apart than this: the computer slept, or the window was held up.
SLEPT_S = 5.0
#: Pauses before the first, second, ... restart in a row.
RESTART_AFTER_S = (0.0, 0.5, 2.0, 10.0, 30.0)

SetupOf = Callable[[list[str]], Setup]


class Painter(QObject):
    """One painter of the crew. `said` brings its messages (but `Painted` through `on_painted`)."""

    said = Signal(object)
    trouble = Signal(object)
    _arrived = Signal(int, bytes)
    _ended = Signal(int)

    def __init__(
        self,
        setup_of: SetupOf,
        tile_bytes: int,
        on_painted: Callable[[Painted, memoryview], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._setup_of = setup_of
        self._tile_bytes = tile_bytes
        self._on_painted = on_painted
        self.wanted: list[TileKey] = []
        self._look = 0
        self._received = 0
        self._run = 0
        self._failures = 0
        self._restart_at = 0.0
        self.last_word = time.monotonic()
        self._last_watch = self.last_word
        self._process: PainterProcess | None = None
        self._closed = False
        self._arrived.connect(self._on_message, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_end, Qt.ConnectionType.QueuedConnection)
        self._start()

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process is not None else None

    def dress(self, look: int, tile_bytes: int) -> None:
        """Another look; a new process where its tiles need larger buffers."""
        self._look = look
        self.wanted = []
        if tile_bytes > self._tile_bytes:
            # Buffers of another size are learnt safely by a new process alone.
            self._tile_bytes = tile_bytes
            self._stop()
            self._start()
        else:
            self._send_setup()

    def want(self, look: int, keys: list[TileKey]) -> None:
        """Replace what is wanted of this painter."""
        self._look = look
        if keys == self.wanted:
            return
        if not self.wanted:
            # A painter that owed nothing was silent by right: its time begins now.
            self.last_word = time.monotonic()
        self.wanted = keys
        self._send_want()

    def warm(self, keys: list[TileKey]) -> None:
        """Tiles to store while nothing is wanted."""
        self.send(Warm(look=self._look, tiles=[(key.level, key.x, key.y) for key in keys]))

    def send(self, message: ToPainter) -> None:
        """Say something; lost where the process is gone, which is then told everything anew."""
        if self._process is not None:
            self._process.send(message)

    def close(self) -> None:
        """End the process for good. May be called twice."""
        self._closed = True
        self._stop()

    # -- the process -------------------------------------------------------------------------

    def _start(self) -> None:
        self._run += 1
        self._received = 0
        number = self._run
        try:
            self._process = PainterProcess(
                self._tile_bytes,
                lambda data: self._arrived.emit(number, data),
                lambda: self._ended.emit(number),
            )
        except Problem as problem:
            # No shared memory now: the map says so and tries again later.
            self._failures += 1
            self._restart_at = time.monotonic() + self._pause()
            self.trouble.emit(problem.message)
            return
        self.last_word = time.monotonic()
        # However the window goes, the process and the shared memory go with it.
        weakref.finalize(self, self._process.stop)
        self.destroyed.connect(self._process.stop)
        self._send_setup()
        self._send_want()

    def _stop(self) -> None:
        self._run += 1
        process, self._process = self._process, None
        if process is not None:
            self.destroyed.disconnect(process.stop)
            process.stop()

    def _pause(self) -> float:
        return RESTART_AFTER_S[min(max(0, self._failures - 1), len(RESTART_AFTER_S) - 1)]

    def _send_setup(self) -> None:
        if self._process is not None:
            self.send(self._setup_of([buffer.name for buffer in self._process.buffers]))

    def _send_want(self) -> None:
        tiles = [(key.level, key.x, key.y) for key in self.wanted]
        self.send(Want(look=self._look, received=self._received, tiles=tiles))

    # -- what it says ------------------------------------------------------------------------

    def _on_message(self, run_number: int, data: bytes) -> None:
        if run_number != self._run or self._process is None:
            return
        self.last_word = time.monotonic()
        try:
            message = from_painter.decode(data)
        except msgspec.DecodeError as error:
            log.warning("unreadable answer of the tile painter: %s", error)
            return
        if not isinstance(message, Painted):
            self.said.emit(message)
            return
        self._received = message.serial
        self._failures = 0
        buffers = self._process.buffers
        size = message.side * message.side * 4
        if not 0 <= message.buffer < len(buffers) or size > self._tile_bytes:
            return
        key = TileKey(*message.tile)
        if message.look == self._look and key in self.wanted:
            self.wanted.remove(key)
        pixels = buffers[message.buffer].buf[:size]
        self._on_painted(message, pixels)
        pixels.release()
        self.send(Freed(buffer=message.buffer))

    # -- watching ----------------------------------------------------------------------------

    def _on_end(self, run_number: int) -> None:
        if run_number == self._run and not self._closed:
            self._restart("ended")

    def check(self) -> None:
        """Look after the process; called twice a second."""
        now = time.monotonic()
        if now - self._last_watch > SLEPT_S:
            self.last_word = now
        self._last_watch = now
        if self._process is None:
            if not self._closed and now >= self._restart_at:
                self._start()
        elif not self._process.is_alive:
            self._restart("died")
        elif self.wanted and now - self.last_word > STUCK_S:
            self._restart("stuck")

    def _restart(self, why: str) -> None:
        log.warning("tile painter %s, starting again", why)
        self._failures += 1
        pause = self._pause()
        self._stop()
        self._restart_at = time.monotonic() + pause
        self.trouble.emit(Message("map.tiles_restarted"))
        if pause == 0.0:
            self._start()
