"""Processes beside the window as the window holds them: started, spoken to, ended, never waited
for."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import threading
import types
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.shared_memory import SharedMemory

import msgspec

from ui.map.tiles import maker, worker
from ui.map.tiles.messages import MAX_MESSAGE_BYTES, encode
from ui.map.tiles.shared import drop_buffers, make_buffers

#: Shared buffers of one painter: as many tiles may be on their way at once.
BUFFERS = 10
#: Patience with a process that was asked to end.
END_S = 2.0

Entry = Callable[[Connection], None]


class Helper:
    """One run of a helping process: process, pipe and the thread that reads.

    `on_bytes` and `on_end` are called in the reader's thread.
    """

    def __init__(
        self, entry: Entry, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]
    ) -> None:
        self._process, self._pipe = _spare_for(entry) or _launch(entry)
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

    def send(self, message: msgspec.Struct) -> None:
        """Send, or drop the message where the process is gone: the watchdog will see it."""
        with contextlib.suppress(OSError):
            self._pipe.send_bytes(encode(message))

    def stop(self) -> None:
        """End the process. May be called twice."""
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


class PainterProcess(Helper):
    """A painter with the shared buffers that it fills."""

    def __init__(
        self, tile_bytes: int, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]
    ) -> None:
        self.buffers: list[SharedMemory] = make_buffers(BUFFERS, tile_bytes)
        super().__init__(worker.run, on_bytes, on_end)

    def stop(self) -> None:
        """End the process and give the shared memory back. May be called twice."""
        if not self._stopped:
            super().stop()
            drop_buffers(self.buffers)


class MakerProcess(Helper):
    """A maker of drawings."""

    def __init__(self, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        super().__init__(maker.run, on_bytes, on_end)


#: Processes started before anybody asked for them, waiting for their window.
_spare: list[tuple[Entry, BaseProcess, Connection]] = []


def launch_early() -> None:
    """Start a painter now, so that it is ready when the window is: its start costs a moment.

    The next `PainterProcess` takes it over; it ends with this process if nobody does.
    """
    if not _spare:
        _spare.append((worker.run, *_launch(worker.run)))


def _spare_for(entry: Entry) -> tuple[BaseProcess, Connection] | None:
    for one in _spare:
        if one[0] is entry:
            _spare.remove(one)
            return (one[1], one[2]) if one[1].is_alive() else None
    return None


def _launch(entry: Entry) -> tuple[BaseProcess, Connection]:
    # Spawned, never forked: a fork would copy Qt and its threads in the middle of their work.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=entry, args=(theirs,), name="vigil-tiles", daemon=True)
    with _nameless_main():
        process.start()
    theirs.close()
    return process, ours


@contextlib.contextmanager
def _nameless_main() -> Iterator[None]:
    """For a moment the program has no main module that a child could import again.

    A spawned process runs its parent's main module first, and with it everything that the window
    imports: a second and some hundred megabytes that no painter needs.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _read(pipe: Connection, on_bytes: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
    """The reader's thread: waits for bytes, works on nothing."""
    # RuntimeError: the window's object has been deleted meanwhile.
    with contextlib.suppress(EOFError, OSError, RuntimeError):
        while True:
            on_bytes(pipe.recv_bytes(MAX_MESSAGE_BYTES))
    with contextlib.suppress(RuntimeError):
        on_end()
