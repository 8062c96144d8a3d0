"""What holds for any fleet: found by hypothesis, not by example."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.unit import UnitState
from dispatch.recommend.arrival import ArrivalModel
from dispatch.recommend.assignment import Offer, OpenSlots, assign, objective
from dispatch.recommend.recommend import recommend
from dispatch.recommend.request import UnitView
from dispatch.recommend.run_cards import CALL_TYPES
from tests.recommend.town import NOON_CARDS, Grid, cards, request, view

SKILLS = (
    "bls transport",
    "als bls transport aed",
    "doctor als bls transport",
    "pump bls aed",
    "ladder",
    "rescue",
    "command",
    "patrol",
    "gas",
    "primary_care",
    "supervisor als",
)
CARDS = {name: cards(name) for name in ("international", "kazakhstan", "korea")}
ARRIVALS = ArrivalModel.load()


@st.composite
def fleets(draw: st.DrawFn, most: int = 14) -> tuple[UnitView, ...]:
    units = []
    for n in range(draw(st.integers(0, most))):
        state = draw(st.sampled_from(list(UnitState)))
        busy = draw(st.booleans()) and not state.is_available
        units.append(
            view(
                f"u{n}",
                draw(st.sampled_from(SKILLS)),
                draw(st.integers(-8000, 8000)),
                draw(st.integers(-8000, 8000)),
                state=state,
                age_s=draw(st.none() | st.integers(-20, 2000)),
                incident=draw(st.sampled_from(["i1", "i2"])) if busy else None,
                crew=draw(st.integers(0, 4)),
            )
        )
    return tuple(units)


asks = st.fixed_dictionaries(
    {
        "type_id": st.sampled_from(sorted(CALL_TYPES)),
        "level": st.sampled_from(["L1", "L2", "L3", "L4", "L5"]),
        "patients": st.integers(1, 4),
        "accuracy_m": st.sampled_from([0.0, 300.0]),
        "flags": st.sampled_from([(), ("staging",)]),
    }
)


@settings(max_examples=120, deadline=None)
@given(fleets(), asks, st.sampled_from(sorted(CARDS)))
def test_that_the_rules_of_a_recommendation_hold_for_any_fleet(
    units: tuple[UnitView, ...], ask: dict[str, object], agency: str
) -> None:
    question = request(*units, **ask)  # type: ignore[arg-type]
    answer = recommend(question, Grid(coast_m=7000), CARDS[agency], ARRIVALS)
    plan = answer.plans[0]
    by_id = {v.unit.unit_id: v.unit for v in units}

    assert sorted(c.unit_id for c in answer.candidates) == sorted(by_id), "a verdict for every unit"
    going = [unit.unit_id for unit in plan.units]
    assert len(set(going)) == len(going), "no unit twice"
    for unit_id in going:
        unit = by_id[unit_id]
        assert unit.incident_id is None and unit.state.is_available, "nobody committed is planned"
    slots = {slot.slot_id: slot for slot in answer.slots}
    for planned in plan.units:
        assert planned.capability in slots[planned.slot_id].capabilities
        assert planned.capability in by_id[planned.unit_id].capabilities
        assert planned.arrival.p50_s <= planned.arrival.p90_s
    filled = {unit.slot_id for unit in plan.units} | {short.slot_id for short in plan.shortfalls}
    assert len(filled) == len(plan.units) + len(plan.shortfalls) <= len(slots), "each slot once"
    for candidate in answer.candidates:
        assert candidate.in_plan == (candidate.unit_id in going)
        assert candidate.verdict.passed or not candidate.in_plan
        assert candidate.radio_now == (candidate.unit_id in answer.radio_now)
    assert all(fix.age_s >= 0 for fix in answer.used_fixes), "no position from the future"

    again = recommend(question, Grid(coast_m=7000), CARDS[agency], ARRIVALS)
    assert msgspec.structs.replace(again, took_ms=answer.took_ms) == answer, "deterministic"


@settings(max_examples=80, deadline=None)
@given(fleets(10), st.data(), asks, st.sampled_from(sorted(CARDS)))
def test_that_one_more_unit_never_makes_the_fastest_plan_worse(
    units: tuple[UnitView, ...], data: st.DataObject, ask: dict[str, object], agency: str
) -> None:
    card = CARDS[agency].card(str(ask["type_id"]), request(**ask).level, NOON_CARDS)  # type: ignore[arg-type]
    needs = card.needs(patients=int(str(ask["patients"])))
    offers = [
        Offer(
            v.unit.unit_id,
            frozenset(v.unit.capabilities),
            ARRIVALS.arrival("emt", UnitState.RETURNING, NOON_CARDS, abs(v.unit.home.lon) * 1e5),  # type: ignore[arg-type]
            v.fix is None,
        )
        for v in units
    ]
    if not offers:
        return
    fewer = data.draw(st.integers(0, len(offers) - 1))
    small, large = OpenSlots(needs, offers[:fewer]), OpenSlots(needs, offers)
    [few], [many] = assign([small]), assign([large])
    assert objective(large, many) <= objective(small, few) + 1e-6
    assert len(many) >= len(few)
