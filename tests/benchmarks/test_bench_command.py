"""`vigil bench`: one JSON object a line, and what cannot be measured says so."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.region.agency import open_agency
from dispatch.reports import bench, day
from dispatch.reports.call_to_plan import fleet_of


def asked(name: str, **given: object) -> argparse.Namespace:
    values = {
        "name": name,
        "language": "en",
        "data_dir": None,
        "calls": None,
        "region": None,
        "start": None,
        "hours": 0.1,
        "seed": 1,
        "json": True,
    }
    return argparse.Namespace(**{**values, **given})


def rows(text: str) -> list[dict[str, object]]:
    found = [json.loads(line) for line in text.splitlines()]
    for row in found:
        assert set(row) == {"name", "value", "unit", "against"}
    return found


def test_that_figures_are_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run(asked("severity")) == 0
    names = {row["name"] for row in rows(capsys.readouterr().out)}
    assert {"severity.predict.p50_ms", "severity.predict.p99_ms"} <= names


def test_that_a_day_without_recorded_calls_is_the_built_in_citys(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_SHARED", str(tmp_path))
    assert bench.run(asked("day", data_dir=tmp_path / "data")) == 0
    said = {row["name"]: row for row in rows(capsys.readouterr().out)}
    assert said["day.errors"]["value"] == 0 and said["day.unserved"]["value"] == 0
    assert said["day.journal_verifies"]["value"] == 1
    assert "no recorded calls" in str(said["day.calls"]["against"])


def test_that_recorded_calls_want_their_streets(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        bench.run(asked("day", calls=tmp_path / "calls.parquet", data_dir=tmp_path))
    assert caught.value.message.id in ("reports.region_missing", "recommend.observed.missing")


def test_that_one_bench_that_fails_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "ORDER", ("start", "roads"))
    assert bench.run(asked("all")) == 1
    out = capsys.readouterr()
    assert "start" in out.err
    assert any(row["name"] == "roads.many_to_one.p99_ms" for row in rows(out.out))


def test_that_a_bench_of_the_window_is_found_by_its_door() -> None:
    doors = {"start": "tests.benchmarks.test_bench_command:rows"}
    assert bench.bench_of("start", asked("start", window_benches=doors)).__name__ == "rows"
    with pytest.raises(Problem) as caught:
        bench.bench_of("map", asked("map", window_benches=doors))
    assert caught.value.message.values == {"name": "map"}


def test_that_the_fleet_of_the_bench_has_as_many_units_as_it_says(tmp_path: Path) -> None:
    agency = open_agency(fleet_of(100, tmp_path))
    assert len(agency.units) == 100 and len({unit.unit_id for unit in agency.units}) == 100


def test_that_a_broken_pack_in_the_cache_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Path] = []
    monkeypatch.setattr(day, "build_pack", lambda roads, pack, **how: built.append(pack))
    first = day._built(tmp_path, tmp_path / "cache", lambda message: None)
    first.mkdir(parents=True)
    (first / "pack.toml").write_text("broken", "utf-8")
    second = day._built(tmp_path, tmp_path / "cache", lambda message: None)
    assert built == [first, second] and first != second
