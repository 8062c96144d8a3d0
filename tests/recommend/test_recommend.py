"""The recommendation as a whole: plans, verdicts, why and why-not."""

from __future__ import annotations

import msgspec
import pytest

from dispatch.domain.advice import Recommendation
from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.domain.unit import UnitState
from dispatch.recommend.request import Waiting
from dispatch.words import LANGUAGES, catalogue, say
from tests.recommend.town import NOW, Grid, ask, at, gate_of, view

MEDIC = "als bls transport aed"
BASIC = "bls transport"
ENGINE = "pump bls aed"


def planned(recommendation: Recommendation) -> dict[str, str]:
    return {unit.slot_id: unit.unit_id for unit in recommendation.plans[0].units}


def test_that_the_nearest_medical_unit_of_any_kind_goes_first_and_the_right_kind_second() -> None:
    r = ask(
        view("e1", ENGINE, 300, kind="engine"),
        view("m1", MEDIC, 2000),
        view("m2", MEDIC, 4000),
        view("b1", BASIC, 5000, kind="bls_ambulance"),
    )
    assert planned(r)["first"] == "e1"
    assert planned(r)["ambulance"] == "m1"
    first = next(u for u in r.plans[0].units if u.slot_id == "first")
    assert first.why.id == "recommend.why.first_there"


def test_that_kazakhstan_sends_the_nearest_brigade_and_then_a_doctor() -> None:
    r = ask(
        view("f1", BASIC, 500, kind="feldsher"),
        view("d1", "doctor als bls transport", 3000, kind="doctor"),
        view("f2", BASIC, 800, kind="feldsher"),
        agency="kazakhstan",
    )
    assert planned(r) == {"first": "f1", "doctor": "d1"}


def test_that_a_doctor_who_is_nearest_goes_with_a_second_brigade() -> None:
    r = ask(
        view("f1", BASIC, 2000, kind="feldsher"),
        view("d1", "doctor als bls transport", 300, kind="doctor"),
        agency="kazakhstan",
    )
    assert planned(r) == {"first": "f1", "doctor": "d1"}
    assert r.plans[0].shortfalls == ()


def test_that_korea_sends_ambulance_special_ambulance_and_pump_ambulance_to_an_arrest() -> None:
    r = ask(
        view("a1", BASIC, 400, kind="emt"),
        view("s1", MEDIC, 1500, kind="special"),
        view("p1", ENGINE, 900, kind="pump_ambulance"),
        view("a2", BASIC, 800, kind="emt"),
        agency="korea",
    )
    assert planned(r) == {"first": "a1", "special": "s1", "pump_ambulance": "p1"}


def test_that_precious_units_are_spared_for_a_mild_call_unless_much_sooner() -> None:
    doctor = view("d1", "doctor als bls transport", 500, kind="doctor")
    near = ask(doctor, view("f1", BASIC, 2000), agency="kazakhstan", type_id="sick", level="L3")
    far = ask(doctor, view("f1", BASIC, 9000), agency="kazakhstan", type_id="sick", level="L3")
    assert planned(near) == {"brigade": "f1"}
    assert planned(far) == {"brigade": "d1"}


def test_that_a_call_for_advice_gets_no_unit_but_words() -> None:
    r = ask(view("m1", MEDIC), type_id="sick", level="L5")
    assert r.plans[0].units == () and r.plans[0].shortfalls == ()
    assert [note.id for note in r.plans[0].notes] == ["recommend.advice.call_back"]
    assert gate_of(r, "m1") == "capability"


def test_that_every_unit_has_one_verdict_and_the_first_gate_decides() -> None:
    r = ask(
        view("here", MEDIC, incident="i1", state=UnitState.ON_SCENE),
        view("busy", MEDIC, incident="i9", state=UnitState.EN_ROUTE, age_s=5),
        view("broken", MEDIC, state=UnitState.OUT_OF_SERVICE, reason="brakes"),
        view("break", MEDIC, state=UnitState.ON_BREAK),
        view("off", MEDIC, state=UnitState.OFF_DUTY),
        view("gas", "gas", kind="gas"),
        view("alone", MEDIC, crew=1),
        view("island", MEDIC, 50_000),
        view("stale", MEDIC, 100_000, state=UnitState.AVAILABLE_ON_AIR, age_s=900),
        view("good", MEDIC, 700),
        roads=Grid(coast_m=40_000),
    )
    gates = {c.unit_id: c.verdict.gate for c in r.candidates}
    assert len(gates) == len(r.candidates) == 10
    assert gates == {
        "here": "here", "busy": "committed", "broken": "service", "break": "service",
        "off": "service", "gas": "capability", "alone": "crew", "island": "reach",
        "stale": "reach", "good": "planned",
    }  # fmt: skip
    assert {c.unit_id for c in r.candidates if c.verdict.passed} == {"good"}


def test_that_the_why_not_names_the_incident_as_people_say_it() -> None:
    r = ask(
        view("m1", MEDIC, incident="i9", state=UnitState.EN_ROUTE, age_s=5),
        incident_labels={"i9": "0412"},
    )
    verdict = r.candidates[0].verdict
    assert say(verdict.message, "en") == "under way to 0412"


def test_that_the_verdict_of_a_spare_unit_says_how_much_later_it_would_be() -> None:
    r = ask(view("m1", MEDIC, 1000), view("m2", MEDIC, 3000), type_id="sick", level="L4")
    message = next(c for c in r.candidates if c.unit_id == "m2").verdict.message
    # 2,000 m at 10 m/s is 200 s.
    assert say(message, "en") == "free, 3:20 later than m1"


def test_that_a_stale_unit_that_may_be_first_stands_on_top_and_is_not_planned() -> None:
    r = ask(
        view("m1", MEDIC, 3000),
        view("old", MEDIC, 500, state=UnitState.AVAILABLE_ON_AIR, age_s=540),
        type_id="stroke",
        level="L2",
    )
    assert r.radio_now == ("old",)
    assert r.candidates[0].unit_id == "old" and r.candidates[0].radio_now
    assert not r.candidates[0].verdict.passed and not r.candidates[0].in_plan
    assert "9 min old" in say(r.candidates[0].verdict.message, "en")
    assert planned(r)["ambulance"] == "m1"


def test_that_a_stale_unit_is_not_called_on_the_radio_for_a_mild_call() -> None:
    r = ask(
        view("m1", MEDIC, 3000),
        view("old", MEDIC, 500, state=UnitState.AVAILABLE_ON_AIR, age_s=540),
        type_id="sick",
        level="L3",
    )
    assert r.radio_now == ()


def test_that_a_stale_unit_is_used_when_nobody_else_can_go() -> None:
    r = ask(
        view("old", MEDIC, 500, state=UnitState.AVAILABLE_ON_AIR, age_s=540),
        type_id="sick",
        level="L3",
    )
    assert planned(r) == {"ambulance": "old"}
    assert r.plans[0].units[0].why.id == "recommend.why.stale"
    assert r.radio_now == ("old",) and r.candidates[0].verdict.passed


def test_that_a_fix_from_the_future_is_not_used() -> None:
    r = ask(
        view("m1", MEDIC, 500, state=UnitState.AVAILABLE_ON_AIR, age_s=-30),
        type_id="sick",
        level="L3",
    )
    assert r.used_fixes == ()
    assert gate_of(r, "m1") == "position"


def test_that_a_unit_at_its_station_is_believed_until_a_fresh_fix_shows_it_elsewhere() -> None:
    home = view("m1", MEDIC, 200, age_s=600)
    away = view("m2", MEDIC, 3000, age_s=10)
    r = ask(home, away, type_id="sick", level="L4")
    arrivals = {c.unit_id: c.arrival for c in r.candidates}
    assert arrivals["m1"] is not None and arrivals["m1"].road_s == pytest.approx(0)
    assert arrivals["m2"] is not None and arrivals["m2"].road_s == pytest.approx(300)
    assert [fix.unit_id for fix in r.used_fixes] == ["m2"]


def test_that_moving_units_are_timed_from_where_they_are_without_a_station_turnout() -> None:
    r = ask(view("m1", MEDIC, 1000, state=UnitState.RETURNING, age_s=3), type_id="sick", level="L4")
    arrival = r.plans[0].units[0].arrival
    assert arrival.road_s == pytest.approx(100) and arrival.turnout_s == 5


def test_that_an_arrival_is_a_band_that_admits_it_is_not_calibrated() -> None:
    r = ask(view("m1", MEDIC, 1000), type_id="sick", level="L4")
    arrival = r.plans[0].units[0].arrival
    assert arrival.turnout_s + arrival.road_s <= arrival.p50_s < arrival.p90_s
    assert not arrival.calibrated


def test_that_an_uncertain_caller_is_timed_to_the_worst_point_of_the_circle() -> None:
    near = ask(view("m1", MEDIC, 1000), type_id="sick", level="L4")
    wide = ask(view("m1", MEDIC, 1000), type_id="sick", level="L4", accuracy_m=400.0)
    road = near.plans[0].units[0].arrival.road_s, wide.plans[0].units[0].arrival.road_s
    assert road[1] == pytest.approx(154.6, abs=0.1) and road[0] == pytest.approx(100)
    assert wide.plans[0].notes[-1].id == "recommend.note.circle"


def test_that_water_inside_the_circle_hides_nobody() -> None:
    r = ask(
        view("m1", MEDIC, -1000),
        type_id="sick",
        level="L4",
        accuracy_m=400.0,
        roads=Grid(coast_m=100),
    )
    assert planned(r) == {"ambulance": "m1"}


def test_that_an_exact_place_costs_one_road_query() -> None:
    roads = Grid()
    ask(*(view(f"m{i}", MEDIC, i * 100) for i in range(50)), roads=roads)
    assert roads.calls == 1


def test_that_units_already_on_the_incident_fill_their_slots() -> None:
    units = (
        view("a1", BASIC, 400, kind="emt", incident="i1", state=UnitState.EN_ROUTE, age_s=1),
        view("s1", MEDIC, 1500, kind="special"),
        view("a2", BASIC, 100, kind="emt"),
        view("p1", ENGINE, 900, kind="pump_ambulance"),
    )
    r = ask(*units, agency="korea")
    assert planned(r) == {"special": "s1", "pump_ambulance": "p1"}
    assert {slot.slot_id for slot in r.slots} == {"first", "special", "pump_ambulance"}
    pinned = ask(*units, agency="korea", assigned_slots={"a1": "special"})
    assert planned(pinned) == {"first": "a2", "pump_ambulance": "p1"}


def test_that_a_slot_that_was_served_is_not_wanted_again() -> None:
    r = ask(view("m1", MEDIC, 100), type_id="sick", level="L4", served_slots={"m9": "ambulance"})
    assert r.plans[0].units == () and r.plans[0].shortfalls == ()
    assert r.plans[0].notes[0].id == "recommend.note.complete"
    assert gate_of(r, "m1") == "capability"


def test_that_a_shortfall_says_why_nobody_fills_the_slot() -> None:
    r = ask(
        view("m1", MEDIC, 500),
        view("d1", "doctor bls transport", incident="i9", state=UnitState.ON_SCENE),
        agency="kazakhstan",
        flags=("staging",),
    )
    why = {s.slot_id: s.why for s in r.plans[0].shortfalls}
    assert why["doctor"].id == "recommend.shortfall.all_committed"
    assert why["police"].id == "recommend.shortfall.none_in_agency"


def test_that_more_patients_ask_for_more_ambulances() -> None:
    units = [view(f"m{i}", MEDIC, 100 * i) for i in range(8)]
    r = ask(*units, type_id="collision", level="L1", patients=3)
    assert sum(slot.slot_id.startswith("ambulance") for slot in r.slots) == 3


def test_that_a_higher_alarm_calls_the_larger_card() -> None:
    engines = [view(f"e{i}", ENGINE, 100 * i, kind="engine") for i in range(9)]
    first = ask(*engines, type_id="fire", level="L2")
    second = ask(*engines, type_id="fire", level="L2", alarm_level=2)
    assert (first.run_card, second.run_card) == ("fire.working", "fire.second_alarm")
    assert len(second.plans[0].units) > len(first.plans[0].units)


def test_that_a_waiting_incident_of_higher_level_keeps_its_unit() -> None:
    units = (view("m1", MEDIC, 100), view("m2", MEDIC, 2500))
    alone = ask(*units, type_id="sick", level="L4")
    rival = Waiting(incident_id="i2", type_id="stroke", level=Level.L2, point=at(-100))
    beside = ask(*units, type_id="sick", level="L4", waiting=(rival,))
    assert planned(alone) == {"ambulance": "m1"}
    assert planned(beside) == {"ambulance": "m2"}
    assert gate_of(beside, "m1") == "kept"


def test_that_the_order_of_the_units_does_not_matter() -> None:
    units = [view(f"m{i}", MEDIC, 500) for i in range(6)]
    one = ask(*units, type_id="sick", level="L4")
    two = ask(*reversed(units), type_id="sick", level="L4")
    timeless = [msgspec.structs.replace(r, took_ms=0.0) for r in (one, two)]
    assert timeless[0] == timeless[1]


def test_that_a_recommendation_survives_the_journal() -> None:
    r = ask(view("m1", MEDIC, 500), view("e1", ENGINE, 700, age_s=20))
    assert msgspec.json.decode(msgspec.json.encode(r), type=Recommendation) == r


def test_that_a_unit_given_twice_or_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Problem, match="unit_twice"):
        ask(view("m1", MEDIC), view("m1", MEDIC))
    with pytest.raises(Problem, match="time_zone"):
        ask(view("m1", MEDIC), time_zone="Mars/Olympus")


def test_that_the_polyclinic_team_goes_by_day_on_working_days_only() -> None:
    team = view("p1", "primary_care", 900, kind="polyclinic")
    basic = view("f1", BASIC, 300, kind="feldsher")
    day = ask(team, basic, agency="kazakhstan", type_id="sick", level="L4")
    night = ask(
        team,
        basic,
        agency="kazakhstan",
        type_id="sick",
        level="L4",
        as_of_us=NOW + 14 * 3_600_000_000,
    )
    assert planned(day) == {"polyclinic": "p1"}
    assert planned(night) == {"brigade": "f1"}
    assert gate_of(night, "p1") in {"capability", "rule"}


def test_that_a_helicopter_is_timed_by_air_but_sent_on_request_only() -> None:
    r = ask(
        view("h1", "air doctor transport bls", 50_000, kind="helicopter", crew=4),
        roads=Grid(coast_m=10_000),
        agency="korea",
    )
    arrival = r.candidates[0].arrival
    assert arrival is not None and 900 < arrival.p50_s < 1700
    assert gate_of(r, "h1") == "rule" and r.plans[0].units == ()


def test_that_every_message_of_the_room_has_words_in_every_language() -> None:
    wanted = {id for id in catalogue("en") if id.startswith("recommend.")}
    assert len(wanted) > 100
    for language in LANGUAGES:
        assert wanted <= set(catalogue(language)), language
