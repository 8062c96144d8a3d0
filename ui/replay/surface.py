"""One window on the past: a journal opened read only, a board fed by a player, no desk at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolBar

from dispatch.clock import SimClock
from dispatch.domain.message import Message, Problem
from dispatch.places import Places
from dispatch.replay import Player, Shown, Surroundings, Timeline
from ui.commands.catalogue import Command, Permission
from ui.commands.key_filter import is_typing
from ui.commands.registry import OnDone, OnRefused, Registry
from ui.panel import PanelContext
from ui.panels import SLOTS, Slot
from ui.replay.bar import ReplayBar
from ui.replay.past_board import PastBoard
from ui.replay.routes import Routes
from ui.shell.notices import Weight
from ui.workstation import Workstation

TICK_MS = 50
"""How often the board follows the clock while it plays."""
CLOCK_MS = 250
SEEK_MS = 15
"""A drag seeks so often at most: the playhead follows the hand at once, the panels as they can."""
SCAN_MS = 60
SCAN_S = 0.008
"""The longest the surface reads the journal ahead in one turn."""
REFRESH_S = 3.0
STEP_US = 10_000_000
FAR_US = 300_000_000
NO_MAP = "ui.replay.no_map:NoMapPanel"
DESK = "desk-1"
LOOKING = (Permission.NOBODY, Permission.SIGNED_ON)


class ReplaySurface(QObject):
    """Everything of one replay window. Close it with `close`."""

    gazetteer_ready = Signal(object)

    def __init__(
        self,
        timeline: Timeline,
        found: Surroundings,
        places: Places,
        *,
        theme: str = "dark",
        language: str = "en",
        slots: Sequence[Slot] = SLOTS,
    ) -> None:
        super().__init__()
        info = timeline.journal.info
        self.timeline, self._found, self._places = timeline, found, places
        self.board = PastBoard(
            withheld=lambda: self.context.say("replay.withheld"),
            realm=info.realm,
            region_name=found.pack.name if found.pack is not None else info.region_id,
            time_zone=info.time_zone,
            desk_id=DESK,
            targets=found.agency.targets if found.agency is not None else (),
            open_sealed=timeline.journal.vault.open,
        )
        self.clock = SimClock(timeline.start_us)
        self.player = Player(timeline, self.board, self.clock)
        self.commands = Registry()
        self.context = PanelContext(
            self.board,
            self.commands,
            self.clock,
            theme=theme,
            language=language,
            mode="replay",
            time_zone=info.time_zone,
        )
        self.context.pack, self.context.agency = found.pack, found.agency
        self.context.cache = places.cache
        self._routes: Routes | None = None
        if found.pack is not None and found.agency is not None:
            self._routes = Routes(found.pack.path, found.agency.path, places.cache, self)
            self._routes.found.connect(self.context.route_found)
            self._routes.answered.connect(self.context.answered)
            self.context.ask_route = self._routes.ask
            self.context.ask_layer = self._routes.send
            self.context.ask_roads = self._routes.send
            self.context.changed.connect(self._look_at_closures)
            self.context.replaced.connect(self._look_at_closures)
        if found.pack is None:
            slots = [
                replace(slot, made_by=NO_MAP) if slot.panel_id == "map" else slot for slot in slots
            ]
        self.commands.barred = barred
        self.window = Workstation(
            self.context, self.board.region_name, submit=self._refuse, slots=slots, layouts=None
        )
        self.commands.who = lambda: "replay"
        # Nobody signs on to the past, and its journal is only read.
        self.window.top_bar.person.hide()
        self.window.top_bar.journal.hide()
        self.bar = ReplayBar(self.context, self._set_speed)
        strip = QToolBar(self.window)
        strip.setObjectName("replayBar")
        strip.setMovable(False)
        strip.setFloatable(False)
        strip.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        strip.addWidget(self.bar)
        self.window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, strip)
        self._wanted_us: int | None = None
        self._refreshed_s = 0.0
        self._closed = False
        self._bind()
        self._timers()
        self.gazetteer_ready.connect(self._take_gazetteer)
        self._show_all()

    def _look_at_closures(self, changes: object = None) -> None:
        if self._routes is not None:
            self._routes.look(self.board.picture)

    # -- wiring --------------------------------------------------------------------------------

    def _bind(self) -> None:
        player = self.player
        bind = {
            "replay.play": self.play_or_pause,
            "time.pause": self.play_or_pause,
            "replay.back": lambda: self._carry_out(lambda: player.seek(player.now_us - STEP_US)),
            "replay.forward": lambda: self._carry_out(lambda: player.seek(player.now_us + STEP_US)),
            "replay.back_far": lambda: self._carry_out(lambda: player.seek(player.now_us - FAR_US)),
            "replay.forward_far": lambda: self._carry_out(
                lambda: player.seek(player.now_us + FAR_US)
            ),
            "replay.previous_fact": lambda: self._carry_out(lambda: player.step_fact(-1)),
            "replay.next_fact": lambda: self._carry_out(lambda: player.step_fact(1)),
            "replay.previous_mark": lambda: self._carry_out(lambda: player.step_mark(-1)),
            "replay.next_mark": lambda: self._carry_out(lambda: player.step_mark(1)),
            "replay.start": lambda: self.seek(self.timeline.start_us),
            "replay.end": lambda: self.seek(self.timeline.end_us),
            "panel.replay": self.bar.take_focus,
        }
        for command_id, handler in bind.items():
            self.commands.bind(command_id, handler)
        for prefix in ("replay", "time"):
            self.commands.bind(f"{prefix}.faster", lambda: self._change_speed(1))
            self.commands.bind(f"{prefix}.slower", lambda: self._change_speed(-1))
        self.bar.track.dragged.connect(self._want)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def _timers(self) -> None:
        self._play_timer = QTimer(self, interval=TICK_MS)
        self._play_timer.timeout.connect(self._advance)
        self._seek_timer = QTimer(self, interval=SEEK_MS, singleShot=True)
        self._seek_timer.timeout.connect(self._seek_wanted)
        self._clock_timer = QTimer(self, interval=CLOCK_MS)
        self._clock_timer.timeout.connect(lambda: self.context.ticked.emit(self.player.now_us))
        self._scan_timer = QTimer(self, interval=SCAN_MS)
        self._scan_timer.timeout.connect(self._scan)

    def start(self) -> None:
        """Show the window; the journal is read ahead in small slices while it is used."""
        self.window.show()
        self._clock_timer.start()
        self._scan_timer.start()
        self.bar.take_focus()
        for message in self._found.missing:
            self.window.notices.tell(message, Weight.NOTICE)
        if self._found.pack is not None:
            threading.Thread(target=self._load_gazetteer, name="gazetteer", daemon=True).start()

    def _load_gazetteer(self) -> None:
        from dispatch.region.gazetteer import Gazetteer

        assert self._found.pack is not None
        try:
            self.gazetteer_ready.emit(Gazetteer.of(self._found.pack, self._places.cache))
        except Problem as problem:
            self.commands.refused.emit(problem.message)

    def _take_gazetteer(self, gazetteer: object) -> None:
        self.context.gazetteer = gazetteer  # type: ignore[assignment]
        self.context.gazetteer_changed.emit()

    def _refuse(self, verb: object, on_done: OnDone | None, on_refused: OnRefused | None) -> None:
        """No verb reaches a journal from here: there is no desk."""
        problem = Problem("replay.only_looks")
        if on_refused is not None:
            on_refused(problem)
        else:
            self.commands.refused.emit(problem.message)

    # -- moving --------------------------------------------------------------------------------

    def seek(self, t_us: int) -> None:
        """Show a moment."""
        self._carry_out(lambda: self.player.seek(t_us))

    def _carry_out(self, move: Callable[[], Shown]) -> None:
        """Move; what goes wrong with the journal is said, and time stands."""
        try:
            self._move(move())
        except Problem as problem:
            self._play_timer.stop()
            self.player.pause()
            self.window.notices.tell(problem.message, Weight.NOTICE)

    def play_or_pause(self) -> None:
        """Space."""
        if self.player.is_playing:
            self.player.pause()
            self._play_timer.stop()
        else:
            self.player.play()
            self._play_timer.start()
        self._show_time()

    def _set_speed(self, speed: float) -> None:
        self.player.set_speed(speed)
        self._show_time()

    def _change_speed(self, steps: int) -> None:
        self.player.change_speed(steps)
        self._show_time()

    def _want(self, t_us: object) -> None:
        """A drag: the newest wish alone is carried out, once a turn of the loop."""
        self._wanted_us = int(t_us)  # type: ignore[call-overload]
        self.bar.track.set_now(self._wanted_us)
        if not self._seek_timer.isActive():
            self._seek_timer.start()

    def _seek_wanted(self) -> None:
        if self._wanted_us is not None:
            wanted, self._wanted_us = self._wanted_us, None
            self.seek(wanted)

    def _advance(self) -> None:
        if self._wanted_us is None:
            self._carry_out(self.player.advance)
        if not self.player.is_playing:
            self._play_timer.stop()
            self._show_time()

    def _move(self, shown: Shown) -> None:
        if shown.replaced:
            self.context.replaced.emit()
        elif shown.changes:
            self.context.changed.emit(shown.changes)
        self.context.fixes_changed.emit()
        self.context.ticked.emit(self.player.now_us)
        self._show_time()

    def _show_time(self) -> None:
        player = self.player
        self.bar.set_now(player.now_us)
        self.bar.set_playing(player.is_playing)
        self.bar.set_speed(player.speed)
        self.bar.set_last(player.mark_beside(-1))
        self.window.top_bar.set_speed(player.speed, not player.is_playing)

    def _show_all(self) -> None:
        timeline = self.timeline
        self.bar.track.set_span(timeline.start_us, timeline.end_us)
        self.bar.track.set_marks(timeline.marks, timeline.numbers, timeline.scanned_us)
        self._show_time()

    def _scan(self) -> None:
        """Read ahead a little; at the end look now and then whether the journal grows."""
        timeline = self.timeline
        try:
            whole = timeline.scan(SCAN_S)
        except Problem as problem:
            self._scan_timer.stop()
            self.window.notices.tell(problem.message, Weight.NOTICE)
            return
        known_us = timeline.end_us if whole else timeline.scanned_us
        self.bar.track.set_span(timeline.start_us, timeline.end_us)
        self.bar.track.set_marks(timeline.marks, timeline.numbers, known_us)
        if whole:
            self._scan_timer.setInterval(int(REFRESH_S * 1000))
            if time.monotonic() - self._refreshed_s >= REFRESH_S:
                self._refreshed_s = time.monotonic()
                timeline.refresh()

    # -- keys ----------------------------------------------------------------------------------

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Space plays or pauses from everywhere, but presses a button that has the focus."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() != Qt.Key.Key_Space or event.modifiers() or event.isAutoRepeat():
            return False
        focus = QApplication.focusWidget()
        if focus is None or target is not focus or focus.window() is not self.window:
            return False
        if is_typing(focus) or isinstance(focus, QAbstractButton):
            return False
        self.play_or_pause()
        return True

    # -- leaving -------------------------------------------------------------------------------

    def close(self) -> None:
        """Timers, routes, panels, window, journal."""
        if self._closed:
            return
        self._closed = True
        for timer in (self._play_timer, self._seek_timer, self._clock_timer, self._scan_timer):
            timer.stop()
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        if self._routes is not None:
            self._routes.close()
        for dock in self.window.docks.values():
            dock.panel.shut()
        self.window.leave_for_good()
        self.timeline.close()


def barred(command: Command) -> Message | None:
    """Nothing that writes, and nobody signs on: the past is only looked at."""
    if command.permission not in LOOKING or command.group == "people":
        return Message("replay.only_looks")
    return None


def open_replay(
    journal: Path,
    places: Places,
    *,
    region: Path | None = None,
    theme: str = "dark",
    language: str = "en",
    slots: Sequence[Slot] = SLOTS,
) -> ReplaySurface:
    """A replay window on a journal, not shown yet. Raises `Problem` naming the file."""
    from dispatch.replay import surroundings_of

    timeline = Timeline(journal, places.keys, scan_now=False)
    try:
        found = surroundings_of(timeline, places, region=region)
        return ReplaySurface(timeline, found, places, theme=theme, language=language, slots=slots)
    except BaseException:
        timeline.close()
        raise
