"""A build that was stopped or killed goes on; one that was spoilt begins again; none is half."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from dispatch.domain.message import Problem
from dispatch.region import build as building
from dispatch.region import command
from dispatch.region.build import build_pack
from dispatch.region.pack import open_pack
from tests.region.osm_text import OsmText


@pytest.fixture
def source(osm: OsmText, tmp_path: Path) -> Path:
    """A small town."""
    for y in range(4):
        osm.way([(x, y) for x in range(5)], highway="residential", name=f"Street {y}")
    osm.way([(2, y) for y in range(4)], highway="primary", oneway="yes", name="Main")
    osm.way([(6, 0), (7, 0), (7, 1), (6, 0)], natural="water", name="Pond")
    osm.at(1.5, 1.5, addr__housenumber="3", addr__street="Main")
    osm.at(3.5, 1.5, amenity="hospital", name="First")
    return osm.write(tmp_path / "town.osm")


class Stop:
    """Says stop from the n-th question on."""

    def __init__(self, after: int) -> None:
        self._left = after

    def __call__(self) -> bool:
        self._left -= 1
        return self._left < 0


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def questions(source: Path, output: Path) -> int:
    """How often a build asks whether to stop."""
    asked = 0

    def count() -> bool:
        nonlocal asked
        asked += 1
        return False

    build_pack(source, output, cancelled=count, time_zone="UTC")
    return asked


def test_that_a_build_stopped_anywhere_goes_on_to_the_same_pack(
    source: Path, tmp_path: Path
) -> None:
    whole = questions(source, tmp_path / "whole.region")
    wanted = open_pack(tmp_path / "whole.region").hash
    kept = 0
    for after in range(whole):
        output = tmp_path / f"{after}.region"
        with pytest.raises(Problem) as caught:
            build_pack(source, output, cancelled=Stop(after), time_zone="UTC")
        assert not output.exists()
        if caught.value.message.id == "region.stopped":
            folder = Path(str(caught.value.message.values["file"]))
            assert folder.is_dir() and folder.parent == tmp_path
            kept += 1
        else:
            assert caught.value.message.id == "region.cancelled"
        report = build_pack(source, output, time_zone="UTC")
        assert report.resumed == (caught.value.message.id == "region.stopped")
        assert open_pack(output).hash == wanted
    assert kept >= 5
    assert not [name for name in names(tmp_path) if name.startswith(".")]


def test_that_a_finished_step_is_not_done_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "town.region"
    with pytest.raises(Problem):
        build_pack(source, output, cancelled=Stop(12), time_zone="UTC")
    monkeypatch.setattr(building, "read_extract", None)
    report = build_pack(source, output, time_zone="UTC")
    assert report.resumed and open_pack(output).name == "Town"


@pytest.mark.parametrize("spoil", ["cut", "bit", "empty", "rubbish"])
def test_that_a_spoilt_step_is_done_again(source: Path, tmp_path: Path, spoil: str) -> None:
    output, whole = tmp_path / "town.region", tmp_path / "whole.region"
    build_pack(source, whole, time_zone="UTC")
    with pytest.raises(Problem):
        build_pack(source, output, cancelled=Stop(questions(source, whole) - 1), time_zone="UTC")
    (folder,) = (path for path in tmp_path.iterdir() if path.name.startswith("."))
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        content = bytearray(path.read_bytes())
        if spoil == "cut":
            del content[len(content) // 2 :]
        elif spoil == "bit" and content:
            content[len(content) // 2] ^= 4
        elif spoil == "empty":
            content.clear()
        elif spoil == "rubbish":
            content[:] = os.urandom(500)
        path.write_bytes(content)
    (folder / "pack" / "stray.txt").write_text("stray", "utf-8")
    report = build_pack(source, output, time_zone="UTC")
    assert not report.resumed
    assert open_pack(output).hash == open_pack(whole).hash
    assert names(tmp_path) == ["town.osm", "town.region", "whole.region"]


def test_that_another_source_or_option_never_meets_old_steps(
    osm: OsmText, source: Path, tmp_path: Path
) -> None:
    output = tmp_path / "town.region"
    with pytest.raises(Problem):
        build_pack(source, output, cancelled=Stop(12), time_zone="UTC")
    assert not build_pack(source, output, time_zone="Asia/Almaty").resumed
    with pytest.raises(Problem):
        build_pack(source, output, cancelled=Stop(12), time_zone="UTC")
    osm.way([(0, 0), (0, 3)], highway="service", name="New")
    osm.write(source)
    assert not build_pack(source, output, time_zone="UTC").resumed
    assert "New" in open_pack(output).edges.names()
    assert names(tmp_path) == ["town.osm", "town.region"]


def test_that_one_may_begin_anew(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "town.region"
    with pytest.raises(Problem):
        build_pack(source, output, cancelled=Stop(12), time_zone="UTC")
    assert not build_pack(source, output, time_zone="UTC", fresh=True).resumed


def test_that_the_old_pack_stays_until_the_new_one_is_whole(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "town.region"
    build_pack(source, output, time_zone="UTC")
    before = open_pack(output).hash
    last = questions(source, tmp_path / "other.region") - 1
    with pytest.raises(Problem, match=r"region\.stopped"):
        build_pack(source, output, cancelled=Stop(last), time_zone="Asia/Seoul")
    assert open_pack(output).hash == before


def test_that_a_killed_build_goes_on(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "town.region"
    script = (
        "import sys, time\n"
        "from dispatch.region.build import build_pack\n"
        "def step(name, share):\n"
        "    if share >= 0.7:\n"
        "        print('there', flush=True); time.sleep(60)\n"
        "build_pack(sys.argv[1], sys.argv[2], step, time_zone='UTC')\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(source), str(output)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None and child.stdout.readline() == b"there\n"
    with pytest.raises(Problem, match=r"region\.output_busy"):
        build_pack(source, output, time_zone="UTC")
    child.kill()
    child.wait()
    child.stdout.close()
    assert not output.exists()
    assert build_pack(source, output, time_zone="UTC").resumed
    assert names(tmp_path) == ["town.osm", "town.region"]


def asked(source: Path, output: Path, **more: object) -> argparse.Namespace:
    """What the command line gives the command."""
    return argparse.Namespace(extract=source, output=output, language="en", **more)


def test_that_ctrl_c_stops_the_command_and_says_what_is_kept(
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = command._Teller.__call__

    def interrupt(self: command._Teller, step: str, share: float) -> None:
        told(self, step, share)
        if share >= 0.65:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)

    monkeypatch.setattr(command._Teller, "__call__", interrupt)
    output = tmp_path / "town.region"
    assert command.build(asked(source, output)) == 130
    said = capsys.readouterr()
    assert said.out == "" and "kept in" in said.err and ".town.region.build-" in said.err
    assert not output.exists()
    monkeypatch.undo()
    assert command.build(asked(source, output, time_zone=None)) == 0
    assert "Went on" in capsys.readouterr().out


def test_that_the_report_is_said_shown_and_kept(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "town.region"
    assert command.build(asked(source, output, json=True, progress=True)) == 0
    said = capsys.readouterr()
    report = msgspec.json.decode(said.out)
    assert report["found"]["streets"] == 5 and report["found"]["hospital"] == 1
    limits = next(doubt for doubt in report["doubtful"] if doubt["id"] == "region.doubt.limits")
    assert limits["n"] == 5 and limits["km"] > 1 and limits["examples"][0].startswith("way ")
    assert "Reading the map" in said.err and "100% Done" in said.err
    assert command.show(argparse.Namespace(pack=output, language="en")) == 0
    shown = capsys.readouterr().out
    for part in ("Town", "Street names: 5", "Doubtful: roads without a signed", "ODbL", "town.osm"):
        assert part in shown
    assert command.check(argparse.Namespace(pack=output, language="ko")) == 0
    assert "온전합니다" in capsys.readouterr().out
