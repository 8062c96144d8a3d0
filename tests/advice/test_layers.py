"""The engine's layers wait for advice, let older questions go and live through the engine's end."""

from __future__ import annotations

import os
import signal
import time

from dispatch.advice import messages as m
from dispatch.advice.engine import InlineEngine, ProcessEngine
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Point
from dispatch.region.agency import open_agency
from dispatch.resources import resource
from tests.advice.test_engine import opening, wait_for

NOW_US = 1_790_000_000_000_000


def starters(count: int) -> tuple[m.Starter, ...]:
    agency = open_agency(resource("agencies", "international.agency"))
    found = []
    for unit in agency.units:
        station = agency.station(unit.station_id)
        if "transport" in unit.capabilities and station is not None:
            point = Point(lon=station.lon, lat=station.lat)
            at = UnitState.AVAILABLE_AT_STATION
            found.append(m.Starter(point=point, kind=unit.kind, state=at))
    return tuple(found[:count])


def reach(key: str, layer: str = "reach", count: int = 3) -> m.AskReach:
    return m.AskReach(
        key=key, layer=layer, limit_s=720.0, as_of_us=NOW_US, starters=starters(count)
    )


def cover(key: str, count: int) -> m.AskCover:
    return m.AskCover(
        key=key,
        layer="cover",
        limit_s=240.0,
        rolling=True,
        as_of_us=NOW_US,
        starters=starters(count),
    )


def answers_until(engine: ProcessEngine, last: str, seconds: float = 40) -> list[m.Response]:
    """Everything said until the answer with a key."""
    heard: list[m.Response] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        heard += engine.poll()
        done = [a for a in heard if isinstance(a, m.ReachFound | m.CoverFound)]
        if any(answer.key == last for answer in done):
            return heard
        time.sleep(0.01)
    raise AssertionError(f"no answer {last}: {[type(a).__name__ for a in heard]}")


def test_that_a_way_asked_later_comes_before_a_layer_and_older_questions_are_let_go():
    engine = ProcessEngine()
    try:
        engine.send(opening())
        wait_for(engine, m.Opened)
        engine.send(reach("old"))
        engine.send(reach("gone", "another"))
        engine.send(m.DropLayer(layer="another"))
        engine.send(cover("cover", 5))
        engine.send(reach("new"))
        a, b = starters(2)
        engine.send(m.FindRoute(key="way", origin=a.point, target=b.point))
        heard = answers_until(engine, "new")
        found = [a for a in heard if isinstance(a, m.RouteFound | m.ReachFound)]
        assert [answer.key for answer in found] == ["way", "new"]
        pid = engine.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        lost = wait_for(engine, m.Failed)
        assert isinstance(lost, m.Failed) and lost.request in m.LOST
        wait_for(engine, m.Opened)
        engine.send(reach("again"))
        answers_until(engine, "again")
    finally:
        engine.close()


def test_that_cover_falls_with_every_unit_that_is_gone_and_names_the_worst():
    engine = InlineEngine()
    engine.send(opening())
    engine.poll()
    shares = []
    for count in (32, 10, 2, 0):
        engine.send(cover(str(count), count))
        found = engine.poll()[-1]
        assert isinstance(found, m.CoverFound)
        shares.append(found.share)
    assert shares == sorted(shares, reverse=True) and shares[0] > 0.8 and shares[-1] == 0
    assert found.source == "agency" and round(found.people or 0) == 599_750
    assert len(found.worst) == 0 or found.worst[0].share == 0
    engine.send(cover("one", 1))
    one = engine.poll()[-1]
    assert isinstance(one, m.CoverFound) and one.worst[0].names["ko"]


def test_that_a_layer_asked_of_an_engine_that_is_not_open_is_refused_with_its_key():
    engine = InlineEngine()
    engine.send(reach("early"))
    (said,) = engine.poll()
    assert isinstance(said, m.LayerFailed)
    assert (said.key, said.layer, said.message.id) == ("early", "reach", "maplayers.not_open")
