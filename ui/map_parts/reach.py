"""Reach-time: how soon the chosen unit, or the first of all free ones, is anywhere; or how soon the
chosen incident is reached from anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from dispatch.advice import messages as m
from dispatch.domain.message import Message
from dispatch.domain.picture import Change
from dispatch.domain.target import Target
from dispatch.domain.unit import Unit
from ui.map.bands import Bands
from ui.map.field import Colouring
from ui.map.live import INCIDENT, UNIT
from ui.map.view import MapView
from ui.map_parts.computed import ComputedLayer
from ui.map_parts.part import Choice, LegendBlock, LegendLine, Option, Spot, Switch
from ui.panel import PanelContext

OF_UNIT, OF_INCIDENT, OF_ALL = "unit", "incident", "all"
WAYS = (OF_UNIT, OF_INCIDENT, OF_ALL)
BANDS_S = (240.0, 480.0, 720.0)
"""Where no target says anything."""
APART_S = 60.0
FEWEST_S, MOST_S = 120.0, 1800.0


class ReachPart(ComputedLayer):
    """The reach layer."""

    layer = "reach"

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.way = OF_UNIT
        agency = context.agency
        self.services = agency.services if agency is not None else ()
        self.service = self.services[0] if self.services else ""
        self._found: m.ReachFound | None = None
        choice = context.selection
        choice.unit_changed.connect(lambda unit_id: self._of_now(OF_UNIT))
        choice.incident_changed.connect(lambda incident_id: self._of_now(OF_INCIDENT))
        panel = owner if isinstance(owner, QWidget) else None
        bind = context.commands.bind
        bind("map.reach", lambda: self.turn(not self.on), owner=panel)
        bind("map.reach_way", self._next_way, owner=panel)

    # -- choosing ------------------------------------------------------------------------------

    def _of_now(self, way: str) -> None:
        if self.on and self.way == way:
            self.ask_anew()

    def _next_way(self) -> None:
        """The next of the three ways; turns the layer on when it was off."""
        if self.on:
            self.choose(WAYS[(WAYS.index(self.way) + 1) % len(WAYS)])
        else:
            self.turn(True)

    def choose(self, way: str, service: str | None = None) -> None:
        """Reach of what, and of which service's units."""
        self.way = way
        self.service = service if service in self.services else self.service
        if self.on:
            self.overlay.set_colouring(self._colouring())
            self.ask_anew()

    def switches(self) -> Sequence[Switch]:
        return (
            Switch(
                "reach",
                "maplayers.reach",
                lambda: self.on,
                self.turn,
                command_id="map.reach",
                group="maplayers.group.time",
                options=self._options,
            ),
        )

    def _options(self) -> Sequence[Option]:
        def take(way: str, service: str | None = None) -> Callable[[], None]:
            return lambda: self.choose(way, service)

        ways = [
            Option("way", way, Message(f"maplayers.reach.{way}"), self.way == way, take(way))
            for way in WAYS
        ]
        services = [
            Option(
                "service",
                service,
                Message(f"maplayers.service.{service}"),
                self.service == service,
                take(self.way, service),
            )
            for service in self.services
        ]
        return [*ways, *(services if self.way == OF_ALL and len(services) > 1 else ())]

    def choices(self, spot: Spot) -> Sequence[Choice]:
        """Reach of what is under the pointer."""
        board, choice = self.context.board, self.context.selection
        if spot.found.startswith(UNIT):
            unit_id = spot.found.removeprefix(UNIT)

            def of_unit() -> None:
                choice.choose_unit(unit_id)
                self._open(OF_UNIT)

            return (Choice(Message("maplayers.reach.of", {"unit": unit_id}), of_unit),)
        if spot.found.startswith(INCIDENT):
            incident = board.incident(spot.found.removeprefix(INCIDENT))
            if incident is None:
                return ()
            incident_id = incident.incident_id

            def to_incident() -> None:
                choice.choose_incident(incident_id)
                self._open(OF_INCIDENT)

            title = Message("maplayers.reach.to", {"number": incident.number_text})
            return (Choice(title, to_incident),)
        return ()

    def _open(self, way: str) -> None:
        self.choose(way)
        self.turn(True)

    # -- asking --------------------------------------------------------------------------------

    @property
    def limits_s(self) -> tuple[float, ...]:
        """Where the bands end."""
        board = self.context.board
        unit = board.unit(self.context.selection.unit_id)
        service = self.service
        if self.way == OF_UNIT and unit is not None:
            service = unit.service
        return bands_of(board.targets, service)

    def _request(self, key: str) -> m.AskReach | None:
        board, choice = self.context.board, self.context.selection
        starters: tuple[m.Starter, ...] = ()
        target = None
        if self.way == OF_UNIT:
            unit = board.unit(choice.unit_id)
            if unit is None or "air" in unit.capabilities:
                return None
            starters = self._starters((unit,))
        elif self.way == OF_ALL:
            starters = self._starters(free_units(board.picture.units.values(), self.service))
            if not starters:
                return None
        else:
            self._where = {}
            incident = board.incident(choice.incident_id)
            if incident is None or incident.place.point is None:
                return None
            target = incident.place.point
        return m.AskReach(
            key=key,
            layer=self._asked_layer,
            limit_s=self.limits_s[-1],
            as_of_us=self.context.clock.now_us(),
            starters=starters,
            target=target,
        )

    def _makes_old(self, change: Change) -> bool:
        choice = self.context.selection
        if self.way == OF_INCIDENT:
            return change.noun == "incident" and change.id == choice.incident_id
        return change.noun == "unit" and (self.way == OF_ALL or change.id == choice.unit_id)

    def _take(self, answer: m.ReachFound | m.CoverFound) -> None:
        if isinstance(answer, m.ReachFound):
            self._found = answer
            self.overlay.set_colouring(self._colouring())
            self._show(answer.field, self.limits_s, self._words())

    def _nothing(self) -> None:
        self._found = None
        self._show(None, (), ())

    def _words(self) -> list[str]:
        return [self.context.say("maplayers.minutes", n=minutes(limit)) for limit in self.limits_s]

    def _colouring(self) -> Colouring:
        theme = self.context.theme
        inks = theme.layers
        return Bands(self.limits_s, inks.reach, inks.reach_line, dark=theme.dark)

    def retranslate(self) -> None:
        if self.on and self._found is not None:
            self._show(self._found.field, self.limits_s, self._words())

    # -- saying --------------------------------------------------------------------------------

    def _why_empty(self) -> str | None:
        """Why there is nothing to see, None where there is something to compute."""
        board, choice = self.context.board, self.context.selection
        if self.way == OF_UNIT:
            unit = board.unit(choice.unit_id)
            if unit is None:
                return "maplayers.reach.choose_unit"
            return "maplayers.reach.flies" if "air" in unit.capabilities else None
        if self.way == OF_INCIDENT:
            incident = board.incident(choice.incident_id)
            if incident is None:
                return "maplayers.reach.choose_incident"
            return "maplayers.reach.no_place" if incident.place.point is None else None
        free = free_units(board.picture.units.values(), self.service)
        return None if free else "maplayers.none_free"

    def legend(self) -> Sequence[LegendBlock]:
        if not self.on:
            return ()
        say, board, choice = self.context.say, self.context.board, self.context.selection
        unit, incident = board.unit(choice.unit_id), board.incident(choice.incident_id)
        if self.way == OF_UNIT and unit is not None:
            title = say("maplayers.reach.title_unit", unit=unit.unit_id)
        elif self.way == OF_INCIDENT and incident is not None:
            title = say("maplayers.reach.title_incident", number=incident.number_text)
        elif self.way == OF_ALL:
            title = say(f"maplayers.reach.title_{self.service or 'any'}")
        else:
            title = say("maplayers.reach")
        status = self._status()
        if empty := self._why_empty():
            return (LegendBlock(title, (*status, LegendLine(say(empty)))),)
        if self._found is None:
            wait = status or (LegendLine(say("maplayers.computing"), dim=True),)
            return (LegendBlock(title, wait),)
        if self._found.field is None:
            return (LegendBlock(title, (*status, LegendLine(say("maplayers.reach.nowhere")))),)
        bands = self._colouring()
        assert isinstance(bands, Bands)
        ink = self.context.theme.layers.reach
        lines = [
            LegendLine(say("maplayers.within", limit=f"{minutes(limit)}"), "tint", ink, alpha)
            for limit, alpha in zip(bands.limits_s, bands.alphas, strict=True)
        ]
        note = "drive" if self.way == OF_INCIDENT else "sent"
        about = LegendLine(say(f"maplayers.reach.note_{note}"), dim=True)
        return (LegendBlock(title, (*status, *lines, about)),)


def minutes(seconds: float) -> str:
    """Whole minutes, or minutes and seconds where they are not whole."""
    whole, rest = divmod(round(seconds), 60)
    return str(whole) if not rest else f"{whole}:{rest:02d}"


def free_units(units: Iterable[Unit], service: str) -> list[Unit]:
    """Units of a service that could be sent now by road."""
    return [
        unit
        for unit in units
        if unit.state.is_available
        and unit.assignment_id is None
        and (not service or unit.service == service)
        and "air" not in unit.capabilities
    ]


def bands_of(targets: Sequence[Target], service: str) -> tuple[float, ...]:
    """Where bands end: the service's own limits for arriving, filled up to three."""
    own = sorted(
        {
            target.limit_s
            for target in targets
            if target.service == service
            and target.stop in ("on_scene", "at_patient")
            and FEWEST_S <= target.limit_s <= MOST_S
        }
    )
    found = own[:3]
    for limit in BANDS_S:
        if len(found) < 3 and all(abs(limit - other) > APART_S for other in found):
            found.append(limit)
    return tuple(sorted(found))
