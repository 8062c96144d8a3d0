"""The drawings of regions as the window sees them: there, or being made beside it."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Qt, Signal

from dispatch.domain.message import Message
from ui.map.tiles.drawing import drawing_path
from ui.map.tiles.messages import Failed, Make, Ready, from_maker
from ui.map.tiles.process import MakerProcess

log = logging.getLogger(__name__)

STAGES = ("coarse", "fine")
#: A maker that ends without a word is tried again so often, after such a pause.
TRIES = 3
PAUSE_S = 1.0


class Drawings(QObject):
    """Has drawings made, one region at a time. `ready` names a region's hash and a stage."""

    ready = Signal(str, str)
    trouble = Signal(object)
    _arrived = Signal(int, bytes)
    _ended = Signal(int)

    def __init__(self, cache: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._cache = cache
        self._maker: MakerProcess | None = None
        self._run = 0
        self._pack = Path()
        self._region_hash = ""
        self._todo: list[str] = []
        self._tries = 0
        self._again_at = 0.0
        self._arrived.connect(self._on_message, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_end, Qt.ConnectionType.QueuedConnection)

    def need(self, pack: Path, region_hash: str) -> None:
        """See to it that a region has its drawings; at once, and nobody waits."""
        missing = [
            stage for stage in STAGES if not drawing_path(self._cache, region_hash, stage).exists()
        ]
        if region_hash != self._region_hash:
            self._stop()
            self._tries = 0
            self._todo = []
        self._pack, self._region_hash = pack, region_hash
        if missing:
            self._begin(missing)

    def make(self, pack: Path, region_hash: str, stage: str) -> None:
        """A painter found a stage missing or broken."""
        if region_hash != self._region_hash:
            self.need(pack, region_hash)
        if stage not in self._todo and self._tries < TRIES:
            self._begin([*self._todo, stage])

    @property
    def is_busy(self) -> bool:
        """Whether something is being made."""
        return bool(self._todo)

    def check(self) -> None:
        """Try again after a maker's sudden end; called twice a second."""
        if self._todo and self._maker is None and time.monotonic() >= self._again_at:
            self._begin(self._todo)

    def close(self) -> None:
        """End the maker. May be called twice."""
        self._todo = []
        self._stop()

    def _begin(self, stages: list[str]) -> None:
        self._stop()
        self._todo = [stage for stage in STAGES if stage in stages]
        self._tries += 1
        number = self._run
        self._maker = MakerProcess(
            lambda data: self._arrived.emit(number, data), lambda: self._ended.emit(number)
        )
        self.destroyed.connect(self._maker.stop)
        self._maker.send(
            Make(
                pack=str(self._pack),
                region_hash=self._region_hash,
                cache=str(self._cache),
                stages=self._todo,
            )
        )

    def _stop(self) -> None:
        self._run += 1
        maker, self._maker = self._maker, None
        if maker is not None:
            self.destroyed.disconnect(maker.stop)
            maker.stop()

    def _on_message(self, run_number: int, data: bytes) -> None:
        if run_number != self._run:
            return
        try:
            message = from_maker.decode(data)
        except msgspec.DecodeError as error:
            log.warning("unreadable answer of the maker: %s", error)
            return
        if isinstance(message, Ready):
            if message.stage in self._todo:
                self._todo.remove(message.stage)
            self._tries = 0
            self.ready.emit(message.region_hash, message.stage)
        elif isinstance(message, Failed):
            # A broken pack stays broken: say so once.
            self._todo = []
            self._tries = TRIES
            self.trouble.emit(Message(message.id, dict(message.values)))

    def _on_end(self, run_number: int) -> None:
        if run_number != self._run:
            return
        self._stop()
        if self._todo:
            self._again_at = time.monotonic() + PAUSE_S * self._tries
            if self._tries >= TRIES:
                self._todo = []
                values = {"file": str(self._pack), "what": "maker"}
                self.trouble.emit(Message("map.no_drawing", values))
