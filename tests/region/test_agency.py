"""An agency's folder: read typed, refused with file, line and column."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.region.agency import open_agency

TOML = """format = 1
name = "Town"
region = "builtin"
services = ["medical", "fire"]
languages = ["ko", "en"]
profile = "korea"

[limits]
fix_age_s = 90

[turnout_s]
default = 60
pump = 80

[abbreviations.en]
available_at_station = "STN"

[radio.ko]
dispatch = "{units}, {address}."
"""
STATIONS = """station_id,service,name,name_ko,lon,lat,x_note
S1,medical,"Post, first",구급대,76.9,43.2,ignored
S2,fire,Station 2,,76.95,43.25,
"""
HOSPITALS = """hospital_id,name,lon,lat,capabilities,beds,accepts
H1,First,76.91,43.21,trauma stroke,120,
H2,Second,76.92,43.22,,,no
"""
UNITS = """unit_id,service,kind,label,station_id,capabilities,crew,shift
M1,medical,emt,구급 1,S1,bls transport,3,
P1,fire,pump,펌프 1,S2,pump water,5,mon-fri 08:00-20:00
N1,medical,special,특별 1,S1,als,,20:00-08:00
"""
TARGETS = """[[target]]
id = "fire"
service = "fire"
start = "ringing"
stop = "on_scene"
limit_s = 420
share = 0.9

[[target]]
id = "critical"
service = "medical"
start = "acknowledged"
stop = "on_scene"
limit_s = 600
levels = ["L1", "L2"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound agency."""
    path = tmp_path / "town.agency"
    path.mkdir()
    for name, text in {
        "agency.toml": TOML,
        "stations.csv": STATIONS,
        "hospitals.csv": HOSPITALS,
        "units.csv": UNITS,
        "targets.toml": TARGETS,
    }.items():
        (path / name).write_text(text, "utf-8")
    (path / "run_cards").mkdir()
    (path / "run_cards/medical.toml").write_text("", "utf-8")
    return path


def test_that_an_agency_reads_back(folder: Path) -> None:
    agency = open_agency(folder)
    assert (agency.name, agency.region, agency.profile) == ("Town", "builtin", "korea")
    assert agency.limits.fix_age_s == 90 and agency.limits.acknowledge_s == 60
    station = agency.station("S1")
    assert (
        station is not None
        and station.name("ko") == "구급대"
        and station.name("ru") == "Post, first"
    )
    unit = agency.unit("M1")
    assert unit is not None and unit.capabilities == {"bls", "transport"}
    assert (unit.lon, unit.lat) == (76.9, 43.2)
    hospital = agency.hospital("H2")
    assert hospital is not None and not hospital.accepts and hospital.beds == 0
    assert agency.turnout_s("pump") == 80 and agency.turnout_s("ladder") == 60
    assert agency.abbreviation("available_at_station", "ru") == "STN"
    assert agency.radio("dispatch") == "{units}, {address}."
    assert agency.radio("unknown") is None


def test_that_an_unknown_target_is_not_set(folder: Path) -> None:
    agency = open_agency(folder)
    target = agency.target_for("medical", "on_scene", level="L1")
    assert target is not None and target.limit_s == 600
    assert agency.target_for("medical", "on_scene", level="L4") is None
    assert agency.target_for("police", "on_scene") is None


def test_that_shifts_run_past_midnight(folder: Path) -> None:
    agency = open_agency(folder)
    night, day, always = agency.unit("N1"), agency.unit("P1"), agency.unit("M1")
    assert night is not None and day is not None and always is not None
    assert night.on_duty(datetime(2026, 1, 1, 23)) and night.on_duty(datetime(2026, 1, 1, 7, 59))
    assert not night.on_duty(datetime(2026, 1, 1, 12))
    assert day.on_duty(datetime(2026, 1, 2, 8)) and not day.on_duty(datetime(2026, 1, 3, 8))
    assert always.on_duty(datetime(2026, 1, 3, 3))


def test_that_the_hash_follows_the_roster(folder: Path) -> None:
    before = open_agency(folder).sha
    assert open_agency(folder).sha == before
    (folder / "units.csv").write_text(UNITS.replace("구급 1", "구급 9"), "utf-8")
    assert open_agency(folder).sha != before


def test_that_spreadsheets_with_semicolons_and_marks_are_read(folder: Path) -> None:
    text = "\ufeff" + HOSPITALS.replace(",", ";").replace("76.91", "76,91")
    (folder / "hospitals.csv").write_text(text, "utf-8")
    hospital = open_agency(folder).hospital("H1")
    assert hospital is not None and hospital.lon == 76.91


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "column"),
    [
        ("units.csv", "M1,medical,emt", "M1,medical,tank", 2, "kind"),
        ("units.csv", "M1,medical,emt", "M1,navy,emt", 2, "service"),
        ("units.csv", "P1,fire", "M1,fire", 3, "unit_id"),
        ("units.csv", "펌프 1", "구급 1", 3, "label"),
        ("units.csv", "펌프 1,S2", "펌프 1,S9", 3, "station_id"),
        ("units.csv", "pump water,5", "pump fly,5", 3, "capabilities"),
        ("units.csv", "pump water,5", "pump water,500", 3, "crew"),
        ("units.csv", "mon-fri 08:00-20:00", "mon-fry 08:00-20:00", 3, "shift"),
        ("units.csv", "mon-fri 08:00-20:00", "08:00-25:00", 3, "shift"),
        ("units.csv", "crew,shift", "crew,shft", 1, "shft"),
        ("units.csv", "service,kind", "service,sort", 1, "sort"),
        ("units.csv", "S1,bls transport,3,", "S1,bls transport,3", 2, "crew"),
        ("stations.csv", "76.95", "761.95", 3, "lon"),
        ("stations.csv", "43.25", "north", 3, "lat"),
        ("stations.csv", "Station 2", "", 3, "name"),
        ("hospitals.csv", "trauma stroke", "trauma strok", 2, "capabilities"),
    ],
)
def test_that_each_bad_cell_is_named(
    folder: Path, file: str, old: str, new: str, line: int, column: str
) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Problem) as caught:
        open_agency(folder)
    values = caught.value.message.values
    assert caught.value.message.id == "region.agency_cell"
    assert (values["file"], values["line"], values["column"]) == (str(path), line, column)


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "column"),
    [
        ("agency.toml", 'services = ["medical", "fire"]', 'services = ["navy"]', 4, "services"),
        ("agency.toml", "fix_age_s = 90", "fix_age_s = -1", 9, "fix_age_s"),
        ("agency.toml", "profile =", "profil =", 6, "profil"),
        ("agency.toml", 'region = "builtin"', 'region = "../x"', 3, "region"),
        ("agency.toml", "[limits]", "[limits", 8, None),
        (
            "targets.toml",
            'stop = "on_scene"\nlimit_s = 600',
            'stop = "moon"\nlimit_s = 600',
            13,
            "stop",
        ),
        ("targets.toml", 'start = "acknowledged"', 'start = "clear"', 9, "stop"),
        ("targets.toml", 'id = "critical"', 'id = "fire"', 9, "id"),
        ("targets.toml", "share = 0.9", "share = 9", 7, "share"),
    ],
)
def test_that_each_bad_field_is_named(
    folder: Path, file: str, old: str, new: str, line: int, column: str | None
) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Problem) as caught:
        open_agency(folder)
    values = caught.value.message.values
    assert caught.value.message.id == "region.agency_field"
    assert (values["file"], values["line"]) == (str(path), line)
    if column is not None:
        assert values["column"] == column


def test_that_foreign_entries_links_and_gaps_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "run.exe").write_bytes(b"x")
    with pytest.raises(Problem, match=r"region\.agency_foreign_file.*run\.exe"):
        open_agency(folder)
    (folder / "run.exe").unlink()
    (folder / "run_cards/deep.toml").symlink_to(tmp_path / "secret")
    with pytest.raises(Problem, match=r"region\.agency_foreign_file.*deep\.toml"):
        open_agency(folder)
    (folder / "run_cards/deep.toml").unlink()
    (folder / "units.csv").unlink()
    with pytest.raises(Problem, match=r"region\.agency_incomplete.*units\.csv"):
        open_agency(folder)
    with pytest.raises(Problem, match=r"region\.agency_missing"):
        open_agency(tmp_path / "none")


def test_that_a_file_that_is_no_text_or_too_large_is_refused(folder: Path) -> None:
    (folder / "units.csv").write_bytes(UNITS.encode() + b"\xff\xfe")
    with pytest.raises(Problem, match=r"region\.agency_cell"):
        open_agency(folder)
    (folder / "units.csv").write_bytes(b"x" * (5 * 1024 * 1024))
    with pytest.raises(Problem, match=r"region\.file_too_large"):
        open_agency(folder)
