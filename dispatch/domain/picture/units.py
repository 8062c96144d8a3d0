"""What facts about units do to the picture."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.facts import unit as facts
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture.picture import Change, Handlers, Picture


def _roster(picture: Picture, fact: facts.RosterLoaded, e: Envelope) -> tuple[Change, ...]:
    picture.agency, picture.agency_sha = fact.agency, fact.agency_sha
    changes = []
    for unit in fact.units:
        present = picture.units.get(unit.unit_id)
        if present is not None:
            # A reload renews who a unit is, never what it is doing.
            unit = replace(
                unit,
                state=present.state,
                since_us=present.since_us,
                reason=present.reason,
                incident_id=present.incident_id,
                assignment_id=present.assignment_id,
            )
        elif unit.since_us == 0:
            unit = replace(unit, since_us=e.t_us)
        picture.units[unit.unit_id] = unit
        changes.append(Change("unit", unit.unit_id, ("roster",)))
    return (Change("roster", fact.agency), *changes)


def _state_set(picture: Picture, fact: facts.UnitStateSet, e: Envelope) -> tuple[Change, ...]:
    unit = picture.units[fact.unit_id]
    picture.units[fact.unit_id] = replace(
        unit, state=fact.state, since_us=e.t_us, reason=fact.reason
    )
    return (Change("unit", fact.unit_id, ("state",)),)


def _place(picture: Picture, fact: facts.UnitPlaceConfirmed, e: Envelope) -> tuple[Change, ...]:
    return (Change("unit", fact.unit_id, ("fix",)),)


HANDLERS: Handlers = {
    "unit.roster_loaded": _roster,
    "unit.state_set": _state_set,
    "unit.place_confirmed": _place,
}
