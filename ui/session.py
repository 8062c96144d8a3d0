"""The bridge between the desk lane and the surface: deeds go down, published facts come up.

The lane is the centre's thread; the surface never waits for it. What it publishes is put into a
queue and taken out in the surface thread, folded into the board, and told to the panels as one
`changed` signal a turn. Nothing else happens here.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from dispatch.advice.messages import (
    Failed,
    LayerAnswer,
    Opened,
    Response,
    RoadsClosed,
    RoadsMatched,
    RouteFound,
)
from dispatch.board import Board
from dispatch.clock import Clock
from dispatch.desk import Actor, Done, Published
from dispatch.desk.staff import SignOn
from dispatch.desk.verbs import Command
from dispatch.domain.message import Message, Problem
from dispatch.domain.unit import Fix
from ui.session_health import Health

TICK_MS = 250
TURN_S = 0.008
"""The longest the surface folds facts in one turn of its loop; the rest waits for the next."""
LATE_S = 0.15
"""A deed not durable after this long is shown as sending."""
FOR_THE_MAP = RouteFound | RoadsClosed | RoadsMatched | LayerAnswer | Opened | Failed
"""Answers of the engine that the surface hears; add yours."""
LOST_S = 5.0
"""A deed not answered after this long means that the lane has stopped."""

OnDone = Callable[[Any], None]
OnRefused = Callable[[Problem], None]


class Lane(Protocol):
    """What the session needs of the centre; the lists are called in the lane's thread."""

    clock: Clock
    append_ms: float
    problem: Message | None
    on_published: list[Callable[[Published], None]]
    on_fixes: list[Callable[[Sequence[Fix]], None]]
    on_response: list[Callable[[Response], None]]

    def submit(
        self,
        command: Command,
        by: Actor,
        done: Callable[[Done], None] = ...,
        refused: Callable[[Problem], None] = ...,
    ) -> None:
        """Hand a command to the lane; the callbacks are called there."""


@dataclass(frozen=True, eq=False)
class _Deed:
    command: Command
    on_done: OnDone | None
    on_refused: OnRefused | None
    since_s: float


@dataclass(frozen=True)
class _Answer:
    deed: _Deed
    done: Done | None
    problem: Problem | None


class Session(QObject):
    """One desk's session. Made and used in the surface thread; `close` cuts it from the lane."""

    changed = Signal(object)
    """`tuple[Change, ...]`: what the facts of one turn changed."""
    fixes_changed = Signal()
    ticked = Signal(object)
    """`now_us`, operational time."""
    health_changed = Signal(object)
    """`Health`."""
    route_found = Signal(object)
    """`RouteFound`: the way that was asked for."""
    answered = Signal(object)
    """Another answer of the engine that is `FOR_THE_MAP`."""
    failed = Signal(object)
    """`Message`: something went wrong that nobody asked for, or a refusal nobody waits for."""
    mended = Signal(object)
    """`Message`: what was told by `failed` is over."""
    _arrived = Signal()

    def __init__(self, lane: Lane, board: Board, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane, self.board, self._clock = lane, board, lane.clock
        self._news: queue.SimpleQueue[Published | _Answer | Response] = queue.SimpleQueue()
        self._fixes: dict[str, Fix] = {}
        self._fixes_lock = threading.Lock()
        self._told = threading.Event()
        self._open: list[_Deed] = []
        self._health = Health()
        self._append_ms: float | None = None
        self._problem: Message | None = None
        self._arrived.connect(self._take_in, Qt.ConnectionType.QueuedConnection)
        lane.on_published.append(self._hear)
        lane.on_fixes.append(self._hear_fixes)
        lane.on_response.append(self._hear_response)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    # -- going down ----------------------------------------------------------------------------

    def submit(
        self,
        command: Command,
        on_done: OnDone | None = None,
        on_refused: OnRefused | None = None,
    ) -> None:
        """Hand a verb to the desk in the name of whoever is signed on here; returns at once."""
        deed = _Deed(command, on_done, on_refused, time.monotonic())
        self._open.append(deed)
        self._lane.submit(
            command,
            self.actor(),
            lambda done: self._put(_Answer(deed, done, None)),
            lambda problem: self._put(_Answer(deed, None, problem)),
        )
        QTimer.singleShot(int(LATE_S * 1000) + 10, self, self._show_health)

    def actor(self) -> Actor:
        """Who does what is done at this desk: the person signed on, or nobody."""
        signed = self.board.signed_on
        if signed is not None:
            return Actor.of(signed)
        desk_id = self.board.desk_id
        return Actor(user_id="nobody", name="nobody", role="", desk_id=desk_id, origin="human")

    def close(self) -> None:
        """Hear no more of the lane; what has already come is still taken in."""
        self._timer.stop()
        for listeners, own in (
            (self._lane.on_published, self._hear),
            (self._lane.on_fixes, self._hear_fixes),
            (self._lane.on_response, self._hear_response),
        ):
            if own in listeners:
                listeners.remove(own)  # type: ignore[arg-type]
        self._take_in()

    # -- coming up: in the lane's thread -------------------------------------------------------

    def _hear(self, published: Published) -> None:
        self._put(published)

    def _hear_fixes(self, fixes: Sequence[Fix]) -> None:
        with self._fixes_lock:
            self._fixes.update((fix.unit_id, fix) for fix in fixes)
        self._tell()

    def _hear_response(self, response: Response) -> None:
        if isinstance(response, FOR_THE_MAP):
            self._put(response)

    def _put(self, news: Published | _Answer | Response) -> None:
        self._news.put(news)
        self._tell()

    def _tell(self) -> None:
        if not self._told.is_set():
            self._told.set()
            self._arrived.emit()

    # -- coming up: in the surface thread ------------------------------------------------------

    def _take_in(self) -> None:
        self._told.clear()
        with self._fixes_lock:
            fixes, self._fixes = self._fixes, {}
        if fixes:
            self.board.apply_fixes(fixes.values())
            self.fixes_changed.emit()
        until = time.monotonic() + TURN_S
        changes: list[Any] = []
        while True:
            try:
                news = self._news.get_nowait()
            except queue.Empty:
                break
            if isinstance(news, Published):
                changes.extend(self.board.apply(news.envelope))
            elif isinstance(news, RouteFound):
                self.route_found.emit(news)
            elif isinstance(news, FOR_THE_MAP):
                if changes:  # an answer may rest on a fact of this turn
                    self.changed.emit(tuple(changes))
                    changes = []
                self.answered.emit(news)
            else:
                if changes:  # panels stand as the answer means them
                    self.changed.emit(tuple(changes))
                    changes = []
                self._answer(news)
            if time.monotonic() > until:
                self._tell()
                break
        if changes:
            self.changed.emit(tuple(changes))

    def _answer(self, answer: _Answer) -> None:
        if answer.deed in self._open:
            self._open.remove(answer.deed)
        if answer.done is not None and not isinstance(answer.deed.command, SignOn):
            # Checking a PIN is slow on purpose and says nothing of the journal.
            self._append_ms = self._lane.append_ms
        self._show_health()
        if answer.problem is not None:
            if answer.deed.on_refused is not None:
                answer.deed.on_refused(answer.problem)
            else:
                self.failed.emit(answer.problem.message)
        elif answer.deed.on_done is not None:
            answer.deed.on_done(answer.done)

    def _show_health(self) -> None:
        now = time.monotonic()
        waiting = sum(1 for deed in self._open if now - deed.since_s >= LATE_S)
        lost = any(now - deed.since_s >= LOST_S for deed in self._open)
        health = Health(self._append_ms, waiting, not lost)
        if health != self._health:
            if lost and self._health.well:
                self.failed.emit(Message("shell.lane_stopped"))
            self._health = health
            self.health_changed.emit(health)

    def _tick(self) -> None:
        self.ticked.emit(self._clock.now_us())
        self._show_health()
        problem = self._lane.problem
        if problem != self._problem:
            before, self._problem = self._problem, problem
            if before is not None:
                self.mended.emit(before)
            if problem is not None:
                self.failed.emit(problem)
