"""Verbs on sending units: confirm, progress, recall. A dispatch begins here and nowhere else."""

from __future__ import annotations

from dispatch.desk.confirmation import confirmation_of
from dispatch.desk.incidents import open_incident_of
from dispatch.desk.verbs import Command, Context, Decision, Refusal, require, verb
from dispatch.domain.assignment import Assignment, AssignmentState
from dispatch.domain.facts.dispatching import (
    AssignmentProgressed,
    DispatchConfirmed,
    Sent,
    UnitRecalled,
)
from dispatch.domain.message import Problem
from dispatch.domain.picture import Picture
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Key, Text, Value
from dispatch.journal import Commitment


class UnitChoice(Value, frozen=True):
    """One unit to send, with the slot and arrival that stood beside it."""

    unit_id: Key
    slot_id: Text = ""
    capability: Text = ""
    eta_p50_s: float | None = None
    eta_p90_s: float | None = None


class ConfirmDispatch(Command, frozen=True):
    """A named person sends these units to this incident."""

    incident_id: Key
    units: tuple[UnitChoice, ...]
    recommendation_id: str | None = None
    plan_kind: Text = ""
    changed: bool = False
    shown_ms: int | None = None


class ReportProgress(Command, frozen=True):
    """A unit's way, as its crew, its terminal or the alerting system reports it."""

    assignment_id: Key
    state: AssignmentState
    t_us: int | None = None
    hospital_id: Text = ""
    source: Text = ""


class Recall(Command, frozen=True):
    """Call a unit off, or stand it down as not needed."""

    assignment_id: Key
    reason: Text = ""
    stand_down: bool = False


#: Reports that come in this order are usual; another order is recorded with a note.
ORDER = list(AssignmentState)
BY_RECALL = frozenset({AssignmentState.RECALLED, AssignmentState.STOOD_DOWN})


def why_not_now(picture: Picture, unit_id: str) -> Problem | None:
    """Why a unit cannot be committed at this moment; None when it can."""
    unit = picture.units.get(unit_id)
    if unit is None:
        return Refusal("desk.no_such_unit", unit=unit_id)
    held = picture.open_assignment_of(unit_id)
    if held is not None:
        number = picture.incidents[held.incident_id].number_text
        return Refusal("desk.unit_taken", unit=unit_id, number=number, by=held.confirmed_by)
    if unit.state in (UnitState.OUT_OF_SERVICE, UnitState.OFF_DUTY):
        return Refusal("desk.unit_not_in_service", unit=unit_id, state=unit.state.value)
    return None


@verb(ConfirmDispatch)
def confirm(picture: Picture, command: ConfirmDispatch, context: Context) -> Decision:
    """Commit the units that are free; name those that are not, and who has them.

    Refused as a whole without a named person, without a point to send to, or when no unit of
    the list can go.
    """
    signature = confirmation_of(picture, context)
    incident = open_incident_of(picture, command.incident_id)
    if incident.place.point is None:
        raise Refusal("desk.confirm_needs_place", number=incident.number_text)
    if not command.units:
        raise Refusal("desk.confirm_needs_units", number=incident.number_text)
    decision = Decision()
    sent: list[Sent] = []
    for choice in {choice.unit_id: choice for choice in command.units}.values():
        refused = why_not_now(picture, choice.unit_id)
        if refused is not None:
            decision.refused.append(refused)
            continue
        assignment_id = context.ids.new()
        sent.append(
            Sent(
                assignment_id=assignment_id,
                unit_id=choice.unit_id,
                slot_id=choice.slot_id,
                capability=choice.capability,
                eta_p50_s=choice.eta_p50_s,
                eta_p90_s=choice.eta_p90_s,
            )
        )
        decision.opens.append(Commitment(choice.unit_id, incident.incident_id, assignment_id))
    if not sent:
        raise decision.refused[0]
    fact = DispatchConfirmed(
        incident_id=incident.incident_id,
        confirmation=signature,
        sent=tuple(sent),
        recommendation_id=command.recommendation_id,
        plan_kind=command.plan_kind,
        changed=command.changed or bool(decision.refused),
        shown_ms=command.shown_ms,
    )
    decision.facts.append((incident.incident_id, fact))
    decision.result = {"assignment_ids": [s.assignment_id for s in sent]}
    return decision


def _open_assignment(picture: Picture, assignment_id: str) -> Assignment:
    found: Assignment = require(
        picture.assignments.get(assignment_id), "desk.no_such_assignment", assignment=assignment_id
    )
    if not found.is_open:
        raise Refusal("desk.assignment_over", unit=found.unit_id)
    return found


@verb(ReportProgress, origins=frozenset({"human", "feed", "system"}))
def report(picture: Picture, command: ReportProgress, context: Context) -> Decision:
    """Progress of an open assignment; the crew's own `clear` frees the unit.

    Calling a unit off is a person's act: use `Recall`.
    """
    held = _open_assignment(picture, command.assignment_id)
    if command.state in BY_RECALL or command.state is AssignmentState.CONFIRMED:
        raise Refusal("desk.progress_not_by_report", state=command.state.value)
    if command.state is held.state:
        return Decision()
    backwards = ORDER.index(command.state) < ORDER.index(held.state)
    fact = AssignmentProgressed(
        assignment_id=held.assignment_id,
        state=command.state,
        t_us=command.t_us if command.t_us is not None else context.now_us,
        hospital_id=command.hospital_id,
        source=command.source or context.actor.user_id,
        note="out_of_order" if backwards else "",
    )
    decision = Decision(facts=[(held.incident_id, fact)])
    if command.state.is_over:
        decision.closes.append(held.assignment_id)
        return decision
    if context.actor.origin == "human":
        back = AssignmentProgressed(
            assignment_id=held.assignment_id,
            state=held.state,
            t_us=held.times.get(held.state.value, context.now_us),
            source=context.actor.user_id,
        )
        decision.inverse.append((held.incident_id, back))
        decision.still = lambda p: p.assignments[held.assignment_id].state is command.state
    return decision


@verb(Recall)
def recall(picture: Picture, command: Recall, context: Context) -> Decision:
    """A named person calls the unit off; it is free from this fact on."""
    held = _open_assignment(picture, command.assignment_id)
    state = AssignmentState.STOOD_DOWN if command.stand_down else AssignmentState.RECALLED
    fact = UnitRecalled(
        assignment_id=held.assignment_id,
        state=state,
        reason=command.reason,
        confirmation=confirmation_of(picture, context),
    )
    return Decision(facts=[(held.incident_id, fact)], closes=[held.assignment_id])
