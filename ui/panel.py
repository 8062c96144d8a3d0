"""What a panel is given and what it owes: the plug-in door of the workstation (ui/README.md)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from dispatch.domain.message import Message
from dispatch.domain.message import Value as MessageValue
from dispatch.words import LANGUAGES, say
from ui.commands.key_filter import CONTEXT_PROPERTY
from ui.commands.registry import Registry
from ui.theme.tokens import THEMES, Theme, load_theme

if TYPE_CHECKING:
    from dispatch.advice.messages import LayerRequest, MatchRoads, ShowRoads
    from dispatch.board import Board
    from dispatch.clock import Clock
    from dispatch.domain.unit import Fix
    from dispatch.region.agency import Agency
    from dispatch.region.gazetteer import Gazetteer
    from dispatch.region.pack import Pack

HIDDEN = "•••"
"""Stands where a personal field would, while the desk is locked."""


class Selection(QObject):
    """What the person is looking at, shared by all panels. Only a person's act changes it."""

    incident_changed = Signal(object)
    """`str | None`: the incident that incident panel, queue and map show as chosen."""
    unit_changed = Signal(object)
    """`str | None`: the unit chosen on the board or the map."""
    call_changed = Signal(object)
    """`str | None`: the call whose form is open."""
    candidate_changed = Signal(object)
    """`str | None`: the unit whose route to the chosen incident is drawn."""
    proposal_changed = Signal()
    """The units that Ctrl+Enter would send are others now (see `proposal`)."""
    place_found = Signal(object)
    """`Match`: a place the person looked for; the map marks it and goes there."""

    unit_sought = Signal(str)
    """A unit the person wants to see on the map."""
    place_picked = Signal(float, float)
    """Longitude and latitude of a point clicked on the map while somebody picks a place."""
    picking_changed = Signal(bool)
    """Whether the next click on the map picks a place; see `pick_place`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.incident_id: str | None = None
        self.unit_id: str | None = None
        self.call_id: str | None = None
        self.candidate_id: str | None = None
        self._proposals: dict[str, tuple[str, ...]] = {}

    def choose_incident(self, incident_id: str | None) -> None:
        """Show an incident; the candidate of another one is let go."""
        if incident_id != self.incident_id:
            self.incident_id = incident_id
            self.hover_candidate(None)
            self.incident_changed.emit(incident_id)

    def choose_unit(self, unit_id: str | None) -> None:
        """Show a unit."""
        if unit_id != self.unit_id:
            self.unit_id = unit_id
            self.unit_changed.emit(unit_id)

    def seek_unit(self, unit_id: str) -> None:
        """Show a unit, and have the map go to it."""
        self.choose_unit(unit_id)
        self.unit_sought.emit(unit_id)

    def choose_call(self, call_id: str | None) -> None:
        """Open the form of a call, or close it."""
        if call_id != self.call_id:
            self.call_id = call_id
            self.call_changed.emit(call_id)

    def hover_candidate(self, unit_id: str | None) -> None:
        """Draw the route of a candidate, or none."""
        if unit_id != self.candidate_id:
            self.candidate_id = unit_id
            self.candidate_changed.emit(unit_id)

    def pick_place(self, on: bool = True) -> None:
        """Let a click on the map pick a place (Ctrl+click always does), or stop that."""
        self.picking_changed.emit(on)

    def propose(self, incident_id: str, unit_ids: tuple[str, ...] | None) -> None:
        """A person's own choice of units for an incident; None returns to the recommendation."""
        if unit_ids is None:
            self._proposals.pop(incident_id, None)
        else:
            self._proposals[incident_id] = unit_ids
        self.proposal_changed.emit()

    def proposal(self, incident_id: str) -> tuple[str, ...] | None:
        """The units a person chose for an incident; None where nobody chose."""
        return self._proposals.get(incident_id)


class PanelContext(QObject):
    """Everything a panel may use. It never holds the session."""

    changed = Signal(object)
    """`tuple[Change, ...]`: what published facts changed in `board.picture`."""
    fixes_changed = Signal()
    """`board.fixes` has newer positions."""
    ticked = Signal(object)
    """`now_us`, operational time, four times a second: ages, limits and clocks."""
    theme_changed = Signal()
    language_changed = Signal()
    privacy_changed = Signal()
    """The desk was locked or unlocked: show personal fields anew through `plain`."""
    route_found = Signal(object)
    """`RouteFound` (key, lon, lat, seconds): the answer to `ask_route`."""
    answered = Signal(object)
    """Another answer of the engine for the map: `RoadsClosed` (what was computed with an older
    `roads_version` is old), `RoadsMatched` (the answer to `ask_roads`)."""
    gazetteer_changed = Signal()
    """`gazetteer` is there now."""
    replaced = Signal()
    """`board` is a whole other one (replay seek): show everything anew."""

    def __init__(
        self,
        board: Board,
        commands: Registry,
        clock: Clock,
        *,
        theme: str = "dark",
        language: str = "en",
        mode: str = "exercise",
        time_zone: str = "UTC",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.board = board
        self.commands = commands
        self.clock = clock
        self.selection = Selection(self)
        self.pack: Pack | None = None
        """The region's pack; read its columns, never write."""
        self.agency: Agency | None = None
        """Stations, hospitals, services, limits, radio texts."""
        self.gazetteer: Gazetteer | None = None
        """Finds and names places; None until it is loaded."""
        self.cache: Path | None = None
        """The folder of what can be made again (map tiles); None keeps nothing."""
        self.kept: Path | None = None
        """The folder of what a person arranged (views of the map); None keeps nothing."""
        self.ask_route: Callable[[str, Fix, tuple[float, float]], None] = lambda *_: None
        """`(key, fix, (lon, lat))`: the way of a unit; `route_found` answers with the key."""
        self.ask_roads: Callable[[MatchRoads | ShowRoads], None] | None = None
        """Which roads were drawn, and the lines of closed ones: `answered` has a `RoadsMatched`
        with the key. None where nobody can say."""
        self.ask_layer: Callable[[LayerRequest], None] = lambda *_: None
        """Reach and cover, computed by the engine; `answered` brings them with their key."""
        self.mode = mode
        """"live", "exercise" or "replay": what frame and badge say."""
        self.time_zone = time_zone
        """IANA name of the region's zone; every time shown is in it."""
        self.locked = False
        self._theme = load_theme(theme)
        self._language = language if language in LANGUAGES else "en"

    @property
    def theme(self) -> Theme:
        """The colours in use."""
        return self._theme

    def set_theme(self, name: str) -> None:
        """Switch to the theme "dark" or "light"."""
        if name in THEMES and name != self._theme.name:
            self._theme = load_theme(name)
            self.theme_changed.emit()

    @property
    def language(self) -> str:
        """The language of the surface: "en", "ru", "kk" or "ko"."""
        return self._language

    def set_language(self, language: str) -> None:
        """Switch the language of every word on the surface."""
        if language in LANGUAGES and language != self._language:
            self._language = language
            self.language_changed.emit()

    def say(self, message: Message | str, **values: MessageValue) -> str:
        """A sentence in the language of the surface."""
        return say(message, self._language, **values)

    def plain(self, token: str) -> str:
        """A sealed personal field in plain text; hidden while the desk is locked."""
        if not token:
            return ""
        return HIDDEN if self.locked else self.board.plain(token)

    def set_locked(self, locked: bool) -> None:
        """Hide or show personal fields."""
        if locked != self.locked:
            self.locked = self.board.locked = locked
            self.privacy_changed.emit()


class Panel(QWidget):
    """A widget that fills a dock. A panel's constructor takes the context alone.

    `panel_id` is the id of its dock, `command_context` the context of its keys, `title_id` the
    message id of its title. `summary` is a short text at the right of the dock's header.
    """

    panel_id = ""
    command_context = ""
    title_id = ""

    summary_changed = Signal(str)

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.setProperty(CONTEXT_PROPERTY, self.command_context or self.panel_id)
        self.setAutoFillBackground(True)
        context.language_changed.connect(self.retranslate)
        context.theme_changed.connect(self.restyle)

    def retranslate(self) -> None:
        """Put every word anew in `context.language`."""

    def restyle(self) -> None:
        """Take colours anew from `context.theme`; the style sheet is renewed by the application."""

    def take_focus(self) -> None:
        """Put the keyboard where this panel is worked from."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def shut(self) -> None:
        """The window closes for good: end child processes and timers."""


class MakesPanel(Protocol):
    """A panel class, or a function that makes a panel."""

    def __call__(self, context: PanelContext) -> Panel: ...
