"""One open window on one centre: context, session, workstation, and how they are closed.

The composition root of the surface. The workstation, a recorded play, an exercise and the
screenshots are all made here; they differ in the centre they are given.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import threading
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from dispatch.centre import DEMO_PIN, Centre
from dispatch.clock import SimClock
from dispatch.domain.message import Message, Problem
from dispatch.settings import load_settings, save_settings
from ui.commands.registry import Registry
from ui.panel import PanelContext
from ui.panels import SLOTS, Slot
from ui.session import Session
from ui.shell.layouts import LayoutStore
from ui.shell.notices import Weight
from ui.workstation import Workstation

log = logging.getLogger(__name__)

SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Surface(QObject):
    """Everything of one window.

    `inline` centres (headless) are driven by whoever made them; others run their lane in a
    thread, started by `start`.
    """

    gazetteer_ready = Signal(object)
    gazetteer_failed = Signal(object)
    """`Message`: addresses cannot be completed, and why."""
    first_map = Signal()
    """The map stands whole for the first time."""

    def __init__(
        self,
        centre: Centre,
        *,
        theme: str = "dark",
        language: str = "en",
        layouts: Path | None = None,
        slots: Sequence[Slot] = SLOTS,
    ) -> None:
        super().__init__()
        self.centre = centre
        board = centre.board()
        self.commands = Registry()
        self.context = PanelContext(
            board,
            self.commands,
            centre.clock,
            theme=theme,
            language=language,
            mode=board.realm,
            time_zone=board.time_zone,
        )
        self.context.pack, self.context.agency = centre.pack, centre.agency
        self.context.cache = centre.places.cache
        self.context.kept = layouts
        self.context.ask_route = centre.ask_route
        self.context.ask_layer = centre.engine.send
        self.context.ask_roads = centre.engine.send
        self.session = Session(centre, board, self)
        exercise = board.realm == "exercise"
        hint = Message("shell.sign_on.demo_hint", {"pin": DEMO_PIN}) if exercise else None
        self.window = Workstation(
            self.context,
            board.region_name,
            people=centre.journal.people.list,
            add_person=centre.journal.people.add,
            submit=self.session.submit,
            sign_on_hint=hint,
            slots=slots,
            layouts=LayoutStore(layouts) if layouts is not None else None,
        )
        self._closed = False
        self._connect()
        self._bind_time()

    def _connect(self) -> None:
        session, context = self.session, self.context
        session.changed.connect(context.changed)
        session.fixes_changed.connect(context.fixes_changed)
        session.ticked.connect(context.ticked)
        session.route_found.connect(context.route_found)
        session.answered.connect(context.answered)
        session.health_changed.connect(self.window.top_bar.set_health)
        session.mended.connect(lambda message: self.window.notices.dismiss(message.id))
        session.failed.connect(lambda message: self.window.notices.tell(message, Weight.NOTICE))
        self.gazetteer_ready.connect(self._take_gazetteer)
        self.gazetteer_failed.connect(session.failed)

    def remember_choices(self, settings_file: Path) -> None:
        """Keep theme and language for the next start whenever a person changes them."""

        def keep() -> None:
            settings, _ = load_settings(settings_file)
            chosen = replace(
                settings, theme=self.context.theme.name, language=self.context.language
            )
            try:
                save_settings(settings_file, chosen)
            except Problem as problem:
                self.session.failed.emit(problem.message)

        self.context.theme_changed.connect(keep)
        self.context.language_changed.connect(keep)

    def start(self) -> None:
        """Run the lane, show the window, and load what may come a little later."""
        self.centre.start()
        self.window.show()
        QTimer.singleShot(0, self, self._greet)
        self._looking = QTimer(self, interval=20)
        self._looking.timeout.connect(self._look_at_map)
        self._looking.start()

    def _look_at_map(self) -> None:
        view = getattr(self.window.panel("map"), "view", None)
        if view is None or view.is_sharp:
            self._looking.stop()
            self.first_map.emit()
            # Making the gazetteer's index would slow the first picture down.
            threading.Thread(target=self._load_gazetteer, name="gazetteer", daemon=True).start()

    def _greet(self) -> None:
        """With nobody at the desk, signing on is what comes first."""
        if self.context.board.signed_on is None:
            self.commands.run("people.sign_on")

    def load_gazetteer(self) -> None:
        """Load the gazetteer now; its index is made first where it is missing (seconds)."""
        from dispatch.region.gazetteer import Gazetteer

        agency = self.centre.agency
        agency.warm()
        found = Gazetteer.of(self.centre.pack, self.centre.places.cache, agency.known_places)
        self._take_gazetteer(found)

    def _load_gazetteer(self) -> None:
        """In a thread: a missing index is made by a process beside, not under the surface."""
        from dispatch.region.gazetteer import Gazetteer
        from dispatch.region.gazetteer_index import index_path

        pack, cache = self.centre.pack, self.centre.places.cache
        agency = self.centre.agency
        try:
            # Districts, beats and hydrants as well: whoever draws or names them finds them read.
            agency.warm()
            own = agency.known_places
            if not index_path(pack, cache, own).exists():
                maker = multiprocessing.get_context("spawn").Process(
                    target=make_index,
                    args=(str(pack.path), str(cache), str(agency.path)),
                    daemon=True,
                )
                maker.start()
                maker.join()
            self.gazetteer_ready.emit(Gazetteer.of(pack, cache, own))
        except Problem as problem:
            log.warning("gazetteer: %s", problem)
            with contextlib.suppress(RuntimeError):
                self.gazetteer_failed.emit(problem.message)
        except (OSError, RuntimeError) as error:
            # RuntimeError: the window was closed meanwhile.
            log.warning("gazetteer: %s", error)

    def _take_gazetteer(self, gazetteer: object) -> None:
        self.context.gazetteer = gazetteer  # type: ignore[assignment]
        self.context.gazetteer_changed.emit()

    # -- exercise time -------------------------------------------------------------------------

    def _bind_time(self) -> None:
        clock = self.centre.clock
        if not isinstance(clock, SimClock):
            return
        self.commands.bind("time.pause", self._pause)
        self.commands.bind("time.faster", lambda: self._change_speed(1))
        self.commands.bind("time.slower", lambda: self._change_speed(-1))
        self.session.ticked.connect(lambda now_us: self._show_speed())
        self._show_speed()

    def _pause(self) -> None:
        clock = self.centre.clock
        assert isinstance(clock, SimClock)
        if clock.is_paused:
            clock.resume()
        else:
            clock.pause()
        self._show_speed()

    def _change_speed(self, step: int) -> None:
        clock = self.centre.clock
        assert isinstance(clock, SimClock)
        nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - clock.speed))
        clock.set_speed(SPEEDS[max(0, min(len(SPEEDS) - 1, nearest + step))])
        self._show_speed()

    def _show_speed(self) -> None:
        clock, source = self.centre.clock, self.centre.source
        assert isinstance(clock, SimClock)
        preparing = source is not None and not source.is_open and source.failed is None
        self.window.top_bar.set_speed(clock.speed, clock.is_paused, preparing=preparing)

    # -- leaving -------------------------------------------------------------------------------

    def close(self) -> None:
        """Sources, desk, journal and children (the centre), then the panels, then the window."""
        if self._closed:
            return
        self._closed = True
        self.window.keep_layout()
        self.session.close()
        self.centre.close()
        for dock in self.window.docks.values():
            dock.panel.shut()
        self.window.leave_for_good()


def make_index(pack: str, cache: str, agency: str) -> None:
    """Entry point of the process that makes a gazetteer's index."""
    from dispatch.region.agency import open_agency
    from dispatch.region.gazetteer_index import ensure_index
    from dispatch.region.pack import open_pack

    # What goes wrong here the surface meets again, and says it.
    with contextlib.suppress(Problem):
        ensure_index(open_pack(Path(pack)), Path(cache), open_agency(agency).known_places)
