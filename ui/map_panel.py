"""The map's dock: what the board holds as symbols on the map, and what is pointed at as choices.

It never moves the view by itself; a person's command or hand does. The way of the candidate one
looks at is asked from the engine and drawn when it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout

from dispatch.advice.messages import RouteFound
from dispatch.domain.advice import Recommendation
from dispatch.domain.call import CallState
from dispatch.domain.incident import Incident
from dispatch.domain.message import Message, Problem
from dispatch.domain.unit import Fix, Unit, UnitState
from ui.map.layers import IncidentSymbol, PlaceSymbol, RouteLine, UnitLayer, UnitSymbol
from ui.map.view import MapView
from ui.map_parts import PARTS
from ui.panel import Panel, PanelContext

SOON_MS = 100
"""Changes within this time are drawn together."""
PAN_PX = 160
SCENE_ZOOM = 15.0
KEPT_ROUTES = 64
CALL = "call/"
"""Symbols of calls that have no incident yet carry this before their id."""
NOUNS = frozenset({"incident", "call", "unit", "assignment", "recommendation", "advice"})
MOVING = frozenset({UnitState.EN_ROUTE, UnitState.STAGING, UnitState.ASSIGNED})


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
        self._ways: dict[str, RouteFound] = {}
        self._asked: set[str] = set()
        self._second = 0
        self._soon = QTimer(self, interval=SOON_MS, singleShot=True)
        self._soon.timeout.connect(self.refresh)
        self._connect()
        self._bind()
        self.parts = tuple(part(self.view, context, self) for part in PARTS)
        self._show_places()
        self.refresh()

    def _connect(self) -> None:
        context, choice, view = self.context, self.context.selection, self.view
        context.changed.connect(self._on_changes)
        context.fixes_changed.connect(self._later)
        context.replaced.connect(self._replaced)
        context.ticked.connect(self._on_tick)
        context.route_found.connect(self._on_way)
        choice.incident_changed.connect(self._chosen)
        choice.unit_changed.connect(view.select_unit)
        choice.unit_sought.connect(self._to_unit)
        choice.candidate_changed.connect(lambda unit_id: self._later())
        choice.proposal_changed.connect(self._later)
        choice.place_found.connect(lambda match: view.centre_on(match.lon, match.lat, SCENE_ZOOM))
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

    # -- when ----------------------------------------------------------------------------------

    def _later(self) -> None:
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
        self._ways.clear()
        self._asked.clear()
        for part in self.parts:
            part.replaced()
        self.refresh()

    def _chosen(self, incident_id: str | None) -> None:
        self.view.select_incident(incident_id)
        self._later()

    # -- what ----------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Everything that lives, drawn anew from the board."""
        self._soon.stop()
        now_us = self.context.clock.now_us()
        self.view.set_units(UnitLayer.of(self._units(now_us)))
        self.view.set_incidents(self._incidents(now_us))
        self._show_routes()
        for part in self.parts:
            part.refresh(now_us)

    def _units(self, now_us: int) -> list[UnitSymbol]:
        board, agency = self.context.board, self.context.agency
        stale_s = agency.limits.fix_age_s if agency is not None else 120
        arrivals = self._arrivals()
        rows = []
        for unit in board.picture.units.values():
            if unit.state is UnitState.OFF_DUTY:
                continue
            fix = board.fix(unit.unit_id)
            at_home = unit.state is UnitState.AVAILABLE_AT_STATION
            if fix is None and not at_home:
                continue
            age_s = max(0.0, (now_us - fix.t_us) / 1e6) if fix is not None else 0.0
            point = fix.point if fix is not None else unit.home
            moving = fix is not None and fix.speed_ms > 0.5
            rows.append(
                UnitSymbol(
                    id=unit.unit_id,
                    lon=point.lon,
                    lat=point.lat,
                    state=unit.state.value,
                    kind=unit.kind,
                    label=_labelled(unit, arrivals.get(unit.unit_id)),
                    heading_deg=fix.heading_deg if fix is not None and moving else nan,
                    age_s=age_s,
                    stale=not at_home and age_s > stale_s,
                )
            )
        return rows

    def _incidents(self, now_us: int) -> list[IncidentSymbol]:
        queue = self.context.board.queue(now_us)
        waiting = {row.incident.incident_id for row in queue.needs_units}
        symbols = []
        for row in queue.rows():
            place = row.incident.place
            if place.point is None:
                continue
            symbols.append(
                IncidentSymbol(
                    id=row.incident.incident_id,
                    lon=place.point.lon,
                    lat=place.point.lat,
                    level=row.level.rank if row.level is not None else 0,
                    label=row.incident.number_text,
                    radius_m=place.accuracy_m,
                    late=bool(row.target and row.target.late and row.target.stopped_us is None),
                    waiting=row.incident.incident_id in waiting,
                )
            )
        return [*symbols, *self._callers()]

    def _callers(self) -> list[IncidentSymbol]:
        """Where calls without an incident come from: a query with the circle of its accuracy."""
        picture = self.context.board.picture
        return [
            IncidentSymbol(
                id=CALL + call.call_id,
                lon=call.where.lon,
                lat=call.where.lat,
                level=0,
                radius_m=call.accuracy_m,
                waiting=True,
            )
            for call in picture.calls.values()
            if call.state in (CallState.RINGING, CallState.OPEN)
            and call.incident_id is None
            and call.where is not None
        ]

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
        lines: list[RouteLine] = []
        for unit_id in moving:
            self._add_way(lines, incident, unit_id, "active")
        for unit_id in planned if not sent else ():
            if unit_id != hovered:
                first = hovered is None and unit_id == planned[0]
                self._add_way(lines, incident, unit_id, "candidate" if first else "alternative")
        if hovered is not None:
            self._add_way(lines, incident, hovered, "candidate")
        self.view.set_routes(lines)
        self.view.pin_units([*sent, *planned, *([hovered] if hovered else [])])

    def _add_way(self, lines: list[RouteLine], incident: Incident, unit_id: str, kind: Any) -> None:
        """The way where it is known, else ask for it; it is drawn when it comes."""
        board, point = self.context.board, incident.place.point
        unit = board.unit(unit_id)
        if unit is None or point is None:
            return
        fix = board.fix(unit_id) or Fix(unit_id=unit_id, point=unit.home, t_us=0)
        # A way is asked anew when the unit is some 100 m further on, not at every position.
        near = f"{fix.point.lon:.3f},{fix.point.lat:.3f}"
        key = f"{unit_id}|{incident.incident_id}|{point.lon:.5f},{point.lat:.5f}|{near}"
        way = self._ways.get(key)
        if way is None:
            if key not in self._asked:
                self._asked.add(key)
                self.context.ask_route(key, fix, (point.lon, point.lat))
            earlier = f"{unit_id}|{incident.incident_id}|"
            way = next((w for k, w in reversed(self._ways.items()) if k.startswith(earlier)), None)
        if way is not None and way.lon:
            points = np.column_stack((np.asarray(way.lon), np.asarray(way.lat)))
            lines.append(RouteLine(points=points, kind=kind))

    def _on_way(self, way: RouteFound) -> None:
        if way.key in self._asked:
            self._asked.discard(way.key)
            self._ways[way.key] = way
            while len(self._ways) > KEPT_ROUTES:
                self._ways.pop(next(iter(self._ways)))
            self._later()

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


def _labelled(unit: Unit, arrival_s: float | None) -> str:
    """The call sign as it is typed and said; the long name is the unit board's."""
    if arrival_s is None:
        return unit.unit_id
    minutes, seconds = divmod(round(arrival_s), 60)
    return f"{unit.unit_id} · {minutes}:{seconds:02d}"
