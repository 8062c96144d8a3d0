"""Asking a crew by radio where it is; the answer is as good as a fresh position."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dispatch.desk.units import ConfirmUnitPlace
from dispatch.domain.message import Problem
from dispatch.domain.value import Point
from ui.incidents.chooser import Choice
from ui.incidents.crews import radio_words
from ui.incidents.place_names import PlaceNames

if TYPE_CHECKING:
    from ui.incidents.panel import IncidentPanel


class RadioNow:
    """Reads out the question and offers the places a crew may name."""

    def __init__(self, panel: IncidentPanel) -> None:
        self._panel = panel
        self._context = panel.context
        self._found: tuple[str, Point] | None = None
        self._context.selection.place_found.connect(self._remember)

    def _remember(self, match: Any) -> None:
        self._found = (match.label, Point(lon=match.lon, lat=match.lat))

    def ask(self) -> None:
        """Of the unit under the arrow, else of the first whose position is old."""
        context, incident = self._context, self._panel.needed()
        view = self._panel.view
        unit_id = view.send.radio_unit()
        unit = context.board.unit(unit_id)
        if unit is None:
            raise Problem("incident.no_radio_now")
        say = context.say
        choices: list[tuple[str, str, Point]] = []
        fix = context.board.fix(unit_id)
        if fix is not None:
            where = PlaceNames.of(context).name(fix.point) or say("incident.radio.last_place")
            choices.append(("incident.radio.still_at", where, fix.point))
        choices.append(("incident.radio.at_station", self._station(unit.station_id), unit.home))
        if self._found is not None:
            choices.append(("incident.radio.at_found", self._found[0], self._found[1]))

        def picked(point: object) -> None:
            assert isinstance(point, Point)
            context.commands.submit(ConfirmUnitPlace(unit_id=unit_id, point=point))

        asked = radio_words(context, incident, [unit_id], "confirm_place")
        view.footer.chooser.ask(
            f"“{asked}”",
            [
                Choice(str(n), say(word, place=place), point)
                for n, (word, place, point) in enumerate(choices, 1)
            ],
            picked,
        )

    def _station(self, station_id: str) -> str:
        agency = self._context.agency
        station = agency.station(station_id) if agency is not None else None
        return station.name(self._context.language) if station is not None else station_id
