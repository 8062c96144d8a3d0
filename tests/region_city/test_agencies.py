"""The three agencies of the built-in city."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import numpy as np
import pyarrow.parquet as pq
import pytest

from dispatch.domain.unit import UnitState
from dispatch.region.agency import Agency, open_agency
from dispatch.region.pack import Pack
from dispatch.region.roads import RoadTimes
from dispatch.resources import resource

AGENCIES = ("international", "kazakhstan", "korea")


@pytest.fixture(scope="module", params=AGENCIES)
def agency(request: pytest.FixtureRequest) -> Agency:
    return open_agency(resource("agencies", f"{request.param}.agency"))


def _kinds(name: str) -> Counter[str]:
    return Counter(u.kind for u in open_agency(resource("agencies", f"{name}.agency")).units)


def test_that_kazakhstan_has_48_brigades_of_which_16_in_100_bear_a_doctor() -> None:
    kinds = _kinds("kazakhstan")
    assert kinds["feldsher"] + kinds["doctor"] + kinds["intensive_care"] == 48
    assert 0.14 < (kinds["doctor"] + kinds["intensive_care"]) / 48 < 0.18


def test_that_korea_has_ten_ambulances_all_in_fire_stations() -> None:
    korea = open_agency(resource("agencies", "korea.agency"))
    ambulances = [u for u in korea.units if u.kind in ("emt", "special")]
    assert Counter(u.kind for u in ambulances) == {"emt": 7, "special": 3}
    for unit in ambulances:
        station = korea.station(unit.station_id)
        assert station is not None
        assert station.service == "fire"
    assert sum(u.kind == "pump_ambulance" for u in korea.units) >= 4


def test_that_the_international_agency_has_about_ninety_units_of_eight_kinds() -> None:
    kinds = _kinds("international")
    assert len(kinds) == 8
    assert 85 <= sum(kinds.values()) <= 95


def test_that_call_signs_are_short_and_typed_on_any_layout(agency: Agency) -> None:
    for unit in agency.units:
        assert len(unit.unit_id) <= 6
        assert unit.unit_id.isascii()


def test_that_no_call_sign_reads_as_another_written_without_its_dash(agency: Agency) -> None:
    folded = Counter(u.unit_id.replace("-", "").lower() for u in agency.units)
    plain = {k for k, n in folded.items() if n > 1}
    # Kazakh brigades 1-11 and 11-1 cannot both be: places go up to 9.
    assert not plain


def test_that_someone_is_on_duty_at_every_hour(agency: Agency) -> None:
    for hour in range(24):
        now = datetime(2026, 11, 22, hour, 30)
        on = [u for u in agency.units if u.shift.covers(now) and "transport" in u.capabilities]
        assert len(on) >= 9


def test_that_every_state_has_a_short_word_in_every_language(agency: Agency) -> None:
    for language in ("en", "ru", "kk", "ko"):
        for state in UnitState:
            word = agency.abbreviation(str(state.value), language)
            assert word
            assert len(word) <= 7


def test_that_radio_words_stand_ready_in_the_services_languages(agency: Agency) -> None:
    for language in agency.languages:
        for text_id in ("dispatch", "acknowledge", "recall", "confirm_place"):
            assert agency.radio(text_id, language)
        assert "{address}" in (agency.radio("dispatch", language) or "")


def test_that_limits_are_those_of_the_design(agency: Agency) -> None:
    assert agency.limits.fix_age_s == 120
    assert agency.limits.acknowledge_s == 60


def test_that_one_hospital_each_takes_trauma_stroke_and_children(agency: Agency) -> None:
    assert len(agency.hospitals) == 5
    for capability in ("trauma", "stroke", "cardiac", "children"):
        assert sum(capability in h.capabilities for h in agency.hospitals) == 1


def test_that_kazakh_arrival_targets_count_from_the_brigades_receipt() -> None:
    agency = open_agency(resource("agencies", "kazakhstan.agency"))
    limits = {}
    for level in ("L1", "L2", "L3", "L4"):
        target = agency.target_for("medical", "on_scene", level=level, type_id="sick")
        assert target is not None
        assert target.start == "acknowledged"
        limits[level] = target.limit_s
    assert limits == {"L1": 600, "L2": 900, "L3": 1800, "L4": 3600}
    pain = agency.target_for("medical", "on_scene", level="L2", type_id="chest_pain")
    assert pain is not None
    assert pain.limit_s == 600


def test_that_korean_fire_engines_have_seven_minutes_and_the_rest_is_not_set() -> None:
    agency = open_agency(resource("agencies", "korea.agency"))
    fire = agency.target_for("fire", "on_scene", type_id="fire")
    assert fire is not None
    assert fire.limit_s == 420
    assert agency.target_for("police", "on_scene") is None


def test_that_stations_stand_on_the_road_network(agency: Agency, tarvelin: Pack) -> None:
    roads = RoadTimes.of(tarvelin, profile="lights")
    for place in (*agency.stations, *agency.hospitals):
        assert roads.snap(place.lon, place.lat).distance_m < 250


def test_that_most_people_are_near_an_ambulance(agency: Agency, tarvelin: Pack) -> None:
    """The p-median sites: 9 in 10 inhabitants within 12 minutes with lights."""
    roads = RoadTimes.of(tarvelin, profile="lights")
    table = pq.read_table(agency.path / "demand.parquet").group_by("zone_id").aggregate(
        [("lon_e7", "min"), ("lat_e7", "min"), ("population", "min")]
    )  # fmt: skip
    zones = np.column_stack(
        [table["lon_e7_min"].to_numpy() / 1e7, table["lat_e7_min"].to_numpy() / 1e7]
    )
    people = table["population_min"].to_numpy()
    homes = {u.station_id for u in agency.units if u.kind != "helicopter"
             and "transport" in u.capabilities}  # fmt: skip
    times = [
        np.asarray(roads.one_to_many((s.lon, s.lat), zones))
        for s in agency.stations
        if s.station_id in homes
    ]
    nearest = np.min(times, axis=0)
    assert people[nearest < 720].sum() / people.sum() > 0.9


def test_that_demand_is_spread_over_the_week_and_the_city(agency: Agency) -> None:
    table = pq.read_table(agency.path / "demand.parquet")
    assert set(table["hour"].to_pylist()) == set(range(168))
    assert len(set(table["type_id"].to_pylist())) == 10
    people = table.group_by("zone_id").aggregate([("population", "min")])["population_min"]
    assert abs(sum(people.to_pylist()) - 600_000) < 6_000
