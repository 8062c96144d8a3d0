"""The lane holds: full disk, faults of our own, an engine that dies or raves."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.advice import engine as engines
from dispatch.advice import messages as m
from dispatch.advice.engine import ProcessEngine, understood
from dispatch.centre import DEMO_PIN, Centre
from dispatch.desk import Actor, Done
from dispatch.desk.incidents import AddNote, OpenIncident, SetType
from dispatch.desk.staff import SignOn
from dispatch.domain.message import Problem
from dispatch.journal import verify
from dispatch.journal.database import driver
from dispatch.places import Places
from dispatch.resources import resource
from dispatch.simulation.events import WorldSpec
from dispatch.words import say

START_US = 1_780_480_800_000_000
MINUTE = 60_000_000
ANN = Actor(
    user_id="a.seitkali", name="A. Seitkali", role="dispatcher", desk_id="desk-1", origin="human"
)


def open_centre(
    folder: Path, *, shift: bool = True, inline: bool = True, bundle: Path | None = None
) -> Centre:
    spec = WorldSpec(kind="shift", seed=3, start_us=START_US, calls_per_hour=90.0)
    centre = Centre.exercise(
        Places(folder).prepare(),
        region=resource("region", "builtin.region"),
        agency=resource("agencies", "international.agency"),
        spec=spec if shift else None,
        journal=folder / "shift.vigil",
        speed=0,
        inline=inline,
        bundle=bundle,
    )
    centre.desk.do(SignOn(user_id=ANN.user_id, pin=DEMO_PIN), ANN)
    return centre


def writer(centre: Centre) -> sqlite3.Connection:
    log = centre.journal._log
    assert log is not None
    return driver(log._connection)


def fill_disk(centre: Centre, incident_id: str) -> None:
    """The database may grow no further (SQLite's own word for a full disk), nor is there slack."""
    writer(centre).execute("PRAGMA max_page_count = 1").close()
    for size in (3_000, 300, 1):
        with contextlib.suppress(Problem):
            while True:
                centre.desk.do(AddNote(incident_id=incident_id, text="x" * size), ANN)


def free_disk(centre: Centre) -> None:
    writer(centre).execute("PRAGMA max_page_count = 1000000").close()


def until(true: Callable[[], bool], seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            pytest.fail("waited in vain")
        time.sleep(0.02)


def submit(centre: Centre, command: AddNote | SetType) -> list[Done | Problem]:
    """Hand a command to the lane and wait for its word."""
    heard: list[Done | Problem] = []
    centre.submit(command, ANN, heard.append, heard.append)
    centre.serve_waiting()
    until(lambda: bool(heard))
    return heard


def calls_after(folder: Path, *, full: bool) -> tuple[set[str], Path]:
    """Which calls rang in five minutes, the disk being full from the second to the fourth."""
    centre = open_centre(folder)
    centre.run_until(START_US + MINUTE)
    incident_id = centre.desk.do(OpenIncident(type_id="fire"), ANN).result["incident_id"]
    centre.settle()
    if full:
        fill_disk(centre, incident_id)
        for second in range(180):
            centre.clock.advance_to(START_US + MINUTE + second * 1_000_000)
            centre.lane._rest_until_s = 0.0
            centre.lane._guarded(centre.step)
        assert centre.problem is not None and centre.problem.id == "journal.full"
        (refused,) = submit(centre, AddNote(incident_id=incident_id, text="x" * 3_000))
        assert isinstance(refused, Problem) and refused.message.id == "journal.full"
        assert refused.message.values["file"] == str(centre.journal.path)
        assert centre.journal.head_pos == centre.desk.picture.pos
        assert verify(centre.journal.path).findings == ()
        free_disk(centre)
        centre.lane._rest_until_s = 0.0
        (done,) = submit(centre, AddNote(incident_id=incident_id, text="again"))
        assert isinstance(done, Done)
    centre.run_until(START_US + 5 * MINUTE)
    centre.lane._rest_until_s = 0.0
    centre.lane._guarded(centre.lane._turn)
    assert centre.problem is None
    assert centre.source is not None and centre.source.refusals == []
    calls = set(centre.desk.picture.calls)
    centre.close()
    return calls, centre.journal.path


def test_that_a_full_disk_refuses_loses_nothing_and_goes_on_with_room(tmp_path: Path) -> None:
    undisturbed, _ = calls_after(tmp_path / "a", full=False)
    disturbed, path = calls_after(tmp_path / "b", full=True)
    assert len(undisturbed) >= 3
    assert disturbed == undisturbed
    assert verify(path).ok


def test_that_a_fault_of_ours_is_said_and_the_lane_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = open_centre(tmp_path, shift=False)
    incident_id = centre.desk.do(OpenIncident(type_id="fire"), ANN).result["incident_id"]

    def broken(*args: object) -> None:
        raise ZeroDivisionError("of ours")

    centre.start()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(centre.desk, "_decide", broken)
            (refused,) = submit(centre, AddNote(incident_id=incident_id, text="one"))
            assert isinstance(refused, Problem)
            assert refused.message.id == "centre.lane_fault"
        with monkeypatch.context() as patch:
            patch.setattr(centre, "_advice_step", broken)
            until(lambda: centre.problem is not None)
        (done,) = submit(centre, AddNote(incident_id=incident_id, text="two"))
        assert isinstance(done, Done)
        until(lambda: centre.problem is None)
    finally:
        centre.close()
    assert verify(tmp_path / "shift.vigil").ok


def test_that_a_snapshot_without_room_refuses_no_command(tmp_path: Path) -> None:
    centre = open_centre(tmp_path, shift=False)
    incident_id = centre.desk.do(OpenIncident(type_id="fire"), ANN).result["incident_id"]
    centre.desk._snapshot_every = 1

    def no_room(*args: object) -> None:
        raise Problem("journal.full", file="x", what="full")

    centre.journal.save_snapshot = no_room  # type: ignore[method-assign]
    done = centre.desk.do(AddNote(incident_id=incident_id, text="kept"), ANN)
    assert done.published
    centre.close()
    assert verify(tmp_path / "shift.vigil").ok


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_that_advice_comes_back_after_its_engine_was_killed(tmp_path: Path) -> None:
    """The desk works meanwhile, and what was opened meanwhile is assessed as well."""
    centre = open_centre(tmp_path, shift=False, inline=False)
    centre.start()
    try:
        until(lambda: centre.engine_ready)
        engine = centre.engine
        assert isinstance(engine, ProcessEngine) and engine.pid is not None
        before = engine.pid
        os.kill(before, signal.SIGKILL)
        incident_id = centre.desk.do(OpenIncident(type_id="fire"), ANN).result["incident_id"]
        until(lambda: centre.problem is not None)
        assert centre.problem is not None and centre.problem.id == "advice.engine_restarted"
        incidents = centre.desk.picture.incidents
        until(lambda: incidents[incident_id].assessment is not None)
        assert engine.pid != before and centre.problem is None
    finally:
        centre.close()
    assert verify(tmp_path / "shift.vigil").ok


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the engine")
@pytest.mark.parametrize("frame", [r"\377\377\377\377", r"\003\000\000\000{]}"])
def test_that_an_engine_that_raves_is_ended_and_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: str
) -> None:
    raving = tmp_path / "raving"
    raving.write_text(f"#!/bin/sh\nprintf '{frame}'\nexec sleep 60\n")
    raving.chmod(0o755)
    monkeypatch.setattr(engines.sys, "executable", str(raving))
    monkeypatch.setattr(engines, "RESTARTS", 0)
    engine = ProcessEngine()
    process = engine._process
    assert process is not None
    answers: list[m.Response] = []
    until(lambda: bool(answers.extend(engine.poll()) or answers), 10)
    assert isinstance(answers[0], m.Failed) and answers[0].message.id == "advice.engine_gone"
    assert process.poll() is not None, "nobody is left behind"
    engine.close()


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"opened","model":1}',
        b'{"type":"no such thing"}',
        b'{"type":"route_found","key":"k","lon":[],"lat":[],"seconds":null,"more":1}',
        b"[" * 200_000,
        b"null",
    ],
)
def test_that_an_answer_outside_the_schema_is_a_failure_not_a_crash(data: bytes) -> None:
    answer = understood(data)
    assert isinstance(answer, m.Failed) and answer.message.id == "advice.bad_answer"


def test_that_a_lost_step_of_the_world_is_not_waited_for() -> None:
    answer = understood(b'{"type":"happened","to_us":-1,"events":[]}')
    assert isinstance(answer, m.Failed) and answer.request == "Advance"


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"{", b'{"type":' + b"[" * 100_000])
def test_that_what_is_no_message_at_all_ends_the_engine(data: bytes) -> None:
    assert understood(data) is None


MODEL = resource("models", "severity-default")
MODELS: dict[str, Callable[[Path], object]] = {
    "missing": lambda folder: shutil.rmtree(folder),
    "tampered": lambda folder: (folder / "weights.npy").write_bytes(
        (folder / "weights.npy").read_bytes()[:-8] + bytes(8)
    ),
    "cut": lambda folder: (folder / "manifest.json").write_bytes(
        (folder / "manifest.json").read_bytes()[:99]
    ),
    "newer": lambda folder: (folder / "manifest.json").write_text(
        (folder / "manifest.json").read_text().replace('"format": 1', '"format": 7')
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_that_without_a_sound_model_the_protocol_works_and_the_file_is_named(
    name: str, tmp_path: Path
) -> None:
    model = shutil.copytree(MODEL, tmp_path / "model")
    MODELS[name](model)
    centre = open_centre(tmp_path, shift=False, bundle=model)
    centre.settle()
    said = centre.desk.picture.banner
    assert said is not None and said == centre.problem
    assert str(model) in say(said)
    incident_id = centre.desk.do(OpenIncident(type_id="fire"), ANN).result["incident_id"]
    centre.settle()
    assessment = centre.desk.picture.incidents[incident_id].assessment
    assert assessment is not None and not assessment.at_least, "protocol alone speaks"
    centre.close()
    assert verify(tmp_path / "shift.vigil").ok


def test_that_a_lost_key_is_said_and_the_desk_opens(tmp_path: Path) -> None:
    def live() -> Centre:
        return Centre.live(
            Places(tmp_path).prepare(),
            journal=tmp_path / "live.vigil",
            region=resource("region", "builtin.region"),
            agency=resource("agencies", "international.agency"),
            inline=True,
        )

    live().close()
    (key,) = Places(tmp_path).keys.iterdir()
    key.write_bytes(b"\xff" * 200)
    centre = live()
    assert centre.problem is not None and centre.problem.id == "centre.key_missing"
    assert centre.problem.values["folder"] == str(key.parent)
    centre.close()
