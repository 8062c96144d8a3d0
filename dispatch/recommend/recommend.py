"""Who should go: from an incident and every unit to plans, reasons and a verdict for each unit.

`recommend` is a pure function of its arguments (only `took_ms` differs from run to run): run card,
gates, arrivals, joint assignment, plan. It decides nothing; a named person confirms.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dispatch.domain.advice import (
    Arrival,
    Candidate,
    Plan,
    PlannedUnit,
    Recommendation,
    UsedFix,
    Verdict,
)
from dispatch.domain.message import Message, Problem
from dispatch.recommend.arrival import ArrivalModel
from dispatch.recommend.assignment import LEVEL_WEIGHT, Offer, OpenSlots, assign
from dispatch.recommend.gates import Situation, stale_message, verdict
from dispatch.recommend.reach import Reach, start_of, targets
from dispatch.recommend.reasons import clock, later_than_plan, shortfalls, why
from dispatch.recommend.request import RecommendRequest, Roads
from dispatch.recommend.run_cards import Need, RunCards

VERSION = "1"
#: "May be first, radio now" names at most so many units: one breath on the radio.
MAX_RADIO_NOW = 3
#: So many other incidents compete in the solve; the time it takes is bounded by it.
MAX_RIVALS = 8
_NO_TIME = Arrival(turnout_s=0, road_s=0, p50_s=0, p90_s=0, calibrated=False)


@dataclass(frozen=True)
class _Ground:
    """What is known of every unit before anything is chosen, in the request's order."""

    when_local: datetime
    reach: Reach
    arrivals: tuple[Arrival | None, ...]
    verdicts: tuple[Verdict | None, ...]


def recommend(
    request: RecommendRequest, roads: Roads, cards: RunCards, arrivals: ArrivalModel
) -> Recommendation:
    """The recommendation for one incident.

    `Problem` when no run card knows the type, the time zone is unknown, or a unit is given twice.
    """
    began = time.perf_counter()
    when_local = _local(request)
    if len({view.unit.unit_id for view in request.units}) != len(request.units):
        raise Problem("recommend.request.unit_twice", incident=request.incident_id)
    card = cards.card(
        request.type_id,
        request.level,
        when_local,
        area=request.area,
        alarm_level=request.alarm_level,
    )
    needs = card.needs(patients=request.patients, flags=request.flags)
    open_needs = _still_open(needs, request)
    starts = [start_of(view, request.as_of_us, request.limits) for view in request.units]
    reach = Reach(request.units, starts, roads, arrivals, when_local)
    ground = _survey(request, open_needs, when_local, reach, cards)
    own = OpenSlots(open_needs, _offers(request, ground), LEVEL_WEIGHT[request.level])
    rivals = _rivals(request, ground, cards) if open_needs else []
    picks, *others = assign([own, *(slots for _, slots in rivals)])
    kept = {
        unit_id: incident_id
        for (incident_id, _), chosen in zip(rivals, others, strict=True)
        for unit_id in chosen.values()
    }
    plan = _plan(request, card.advice, needs, open_needs, own, picks, ground)
    radio_now = _radio_now(request, open_needs, own, plan, ground)
    return Recommendation(
        recommendation_id=request.recommendation_id,
        incident_id=request.incident_id,
        incident_version=request.incident_version,
        as_of_us=request.as_of_us,
        run_card=card.card_id,
        level=request.level,
        slots=tuple(need.slot for need in needs),
        plans=(plan,),
        candidates=_candidates(request, open_needs, plan, ground, radio_now, kept),
        radio_now=radio_now,
        used_fixes=_used_fixes(request, ground),
        versions={
            "recommend": VERSION,
            "run_cards": cards.version,
            "arrival": f"{arrivals.name}@{arrivals.version}",
        },
        took_ms=(time.perf_counter() - began) * 1e3,
    )


def _local(request: RecommendRequest) -> datetime:
    try:
        zone = ZoneInfo(request.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Problem("recommend.request.time_zone", zone=request.time_zone) from error
    return datetime.fromtimestamp(request.as_of_us / 1e6, UTC).astimezone(zone)


def _still_open(needs: tuple[Need, ...], request: RecommendRequest) -> tuple[Need, ...]:
    """The needs that no unit on the incident fills, and none has filled that has come and gone.

    A run card may have changed since (another level): then a unit counts by what it can do.
    """
    here = [v.unit for v in request.units if v.unit.incident_id == request.incident_id]
    on_it = {unit.unit_id for unit in here}
    gone = [
        v.unit
        for v in request.units
        if v.unit.unit_id in request.served_slots and v.unit.unit_id not in on_it
    ]
    slot_ids = {need.slot.slot_id for need in needs}
    filled: set[str] = slot_ids & set(request.served_slots.values())
    free: list[Offer] = []
    for unit in sorted(here, key=lambda unit: unit.unit_id):
        slot_id = request.assigned_slots.get(unit.unit_id, "")
        if slot_id in slot_ids and slot_id not in filled:
            filled.add(slot_id)
        else:
            free.append(Offer(unit.unit_id, frozenset(unit.capabilities), _NO_TIME, True))
    for unit in sorted(gone, key=lambda unit: unit.unit_id):
        if request.served_slots[unit.unit_id] not in slot_ids:
            free.append(Offer(unit.unit_id, frozenset(unit.capabilities), _NO_TIME, True))
    rest = tuple(need for need in needs if need.slot.slot_id not in filled)
    [picks] = assign([OpenSlots(rest, free)])
    return tuple(need for n, need in enumerate(rest) if n not in picks)


def _survey(
    request: RecommendRequest,
    open_needs: tuple[Need, ...],
    when_local: datetime,
    reach: Reach,
    cards: RunCards,
) -> _Ground:
    reached = reach.to(targets(request.point, request.accuracy_m, request.limits))
    situation = Situation(
        incident_id=request.incident_id,
        level=request.level,
        area=request.area,
        when_local=when_local,
        needs=open_needs,
        rules=cards.rules,
        fix_age_s=request.limits.fix_age_s,
        incident_labels=request.incident_labels,
    )
    verdicts = tuple(
        verdict(view.unit, start, arrival, situation)
        for view, start, arrival in zip(request.units, reach.starts, reached, strict=True)
    )
    return _Ground(when_local, reach, reached, verdicts)


def _offers(request: RecommendRequest, ground: _Ground) -> list[Offer]:
    """The units that may go; one whose only fault is an old position is offered as unsure."""
    offers = []
    for view, arrival, stop in zip(request.units, ground.arrivals, ground.verdicts, strict=True):
        if arrival is not None and (stop is None or stop.gate == "position"):
            capabilities = frozenset(view.unit.capabilities)
            offers.append(Offer(view.unit.unit_id, capabilities, arrival, stop is None))
    return offers


def _rivals(
    request: RecommendRequest, ground: _Ground, cards: RunCards
) -> list[tuple[str, OpenSlots]]:
    """The open slots of the most severe other waiting incidents, which want the same units."""
    rivals = []
    others = [other for other in request.waiting if other.incident_id != request.incident_id]
    for other in sorted(others, key=lambda o: o.level.rank)[:MAX_RIVALS]:
        theirs = RecommendRequest(
            recommendation_id=request.recommendation_id,
            incident_id=other.incident_id,
            incident_version=0,
            as_of_us=request.as_of_us,
            time_zone=request.time_zone,
            type_id=other.type_id,
            level=other.level,
            point=other.point,
            units=request.units,
            area=other.area,
            limits=request.limits,
        )
        card = cards.card(
            other.type_id,
            other.level,
            ground.when_local,
            area=other.area,
            alarm_level=other.alarm_level,
        )
        needs = _still_open(card.needs(patients=other.patients, flags=other.flags), theirs)
        survey = _survey(theirs, needs, ground.when_local, ground.reach, cards)
        offers = _offers(theirs, survey)
        rivals.append((other.incident_id, OpenSlots(needs, offers, LEVEL_WEIGHT[other.level])))
    return rivals


def _plan(
    request: RecommendRequest,
    advice: Message | None,
    needs: tuple[Need, ...],
    open_needs: tuple[Need, ...],
    own: OpenSlots,
    picks: dict[int, str],
    ground: _Ground,
) -> Plan:
    offers = {offer.unit_id: offer for offer in own.offers}
    starts = dict(zip((v.unit.unit_id for v in request.units), ground.reach.starts, strict=True))
    first = min(
        (offers[u] for u in picks.values()),
        key=lambda o: (o.arrival.p50_s, o.unit_id),
        default=None,
    )
    units = []
    for n, unit_id in sorted(picks.items()):
        need, offer = open_needs[n], offers[unit_id]
        step = need.best(offer.capabilities) or 0
        units.append(
            PlannedUnit(
                unit_id=unit_id,
                slot_id=need.slot.slot_id,
                capability=need.slot.capabilities[step],
                arrival=offer.arrival,
                why=why(need, offer, own.offers, starts[unit_id], first is offer),
                substitutes=step > 0 and need.step_s > 0,
            )
        )
    notes = []
    if advice is not None:
        notes.append(advice)
    elif not open_needs:
        notes.append(Message("recommend.note.complete", {"n": len(needs)}))
    if request.accuracy_m > request.limits.accuracy_m:
        notes.append(Message("recommend.note.circle", {"n": round(request.accuracy_m)}))
    return Plan(
        plan_id=f"{request.recommendation_id}.fastest",
        kind="fastest",
        units=tuple(units),
        shortfalls=shortfalls(request, open_needs, picks, ground.verdicts),
        notes=tuple(notes),
    )


def _radio_now(
    request: RecommendRequest,
    open_needs: tuple[Need, ...],
    own: OpenSlots,
    plan: Plan,
    ground: _Ground,
) -> tuple[str, ...]:
    """Units with an unsure position that may be first: ask them by radio before sending others.

    At L1 and L2 a unit is named when its last known place would bring it to some slot before the
    P90 of the unit planned there; at any level when the plan already counts on it.
    """
    planned = {unit.slot_id: unit for unit in plan.units}
    used = {unit.unit_id for unit in plan.units}
    named = []
    for offer in own.offers:
        if offer.sure:
            continue
        may_be_first = request.level.is_critical and any(
            need.best(offer.capabilities) is not None
            and (
                need.slot.slot_id not in planned
                or offer.arrival.p50_s < planned[need.slot.slot_id].arrival.p90_s
            )
            for need in open_needs
        )
        if may_be_first or offer.unit_id in used:
            named.append((offer.unit_id not in used, offer.arrival.p50_s, offer.unit_id))
    limit = max(MAX_RADIO_NOW, sum(not unused for unused, _, _ in named))
    return tuple(unit_id for _, _, unit_id in sorted(named)[:limit])


def _candidates(
    request: RecommendRequest,
    open_needs: tuple[Need, ...],
    plan: Plan,
    ground: _Ground,
    radio_now: tuple[str, ...],
    kept: dict[str, str],
) -> tuple[Candidate, ...]:
    """A row for every unit: to be radioed, planned, able (soonest first), then the rest."""
    planned = {unit.unit_id: unit for unit in plan.units}
    rows = []
    for view, start, arrival, stop in zip(
        request.units, ground.reach.starts, ground.arrivals, ground.verdicts, strict=True
    ):
        unit_id = view.unit.unit_id
        if unit_id in planned and arrival is not None:
            message = (
                Message(
                    "recommend.gate.planned",
                    {"p50": clock(arrival.p50_s), "p90": clock(arrival.p90_s)},
                )
                if stop is None
                else stale_message(start, request.limits.fix_age_s)
            )
            gate = "planned" if stop is None else "position"
            said = Verdict(unit_id=unit_id, passed=True, gate=gate, message=message)
        elif stop is not None:
            said = stop
        elif unit_id in kept:
            incident = request.incident_labels.get(kept[unit_id], kept[unit_id])
            message = Message("recommend.gate.kept", {"incident": incident})
            said = Verdict(unit_id=unit_id, passed=True, gate="kept", message=message)
        else:
            assert arrival is not None
            message = later_than_plan(view.unit, arrival, open_needs, plan)
            said = Verdict(unit_id=unit_id, passed=True, gate="later", message=message)
        rows.append(
            Candidate(
                unit_id=unit_id,
                verdict=said,
                arrival=arrival,
                in_plan=unit_id in planned,
                radio_now=unit_id in radio_now,
            )
        )
    return tuple(sorted(rows, key=lambda row: _order(row, radio_now)))


def _order(row: Candidate, radio_now: tuple[str, ...]) -> tuple[int, float, str]:
    soon = row.arrival.p50_s if row.arrival else float("inf")
    if row.unit_id in radio_now:
        return 0, soon, row.unit_id
    return (1 if row.in_plan else 2 if row.verdict.passed else 3), soon, row.unit_id


def _used_fixes(request: RecommendRequest, ground: _Ground) -> tuple[UsedFix, ...]:
    return tuple(
        UsedFix(unit_id=view.unit.unit_id, point=start.point, age_s=start.age_s)
        for view, start, arrival in zip(
            request.units, ground.reach.starts, ground.arrivals, strict=True
        )
        if start.age_s is not None and arrival is not None
    )
