"""The main window: top bar, docks, notices, overlays, and the frame of the mode."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from dispatch.desk.verbs import Command
from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Change
from ui.commands.key_filter import KeyFilter
from ui.commands.registry import OnDone, OnRefused, Submit
from ui.panel import Panel, PanelContext
from ui.panels import SLOTS, Slot, make_panel
from ui.shell.cheat_sheet import CheatSheet
from ui.shell.deeds import Deeds
from ui.shell.dock import Dock
from ui.shell.layouts import LayoutStore
from ui.shell.mode import FRAME_WIDTH, mode_colours, mode_words
from ui.shell.notices import Notices, Weight
from ui.shell.palette import Palette
from ui.shell.people_form import AddPerson, PeopleForm
from ui.shell.place_finder import PlaceFinder
from ui.shell.sign_on import Person, SignOn
from ui.shell.top_bar import TopBar
from ui.shell.wall_map import WallMap
from ui.theme.fonts import font
from ui.theme.stylesheet import palette_of, style_sheet

LOW = 900
"""Below this height (pixels) the incident panel needs all of it."""
LEAVE_WITHIN_S = 10.0
MINIMUM = QSize(1024, 640)


def dress(app: QApplication, context: PanelContext) -> None:
    """The application's style, palette, style sheet and face in the context's theme."""
    if app.style().objectName() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette_of(context.theme))
    app.setStyleSheet(style_sheet(context.theme))
    app.setFont(font())


class Workstation(QMainWindow):
    """One window for dispatchers, supervisors and trainers.

    `people`: who may sign on; `add_person` lets another one. `submit`: the door to the desk, None
    in replay. `sign_on_hint`: what a demonstration says about its PINs. `slots`: which panels fill
    the docks. `layouts`: where their arrangement is kept; None keeps none.
    """

    leaving = Signal()
    """A person wants to leave, and means it."""

    def __init__(
        self,
        context: PanelContext,
        region_name: str,
        *,
        people: Callable[[], Sequence[Person]] = tuple,
        add_person: AddPerson | None = None,
        submit: Submit | None = None,
        sign_on_hint: Message | None = None,
        slots: Sequence[Slot] = SLOTS,
        layouts: LayoutStore | None = None,
    ) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        dress(app, context)
        super().__init__()
        self.context = context
        self._region_name = region_name
        self._leaving = False
        self._was_shown = False
        self._low = False
        self._asked_s = float("-inf")
        self.people = people
        self._submit = submit
        if submit is not None:
            context.commands.bind_submit(submit)
        self._layouts = layouts
        self._role = ""
        self.setMinimumSize(MINIMUM)
        self.setDockNestingEnabled(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        self.setContentsMargins(FRAME_WIDTH, FRAME_WIDTH, FRAME_WIDTH, FRAME_WIDTH)
        self.top_bar = TopBar(context, region_name, self)
        self.top = QWidget(self)
        self._top_rows = QVBoxLayout(self.top)
        self._top_rows.setContentsMargins(0, 0, 0, 0)
        self._top_rows.setSpacing(0)
        self._top_rows.addWidget(self.top_bar)
        self.setMenuWidget(self.top)

        self.docks: dict[str, Dock] = {}
        self._slots = tuple(slots)
        for slot in self._slots:
            panel = make_panel(slot, context)
            panel.setMinimumWidth(slot.least)
            self.docks[slot.panel_id] = Dock(panel, context, self)
        self.arrange()
        self.notices = Notices(context, self, self.docks.get("map"))
        self._wall: WallMap | None = None
        self.sign_on_overlay = SignOn(context, self, people, sign_on_hint)
        self.people_overlay = (
            PeopleForm(context, self, add_person) if add_person is not None else None
        )
        self.palette_overlay = Palette(context, self)
        self.keys_overlay = CheatSheet(context, self)
        self.finder = PlaceFinder(
            context, self, lambda said: self.notices.tell(said, Weight.PASSING)
        )
        self._deeds = Deeds(self)

        self._keys = KeyFilter(context.commands, self)
        app.installEventFilter(self._keys)
        context.language_changed.connect(self.retranslate)
        context.changed.connect(self._on_changes)
        context.theme_changed.connect(self._redress)
        context.commands.locked = lambda: context.locked
        context.commands.who = self._who
        app.focusChanged.connect(self._mark_focus)
        self.retranslate()

    # -- docks ---------------------------------------------------------------------------------

    def panel(self, panel_id: str) -> Panel:
        """The panel of a dock."""
        return self.docks[panel_id].panel

    def arrange(self) -> None:
        """Every dock where it stands at first: queue, map, incident over the unit board.

        In a low window the incident takes the whole height, and units stand under the others.
        """
        self._low = self.height() < LOW
        focus = QApplication.focusWidget()
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        # One area holds them all: between areas without a central widget Qt shares space badly.
        upper = [self.docks[s.panel_id] for s in self._slots if s.panel_id != "units"]
        units, incident = self.docks.get("units"), self.docks.get("incident")
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, upper[0])
        if self._low and units is not None and incident is not None and incident in upper[1:]:
            self.splitDockWidget(upper[0], incident, Qt.Orientation.Horizontal)
            self.splitDockWidget(upper[0], units, Qt.Orientation.Vertical)
            upper.remove(incident)
        elif units is not None:
            self.splitDockWidget(upper[0], units, Qt.Orientation.Vertical)
        for before, dock in pairwise(upper):
            self.splitDockWidget(before, dock, Qt.Orientation.Horizontal)
        for dock in self.docks.values():
            dock.show()
        self._size_docks()
        if focus is not None and self.isAncestorOf(focus):
            focus.setFocus(Qt.FocusReason.OtherFocusReason)  # taken out and put back, Qt drops it

    def _size_docks(self) -> None:
        scale = min(1.0, max(0.7, self.width() / 1920))
        upper = [s for s in self._slots if s.panel_id != "units"]
        wanted = {s.panel_id: max(s.least, round(s.width * scale)) for s in upper}
        rest = self.width() - sum(wide for name, wide in wanted.items() if name != "map")
        wanted["map"] = max(320, rest)
        widths = [wanted[s.panel_id] for s in upper]
        self.resizeDocks([self.docks[s.panel_id] for s in upper], widths, Qt.Orientation.Horizontal)
        if "units" in self.docks:
            tall = round(236 * min(1.0, max(0.7, self.height() / 1080)))
            rest = self.height() - self.top.height() - tall
            pair = [self.docks[upper[0].panel_id], self.docks["units"]]
            self.resizeDocks(pair, [rest, tall], Qt.Orientation.Vertical)

    def use_layout_of(self, role: str) -> None:
        """Keep the layout of the role before, and take up that of another."""
        self.keep_layout()
        self._role = role
        saved = self._layouts.load(role) if self._layouts is not None else None
        if saved is not None and self.restoreGeometry(saved[0]) and self.restoreState(saved[1], 1):
            return
        self.arrange()

    def keep_layout(self) -> None:
        """Save where the docks are, for the role at the desk."""
        if self._layouts is not None and self._role:
            screen = self.screen().name() if self.screen() is not None else ""
            self._layouts.save(self._role, screen, self.saveGeometry(), self.saveState(1))

    # -- focus, overlays, locking --------------------------------------------------------------

    def go_to(self, panel_id: str) -> None:
        """Bring a panel up and put the keyboard in it."""
        dock = self.docks[panel_id]
        dock.show()
        dock.raise_()
        if dock.isFloating():
            dock.activateWindow()
        dock.panel.take_focus()

    def panel_of(self, widget: QWidget | None) -> Panel | None:
        """The panel a widget is in."""
        for dock in self.docks.values():
            if widget is not None and dock.isAncestorOf(widget):
                return dock.panel
        return None

    def dock_in_focus(self) -> Dock | None:
        """The dock that has the keyboard."""
        panel = self.panel_of(QApplication.focusWidget())
        return next((dock for dock in self.docks.values() if dock.panel is panel), None)

    def close_overlay(self) -> bool:
        """Close the topmost overlay that may be closed; False where there is none."""
        overlays = (
            self.finder.which,
            self.palette_overlay,
            self.keys_overlay,
            self.people_overlay,
            self.sign_on_overlay,
        )
        for overlay in overlays:
            if overlay is not None and overlay.isVisible():
                if not overlay.stays:
                    overlay.close_it()
                return True
        return False

    def set_locked(self, locked: bool) -> None:
        """Hide personal fields and block verbs while the picture goes on living, or undo that."""
        self.context.set_locked(locked)
        self.sign_on_overlay.stays = locked
        for dock in self.docks.values():
            dock.panel.setEnabled(not locked)
        self.top_bar.refresh()

    def submit_unlocked(self, verb: Command, on_done: OnDone, on_refused: OnRefused) -> None:
        """The one verb that a locked desk takes: the PIN that unlocks it."""
        if self._submit is None:
            on_refused(Problem("commands.nothing_here"))
        else:
            self._submit(verb, on_done, on_refused)

    def find_place(self, text: str) -> None:
        """Look a place up by name; it is marked on the map, and twins are asked about."""
        self.finder.find(text)

    def toggle_wall_map(self) -> None:
        """Open the map in a window of its own, or close that window."""
        if self._wall is not None:
            self._wall.close()
            return
        slot = next(slot for slot in self._slots if slot.panel_id == "map")
        self._wall = WallMap(self.context, make_panel(slot, self.context), self._region_name)
        self._wall.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._wall.closed.connect(self._wall_closed)
        self._wall.open_beside(self)

    @property
    def wall(self) -> WallMap | None:
        """The window with the map alone, while it is open."""
        return self._wall

    def _wall_closed(self) -> None:
        self._wall = None

    # -- looks ---------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """The window's own title."""
        self.setWindowTitle(f"Vigil · {mode_words(self.context)}")

    def _on_changes(self, changes: tuple[Change, ...]) -> None:
        """What kind of exercise it is comes as a fact, after the window."""
        if any(change.noun == "exercise" for change in changes):
            self.retranslate()

    def _redress(self) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        dress(app, self.context)
        self.update()

    def _mark_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        """The header of the panel that has the keyboard shows it."""
        for dock in self.docks.values():
            dock.header.set_focused(new is not None and dock.isAncestorOf(new))

    def _who(self) -> str | None:
        signed = self.context.board.signed_on
        return signed.role.value if signed is not None else None

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mode's frame round the whole window."""
        painter = QPainter(self)
        colour = QColor(mode_colours(self.context).frame)
        width, height, edge = self.width(), self.height(), FRAME_WIDTH
        painter.fillRect(self.rect(), QColor(self.context.theme.ui.hairline))
        for side in (
            QRect(0, 0, width, edge),
            QRect(0, height - edge, width, edge),
            QRect(0, 0, edge, height),
            QRect(width - edge, 0, edge, height),
        ):
            painter.fillRect(side, colour)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Only the map takes what a larger window gives, until a person moves a dock."""
        super().resizeEvent(event)
        if self._role == "":
            if self._low != (self.height() < LOW):
                self.arrange()
            self._size_docks()

    def showEvent(self, event: QShowEvent) -> None:
        """Docks take their first sizes once the window has its own."""
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            self.docks[self._slots[0].panel_id].panel.take_focus()
            if self._role == "":
                QTimer.singleShot(0, self, self._size_docks)

    def leave_for_good(self) -> None:
        """Close without asking back: everything else is closed already."""
        self._leaving = True
        if self._wall is not None:
            self._wall.close()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.removeEventFilter(self._keys)
            app.focusChanged.disconnect(self._mark_focus)
        self.close()

    def ask_to_leave(self) -> None:
        """A person wants to leave: asked back once while somebody is signed on."""
        now = time.monotonic()
        if self.context.board.signed_on is None or now - self._asked_s < LEAVE_WITHIN_S:
            self.leaving.emit()
            return
        self._asked_s = now
        self.notices.tell(Message("shell.leave_again"), Weight.PASSING)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window's own cross asks as the command does; the application closes the rest."""
        if self._leaving:
            super().closeEvent(event)
        else:
            event.ignore()
            self.ask_to_leave()
