"""Bad files through the real commands: one line that names the file, the documented exit code.

Only what is refused before a window opens is tried here; what is made of a bad file is nothing.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from dispatch.cli import exits
from dispatch.domain.message import Problem
from dispatch.journal import Journal
from dispatch.resources import resource
from ui.main import main

PACK = resource("region", "builtin.region")
AGENCY = resource("agencies", "international.agency")
Spoil = Callable[[Path], object]
WAY = '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>'
LAUGHS = "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture
def vigil(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs a command in this process; its exit code and what it said on stderr."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        capsys.readouterr()
        try:
            code = main(["--data-dir", str(tmp_path / "data"), *map(str, arguments)])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        return code, capsys.readouterr().err

    return run


def assert_one_line(said: str, *names: str | Path) -> None:
    """One sentence from us, that names what it is about."""
    assert said.startswith("vigil: ") and said.count("\n") == 1 and said.endswith("\n"), said
    for name in names:
        assert str(name) in said, said


def osm(inner: str, head: str = "") -> str:
    return f'<?xml version="1.0"?>{head}<osm version="0.6">{inner}</osm>'


def node(number: int, lat: str = "1", lon: str = "1", inner: str = "") -> str:
    return f'<node id="{number}" lat="{lat}" lon="{lon}">{inner}</node>'


EXTRACTS: dict[str, tuple[str, bytes]] = {
    "empty": ("e.osm.pbf", b""),
    "renamed text": ("t.osm.pbf", b"hello " * 50),
    "cut gzip": ("c.osm.gz", gzip.compress(osm(node(1) * 999).encode())[:-300]),
    "no gzip": ("n.osm.gz", b"hello " * 50),
    "cut XML": ("x.osm", osm(node(1))[:-9].encode()),
    "web page": ("w.osm", b"<html><body>404</body></html>"),
    "laughs": (
        "l.osm",
        osm(
            node(1, inner='<tag k="name" v="&i;"/>'), f'<!DOCTYPE o [<!ENTITY a "ha">{LAUGHS}]>'
        ).encode(),
    ),
    "entity of a file": (
        "f.osm",
        osm(
            node(1, inner='<tag k="name" v="&x;"/>'),
            '<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        ).encode(),
    ),
    "off the Earth": ("o.osm", osm(node(1, "1000") + node(2, "nan") + WAY).encode()),
    "no road": ("r.osm", osm(node(1)).encode()),
    "no extract": ("a.txt", b"hello"),
}


@pytest.mark.parametrize("name", EXTRACTS)
def test_that_a_bad_extract_is_refused_by_name(
    name: str, tmp_path: Path, vigil: Callable[..., tuple[int, str]]
) -> None:
    file, content = EXTRACTS[name]
    (tmp_path / file).write_bytes(content)
    code, said = vigil("region", "build", tmp_path / file, "-o", tmp_path / "out.region")
    assert code == exits.BAD_INPUT
    assert_one_line(said, tmp_path / file)
    assert not list(tmp_path.glob("out*"))


def test_that_a_foreign_coordinate_system_is_asked_for(
    tmp_path: Path, vigil: Callable[..., tuple[int, str]]
) -> None:
    """Feet of California without their system, and feet that are said to be degrees."""
    line = shapely.LineString([(6_000_000, 2_100_000), (6_000_500, 2_100_500)])
    roads = {"from_node": [1], "to_node": [2], "geometry": [line]}
    for name, crs in (("none", None), ("lying", 4326)):
        folder = tmp_path / name
        folder.mkdir()
        gpd.GeoDataFrame(roads, crs=crs).to_parquet(folder / "roads.parquet")
        code, said = vigil("region", "build", folder, "-o", tmp_path / "out.region")
        assert code == exits.BAD_INPUT
        assert_one_line(said, folder / "roads.parquet", "EPSG")


def test_that_an_empty_folder_and_wrong_columns_are_refused(
    tmp_path: Path, vigil: Callable[..., tuple[int, str]]
) -> None:
    folder = tmp_path / "roads"
    folder.mkdir()
    code, said = vigil("region", "build", folder, "-o", tmp_path / "out.region")
    assert code == exits.BAD_INPUT
    assert_one_line(said, folder)
    line = shapely.LineString([(0, 0), (0.1, 0.1)])
    table = gpd.GeoDataFrame({"wat": [1], "geometry": [line]}, crs=4326)
    table.to_parquet(folder / "roads.parquet")
    code, said = vigil("region", "build", folder, "-o", tmp_path / "out.region")
    assert code == exits.BAD_INPUT
    assert_one_line(said, folder / "roads.parquet", "wat")


def change(file: str, before: str, after: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / file).read_text("utf-8")
        assert before in text
        (folder / file).write_text(text.replace(before, after, 1), "utf-8")

    return spoil


AGENCIES: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "kind": (change("units.csv", "als_ambulance", "spaceship"), ("units.csv", "line 2", "kind")),
    "station": (change("units.csv", ",A1,", ",Z9,"), ("units.csv", "line 2", "station_id")),
    "twice": (change("units.csv", "M2,", "M1,"), ("units.csv", "line 3", "unit_id")),
    "region": (change("agency.toml", '"builtin"', '"atlantis"'), ("agency.toml", "atlantis")),
    "format": (change("agency.toml", "format = 1", "format = 9"), ("agency.toml", "9")),
    "no cards": (lambda folder: shutil.rmtree(folder / "run_cards"), ("run_cards",)),
    "cards": (lambda folder: (folder / "run_cards" / "medical.toml").write_text("x = ["), ("1",)),
    "no unit": (
        lambda folder: (folder / "units.csv").write_text(
            (folder / "units.csv").read_text("utf-8").splitlines()[0]
        ),
        ("units.csv",),
    ),
    "code": (lambda folder: (folder / "x.py").write_text("boom"), ("x.py",)),
    "link": (lambda folder: (folder / "x.csv").symlink_to("/etc/hostname"), ("x.csv",)),
    "questions": (lambda folder: (folder / "questions").mkdir(), ("questions",)),
}


@pytest.mark.parametrize("name", AGENCIES)
def test_that_live_refuses_a_bad_agency_and_makes_no_journal(
    name: str, tmp_path: Path, no_painter: None, vigil: Callable[..., tuple[int, str]]
) -> None:
    spoil, named = AGENCIES[name]
    agency = shutil.copytree(AGENCY, tmp_path / "own.agency")
    spoil(agency)
    journal = tmp_path / "live.vigil"
    code, said = vigil("--journal", journal, "--region", PACK, "--agency", agency)
    assert code == exits.BAD_INPUT
    assert_one_line(said, agency, *named)
    assert not journal.exists()


@pytest.fixture
def no_painter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The painter that every start launches early is not wanted for a start that is refused."""
    monkeypatch.setattr("ui.map.tiles.process.launch_early", lambda: None)


def journal_of(folder: Path, realm: str) -> Path:
    """A closed journal with one fact."""
    from tests.journal.sample import batch

    journal = Journal.create(
        folder / f"{realm}.vigil",
        realm=realm,
        region_id="x",
        region_hash="0" * 64,
        time_zone="Asia/Almaty",
        keys_dir=folder / "keys",
        created_us=1_780_000_000_000_000,
    )
    journal.append(batch(1), 0)
    journal.close()
    return journal.path


def sql(statement: str) -> Spoil:
    def spoil(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()

    return spoil


JOURNALS: dict[str, Spoil] = {
    "text": lambda path: path.write_text("hello " * 999),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:20_000]),
    "foreign": lambda path: (path.unlink(), sql("CREATE TABLE x (a)")(path)),
    "newer": sql("UPDATE alembic_version SET version_num = '9999'"),
    "altered": sql("UPDATE event SET body = '{\"more\":1}'"),
    "trigger": sql("CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END"),
    "headless": sql("DELETE FROM log_head"),
}


@pytest.mark.parametrize("name", JOURNALS)
def test_that_a_bad_journal_is_refused_live_in_replay_and_in_audit(
    name: str, tmp_path: Path, no_painter: None, vigil: Callable[..., tuple[int, str]]
) -> None:
    path = journal_of(tmp_path, "live")
    JOURNALS[name](path)
    kept = path.read_bytes()
    for arguments in (("--journal", path, "--region", PACK, "--agency", AGENCY), ("replay", path)):
        code, said = vigil(*arguments)
        assert code == exits.BAD_INPUT
        assert_one_line(said, path)
    code, said = vigil("audit", "verify", path)
    assert code in {exits.BAD_INPUT, exits.CHECK_FAILED}
    assert path.read_bytes() == kept, "evidence stays as it was"


def test_that_realm_region_and_a_second_writer_are_refused(
    tmp_path: Path, no_painter: None, vigil: Callable[..., tuple[int, str]]
) -> None:
    exercise, live = journal_of(tmp_path, "exercise"), journal_of(tmp_path, "live")
    code, said = vigil("--journal", exercise, "--region", PACK, "--agency", AGENCY)
    assert code == exits.REFUSED
    assert_one_line(said, exercise, "exercise", "live")
    code, said = vigil("--journal", live, "--region", PACK, "--agency", AGENCY)
    assert code == exits.BAD_INPUT
    assert_one_line(said, live)
    with Journal.open(live, tmp_path / "keys"):
        code, said = vigil("--journal", live, "--region", PACK, "--agency", AGENCY)
    assert code == exits.REFUSED
    assert_one_line(said, live, str(os.getpid()))


FIRST_SHIFT = resource("scenarios", "first_shift.toml")
SCENARIOS: dict[str, Callable[[str], str]] = {
    "no TOML": lambda text: "[[[",
    "empty": lambda text: "",
    "no calls": lambda text: text.split("[[call]]")[0],
    "more": lambda text: "wat = 1\n" + text,
    "level": lambda text: text.replace('level = "L', 'level = "X', 1),
    "door": lambda text: text.replace("door = 0.", "door = 7.", 1),
    "type": lambda text: text.replace('type = "chest_pain"', 'type = "dragon"', 1),
    "format": lambda text: text.replace("format = 1", "format = 2", 1),
    "time": lambda text: text.replace("at_s = 15", "at_s = nan", 1),
    "same as": lambda text: text.replace('same_as = "', 'same_as = "no', 1),
    "huge": lambda text: "#" * 600_000,
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_that_a_broken_scenario_is_refused_by_name(
    name: str, tmp_path: Path, vigil: Callable[..., tuple[int, str]]
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(SCENARIOS[name](FIRST_SHIFT.read_text("utf-8")), "utf-8")
    code, said = vigil("exercise", file)
    assert code == exits.BAD_INPUT
    assert_one_line(said, file)


def test_that_recorded_calls_that_are_none_are_refused(
    tmp_path: Path, vigil: Callable[..., tuple[int, str]]
) -> None:
    text, wrong = tmp_path / "calls.parquet", tmp_path / "wrong.parquet"
    text.write_text("a,b\n1,2\n")
    gpd.GeoDataFrame({"a": [1]}).to_parquet(wrong)
    for file in (text, wrong, tmp_path / "missing.parquet", tmp_path):
        code, said = vigil("play", "--calls", file, "--region", PACK)
        assert code == exits.BAD_INPUT
        assert_one_line(said, file)


def test_that_too_little_shared_memory_is_said_and_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a small /dev/shm the painter would die of a bus error in the middle of a pan."""
    shared = pytest.importorskip("ui.map.tiles.shared")
    made = []

    def none_left(buffer: object, size: int) -> None:
        made.append(buffer)
        if len(made) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(shared, "_claim", none_left)
    with pytest.raises(Problem) as refused:
        shared.make_buffers(5, 4_096)
    assert refused.value.message.id == "map.no_shared_memory"
    assert not any(Path("/dev/shm", buffer.name).exists() for buffer in made)
