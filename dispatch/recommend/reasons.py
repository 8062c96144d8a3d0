"""The why and the why-not around a plan: why this unit, why not that one, what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.domain.advice import Arrival, Plan, Shortfall, Verdict
from dispatch.domain.message import Message
from dispatch.domain.unit import Unit
from dispatch.recommend.assignment import Offer
from dispatch.recommend.reach import Start
from dispatch.recommend.request import RecommendRequest
from dispatch.recommend.run_cards import Need


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, `4:05`: the same in every language."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def why(need: Need, offer: Offer, offers: Sequence[Offer], start: Start, is_first: bool) -> Message:
    """Why this unit for this slot.

    `is_first` marks the unit of the plan that is there first.
    """
    step = need.best(offer.capabilities) or 0
    capability = need.slot.capabilities[step]
    if not offer.sure:
        if start.age_s is None:
            return Message("recommend.why.unplaced")
        return Message("recommend.why.stale", {"n": max(1, round(start.age_s / 60))})
    if step > 0 and need.step_s > 0:
        return Message(f"recommend.why.substitute.{need.slot.capabilities[0]}")
    if is_first and need.step_s == 0 and len(need.slot.capabilities) > 1:
        return Message("recommend.why.first_there")
    # Dearer by lesser or too precious skills counts as further away, as it did in the solve.
    own = _cost(need, offer)
    nearer = sum(
        other.sure
        and need.best(other.capabilities) is not None
        and (_cost(need, other), other.unit_id) < (own, offer.unit_id)
        for other in offers
    )
    if nearer == 0:
        return Message(f"recommend.why.nearest.{capability}")
    return Message(f"recommend.why.next.{capability}", {"n": nearer})


def _cost(need: Need, offer: Offer) -> float:
    return offer.arrival.p50_s + (need.price_s(offer.capabilities) or 0.0)


def later_than_plan(
    unit: Unit,
    arrival: Arrival,
    open_needs: Sequence[Need],
    plan: Plan,
) -> Message:
    """Why a unit that could go stays: how much later than the unit planned where it could serve."""
    planned = {row.slot_id: row for row in plan.units}
    rivals = [
        planned[need.slot.slot_id]
        for need in open_needs
        if need.slot.slot_id in planned and need.best(unit.capabilities) is not None
    ]
    if not rivals:
        return Message("recommend.gate.spare")
    rival = max(rivals, key=lambda row: (row.arrival.p50_s, row.unit_id))
    gap = arrival.p50_s - rival.arrival.p50_s
    values: dict[str, str | int | float | bool] = {
        "by": clock(abs(gap)),
        "unit": rival.unit_id,
    }
    return Message("recommend.gate.later" if gap >= 0 else "recommend.gate.less_proper", values)


def shortfalls(
    request: RecommendRequest,
    open_needs: Sequence[Need],
    picks: dict[int, str],
    verdicts: Sequence[Verdict | None],
) -> tuple[Shortfall, ...]:
    """The open slots nobody fills, each with the state of those who could have."""
    missing = []
    for n, need in enumerate(open_needs):
        if n in picks:
            continue
        able = [
            stop
            for view, stop in zip(request.units, verdicts, strict=True)
            if need.best(view.unit.capabilities) is not None
        ]
        missing.append(Shortfall(slot_id=need.slot.slot_id, label=need.slot.label, why=_lack(able)))
    return tuple(missing)


def _lack(able: Sequence[Verdict | None]) -> Message:
    if not able:
        return Message("recommend.shortfall.none_in_agency")
    gates = [stop.gate if stop is not None else "taken" for stop in able]
    if all(gate == "here" for gate in gates):
        return Message("recommend.shortfall.all_here", {"n": len(able)})
    committed = sum(gate == "committed" for gate in gates)
    away = sum(gate == "service" for gate in gates)
    taken = sum(gate in ("taken", "here", "position") for gate in gates)
    other = len(gates) - committed - away - taken
    if committed == len(gates):
        return Message("recommend.shortfall.all_committed", {"n": len(gates)})
    return Message(
        "recommend.shortfall.none_free",
        {"n": len(gates), "committed": committed, "away": away, "taken": taken, "other": other},
    )
