"""Verbs on units: the roster, states, a place confirmed by voice."""

from __future__ import annotations

from dispatch.desk.verbs import Command, Context, Decision, Refusal, require, verb
from dispatch.domain.facts import unit as facts
from dispatch.domain.picture import Picture
from dispatch.domain.unit import Unit, UnitState, is_usual_move
from dispatch.domain.value import Key, Point, Text


class LoadRoster(Command, frozen=True):
    """The units of the agency this journal serves."""

    agency: Text
    agency_sha: Text
    units: tuple[Unit, ...]


class SetUnitState(Command, frozen=True):
    """A unit's state by word of its crew. Can be undone by a person."""

    unit_id: Key
    state: UnitState
    reason: Text = ""


class ConfirmUnitPlace(Command, frozen=True):
    """Where a unit is, by voice ("radio now")."""

    unit_id: Key
    point: Point


BY_ASSIGNMENT = frozenset(
    {
        UnitState.ASSIGNED,
        UnitState.EN_ROUTE,
        UnitState.STAGING,
        UnitState.ON_SCENE,
        UnitState.TRANSPORTING,
        UnitState.AT_HOSPITAL,
    }
)


@verb(LoadRoster, origins=frozenset({"system"}), signed_on=False)
def load_roster(picture: Picture, command: LoadRoster, context: Context) -> Decision:
    """Refused when a unit at work would vanish from the roster."""
    coming = {unit.unit_id for unit in command.units}
    for unit in picture.units.values():
        if unit.assignment_id is not None and unit.unit_id not in coming:
            raise Refusal("desk.roster_drops_busy_unit", unit=unit.unit_id)
    fact = facts.RosterLoaded(
        agency=command.agency, agency_sha=command.agency_sha, units=command.units
    )
    return Decision(facts=[("roster", fact)])


@verb(SetUnitState, origins=frozenset({"human", "feed", "system"}))
def set_state(picture: Picture, command: SetUnitState, context: Context) -> Decision:
    """An unusual move is recorded with a note; a committed unit moves by its assignment."""
    unit = require(picture.units.get(command.unit_id), "desk.no_such_unit", unit=command.unit_id)
    if command.state is unit.state and command.reason == unit.reason:
        return Decision()
    if unit.assignment_id is not None or command.state in BY_ASSIGNMENT:
        held = picture.open_assignment_of(unit.unit_id)
        number = picture.incidents[held.incident_id].number_text if held else ""
        raise Refusal("desk.unit_moves_by_assignment", unit=unit.unit_id, number=number)
    if command.state is UnitState.OUT_OF_SERVICE and not command.reason:
        raise Refusal("desk.out_of_service_needs_reason", unit=unit.unit_id)
    usual = is_usual_move(unit.state, command.state)
    fact = facts.UnitStateSet(
        unit_id=unit.unit_id,
        state=command.state,
        reason=command.reason,
        note="" if usual else "unusual",
    )
    decision = Decision(facts=[(unit.unit_id, fact)])
    if context.actor.origin == "human":
        back = facts.UnitStateSet(unit_id=unit.unit_id, state=unit.state, reason=unit.reason)
        decision.inverse.append((unit.unit_id, back))
        decision.still = lambda p: (
            p.units[unit.unit_id].state is command.state
            and p.units[unit.unit_id].assignment_id is None
        )
    return decision


@verb(ConfirmUnitPlace)
def confirm_place(picture: Picture, command: ConfirmUnitPlace, context: Context) -> Decision:
    """A voice answer is as good as a fresh fix, and is recorded with who took it."""
    unit = require(picture.units.get(command.unit_id), "desk.no_such_unit", unit=command.unit_id)
    fact = facts.UnitPlaceConfirmed(
        unit_id=unit.unit_id, point=command.point, by=context.actor.user_id
    )
    return Decision(facts=[(unit.unit_id, fact)])
