"""What a card beside the pointer says: a headline, an aside and lines, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.desk.dispatching import why_not_now
from dispatch.domain.call import Call
from dispatch.domain.incident import Incident
from dispatch.domain.message import Message
from dispatch.domain.queue import QueueRow
from dispatch.domain.unit import Unit, UnitState
from ui.incidents.durations import span
from ui.incidents.place_names import PlaceNames
from ui.incidents.queue_lines import incident_line, line_name, person_name, type_name
from ui.incidents.severity import rule_words
from ui.map.live import CLUSTER, INCIDENT, PLACE, UNIT
from ui.map.view import MapView
from ui.panel import PanelContext
from ui.units.wording import Wording, age_text

CALL = "call/"
MEMBERS_SHOWN = 10
CREWS_SHOWN = 6


@dataclass(frozen=True)
class Line:
    """A line of a card; `look` is a role of the style sheet. `ai`: a model says it."""

    text: str
    look: str = "dim"
    ai: bool = False


@dataclass(frozen=True)
class Card:
    """What is said of one thing. `rank`: the level whose symbol stands before it (0: not known),
    `icon`: a state's icon instead."""

    title: str
    aside: str = ""
    lines: tuple[Line, ...] = ()
    rank: int | None = None
    icon: str = ""


class CardWriter:
    """Writes the cards of one map."""

    def __init__(self, view: MapView, context: PanelContext) -> None:
        self._view, self._context = view, context
        self._wording = Wording(context)

    def forget(self) -> None:
        """Another language."""
        self._wording.forget()

    def card(self, found: str, now_us: int) -> Card | None:
        """The card of what the map found; None for what is not the map's own, or has gone."""
        board = self._context.board
        if found.startswith(INCIDENT + CALL):
            call = board.call(found.removeprefix(INCIDENT + CALL))
            return self._call(call, now_us) if call is not None else None
        if found.startswith(INCIDENT):
            incident = board.incident(found.removeprefix(INCIDENT))
            return self._incident(incident, now_us) if incident is not None else None
        if found.startswith(UNIT):
            unit = board.unit(found.removeprefix(UNIT))
            return self._unit(unit, now_us) if unit is not None else None
        if found.startswith(CLUSTER):
            return self._cluster(self._view.units_of_cluster(found))
        if found.startswith(PLACE):
            return self._place(found.removeprefix(PLACE))
        return None

    # -- incidents and calls -----------------------------------------------------------------

    def _incident(self, incident: Incident, now_us: int) -> Card:
        say = self._context.say
        group, row = self._row(incident, now_us)
        title = type_name(self._context, incident.type_id)
        rank = incident.level.rank if incident.level is not None else 0
        lines = [*self._why(incident)]
        if row is not None:
            line = incident_line(self._context, row, group)
            lines.append(Line(line.address, "text"))
            age = say("hands.card.age", age=span(row.age_s))
            if line.target is not None:
                late = line.target.is_late(now_us) and line.target.stopped_us is None
                target = line.target.text(self._context, now_us)
                lines.append(Line(f"{age} · {target}", "late" if late else "text"))
            else:
                lines.append(Line(age, "text"))
            lines.append(Line(" · ".join(filter(None, (line.units, line.pressing)))))
        lines += self._crews(incident)
        return Card(title, incident.number_text, tuple(lines), rank=rank)

    def _row(self, incident: Incident, now_us: int) -> tuple[str, QueueRow | None]:
        queue = self._context.board.queue(now_us)
        for group in ("needs_units", "under_way", "call_backs"):
            for row in getattr(queue, group):
                if row.incident.incident_id == incident.incident_id:
                    return group, row
        return "", None

    def _why(self, incident: Incident) -> list[Line]:
        """Whose level it is: a person's, the rule's or the model's, each told apart."""
        say, said = self._context.say, incident.assessment
        if incident.person_level is not None:
            name = person_name(self._context, incident.person_by)
            words = say("incident.person.level", name=name, n=incident.person_level.rank)
            return [Line(words, "strong")]
        if said is not None and said.model_upgrade and said.model_level is not None:
            often = say("incident.model.of_100", n=said.of_100_critical or 0)
            words = say("incident.model.raises", n=said.model_level.rank, often=often)
            return [Line(words, "strong", ai=True)]
        return [Line(rule_words(self._context, incident), "strong")]

    def _crews(self, incident: Incident) -> list[Line]:
        board, lines = self._context.board, []
        held = [a for a in board.assignments_of(incident.incident_id) if a.is_open]
        for each in held[:CREWS_SHOWN]:
            state = self._context.say(f"incident.assignment.{each.state.value}")
            look = "text" if each.state.is_told else "strong"
            lines.append(Line(f"{each.unit_id} · {state}", look))
        if len(held) > CREWS_SHOWN:
            lines.append(Line(self._context.say("map.view.more", n=len(held) - CREWS_SHOWN)))
        return lines

    def _call(self, call: Call, now_us: int) -> Card:
        say = self._context.say
        near = PlaceNames.of(self._context).name(call.where) if call.where is not None else ""
        lines = [Line(near, "text")] if near else []
        lines.append(Line(line_name(self._context, call) or self._context.plain(call.number)))
        if call.accuracy_m > 0:
            lines.append(Line(say("hands.card.accuracy", n=round(call.accuracy_m))))
        lines.append(Line(say("queue.call.take", key=self._context.commands.key_text("call.take"))))
        age = span(max(0.0, (now_us - call.received_us) / 1e6))
        return Card(say("queue.call.rings"), age, tuple(lines), rank=0)

    # -- units -------------------------------------------------------------------------------

    def _unit(self, unit: Unit, now_us: int) -> Card:
        say, board, wording = self._context.say, self._context.board, self._wording
        state = wording.state(unit.state.value)
        if unit.since_us:
            since = span(max(0.0, (now_us - unit.since_us) / 1e6))
            state = say("hands.card.since", state=state, time=since)
        lines = [Line(state, "strong")]
        incident = board.incident(unit.incident_id)
        if incident is not None:
            kind = type_name(self._context, incident.type_id)
            lines.append(Line(f"{incident.number_text} · {kind}", "text"))
        able = wording.capabilities(unit.capabilities)
        crew = say("hands.card.crew", n=unit.crew) if unit.crew else ""
        if crew or able:
            lines.append(Line(" · ".join(filter(None, (crew, able)))))
        lines += self._position(unit, now_us)
        if unit.reason:
            lines.append(Line(unit.reason))
        if why_not_now(board.picture, unit.unit_id) is None and self._context.mode != "replay":
            lines.append(Line(say("hands.card.carry"), "faint"))
        aside = " · ".join(
            dict.fromkeys(each for each in (unit.label, wording.kind(unit.kind)) if each)
        )
        aside = aside.removeprefix(f"{unit.unit_id} · ")
        return Card(unit.unit_id, aside, tuple(lines), icon=unit.state.value)

    def _position(self, unit: Unit, now_us: int) -> list[Line]:
        say, fix = self._context.say, self._context.board.fix(unit.unit_id)
        if unit.state is UnitState.AVAILABLE_AT_STATION and unit.station_id:
            return [Line(self._wording.station(unit.station_id))]
        if fix is None:
            return [Line(say("hands.card.no_fix"), "late")]
        age_s = max(0.0, (now_us - fix.t_us) / 1e6)
        name = PlaceNames.of(self._context).name(fix.point)
        age = say("hands.card.fix", age=age_text(self._context, age_s))
        old = age_s > self._wording.fix_limit_s
        lines = [Line(name)] if name else []
        return [*lines, Line(age, "strong" if old else "dim")]

    def _cluster(self, unit_ids: Sequence[str]) -> Card | None:
        units = [u for u in map(self._context.board.unit, unit_ids) if u is not None]
        if not units:
            return None
        return Card(self._context.say("queue.units", n=len(units)), "", tuple(self._summed(units)))

    def _summed(self, units: list[Unit]) -> list[Line]:
        counted = Counter(unit.state for unit in units)
        states = [
            f"{self._wording.state(state.value)} {counted[state]}"
            for state in UnitState
            if counted[state]
        ]
        names = ", ".join(unit.unit_id for unit in units[:MEMBERS_SHOWN])
        rest = len(units) - MEMBERS_SHOWN
        if rest > 0:
            names = f"{names} · {self._context.say('map.view.more', n=rest)}"
        return [Line(" · ".join(states), "text"), Line(names)]

    # -- places ------------------------------------------------------------------------------

    def _place(self, place_id: str) -> Card | None:
        agency, say = self._context.agency, self._context.say
        language = self._context.language
        if agency is None:
            return None
        station = agency.station(place_id)
        units = self._context.board.picture.units.values()
        if station is not None:
            own = [unit for unit in units if unit.station_id == place_id]
            lines = [Line(station.address)] if station.address else []
            home = [unit for unit in own if unit.state is UnitState.AVAILABLE_AT_STATION]
            ready = say("hands.card.station", n=len(own), home=len(home))
            lines.append(Line(ready, "strong"))
            lines += self._summed(own) if own else []
            return Card(station.name(language), say("hands.card.a_station"), tuple(lines))
        hospital = agency.hospital(place_id)
        if hospital is None:
            return None
        lines = [Line(hospital.address)] if hospital.address else []
        if hospital.beds:
            lines.append(Line(say("hands.card.beds", n=hospital.beds), "text"))
        if not hospital.accepts:
            lines.append(Line(say("hands.card.accepts_none"), "strong"))
        bound = [
            held.unit_id
            for held in self._context.board.picture.assignments.values()
            if held.is_open and held.hospital_id == place_id
        ]
        if bound:
            text = say("hands.card.bound", units=", ".join(bound[:MEMBERS_SHOWN]))
            lines.append(Line(text, "text"))
        return Card(hospital.name(language), say("hands.card.a_hospital"), tuple(lines))


def card_of_messages(context: PanelContext, messages: Sequence[Message]) -> Card | None:
    """The card of what a part describes: its first message is the headline."""
    if not messages:
        return None
    said = [context.say(message) for message in messages]
    return Card(said[0], "", tuple(Line(text, "text") for text in said[1:]))
