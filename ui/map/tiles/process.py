"""The painter's process as the window holds it: started, spoken to, ended, never waited for."""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.shared_memory import SharedMemory

from ui.map.tiles.messages import MAX_MESSAGE_BYTES, ToPainter, encode
from ui.map.tiles.shared import drop_buffers, make_buffers
from ui.map.tiles.worker import run

BUFFERS = 16
#: Patience with a process that was asked to end.
END_S = 2.0


class PainterProcess:
    """One run of the painter: process, pipe, shared buffers and the thread that reads.

    `on_bytes` and `on_end` are called in the reader's thread.
    """

    def __init__(
        self, tile_bytes: int, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]
    ) -> None:
        self.buffers: list[SharedMemory] = make_buffers(BUFFERS, tile_bytes)
        spare = _spare.pop() if _spare else None
        self._process, self._pipe = spare if spare and spare[0].is_alive() else _launch()
        self._stopped = False
        threading.Thread(
            target=_read,
            args=(self._pipe, on_bytes, on_end),
            name="vigil-tiles-reader",
            daemon=True,
        ).start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return not self._stopped and self._process.is_alive()

    def send(self, message: ToPainter) -> None:
        """Send, or drop the message where the painter is gone: the watchdog will see it."""
        with contextlib.suppress(OSError):
            self._pipe.send_bytes(encode(message))

    def stop(self) -> None:
        """End the process and give the shared memory back. May be called twice."""
        if self._stopped:
            return
        self._stopped = True
        self._process.terminate()
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(END_S)
        # The reader has met the end of the pipe by now and does not touch it any more.
        with contextlib.suppress(OSError):
            self._pipe.close()
        drop_buffers(self.buffers)


#: A process started before anybody asked for it, waiting for its window.
_spare: list[tuple[BaseProcess, Connection]] = []


def launch_early() -> None:
    """Start a painter now, so that it is ready when the window is: its start costs a second.

    The next `PainterProcess` takes it over; it ends with this process if nobody does.
    """
    if not _spare:
        _spare.append(_launch())


def _launch() -> tuple[BaseProcess, Connection]:
    # Spawned, never forked: a fork would copy Qt and its threads in the middle of their work.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=run, args=(theirs,), name="vigil-tiles", daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _read(pipe: Connection, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
    """The reader's thread: waits for bytes, works on nothing."""
    # RuntimeError: the window's object has been deleted meanwhile.
    with contextlib.suppress(EOFError, OSError, RuntimeError):
        while True:
            on_bytes(pipe.recv_bytes(MAX_MESSAGE_BYTES))
    with contextlib.suppress(RuntimeError):
        on_end()
