"""The desk lane: one thread in which everything is decided, recorded, folded and published.

It never dies of an error. A problem of the outside world (full disk, lost folder) is kept for the
surface and ends when a turn succeeds again; a fault of ours is logged with its trace and shown.
While the journal cannot be written, turns rest between tries; a person's command is always tried.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from dispatch.desk import Actor, Desk, Done
from dispatch.desk.verbs import Command
from dispatch.domain.message import Message, Problem
from dispatch.journal import is_of_the_disk

log = logging.getLogger(__name__)

STEP_S = 0.1
REST_S = 1.0


@dataclass(frozen=True)
class Submission:
    """A command on its way to the lane, and who wants to hear of it."""

    command: Command
    by: Actor
    done: Callable[[Done], None]
    refused: Callable[[Problem], None]


class Lane:
    """Serves submissions at once and takes a turn every tenth of a second.

    `turn` is the regular work; `answered` is done as soon as somebody `wake`s the lane.
    """

    def __init__(self, desk: Desk, turn: Callable[[], None], answered: Callable[[], None]) -> None:
        self._desk, self._turn, self._answered = desk, turn, answered
        self._inbox: queue.SimpleQueue[Submission | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._rest_until_s = 0.0
        self.append_ms = 0.0
        self.problem: Message | None = None

    def submit(self, given: Submission) -> None:
        """Hand a command over; its callbacks are called in the lane."""
        self._inbox.put(given)

    def wake(self) -> None:
        """Something has come in: do not wait for the next turn."""
        self._inbox.put(None)

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="desk-lane", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn at hand and end; waits five seconds at most."""
        self._stopping = True
        self.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def serve_waiting(self) -> None:
        """Do what was submitted, in the caller's thread: for headless runs without `start`."""
        with contextlib.suppress(queue.Empty):
            while True:
                given = self._inbox.get_nowait()
                if given is not None:
                    self._serve(given)

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopping:
            with contextlib.suppress(queue.Empty):
                given = self._inbox.get(timeout=max(0.0, due - time.monotonic()))
                if given is not None:
                    self._serve(given)
                self._guarded(self._answered)
            if time.monotonic() >= due:
                due = time.monotonic() + STEP_S
                self._guarded(self._turn)

    def _guarded(self, work: Callable[[], None]) -> None:
        if time.monotonic() < self._rest_until_s:
            return
        try:
            work()
            if work == self._turn:  # an empty answer proves nothing of the journal
                self.problem = None
        except Problem as problem:
            if is_of_the_disk(problem):
                self._rest_until_s = time.monotonic() + REST_S
            if problem.message != self.problem:
                log.error("lane: %s", problem)
            self.problem = problem.message
        except Exception as error:
            # A dead lane would leave a window that looks alive: go on, and say so.
            log.exception("lane: a fault of ours")
            what = f"{type(error).__name__}: {error}"[:300]
            self.problem = Message("centre.lane_fault", {"what": what})

    def _serve(self, given: Submission) -> None:
        began = time.perf_counter()
        try:
            done = self._desk.do(given.command, given.by)
        except Problem as problem:
            given.refused(problem)
            return
        except Exception as error:
            log.exception("lane: a fault of ours in %s", type(given.command).__name__)
            what = f"{type(error).__name__}: {error}"[:300]
            given.refused(Problem("centre.lane_fault", what=what))
            return
        self.append_ms = (time.perf_counter() - began) * 1e3
        given.done(done)
