"""Which units Ctrl+Enter would send, which rows the table shows, and what the signature says."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.desk.dispatching import UnitChoice, why_not_now
from dispatch.domain.advice import Arrival, Candidate, PlannedUnit, Recommendation
from dispatch.domain.incident import Incident
from dispatch.domain.message import Message
from ui.incidents.durations import band, span
from ui.panel import PanelContext

ALTERNATIVES = 2
"""How many units beside the plan stand in the table before the why-not is opened."""
CAPABILITIES_SHOWN = 1
#: A unit can often do several things; the rarest says most.
TELLING = (
    "icu", "doctor", "air", "als", "supervisor", "command", "hazmat", "gas", "ladder", "rescue",
    "pump", "water", "patrol", "aed", "bls", "primary_care", "transport",
)  # fmt: skip


@dataclass(frozen=True)
class CandidateRow:
    """A row of the table. `standing`: "radio", "plan", "free" or "no"."""

    unit_id: str
    label: str
    serves: str
    times: str
    why: str
    standing: str
    chosen: bool


def plan_units(advised: Recommendation | None) -> tuple[PlannedUnit, ...]:
    """The units of the plan that stands first."""
    plan = advised.plan() if advised is not None else None
    return plan.units if plan is not None else ()


def chosen_units(context: PanelContext, incident: Incident) -> tuple[str, ...]:
    """The units Ctrl+Enter would send: a person's own choice, else the plan; never twice."""
    own = context.selection.proposal(incident.incident_id)
    if own is None:
        advised = context.board.recommendation(incident.incident_id)
        own = tuple(planned.unit_id for planned in plan_units(advised))
    here = {
        held.unit_id for held in context.board.assignments_of(incident.incident_id) if held.is_open
    }
    return tuple(unit_id for unit_id in own if unit_id not in here)


def is_changed(context: PanelContext, incident: Incident) -> bool:
    """Whether a person chose otherwise than the plan."""
    own = context.selection.proposal(incident.incident_id)
    advised = context.board.recommendation(incident.incident_id)
    return own is not None and set(own) != {p.unit_id for p in plan_units(advised)}


def arrival_of(advised: Recommendation | None, unit_id: str) -> Arrival | None:
    """When a unit would be there, as advised."""
    if advised is None:
        return None
    for planned in plan_units(advised):
        if planned.unit_id == unit_id:
            return planned.arrival
    return next((c.arrival for c in advised.candidates if c.unit_id == unit_id), None)


def choices_of(context: PanelContext, incident: Incident) -> tuple[UnitChoice, ...]:
    """What a confirmation carries for each unit."""
    advised = context.board.recommendation(incident.incident_id)
    planned = {each.unit_id: each for each in plan_units(advised)}
    choices = []
    for unit_id in chosen_units(context, incident):
        slot, arrival = planned.get(unit_id), arrival_of(advised, unit_id)
        choices.append(
            UnitChoice(
                unit_id=unit_id,
                slot_id=slot.slot_id if slot is not None else "",
                capability=slot.capability if slot is not None else "",
                eta_p50_s=arrival.p50_s if arrival is not None else None,
                eta_p90_s=arrival.p90_s if arrival is not None else None,
            )
        )
    return tuple(choices)


def why_not_confirm(context: PanelContext, incident: Incident | None) -> Message | None:
    """Why nothing can be confirmed now; None where it can."""
    signed = context.board.signed_on
    if context.mode == "replay":
        return Message("incident.confirm.replay")
    if signed is None:
        return Message("incident.confirm.nobody_signed_on")
    if not signed.role.may_dispatch:
        return Message("incident.confirm.not_your_role", {"name": signed.name})
    if incident is None or not incident.is_open:
        return Message("incident.confirm.no_incident")
    if incident.place.point is None:
        return Message("incident.confirm.no_point")
    if chosen_units(context, incident):
        return None
    advised = context.board.recommendation(incident.incident_id)
    if advised is None or not incident.type_id:
        waiting = "incident.confirm.waiting" if incident.type_id else "incident.confirm.no_type"
        return Message(waiting)
    plan = advised.plan()
    if plan is not None and plan.shortfalls:
        return Message("incident.confirm.nobody_can")
    return Message("incident.confirm.complete")


def rows_of(context: PanelContext, incident: Incident, *, everybody: bool) -> list[CandidateRow]:
    """The table: radio first, then the plan, then a few others or all with their verdicts."""
    advised = context.board.recommendation(incident.incident_id)
    if advised is None:
        return []
    chosen = chosen_units(context, incident)
    planned = {each.unit_id: each for each in plan_units(advised)}
    by_id = {candidate.unit_id: candidate for candidate in advised.candidates}
    rows: list[CandidateRow] = []
    for unit_id in advised.radio_now:
        rows.append(_radio_row(context, unit_id, by_id.get(unit_id), unit_id in chosen))
    own = [unit_id for unit_id in chosen if unit_id not in planned]
    for unit_id in [*planned, *own]:
        if unit_id not in advised.radio_now:
            rows.append(_plan_row(context, advised, unit_id, unit_id in chosen))
    shown = {row.unit_id for row in rows}
    rest = [c for c in advised.candidates if c.unit_id not in shown]
    rest.sort(key=_nearness)
    # With the run card complete a person may still send more: whoever is free stands ready.
    free = [c for c in rest if c.verdict.passed or (not planned and _is_free(context, c.unit_id))]
    if not planned:
        free.sort(key=lambda c: (not _is_of_service(context, incident, c.unit_id), _nearness(c)))
    listed = rest if everybody else free[:ALTERNATIVES]
    rows.extend(_other_row(context, candidate) for candidate in listed)
    return rows


def hidden_count(context: PanelContext, incident: Incident) -> int:
    """How many units stand behind the why-not."""
    advised = context.board.recommendation(incident.incident_id)
    if advised is None:
        return 0
    return len(advised.candidates) - len(
        [r for r in rows_of(context, incident, everybody=False) if _known(advised, r.unit_id)]
    )


def _is_free(context: PanelContext, unit_id: str) -> bool:
    return why_not_now(context.board.picture, unit_id) is None


def _is_of_service(context: PanelContext, incident: Incident, unit_id: str) -> bool:
    unit = context.board.unit(unit_id)
    return unit is not None and unit.service in incident.services


def _known(advised: Recommendation, unit_id: str) -> bool:
    return any(candidate.unit_id == unit_id for candidate in advised.candidates)


def _nearness(candidate: Candidate) -> tuple[bool, float, str]:
    near = candidate.arrival.p50_s if candidate.arrival is not None else float("inf")
    return not candidate.verdict.passed, near, candidate.unit_id


def _serves(context: PanelContext, unit_id: str) -> str:
    unit = context.board.unit(unit_id)
    if unit is None:
        return ""
    able = [name for name in TELLING if name in unit.capabilities][:CAPABILITIES_SHOWN]
    return ", ".join(context.say(f"incident.capability.{name}") for name in able)


def _radio_row(
    context: PanelContext, unit_id: str, candidate: Candidate | None, chosen: bool
) -> CandidateRow:
    why = context.say("incident.send.radio_now", key=context.commands.key_text("send.radio_now"))
    times = "?"
    if candidate is not None:
        why = f"{why} · {context.say(candidate.verdict.message)}"
        if candidate.arrival is not None:
            times = f"{span(candidate.arrival.p50_s)} – ?"
    serves = _serves(context, unit_id)
    return CandidateRow(unit_id, unit_id, serves, times, why, "radio", chosen)


def _plan_row(
    context: PanelContext, advised: Recommendation, unit_id: str, chosen: bool
) -> CandidateRow:
    planned = next((p for p in plan_units(advised) if p.unit_id == unit_id), None)
    times = band(arrival_of(advised, unit_id))
    if planned is None:
        candidate = next((c for c in advised.candidates if c.unit_id == unit_id), None)
        said = context.say(candidate.verdict.message) if candidate is not None else ""
        why = context.say("incident.send.own_choice")
        why = f"{why} · {said}" if said else why
        return CandidateRow(unit_id, unit_id, _serves(context, unit_id), times, why, "plan", chosen)
    serves = context.say(f"incident.capability.{planned.capability}") if planned.capability else ""
    why = context.say(planned.why)
    if not chosen:
        why = context.say("incident.send.taken_out", why=why)
    return CandidateRow(unit_id, unit_id, serves, times, why, "plan", chosen)


def _other_row(context: PanelContext, candidate: Candidate) -> CandidateRow:
    unit_id = candidate.unit_id
    return CandidateRow(
        unit_id,
        unit_id,
        _serves(context, unit_id),
        band(candidate.arrival),
        context.say(candidate.verdict.message),
        "free" if candidate.verdict.passed else "no",
        False,
    )
