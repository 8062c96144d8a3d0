"""The map's dock: what the board holds as symbols on the map, and what is pointed at as choices.

It never moves the view by itself; a person's command or hand does. The way of the candidate one
looks at is asked from the engine and drawn when it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout

from dispatch.domain.advice import Recommendation
from dispatch.domain.incident import Incident
from dispatch.domain.message import Message, Problem
from dispatch.domain.unit import UnitState
from ui.map.fleet import Fleet
from ui.map.layers import PlaceSymbol, RouteKind
from ui.map.view import MapView
from ui.map_parts import PARTS
from ui.map_parts.incident_symbols import CALL, IncidentSymbols
from ui.map_parts.ways import Ways
from ui.panel import Panel, PanelContext

SOON_MS = 100
"""Changes within this time are drawn together."""
NEXT_MS = 8
#: Positions read in one turn of the loop, so that it takes some two milliseconds.
FIXES_A_TURN = 750
PAN_PX = 160
SCENE_ZOOM = 15.0
STAGGER_MS = 23
FIX_AGE_S = 120.0
"""A position older than this is stale where no agency says otherwise."""
NOUNS = frozenset({"incident", "call", "unit", "assignment", "recommendation", "advice"})
MOVING = frozenset({UnitState.EN_ROUTE, UnitState.STAGING, UnitState.ASSIGNED})


_maps = count()


class MapPanel(Panel):
    """A `MapView` fed from the board."""

    panel_id = "map"
    title_id = "shell.panel.map"

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        if context.pack is None or context.cache is None:
            raise Problem("shell.no_region")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.view = MapView(
            context.pack,
            theme=context.theme,
            language=context.language,
            cache_dir=context.cache,
            parent=self,
        )
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.view)
        self.setFocusProxy(self.view)
        self._ways = Ways(context, self)
        self._second = 0
        self._fleet = Fleet()
        self._symbols = IncidentSymbols()
        # Positions come ten times a second; what else stands on the board is read when it changed.
        self._only_fixes = False
        # Units have been gone through, positions not all.
        self._is_reading = False
        # Several maps draw in different turns of the loop.
        late_ms = next(_maps) % 4 * STAGGER_MS
        self._soon = QTimer(self, interval=SOON_MS + late_ms, singleShot=True)
        self._soon.timeout.connect(self._look)
        self._next = QTimer(self, interval=NEXT_MS, singleShot=True)
        self._next.timeout.connect(self._go_on)
        self._connect()
        self._bind()
        self.parts = tuple(part(self.view, context, self) for part in PARTS)
        self._show_places()
        self.refresh()

    def _connect(self) -> None:
        context, choice, view = self.context, self.context.selection, self.view
        context.changed.connect(self._on_changes)
        context.fixes_changed.connect(self._soon_again)
        context.replaced.connect(self._replaced)
        context.ticked.connect(self._on_tick)
        self._ways.came.connect(self._later)
        choice.incident_changed.connect(self._chosen)
        choice.unit_changed.connect(view.select_unit)
        choice.unit_sought.connect(self._to_unit)
        choice.candidate_changed.connect(lambda unit_id: self._later())
        choice.proposal_changed.connect(self._later)
        choice.picking_changed.connect(lambda on: setattr(view, "picking", on))
        view.incident_clicked.connect(self._clicked)
        view.unit_clicked.connect(choice.choose_unit)
        view.incident_activated.connect(self._activate)
        view.place_picked.connect(choice.place_picked)
        view.trouble.connect(context.commands.refused)

    def _bind(self) -> None:
        bind, view = self.context.commands.bind, self.view
        bind("map.zoom_in", view.zoom_in, owner=self)
        bind("map.zoom_out", view.zoom_out, owner=self)
        bind("map.pan_left", lambda: view.pan(-PAN_PX, 0), owner=self)
        bind("map.pan_right", lambda: view.pan(PAN_PX, 0), owner=self)
        bind("map.pan_up", lambda: view.pan(0, -PAN_PX), owner=self)
        bind("map.pan_down", lambda: view.pan(0, PAN_PX), owner=self)
        bind("map.whole", view.show_region, owner=self)
        bind("map.to_incident", self._to_incident, owner=self, enabled=self._has_place)
        bind("map.to_unit", self._to_chosen_unit, owner=self, enabled=self._has_unit)
        bind("map.box", view.draw_box, owner=self)
        bind("map.stop", self._stop, owner=self)

    # -- when ----------------------------------------------------------------------------------

    def _later(self) -> None:
        self._only_fixes = False
        self._soon_again()

    def _soon_again(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _on_changes(self, changes: Sequence[Any]) -> None:
        if any(change.noun in NOUNS for change in changes):
            self._later()

    def _on_tick(self, now_us: int) -> None:
        second = now_us // 1_000_000
        if second != self._second:  # ages of positions, and lateness
            self._second = second
            self._later()

    def _replaced(self) -> None:
        self._ways.forget()
        self._symbols.forget()
        for part in self.parts:
            part.replaced()
        self.refresh()

    def _chosen(self, incident_id: str | None) -> None:
        self.view.select_incident(incident_id)
        self._later()

    # -- what ----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Everything that lives, drawn anew from the board."""
        self._only_fixes = self._is_reading = False
        self._fleet.look(self.context.board.picture.units, self.context.board.fixes)
        self._show()

    def _look(self) -> None:
        """What was reported is read in one turn of the loop, or some, and shown in the next."""
        self._soon.stop()
        board = self.context.board
        self._next.stop()
        only_fixes = self._only_fixes or self._is_reading
        self._is_reading = self._fleet.follow(board, only_fixes=only_fixes, at_most=FIXES_A_TURN)
        self._next.start()

    def _go_on(self) -> None:
        if self._is_reading:
            self._look()
        else:
            self._show()

    def _show(self) -> None:
        self._soon.stop()
        self._next.stop()
        now_us = self.context.clock.now_us()
        agency = self.context.agency
        stale_s = agency.limits.fix_age_s if agency is not None else FIX_AGE_S
        arrivals_s = self._arrivals()
        self.view.set_units(self._fleet.layer(now_us, stale_s=stale_s, arrivals_s=arrivals_s))
        if not self._only_fixes:
            self.view.set_incidents(self._symbols.read(self.context.board, now_us))
        self._only_fixes = True
        self._show_routes()
        for part in self.parts:
            part.refresh(now_us)

    def _show_places(self) -> None:
        agency = self.context.agency
        if agency is None:
            return
        language = self.context.language
        stations = [
            PlaceSymbol(
                id=station.station_id,
                lon=station.lon,
                lat=station.lat,
                kind=f"station_{station.service}",  # type: ignore[arg-type]
                label=station.name(language),
            )
            for station in agency.stations
        ]
        hospitals = [
            PlaceSymbol(
                id=hospital.hospital_id,
                lon=hospital.lon,
                lat=hospital.lat,
                kind="hospital",
                label=hospital.name(language),
            )
            for hospital in agency.hospitals
        ]
        self.view.set_places([*stations, *hospitals])

    # -- ways ----------------------------------------------------------------------------------

    def _incident(self) -> Incident | None:
        return self.context.board.incident(self.context.selection.incident_id)

    def _planned(self, incident: Incident) -> tuple[str, ...]:
        """Units that Ctrl+Enter would send: chosen by hand, else the plan's."""
        chosen = self.context.selection.proposal(incident.incident_id)
        if chosen is not None:
            return chosen
        advised = self._advised(incident)
        plan = advised.plan() if advised is not None else None
        return tuple(unit.unit_id for unit in plan.units) if plan is not None else ()

    def _advised(self, incident: Incident) -> Recommendation | None:
        return self.context.board.recommendation(incident.incident_id)

    def _arrivals(self) -> dict[str, float]:
        """Seconds to the chosen incident, P50, of units one thinks of sending there."""
        incident = self._incident()
        advised = self._advised(incident) if incident is not None else None
        if incident is None or advised is None or incident.first_confirmed_us is not None:
            return {}
        planned = {*self._planned(incident), self.context.selection.candidate_id}
        return {
            candidate.unit_id: candidate.arrival.p50_s
            for candidate in advised.candidates
            if candidate.arrival is not None and candidate.unit_id in planned
        }

    def _show_routes(self) -> None:
        incident = self._incident()
        if incident is None or incident.place.point is None:
            self.view.set_routes(())
            self.view.pin_units(())
            return
        board = self.context.board
        sent = [a.unit_id for a in board.assignments_of(incident.incident_id) if a.is_open]
        moving = [u for u in sent if (unit := board.unit(u)) and unit.state in MOVING]
        hovered = self.context.selection.candidate_id
        planned = () if sent and hovered is None else self._planned(incident)
        wanted: dict[str, RouteKind] = dict.fromkeys(moving, "active")
        for unit_id in planned if not sent else ():
            first = hovered is None and unit_id == planned[0]
            wanted[unit_id] = "candidate" if first else "alternative"
        if hovered is not None:
            wanted.pop(hovered, None)
            wanted[hovered] = "candidate"
        lines = [self._ways.line(incident, unit_id, kind) for unit_id, kind in wanted.items()]
        self.view.set_routes([line for line in lines if line is not None])
        self.view.pin_units([*sent, *planned, *([hovered] if hovered else [])])

    # -- hands and keys ------------------------------------------------------------------------

    def _clicked(self, symbol_id: str) -> None:
        """An incident is chosen; a caller is only shown: taking a call is a key of its own."""
        if not symbol_id.startswith(CALL):
            self.context.selection.choose_incident(symbol_id)

    def _activate(self, incident_id: str) -> None:
        if incident_id.startswith(CALL):
            self.context.commands.run("call.take", call_id=incident_id.removeprefix(CALL))
            return
        self.context.selection.choose_incident(incident_id)
        self.context.commands.run("panel.incident")

    def _has_place(self) -> bool | Message:
        incident = self._incident()
        return incident is not None and incident.place.point is not None

    def _to_incident(self) -> None:
        incident = self._incident()
        if incident is not None and incident.place.point is not None:
            point = incident.place.point
            self.view.centre_on(point.lon, point.lat, SCENE_ZOOM)

    def _has_unit(self) -> bool | Message:
        if self.context.selection.unit_id is not None:
            return True
        return Message("units.choose_first")

    def _to_chosen_unit(self) -> None:
        if self.context.selection.unit_id is not None:
            self._to_unit(self.context.selection.unit_id)

    def _stop(self) -> None:
        """What is in hand is put down, else the tool, else what a part shows for a while."""
        escape = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
        if not self.view.hands.key(escape):
            any(part.escape() for part in self.parts)

    def _to_unit(self, unit_id: str) -> None:
        unit, fix = self.context.board.unit(unit_id), self.context.board.fix(unit_id)
        if unit is not None:
            point = fix.point if fix is not None else unit.home
            self.view.centre_on(point.lon, point.lat, SCENE_ZOOM)

    # -- looks ---------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Words on the map in another language."""
        self.view.set_language(self.context.language)
        self._show_places()
        for part in self.parts:
            part.retranslate()

    def restyle(self) -> None:
        """Another theme."""
        self.view.set_theme(self.context.theme)
        for part in self.parts:
            part.restyle()

    def take_focus(self) -> None:
        """The keyboard moves the map."""
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def shut(self) -> None:
        """End the tile process and what the parts run."""
        for part in self.parts:
            part.shut()
        self.view.close_tiles()
