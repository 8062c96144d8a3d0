"""The tile painter's process: takes the newest want-list, paints or fetches, answers in bytes.

It leaves when its pipe ends. Nothing here runs in the window's process: Qt's painter holds the
interpreter's lock while it strokes, so a thread would stop the window.
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
from ui.map.tiles.grid import TILE_PX, TileKey
from ui.map.tiles.messages import (
    MAX_MESSAGE_BYTES,
    Failed,
    Freed,
    FromPainter,
    Painted,
    Setup,
    Started,
    Want,
    encode,
    to_painter,
)
from ui.map.tiles.store import TileStore
from ui.map.tiles.style import load_style, style_hash

if TYPE_CHECKING:
    from ui.map.tiles.labels import Labels
    from ui.map.tiles.painter import TilePainter
    from ui.map.tiles.scene import Scene

log = logging.getLogger(__name__)

NICENESS = 5
#: Scenes kept open: the region at work and the one before.
KEPT_SCENES = 2
#: Delivered tiles remembered until the window says it has seen them.
KEPT_DELIVERIES = 256
#: After so long without work the region is opened, so that the next new tile need not wait.
WARM_AFTER_S = 0.4

_UNPAINTABLE = Message("map.tile_failed")


def run(pipe: Connection) -> None:
    """Entry point of the spawned process."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _be_nice()
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication(["vigil-tiles"])
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        _Worker(pipe).serve()
    del app


def _be_nice() -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "nice"):
            os.nice(NICENESS)
        else:
            import psutil

            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)


class _Worker:
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._setup: Setup | None = None
        self._wanted: deque[TileKey] = deque()
        self._buffers: list[SharedMemory] = []
        self._free: deque[int] = deque()
        self._serial = 0
        self._delivered: deque[tuple[int, TileKey]] = deque(maxlen=KEPT_DELIVERIES)
        self._store: TileStore | None = None
        self._studio = _Studio()

    def serve(self) -> None:
        """Answer until the pipe ends (EOFError)."""
        self._send(Started(pid=os.getpid()))
        while True:
            idle = not self._wanted or not self._free
            if idle and self._setup is not None and not self._pipe.poll(WARM_AFTER_S):
                self._studio.warm(self._setup)
            while idle or self._pipe.poll():
                self._take(self._pipe.recv_bytes(MAX_MESSAGE_BYTES))
                idle = not self._wanted or not self._free
            self._deliver(self._wanted.popleft())

    def _take(self, data: bytes) -> None:
        try:
            message = to_painter.decode(data)
        except msgspec.DecodeError as error:
            log.warning("unreadable message left aside: %s", error)
            return
        if isinstance(message, Setup):
            self._begin(message)
        elif isinstance(message, Freed):
            if 0 <= message.buffer < len(self._buffers) and message.buffer not in self._free:
                self._free.append(message.buffer)
        elif self._setup is not None and message.look == self._setup.look:
            self._want(message)

    def _begin(self, setup: Setup) -> None:
        self._wanted.clear()
        if [one.name for one in self._buffers] != setup.buffers:
            for one in self._buffers:
                one.close()
            self._buffers = [SharedMemory(name=name) for name in setup.buffers]
            self._free = deque(range(len(self._buffers)))
        if self._store is None:
            self._store = TileStore(Path(setup.cache), setup.cache_bytes)
        self._setup = setup

    def _want(self, want: Want) -> None:
        underway = {key for serial, key in self._delivered if serial > want.received}
        keys = (TileKey(*tile) for tile in want.tiles)
        self._wanted = deque(key for key in keys if key not in underway)

    def _deliver(self, key: TileKey) -> None:
        setup = self._setup
        assert setup is not None and self._store is not None
        side = round(TILE_PX * setup.ratio)
        size = side * side * 4
        number = self._free.popleft()
        buffer = self._buffers[number]
        look = look_id(setup)
        stored = self._store.get(look, key, size)
        try:
            if stored is not None:
                buffer.buf[:size] = stored
            else:
                self._studio.paint(setup, key, buffer, side)
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
        if stored is None:
            # The window only reads the buffer, so it can be packed while it is being shown; it
            # is ours again after `Freed`, which is taken only after this.
            self._store.put(look, key, buffer.buf[:size])

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


class _Studio:
    """Scenes, words and painters, made when first asked for."""

    def __init__(self) -> None:
        self._scenes: dict[str, tuple[Scene, dict[str, Labels]]] = {}
        self._painters: dict[tuple[str, str, str], TilePainter] = {}
        self._warmed: tuple[str, str, str] | None = None

    def paint(self, setup: Setup, key: TileKey, buffer: SharedMemory, side: int) -> None:
        """Paint a tile into a buffer. Raises `Problem` for a pack that cannot be used."""
        from PySide6.QtGui import QImage

        image = QImage(buffer.buf, side, side, side * 4, QImage.Format.Format_RGB32)
        self._painter(setup).paint(key, image)
        del image

    def warm(self, setup: Setup) -> None:
        """Open the region ahead of the first tile that is not stored; once a look."""
        look = (setup.region_hash, setup.theme, setup.language)
        if look not in self._painters and look != self._warmed:
            self._warmed = look
            with contextlib.suppress(Problem):
                self._painter(setup).warm()

    def _painter(self, setup: Setup) -> TilePainter:
        # Imported here: a start from stored tiles alone needs neither the pack nor shapely.
        from dispatch.region.pack import open_pack
        from ui.map.tiles.labels import Labels
        from ui.map.tiles.painter import TilePainter
        from ui.map.tiles.scene import Scene
        from ui.theme.tokens import load_theme

        style = load_style()
        if setup.region_hash not in self._scenes:
            while len(self._scenes) >= KEPT_SCENES:
                gone = next(iter(self._scenes))
                del self._scenes[gone]
                self._painters = {k: v for k, v in self._painters.items() if k[0] != gone}
            self._scenes[setup.region_hash] = (Scene(open_pack(Path(setup.pack))), {})
        scene, words = self._scenes[setup.region_hash]
        place = (setup.region_hash, setup.theme, setup.language)
        if place not in self._painters:
            if setup.language not in words:
                words[setup.language] = Labels(scene, style, setup.language)
            colours = load_theme(setup.theme).map
            self._painters[place] = TilePainter(scene, style, colours, words[setup.language])
        return self._painters[place]
