"""The map's menu: what can be done with what lies under the pointer, or where the keyboard is.

Every line says its key. What cannot be done now stands grey with its reason. Nothing in it sends
a unit: it proposes, and Ctrl+Enter signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, QPoint, QPointF
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu

from dispatch.domain.message import Message, Problem
from dispatch.domain.value import Point
from dispatch.region.gazetteer import Match
from ui.incidents.place_names import PlaceNames
from ui.incidents.queue_lines import type_name
from ui.map.live import INCIDENT, UNIT
from ui.map.view import MapView
from ui.map_parts.card import CALL
from ui.map_parts.found import FoundPlace
from ui.map_parts.part import Choice, MapPart, Spot
from ui.map_parts.pointer import Pointer
from ui.map_parts.proposing import Proposing
from ui.panel import PanelContext
from ui.theme.icons import has_icon, icon_pixmap

P = TypeVar("P", bound=MapPart)

MEMBERS = 24
SCENE_ZOOM = 16.0
DIGITS = "123456789"


class PlaceMenu(MapPart):
    """Opens the menu of a spot of the map."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.menu: QMenu | None = None
        self._proposing = Proposing(context)
        self._address: QAction | None = None
        self._address_at: Point | None = None
        self._names = PlaceNames.of(context)
        self._names.named.connect(self._name_address)
        view.menu_asked.connect(self._asked)
        context.commands.bind("map.menu", lambda: self._asked(None), owner=owner)

    # -- opening -----------------------------------------------------------------------------

    def _asked(self, at: QPointF | None) -> None:
        if self.menu is not None:
            return
        if at is None:
            at = self._where_the_keyboard_is()
        incidents, units = self.view.members_at(at)
        found = self.view.pick(at)
        lon, lat = self.view.lonlat_at(at)
        menu = self._new(self.view)
        if len(incidents) + len(units) > 1:
            self._fill_members(menu, incidents, units)
        elif found.startswith(INCIDENT):
            self._fill_incident(menu, found.removeprefix(INCIDENT), lon, lat)
        elif found.startswith(UNIT):
            self._fill_unit(menu, found.removeprefix(UNIT), lon, lat)
        else:
            self._fill_ground(menu, Spot(lon, lat, found))
        self._open(menu, at)

    def _where_the_keyboard_is(self) -> QPointF:
        """The chosen unit or incident where it is in view, else the middle of the map."""
        choice, board = self.context.selection, self.context.board
        incident = board.incident(choice.incident_id)
        places = []
        if choice.unit_id is not None and (at := self.view.place_of_unit(choice.unit_id)):
            places.append(at)
        if incident is not None and incident.place.point is not None:
            places.append((incident.place.point.lon, incident.place.point.lat))
        for place in places:
            spot = self.view.canvas_at(*place)
            if self.view.rect().contains(spot.toPoint()):
                return spot
        return QPointF(self.view.width() / 2, self.view.height() / 2)

    def _new(self, parent: QObject) -> QMenu:
        menu = QMenu(self.view)
        menu.setToolTipsVisible(True)
        return menu

    def _open(self, menu: QMenu, at: QPointF) -> None:
        self.menu = menu
        menu.aboutToHide.connect(partial(self._closed, menu))
        menu.popup(self.view.mapToGlobal(at.toPoint() + QPoint(2, 2)))
        first = next((a for a in menu.actions() if a.isEnabled() and not a.isSeparator()), None)
        if first is not None:
            menu.setActiveAction(first)

    def _closed(self, menu: QMenu) -> None:
        # What was chosen runs after this signal: the menu lives until then.
        self.menu = None
        self._address = None
        menu.deleteLater()

    # -- lines -------------------------------------------------------------------------------

    def _line(
        self,
        menu: QMenu,
        words: str,
        run: Callable[[], None] | None,
        *,
        key: str = "",
        why_not: str = "",
        icon: str = "",
    ) -> QAction:
        """A line; grey with its reason where there is one, a heading where nothing runs."""
        text = words.replace("&", "&&")
        if why_not:
            text = f"{text}  ·  {why_not}".replace("&", "&&")
        action = QAction(f"{text}\t{key}" if key else text, menu)
        action.setEnabled(run is not None and not why_not)
        if icon and has_icon(icon):
            ink, ratio = self.context.theme.state(icon), self.view.devicePixelRatioF()
            action.setIcon(QIcon(icon_pixmap(icon, 16, ink, ratio)))
        if run is not None:
            action.triggered.connect(lambda checked=False: self._run(run))
        menu.addAction(action)
        return action

    def _run(self, run: Callable[[], None]) -> None:
        try:
            run()
        except Problem as problem:
            self.context.commands.refused.emit(problem.message)

    def _command(
        self,
        menu: QMenu,
        command_id: str,
        *,
        words: str = "",
        before: Callable[[], None] | None = None,
        **arguments: object,
    ) -> None:
        """A command of the registry with its key; unlisted where this window cannot do it."""
        commands = self.context.commands
        if not commands.is_bound(command_id):
            return
        why = commands.why_not(command_id)

        def run() -> None:
            if before is not None:
                before()
            commands.run(command_id, **arguments)

        self._line(
            menu,
            words or self.context.say(commands.commands[command_id].title_id),
            run,
            key=commands.key_text(command_id),
            why_not=self.context.say(why) if why is not None else "",
        )

    def _choice(self, menu: QMenu, choice: Choice) -> None:
        key = self.context.commands.key_text(choice.command_id) if choice.command_id else ""
        run = choice.run if choice.enabled else None
        self._line(menu, self.context.say(choice.title), run, key=key)

    def _of_parts(self, menu: QMenu, spot: Spot) -> None:
        parts = [part for part in getattr(self.owner, "parts", ()) if part is not self]
        choices = [choice for part in parts for choice in part.choices(spot)]
        if choices:
            menu.addSeparator()
        for choice in choices:
            self._choice(menu, choice)

    def _heading(self, menu: QMenu, words: str) -> QAction:
        action = self._line(menu, words, None)
        menu.addSeparator()
        return action

    # -- one incident ------------------------------------------------------------------------

    def _fill_incident(self, menu: QMenu, incident_id: str, lon: float, lat: float) -> None:
        say, context = self.context.say, self.context
        if incident_id.startswith(CALL):
            self._heading(menu, say("queue.call.rings"))
            call_id = incident_id.removeprefix(CALL)
            self._command(menu, "call.take", call_id=call_id)
            self._line(menu, say("hands.menu.to_here"), lambda: self._go(lon, lat))
            return
        incident = context.board.incident(incident_id)
        if incident is None:
            return
        # The menu speaks of what is chosen, and what is chosen shows it.
        context.selection.choose_incident(incident_id)
        kind = type_name(context, incident.type_id)
        self._heading(menu, f"{incident.number_text} · {kind}")
        self._command(menu, "panel.incident", words=say("hands.menu.open"))
        self._command(menu, "map.to_incident", words=say("hands.menu.to_here"))
        menu.addSeparator()
        nearest = self._proposing.nearest(incident)
        if isinstance(nearest, Message):
            self._line(menu, say("hands.menu.nearest_none"), None, why_not=say(nearest))
        else:
            unit_id, time = nearest
            self._line(
                menu,
                say("hands.menu.nearest", unit=unit_id, time=time),
                lambda: self._proposing.propose(incident_id, unit_id),
            )
        if context.selection.proposal(incident_id) is not None:
            self._line(
                menu,
                say("hands.menu.unpropose"),
                lambda: context.selection.propose(incident_id, None),
            )
        if any(a.is_open for a in context.board.assignments_of(incident_id)):
            self._command(menu, "send.recall")
        for command_id in ("incident.note", "incident.take_over", "incident.close"):
            self._command(menu, command_id)
        self._of_parts(menu, Spot(lon, lat, INCIDENT + incident_id))

    # -- one unit ----------------------------------------------------------------------------

    def _fill_unit(self, menu: QMenu, unit_id: str, lon: float, lat: float) -> None:
        say, context = self.context.say, self.context
        unit = context.board.unit(unit_id)
        if unit is None:
            return
        context.selection.choose_unit(unit_id)
        state = say(f"map.state.{unit.state.value}")
        self._heading(menu, f"{unit_id} · {state}")
        self._command(menu, "panel.units", words=say("hands.menu.on_board"))
        self._command(menu, "map.to_unit", words=say("hands.menu.to_here"))
        on = context.board.incident(unit.incident_id)
        if on is not None:
            words = say("hands.menu.its_incident", number=on.number_text)
            self._command(
                menu,
                "panel.incident",
                words=words,
                before=lambda: context.selection.choose_incident(on.incident_id),
            )
        menu.addSeparator()
        chosen = context.board.incident(context.selection.incident_id)
        if chosen is not None and chosen.is_open and chosen is not on:
            why = self._proposing.why_not(chosen.incident_id, unit_id)
            incident_id = chosen.incident_id
            self._line(
                menu,
                say("hands.propose", unit=unit_id, number=chosen.number_text),
                lambda: self._proposing.propose(incident_id, unit_id),
                why_not=say(why) if why is not None else "",
            )
        self._command(menu, "unit.set_state", unit_id=unit_id)
        self._of_parts(menu, Spot(lon, lat, UNIT + unit_id))

    # -- several -----------------------------------------------------------------------------

    def _fill_members(self, menu: QMenu, incidents: Sequence[str], units: Sequence[str]) -> None:
        """A stack or a cluster: which one is meant, each with a menu of its own."""
        say, board = self.context.say, self.context.board
        rest = len(incidents) + len(units) - MEMBERS
        for n, found in enumerate(
            [*(INCIDENT + i for i in incidents), *(UNIT + u for u in units)][:MEMBERS]
        ):
            noun, _, name = found.partition("/")
            words, icon = name, ""
            if noun == "incident":
                incident = board.incident(name)
                if incident is None:
                    words = say("queue.call.rings")
                else:
                    level = incident.level
                    words = f"{incident.number_text} · {type_name(self.context, incident.type_id)}"
                    icon = f"level_{level.rank}" if level is not None else ""
            else:
                unit = board.unit(name)
                if unit is not None:
                    icon = unit.state.value
                    words = f"{name} · {say(f'map.state.{icon}')}"
            # Qt takes a digit after an ampersand as the key of the line.
            mark = f"&{DIGITS[n]}  " if n < len(DIGITS) else ""
            own = menu.addMenu(mark + words.replace("&", "&&"))
            if icon and has_icon(icon):
                ink = (
                    self.context.theme.level(int(icon[-1])).line
                    if icon.startswith("level_")
                    else self.context.theme.state(icon)
                )
                ratio = self.view.devicePixelRatioF()
                own.setIcon(QIcon(icon_pixmap(icon, 16, ink, ratio)))
            own.aboutToShow.connect(partial(self._fill_member, own, found))
        if rest > 0:
            self._line(menu, say("hands.menu.closer", n=rest), self.view.zoom_in)

    def _fill_member(self, menu: QMenu, found: str) -> None:
        if menu.actions():
            return
        noun, _, name = found.partition("/")
        at = self._place_of(noun, name)
        fill = self._fill_incident if noun == "incident" else self._fill_unit
        fill(menu, name, *at)

    def _place_of(self, noun: str, name: str) -> tuple[float, float]:
        if noun == "unit":
            return self.view.place_of_unit(name) or self.view.lonlat_at(QPointF(0, 0))
        incident = self.context.board.incident(name)
        point = incident.place.point if incident is not None else None
        return (point.lon, point.lat) if point is not None else self.view.lonlat_at(QPointF(0, 0))

    # -- the ground --------------------------------------------------------------------------

    def _fill_ground(self, menu: QMenu, spot: Spot) -> None:
        say = self.context.say
        self._address_at = Point(lon=spot.lon, lat=spot.lat)
        name = self._names.name(self._address_at)
        waiting = "naming" if self.context.gazetteer is not None else "unnamed"
        self._address = self._heading(menu, name or say(f"hands.menu.{waiting}"))
        call = self.context.selection.call_id
        if call is None:
            self._command(
                menu,
                "call.new",
                words=say("hands.menu.new_call"),
                before=lambda: self._mark(spot),
            )
        else:
            self._line(menu, say("hands.menu.mark"), lambda: self._mark(spot))
        self._of_parts(menu, spot)
        menu.addSeparator()
        pin = self._part(FoundPlace)
        if pin is not None and pin.pin.at is not None:
            self._line(menu, say("hands.menu.unpin"), lambda: pin.clear() and None)
        for command_id in ("map.box", "map.list", "map.whole"):
            self._command(menu, command_id)

    def _mark(self, spot: Spot) -> None:
        """The place as if it had been looked for: the call form offers it first."""
        pin, pointer = self._part(FoundPlace), self._part(Pointer)
        label = self._names.name(Point(lon=spot.lon, lat=spot.lat))
        if not label and pointer is not None:
            label = pointer.words(spot.lon, spot.lat)
        match = Match(
            label=label, kind="coordinate", lon=spot.lon, lat=spot.lat, settlement="", score=1.0
        )
        if pin is not None:
            pin.stay = True
        try:
            self.context.selection.place_found.emit(match)
        finally:
            if pin is not None:
                pin.stay = False

    def _name_address(self) -> None:
        """The address came while the menu stands."""
        if self._address is not None and self._address_at is not None:
            name = self._names.name(self._address_at)
            self._address.setText(
                (name or self.context.say("hands.menu.unnamed")).replace("&", "&&")
            )

    def _go(self, lon: float, lat: float) -> None:
        self.view.centre_on(lon, lat, max(SCENE_ZOOM, self.view.view_state().zoom))

    def _part(self, kind: type[P]) -> P | None:
        return next((p for p in getattr(self.owner, "parts", ()) if isinstance(p, kind)), None)

    def shut(self) -> None:
        if self.menu is not None:
            self.menu.close()
