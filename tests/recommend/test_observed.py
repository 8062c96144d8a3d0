"""Recorded calls, the observed fleet and its timeline, and the figures made from them."""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Point
from dispatch.recommend.arrival import ArrivalModel
from dispatch.recommend.command import evaluate
from dispatch.recommend.crosswalk import Crosswalk
from dispatch.recommend.evaluate import figures, tally
from dispatch.recommend.observed import ObservedStation, Recorded, observed_agency, read_recorded
from dispatch.recommend.run_cards import RunCards
from dispatch.recommend.timeline import Timeline
from dispatch.region.build import build_pack
from dispatch.resources import resource
from tests.recommend.town import Grid, at

DAY = datetime(2017, 1, 2)
HOME = {n: ObservedStation(n, f"Station {n}", "fire", at(1000 * int(n))) for n in ("1", "2")}
#: 00:00 in San Francisco on 2017-01-02, in microseconds UTC (eight hours later).
MIDNIGHT = 1_483_344_000_000_000


def row(
    call: str, unit: str, unit_type: str, start_s: int, end_s: int | None, **more: object
) -> dict[str, object]:
    """A row as the publisher writes it: local times without a zone."""

    def clock(seconds: int | None) -> object:
        return pd.NaT if seconds is None else DAY + pd.Timedelta(seconds=seconds)

    values: dict[str, object] = {
        "call_number": call,
        "unit_id": unit,
        "unit_type": unit_type,
        "call_type": "Medical Incident",
        "original_priority": "3",
        "priority": "3",
        "received_dttm": clock(start_s - 60),
        "dispatch_dttm": clock(start_s),
        "response_dttm": clock(start_s + 60),
        "on_scene_dttm": clock(start_s + 200),
        "transport_dttm": pd.NaT,
        "hospital_dttm": pd.NaT,
        "available_dttm": clock(end_s),
        "lon": at(1200).lon,
        "lat": at(0).lat,
        "address_block": "1 Block of A ST",
        "station_area": "01",
        "unit_sequence": 1,
        "als_unit": False,
    }
    return {**values, **more}


def recorded(tmp_path: Path, *rows: dict[str, object]) -> Recorded:
    path = tmp_path / "calls.parquet"
    pd.DataFrame(rows).to_parquet(path)
    return read_recorded(path)


def test_that_local_times_of_a_file_become_utc(tmp_path: Path) -> None:
    calls = recorded(tmp_path, row("1", "E01", "ENGINE", 3600, 5400)).calls
    assert calls[0].dispatched_us == MIDNIGHT + 3_600_000_000
    assert calls[0].units[0].available_us == MIDNIGHT + 5_400_000_000
    assert calls[0].units[0].transport_us is None


def test_that_types_priorities_and_units_are_read_in_our_words(tmp_path: Path) -> None:
    calls = recorded(
        tmp_path,
        row("1", "E01", "ENGINE", 100, 200, original_priority="E"),
        row("2", "T01", "TRUCK", 300, 400, call_type="Alarms"),
        row("3", "60", "MEDIC", 500, 600, call_type="Other", original_priority=None, priority="2"),
        row("4", "X", "SPACESHIP", 700, 800, call_type="Meteorite"),
    ).calls
    told = [(call.type_id, call.level) for call in calls]
    assert told == [
        ("sick", Level.L1),
        ("hazard", Level.L3),
        ("sick", Level.L4),
        ("hazard", Level.L4),
    ]


def test_that_the_fleet_lives_where_its_ids_say_and_the_rest_follows_demand(tmp_path: Path) -> None:
    file = recorded(
        tmp_path,
        row("1", "E01", "ENGINE", 100, 200, als_unit=True),
        row("1", "M1", "MEDIC", 100, 200, unit_sequence=2),
        row("1", "M2", "MEDIC", 100, 200, unit_sequence=3),
        row("2", "T02", "TRUCK", 100, 200, station_area="02"),
        row("2", "BLS839", "CHIEF", 100, 200, station_area="02", unit_sequence=2),
    )
    fleet = observed_agency(file.calls, file.crosswalk, HOME)
    units = {unit.unit_id: unit for unit in fleet.units}
    assert fleet.housed == {"E01", "T02"}
    assert units["E01"].home == HOME["1"].point and "als" in units["E01"].capabilities
    assert units["T02"].home == HOME["2"].point and units["T02"].kind == "ladder"
    assert units["BLS839"].kind == "bls_ambulance"
    assert {units["M1"].station_id, units["M2"].station_id} == {"1", "2"}


def test_that_nothing_later_than_the_moment_is_known(tmp_path: Path) -> None:
    file = recorded(
        tmp_path,
        row("1", "E01", "ENGINE", 1000, 2000),
        row("2", "M1", "MEDIC", 1000, 2000, transport_dttm=DAY + pd.Timedelta(seconds=1500)),
    )
    fleet = observed_agency(file.calls, file.crosswalk, HOME)
    hospital = at(9000)
    line = Timeline(file.calls, fleet, [hospital])

    def state(seconds: int, unit_id: str) -> tuple[UnitState, Point | None]:
        views = line.at(MIDNIGHT + seconds * 1_000_000)
        view = next(v for v in views if v.unit.unit_id == unit_id)
        assert view.fix is None or view.fix.t_us <= MIDNIGHT + seconds * 1_000_000
        return view.unit.state, view.fix.point if view.fix else None

    assert state(900, "E01") == (UnitState.AVAILABLE_AT_STATION, None)
    assert state(900, "M1") == (UnitState.OFF_DUTY, None), "never seen yet"
    assert state(1030, "E01")[0] is UnitState.ASSIGNED
    assert state(1100, "E01")[0] is UnitState.EN_ROUTE
    assert state(1300, "E01")[0] is UnitState.ON_SCENE
    assert state(1600, "M1")[0] is UnitState.TRANSPORTING
    assert state(2010, "E01")[0] is UnitState.RETURNING
    assert state(2900, "E01")[0] is UnitState.AVAILABLE_AT_STATION
    assert state(2100, "M1") == (UnitState.AVAILABLE_ON_AIR, hospital)
    assert state(40_000, "M1")[0] is UnitState.OFF_DUTY


def test_that_the_figures_say_what_they_are_said_to_mean(tmp_path: Path) -> None:
    file = recorded(
        tmp_path,
        # Station 1 is 200 m away: E01 is first due. Then E01 is busy and E02 is.
        row("1", "E01", "ENGINE", 1000, 9000),
        row("2", "E02", "ENGINE", 2000, 3000),
        # The city sent the farther one: a disagreement.
        row("3", "E02", "ENGINE", 20_000, 21_000),
    )
    fleet = observed_agency(file.calls, file.crosswalk, HOME)
    arrivals = ArrivalModel.load()
    seen = tally(
        file.calls,
        fleet,
        [],
        lambda level: Grid(),
        RunCards.load(file.crosswalk.run_cards),
        arrivals,
        time_zone="America/Los_Angeles",
    )
    found = figures(seen, arrivals.road)
    assert found["first_due.n"] == 3
    assert found["first_due.agreement"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["first_unit.agreement"] == pytest.approx(2 / 3, abs=1e-3)
    # 20 s, 80 s and 80 s of road plus the shipped 10 s, against 140 s recorded.
    assert found["travel.median_abs_error_s"] == pytest.approx(50, abs=0.1)
    assert found["travel.road_only.median_abs_error_s"] == pytest.approx(60, abs=0.1)


def test_that_a_file_that_is_not_such_a_table_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 nothing")
    other = tmp_path / "other.parquet"
    pd.DataFrame({"call_number": ["1"], "colour": ["red"]}).to_parquet(other)
    for path, id in (
        (broken, "unreadable"),
        (other, "columns"),
        (tmp_path / "none.parquet", "unreadable"),
    ):
        with pytest.raises(Problem) as caught:
            read_recorded(path)
        assert caught.value.message.id == f"recommend.observed.{id}"
        assert caught.value.message.values["file"] == str(path)


def test_that_rows_without_place_or_dispatch_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="empty"):
        recorded(tmp_path, row("1", "E01", "ENGINE", 100, 200, lon=float("nan")))


def test_that_shipped_crosswalks_and_their_data_are_sound() -> None:
    paths = list(resource("crosswalks").glob("*.toml"))
    assert paths
    for path in paths:
        crosswalk = Crosswalk.load(path)
        RunCards.load(crosswalk.run_cards)
        ArrivalModel.load(crosswalk.arrival)


def test_that_san_francisco_is_recommended_much_as_it_acted(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = shared / "data"
    pack = tmp_path / "sf.region"
    build_pack(data / "sf_roads", pack, places=data / "sf_places", name="San Francisco")
    calls = data / "sf_incidents" / "sf_calls_units_train.parquet"
    args = argparse.Namespace(calls=calls, region=pack, json=True, limit=150)
    assert evaluate(args) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["first_due.agreement"] >= 0.65
    assert found["first_unit.agreement"] >= 0.2
    assert found["travel.median_abs_error_s"] <= 60
    assert found["plan.complete"] >= 0.9


def test_that_calls_of_another_city_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "calls.parquet"
    pd.DataFrame([row("1", "E01", "ENGINE", 100, 200)]).to_parquet(path)
    with pytest.raises(Problem, match="elsewhere"):
        evaluate(argparse.Namespace(calls=path, region=resource("region", "builtin.region")))
