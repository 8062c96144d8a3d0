"""What dispatches, progress and recalls do to the picture."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.assignment import UNIT_STATE, Assignment, AssignmentState
from dispatch.domain.facts import dispatching as facts
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture.incidents import change
from dispatch.domain.picture.picture import Change, Handlers, Picture
from dispatch.domain.unit import UnitState


class UnconfirmedDispatch(Exception):
    """A dispatch in the journal without a person who was signed on: the journal is not ours."""


def _confirmed(picture: Picture, fact: facts.DispatchConfirmed, e: Envelope) -> tuple[Change, ...]:
    signed = picture.staff.get(fact.confirmation.desk_id)
    if signed is None or signed.user_id != fact.confirmation.user_id:
        raise UnconfirmedDispatch(f"fact {e.pos}: nobody had signed on to confirm it")
    incident = picture.incidents[fact.incident_id]
    changes: list[Change] = []
    for sent in fact.sent:
        picture.assignments[sent.assignment_id] = Assignment(
            assignment_id=sent.assignment_id,
            incident_id=fact.incident_id,
            unit_id=sent.unit_id,
            slot_id=sent.slot_id,
            capability=sent.capability,
            times={AssignmentState.CONFIRMED.value: e.t_us},
            confirmed_by=fact.confirmation.user_id,
            eta_p50_s=sent.eta_p50_s,
            eta_p90_s=sent.eta_p90_s,
        )
        unit = picture.units[sent.unit_id]
        picture.units[sent.unit_id] = replace(
            unit,
            state=UnitState.ASSIGNED,
            since_us=e.t_us,
            reason="",
            incident_id=fact.incident_id,
            assignment_id=sent.assignment_id,
        )
        changes.append(Change("assignment", sent.assignment_id, ("state",)))
        changes.append(Change("unit", sent.unit_id, ("state", "incident_id")))
    sent_ids = tuple(sent.assignment_id for sent in fact.sent)
    changes += change(
        picture,
        fact.incident_id,
        assignment_ids=(*incident.assignment_ids, *sent_ids),
        first_confirmed_us=incident.first_confirmed_us or e.t_us,
        no_unit_needed=False,
    )
    return tuple(changes)


def _move(
    picture: Picture,
    assignment_id: str,
    state: AssignmentState,
    t_us: int,
    **fields: object,
) -> tuple[Change, ...]:
    before = picture.assignments[assignment_id]
    times = {**before.times, state.value: t_us}
    picture.assignments[assignment_id] = replace(before, state=state, times=times, **fields)
    changes = [Change("assignment", assignment_id, ("state",))]
    unit = picture.units.get(before.unit_id)
    if unit is not None and unit.assignment_id == assignment_id:
        over = state.is_over
        picture.units[unit.unit_id] = replace(
            unit,
            state=UNIT_STATE[state],
            since_us=t_us if UNIT_STATE[state] is not unit.state else unit.since_us,
            incident_id=None if over else unit.incident_id,
            assignment_id=None if over else assignment_id,
        )
        changes.append(Change("unit", unit.unit_id, ("state",)))
    incident = picture.incidents[before.incident_id]
    if state.is_over:
        # Someone left: what the incident needs has changed.
        changes += change(picture, before.incident_id)
    elif state is AssignmentState.ON_SCENE and incident.first_on_scene_us is None:
        picture.incidents[before.incident_id] = replace(incident, first_on_scene_us=t_us)
    changes.append(Change("incident", before.incident_id, ("assignments",)))
    return tuple(changes)


def _progressed(
    picture: Picture, fact: facts.AssignmentProgressed, e: Envelope
) -> tuple[Change, ...]:
    fields = {"hospital_id": fact.hospital_id} if fact.hospital_id else {}
    return _move(picture, fact.assignment_id, fact.state, fact.t_us, **fields)


def _recalled(picture: Picture, fact: facts.UnitRecalled, e: Envelope) -> tuple[Change, ...]:
    return _move(picture, fact.assignment_id, fact.state, e.t_us, reason=fact.reason)


HANDLERS: Handlers = {
    "dispatch.confirmed": _confirmed,
    "assignment.progressed": _progressed,
    "assignment.recalled": _recalled,
}
