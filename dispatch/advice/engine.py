"""The centre's end of the engine: send requests, poll answers. In line, or in a process beside."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import BinaryIO, Protocol

import msgspec

from dispatch.advice import messages as m
from dispatch.advice.core import EngineCore
from dispatch.domain.message import Message

log = logging.getLogger(__name__)

HEADER = struct.Struct("<I")
RESTARTS = 5
HEALTHY_S = 60.0
"""An engine that lived this long was well: its end does not count against the next."""


class Engine(Protocol):
    """Takes requests at once and answers later, in order.

    `on_answer` is called, from any thread, when there is something to poll.
    """

    on_answer: Callable[[], None]

    def send(self, request: m.Request) -> None:
        """Hand a request over; returns at once."""
        ...

    def poll(self) -> list[m.Response]:
        """The answers that have come, in order; never waits."""
        ...

    def close(self) -> None:
        """Let the engine go."""
        ...


class InlineEngine:
    """The engine in this very thread: for headless runs, where nobody's screen can stutter."""

    def __init__(self) -> None:
        self._core = EngineCore()
        self.on_answer: Callable[[], None] = lambda: None
        self._answers: deque[m.Response] = deque()

    def send(self, request: m.Request) -> None:
        """Served at once, layers of the map to their end."""
        answer = self._core.handle(request)
        if answer is not None:
            self._answers.append(answer)
        while self._core.layers_busy:
            answer = self._core.step_layers()
            if answer is not None:
                self._answers.append(answer)

    def poll(self) -> list[m.Response]:
        """The answers so far."""
        answers = list(self._answers)
        self._answers.clear()
        return answers

    def close(self) -> None:
        """Nothing to let go."""


def write_frame(stream: BinaryIO, data: bytes) -> None:
    """One message: its length, then its bytes."""
    stream.write(HEADER.pack(len(data)) + data)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next message; None at the end of the stream or for an absurd length."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    (length,) = HEADER.unpack(head)
    if length > m.MAX_MESSAGE_BYTES:
        log.error("engine message of %d bytes refused", length)
        return None
    data = stream.read(length)
    return data if len(data) == length else None


class ProcessEngine:
    """The engine in a process of its own, restarted by a watchdog when it dies.

    After a restart the last `Open` and `CloseRoads` are sent again, so that severity and
    recommendation come back by themselves; a simulated world does not (its state died with the
    process) and is reported as `Failed`.
    """

    def __init__(self) -> None:
        self.on_answer: Callable[[], None] = lambda: None
        self._answers: queue.SimpleQueue[m.Response] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._opening: m.Open | None = None
        self._closing_roads: m.CloseRoads | None = None
        self._world_open = False
        self._closing = False
        self._starts = 0
        self._started_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._writer = threading.Thread(target=self._write, name="engine-writer", daemon=True)
        self._start()
        self._writer.start()

    @property
    def pid(self) -> int | None:
        """The process id, for diagnosis and for tests that kill it."""
        return self._process.pid if self._process else None

    def send(self, request: m.Request) -> None:
        """Queue a request; the writer thread hands it over."""
        if isinstance(request, m.Open):
            self._opening = request
        if isinstance(request, m.CloseRoads):
            self._closing_roads = request
        if isinstance(request, m.OpenWorld):
            self._world_open = True
        self._outbox.put(m.encode(request))

    def poll(self) -> list[m.Response]:
        """The answers that have come."""
        answers: list[m.Response] = []
        with contextlib.suppress(queue.Empty):
            while True:
                answers.append(self._answers.get_nowait())
        return answers

    def close(self) -> None:
        """Close the pipe; the process leaves at its end, or is ended after two seconds."""
        self._closing = True
        self._outbox.put(None)
        self._writer.join(timeout=2)
        process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=2)

    def _start(self) -> None:
        self._starts += 1
        self._started_s = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dispatch.advice.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        threading.Thread(
            target=self._read, args=(self._process,), name="engine-reader", daemon=True
        ).start()

    def _write(self) -> None:
        while (data := self._outbox.get()) is not None:
            process = self._process
            if process is None or process.stdin is None:
                continue
            try:
                write_frame(process.stdin, data)  # type: ignore[arg-type]
            except (BrokenPipeError, OSError, ValueError):
                log.warning("engine pipe broke; the watchdog restarts it")

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        while (data := read_frame(process.stdout)) is not None:  # type: ignore[arg-type]
            answer = understood(data)
            if answer is None:
                break  # its frames cannot be trusted any more
            self._answers.put(answer)
            self.on_answer()
        if not self._closing:
            self._revive(process)

    def _revive(self, process: subprocess.Popen[bytes]) -> None:
        try:
            code = process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            # It lives, but nobody understands it or it stopped speaking.
            process.kill()
            code = process.wait()
        log.error("engine died with code %s", code)
        if time.monotonic() - self._started_s >= HEALTHY_S:
            self._starts = 1
        gone = self._starts > RESTARTS
        if gone:
            self._process = None
        self._answers.put(_lost(code, gone=gone, with_world=self._world_open))
        self._world_open = False
        self.on_answer()
        if gone:
            return
        time.sleep(min(5.0, 0.2 * 2**self._starts))
        if self._closing:
            return
        self._start()
        if self._opening is not None:
            self._outbox.put(m.encode(self._opening))
        if self._closing_roads is not None:
            self._outbox.put(m.encode(self._closing_roads))


def understood(data: bytes) -> m.Response | None:
    """The answer in a frame; `Failed` for one that keeps to no schema, None for no JSON at all."""
    try:
        return m.decode_response(data)
    except msgspec.ValidationError as error:
        log.error("engine answer refused: %s", error)
    except (msgspec.DecodeError, RecursionError) as error:
        log.error("engine spoke nonsense: %s", error)
        return None
    message = Message("advice.bad_answer")
    # A world whose step is lost would be waited for without end.
    of_world = data.startswith((b'{"type":"happened"', b'{"type":"world_opened"'))
    return m.Failed(request="Advance" if of_world else "?", message=message)


def _lost(code: int, *, gone: bool, with_world: bool) -> m.Failed:
    said = "advice.engine_gone" if gone else "advice.engine_restarted"
    if with_world:
        said = "advice.world_lost"
    message = Message(said, {"code": int(code)})
    return m.Failed(request="World" if with_world else "Engine", message=message)
