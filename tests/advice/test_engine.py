"""The engine answers everything it is asked, whatever happens to it."""

from __future__ import annotations

import io
import os
import signal
import time

import pytest

from dispatch.advice import messages as m
from dispatch.advice.engine import ProcessEngine, read_frame, write_frame
from dispatch.domain.closure import ClosedRoads
from dispatch.domain.value import Point
from dispatch.resources import resource


def wait_for(engine: ProcessEngine, kind: type, seconds: float = 40) -> object:
    """The next answer of a kind; fails after a while."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for answer in engine.poll():
            if isinstance(answer, kind):
                return answer
        time.sleep(0.02)
    pytest.fail(f"no {kind.__name__} within {seconds} s")


def opening() -> m.Open:
    return m.Open(
        region=str(resource("region", "builtin.region")),
        agency=str(resource("agencies", "international.agency")),
        bundle=str(resource("models", "severity-default")),
        cache="",
    )


def test_that_a_killed_engine_comes_back_ready_with_the_roads_still_closed() -> None:
    engine = ProcessEngine()
    try:
        engine.send(opening())
        first = wait_for(engine, m.Opened)
        assert isinstance(first, m.Opened) and first.bundle_sha
        engine.send(m.CloseRoads(roads_version=3, roads=ClosedRoads(edges=(1, 2, 3))))
        wait_for(engine, m.RoadsClosed)
        pid = engine.pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        wait_for(engine, m.Failed)
        again = wait_for(engine, m.RoadsClosed)
        assert engine.pid != pid
        assert isinstance(again, m.RoadsClosed) and again.roads_version == 3 and again.pieces == 3
        here, there = Point(lon=74.20, lat=45.00), Point(lon=74.25, lat=45.02)
        engine.send(m.FindRoute(key="k", origin=here, target=there))
        way = wait_for(engine, m.RouteFound)
        assert isinstance(way, m.RouteFound) and way.lon and way.roads_version == 3
    finally:
        engine.close()


def test_that_the_engine_leaves_with_its_pipe() -> None:
    engine = ProcessEngine()
    process = engine._process
    engine.close()
    assert process is not None and process.poll() is not None


def test_that_a_missing_region_is_an_answer_not_a_crash() -> None:
    engine = ProcessEngine()
    try:
        engine.send(m.Open(region="/nowhere", agency="/nowhere", bundle="", cache=""))
        failed = wait_for(engine, m.Failed)
        assert isinstance(failed, m.Failed) and failed.message.id.startswith("region.")
        engine.send(m.FindRoute(key="k", origin=Point(lon=0, lat=0), target=Point(lon=0, lat=0)))
        wait_for(engine, m.Failed)
    finally:
        engine.close()


def test_that_frames_survive_the_pipe_and_an_absurd_length_is_refused() -> None:
    pipe = io.BytesIO()
    write_frame(pipe, b"abc")
    pipe.seek(0)
    assert read_frame(pipe) == b"abc"
    assert read_frame(pipe) is None
    assert read_frame(io.BytesIO(b"\xff\xff\xff\xff" + b"x" * 10)) is None
    assert read_frame(io.BytesIO(b"\x05\x00\x00\x00ab")) is None
