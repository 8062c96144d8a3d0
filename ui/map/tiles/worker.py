"""The tile painter's process: takes the newest want-list, paints or fetches, answers in bytes.

It leaves when its pipe ends. Nothing here runs in the window's process: Qt's painter holds the
interpreter's lock while it strokes, so a thread would stop the window. It reads drawings, never
packs, and imports no more than it must: several of it may run.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections import deque
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dispatch.domain.message import Message, Problem
from ui.map.tiles.keys import TILE_PX, TileKey, stage_of
from ui.map.tiles.messages import (
    MAX_MESSAGE_BYTES,
    Failed,
    Freed,
    FromPainter,
    Missing,
    Painted,
    Ready,
    Setup,
    Started,
    Want,
    Warm,
    Warmed,
    encode,
    to_painter,
)
from ui.map.tiles.niceness import be_nice
from ui.map.tiles.store import TileStore
from ui.map.tiles.style import style_hash

if TYPE_CHECKING:
    from ui.map.tiles.studio import Studio

log = logging.getLogger(__name__)

#: Delivered tiles remembered until the window says it has seen them.
KEPT_DELIVERIES = 256
#: After so long without work the store is warmed.
IDLE_S = 1.0
#: After so long without work the drawings are opened ahead.
OPEN_AFTER_S = 0.1
#: Painted tiles that may wait for being stored.
UNKEPT_BYTES = 8 * 1024 * 1024
#: How often the window is told how far the warming is.
TELL_EVERY = 20

_UNPAINTABLE = Message("map.tile_failed")


def run(pipe: Connection) -> None:
    """Entry point of the spawned process."""
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        _Worker(pipe).serve()


class _Worker:
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._setup: Setup | None = None
        self._wanted: deque[TileKey] = deque()
        self._warm: deque[TileKey] = deque()
        self._buffers: list[SharedMemory] = []
        self._free: deque[int] = deque()
        self._serial = 0
        self._delivered: deque[tuple[int, TileKey]] = deque(maxlen=KEPT_DELIVERIES)
        self._store: TileStore | None = None
        self._opened: Studio | None = None
        #: Tiles painted and sent, but not stored yet.
        self._unkept: deque[tuple[str, TileKey, bytes]] = deque()
        #: Stages that were asked for and have not come yet.
        self._asked: set[str] = set()

    def serve(self) -> None:
        """Answer until the pipe ends (EOFError)."""
        self._send(Started(pid=os.getpid()))
        idle_s = IDLE_S
        while True:
            while self._pipe.poll():
                self._take(self._pipe.recv_bytes(MAX_MESSAGE_BYTES))
            key = self._next() if self._free else None
            if key is not None:
                self._deliver(key)
                idle_s = IDLE_S
            elif self._unkept:
                self._keep_one()
            elif self._warm and not self._wanted:
                if not self._pipe.poll(idle_s):
                    # Nobody has asked for anything for a while: go on until somebody does.
                    idle_s = 0.0
                    self._warm_some()
            else:
                if self._setup is not None and not self._pipe.poll(OPEN_AFTER_S):
                    self._open()
                self._take(self._pipe.recv_bytes(MAX_MESSAGE_BYTES))
                idle_s = IDLE_S

    def _open(self) -> None:
        """Be ready for the first tile that is not stored."""
        assert self._setup is not None
        for stage in ("coarse", "fine"):
            self._studio.has(self._setup, stage)

    @property
    def _studio(self) -> Studio:
        """Opened when the first tile must be painted: stored ones need neither Qt nor numpy."""
        if self._opened is None:
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
            from PySide6.QtGui import QGuiApplication

            from ui.map.tiles.studio import Studio

            self._app = QGuiApplication(["vigil-tiles"])
            self._opened = Studio()
            # The way to the first picture was in the foreground; from now on others go first.
            be_nice()
        return self._opened

    def _take(self, data: bytes) -> None:
        try:
            message = to_painter.decode(data)
        except msgspec.DecodeError as error:
            log.warning("unreadable message left aside: %s", error)
            return
        if isinstance(message, Setup):
            self._begin(message)
        elif isinstance(message, Ready):
            self._asked.discard(message.stage)
        elif isinstance(message, Freed):
            if 0 <= message.buffer < len(self._buffers) and message.buffer not in self._free:
                self._free.append(message.buffer)
        elif self._setup is not None and message.look == self._setup.look:
            if isinstance(message, Warm):
                self._warm = deque(TileKey(*tile) for tile in message.tiles)
            else:
                self._want(message)

    def _begin(self, setup: Setup) -> None:
        self._wanted.clear()
        self._warm.clear()
        self._asked.clear()
        if [one.name for one in self._buffers] != setup.buffers:
            for one in self._buffers:
                one.close()
            self._buffers = [SharedMemory(name=name) for name in setup.buffers]
            self._free = deque(range(len(self._buffers)))
        if self._store is None:
            self._store = TileStore(Path(setup.cache) / "tiles.sqlite", setup.cache_bytes)
        self._setup = setup

    def _want(self, want: Want) -> None:
        underway = {key for serial, key in self._delivered if serial > want.received}
        keys = (TileKey(*tile) for tile in want.tiles)
        self._wanted = deque(key for key in keys if key not in underway)

    def _next(self) -> TileKey | None:
        """The first wanted tile that can be had now; asks for a drawing where it takes one."""
        for key in self._wanted:
            if self._can(key):
                self._wanted.remove(key)
                return key
        return None

    def _can(self, key: TileKey) -> bool:
        setup, store = self._setup, self._store
        assert setup is not None and store is not None
        stage = stage_of(key.level)
        if self._keeps(setup) and store.has(look_id(setup), key):
            return True
        if stage in self._asked:
            return False
        if self._studio.has(setup, stage):
            return True
        self._asked.add(stage)
        self._send(Missing(region_hash=setup.region_hash, stage=stage))
        return False

    @staticmethod
    def _keeps(setup: Setup) -> bool:
        """Whether tiles of a look are stored: those over a raster are not, which may change."""
        return setup.raster is None

    def _deliver(self, key: TileKey) -> None:
        setup = self._setup
        assert setup is not None and self._store is not None
        side = round(TILE_PX * setup.ratio)
        size = side * side * 4
        number = self._free.popleft()
        buffer = self._buffers[number]
        look = look_id(setup)
        stored = self._store.get(look, key, size) if self._keeps(setup) else None
        try:
            if stored is not None:
                buffer.buf[:size] = stored
            else:
                self._studio.paint(setup, key, buffer, side)
                if (trouble := self._studio.take_trouble()) is not None:
                    self._send(Failed(look=setup.look, id=trouble.id, values=dict(trouble.values)))
        except Exception as error:
            # One bad tile must not end the map: say so, leave it out, paint the next.
            log.exception("tile %s could not be painted", key)
            self._free.append(number)
            message = error.message if isinstance(error, Problem) else _UNPAINTABLE
            self._send(
                Failed(look=setup.look, tile=key, id=message.id, values=dict(message.values))
            )
            return
        self._serial += 1
        self._delivered.append((self._serial, key))
        self._send(
            Painted(
                look=setup.look,
                serial=self._serial,
                tile=key,
                buffer=number,
                side=side,
                stored=stored is not None,
            )
        )
        if stored is None and self._keeps(setup):
            # Packing a tile takes as long as a third of painting it: whoever waits goes first.
            self._unkept.append((look, key, bytes(buffer.buf[:size])))
            if sum(len(pixels) for _, _, pixels in self._unkept) > UNKEPT_BYTES:
                self._keep_one()

    def _keep_one(self) -> None:
        """Put the oldest painted tile into the store."""
        assert self._store is not None
        self._store.put(*self._unkept.popleft())

    # -- warming -----------------------------------------------------------------------------

    def _warm_some(self) -> None:
        """Paint one tile into the store; nobody sees it now."""
        setup, store = self._setup, self._store
        assert setup is not None and store is not None
        key = self._warm.popleft()
        look = look_id(setup)
        if store.is_full or not self._keeps(setup):
            self._warm.clear()
        elif not store.has(look, key) and self._free and self._can(key):
            side = round(TILE_PX * setup.ratio)
            buffer = self._buffers[self._free[0]]
            with contextlib.suppress(Exception):
                self._studio.paint(setup, key, buffer, side)
                store.put(look, key, buffer.buf[: side * side * 4])
        if len(self._warm) % TELL_EVERY == 0:
            self._send(Warmed(look=setup.look, left=len(self._warm)))

    def _send(self, message: FromPainter) -> None:
        self._pipe.send_bytes(encode(message))


def look_id(setup: Setup) -> str:
    """What decides the pixels of a stored tile, as one key."""
    return "|".join(
        (
            setup.region_hash[:32],
            setup.theme,
            setup.language,
            f"{setup.ratio:.3f}",
            style_hash(setup.theme),
        )
    )
