"""A quarter of an hour through the whole program: recorded calls where there are any, and the
built-in city's shift, which takes the same path."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

import pytest

from dispatch.places import Places
from dispatch.reports.day import CALLS, DayPlan, measure, plan_day


def asked(start: datetime | None = None, **given: object) -> argparse.Namespace:
    values = {"calls": None, "region": None, "start": start, "hours": 0.25, "seed": 1}
    return argparse.Namespace(**{**values, **given})


def figures_of(plan: DayPlan, folder: Path) -> dict[str, object]:
    rows = measure(plan, Places(folder).prepare(), lambda message: None)
    return {figure.name: figure.value for figure in rows}


def well_played(found: dict[str, object]) -> None:
    assert found["day.errors"] == 0
    assert found["day.unserved"] == 0
    assert found["day.answered"] == found["day.calls"]
    assert found["day.journal_verifies"] == found["day.fold_matches"] == 1


def test_that_a_quarter_of_an_hour_of_the_built_in_city_plays_without_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_SHARED", str(tmp_path / "nothing here"))
    args = asked(datetime(2017, 1, 1, 18))
    plan = plan_day(args, tmp_path / "cache", tmp_path, lambda message: None)
    assert plan.spec.kind == "shift"
    found = figures_of(plan, tmp_path)
    well_played(found)
    assert found["day.calls"] >= 1


def test_that_a_quarter_of_an_hour_of_recorded_calls_plays_without_errors(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shared.joinpath(*CALLS).is_file():
        pytest.skip("the shared data have no recorded calls")
    monkeypatch.setenv("VIGIL_SHARED", str(shared))
    plan = plan_day(asked(), tmp_path / "cache", tmp_path, lambda message: None)
    assert plan.spec.kind == "recorded"
    found = figures_of(plan, tmp_path)
    well_played(found)
    assert found["day.calls"] >= 5 and found["day.units_sent"] >= 5
