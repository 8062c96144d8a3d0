"""A simulated city: repeatable, fair to every policy, on real roads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dispatch.domain.assignment import AssignmentState as A
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Point
from dispatch.region.agency import Agency
from dispatch.region.pack import Pack
from dispatch.region.roads import RoadTimes
from dispatch.simulation import events as w
from dispatch.simulation.world import World
from tests.simulation.conftest import MINUTE, run, send

OpenShift = Callable[..., World]


def rings(events: list[w.Event]) -> list[w.CallRings]:
    return [event for event in events if isinstance(event, w.CallRings)]


def ambulance(agency: Agency, n: int = 0) -> str:
    able = [unit.unit_id for unit in agency.units if "transport" in unit.capabilities]
    return able[n]


def far_point(pack: Pack, agency: Agency, unit_id: str) -> Point:
    """A node of the road graph some way from a unit's home."""
    unit = next(unit for unit in agency.units if unit.unit_id == unit_id)
    lonlat = np.asarray(pack.nodes.lonlat)[np.asarray(pack.nodes.component) == 0]
    away = np.hypot(lonlat[:, 0] - unit.lon, lonlat[:, 1] - unit.lat)
    lon, lat = lonlat[np.argsort(away)[len(away) // 3]].tolist()
    return Point(lon=lon, lat=lat)


def test_that_the_same_seed_gives_the_same_events_and_another_one_others(
    open_shift: OpenShift, pack: Pack, agency: Agency
) -> None:
    def story(seed: int) -> list[w.Event]:
        world, unit_id = open_shift(seed), ambulance(agency)
        before = run(world, 5)
        send(world, unit_id, far_point(pack, agency, unit_id))
        return before + run(world, 20)

    first = story(5)
    assert first == story(5)
    assert first != story(6)


def test_that_the_length_of_a_stride_changes_no_call_and_no_report(open_shift: OpenShift) -> None:
    def told(stride_s: float) -> list[w.Event]:
        events = run(open_shift(), 10, stride_s)
        return [event for event in events if not isinstance(event, w.FixesReported)]

    assert told(2.0) == told(30.0)


def test_that_whom_one_sends_changes_no_caller(
    open_shift: OpenShift, pack: Pack, agency: Agency
) -> None:
    def callers(sent: tuple[str, ...]) -> list[w.CallRings]:
        world = open_shift()
        heard = run(world, 4)
        for unit_id in sent:
            send(world, unit_id, far_point(pack, agency, unit_id), rings(heard)[0].call_id)
        return rings(heard + run(world, 40))

    nobody = callers(())
    assert len(nobody) > 20
    assert nobody == callers((ambulance(agency, 0),))
    assert nobody == callers((ambulance(agency, 3), ambulance(agency, 5)))


def test_that_a_crews_luck_depends_on_unit_and_caller_alone(
    open_shift: OpenShift, pack: Pack, agency: Agency
) -> None:
    """Another incident id, as every run has, and another unit under way change nothing."""

    def reports(also: str | None, name: str) -> list[tuple[int, A]]:
        world, unit_id = open_shift(), ambulance(agency)
        call = rings(run(world, 6))[0]
        point = far_point(pack, agency, unit_id)
        if also is not None:
            send(world, also, point)
        send(world, unit_id, point, call.call_id, name)
        events = run(world, 40)
        return [
            (e.t_us, e.state)
            for e in events
            if isinstance(e, w.CrewReports) and e.unit_id == unit_id
        ]

    alone = reports(None, "one")
    assert alone and alone == reports(ambulance(agency, 4), "another")


def test_that_vehicles_lie_on_the_road_all_the_way(
    open_shift: OpenShift, pack: Pack, roads: RoadTimes, agency: Agency
) -> None:
    world, unit_id = open_shift(), ambulance(agency)
    target = far_point(pack, agency, unit_id)
    run(world, 1)
    send(world, unit_id, target)
    seen = []
    for event in run(world, 14, 2.0):
        if isinstance(event, w.FixesReported) and unit_id in event.unit_ids:
            row = event.unit_ids.index(unit_id)
            if event.speed_ms[row] > 0:
                seen.append((event.lon[row], event.lat[row]))
    assert len(seen) > 20
    off = [roads.snap(lon, lat).distance_m for lon, lat in seen]
    assert max(off) < 1.0
    moved = np.diff(np.array(seen), axis=0) * (111_320 * 0.7, 110_574)
    assert np.hypot(moved[:, 0], moved[:, 1]).max() < 60 * 12  # never a jump


def test_that_a_crew_goes_from_the_tone_to_home(
    open_shift: OpenShift, pack: Pack, agency: Agency
) -> None:
    world, unit_id = open_shift(per_hour=1.0), ambulance(agency)
    run(world, 1)
    send(world, unit_id, far_point(pack, agency, unit_id))
    told: list[object] = []
    for event in run(world, 240, 20.0):
        if isinstance(event, w.CrewReports | w.UnitReports) and event.unit_id == unit_id:
            told.append(event.state)
    way = [A.ALERTED, A.ACKNOWLEDGED, A.EN_ROUTE, A.ON_SCENE]
    carried = [A.LEAVING, A.AT_HOSPITAL, A.HANDED_OVER]
    home = [A.CLEAR, UnitState.RETURNING, UnitState.AVAILABLE_AT_STATION]
    assert told in (way + home, way + carried + home)


def test_that_a_recalled_crew_reports_no_further_and_turns_home(
    open_shift: OpenShift, pack: Pack, agency: Agency
) -> None:
    world, unit_id = open_shift(), ambulance(agency)
    send(world, unit_id, far_point(pack, agency, unit_id))
    before = run(world, 4)
    assert any(isinstance(e, w.CrewReports) and e.state is A.EN_ROUTE for e in before)
    world.order(w.UnitCalledOff(t_us=0, unit_id=unit_id, assignment_id=f"as-{unit_id}"))
    after = [
        event
        for event in run(world, 30)
        if isinstance(event, w.CrewReports | w.UnitReports) and event.unit_id == unit_id
    ]
    assert [event.state for event in after] == [
        UnitState.RETURNING,
        UnitState.AVAILABLE_AT_STATION,
    ]


def test_that_a_silent_terminal_says_nothing_while_others_do(open_shift: OpenShift) -> None:
    for seed in range(1, 20):
        world = open_shift(seed)
        crews = world._crews._crews  # type: ignore[attr-defined]
        silent = {
            unit_id: crew.silent
            for unit_id, crew in crews.items()
            if crew.silent and crew.unit.on_duty
        }
        if silent:
            break
    unit_id, (begin_us, end_us) = min(
        ((unit_id, spans[0]) for unit_id, spans in silent.items()), key=lambda each: each[1]
    )
    world.advance(begin_us - MINUTE)
    heard: set[str] = set()
    for event in run(world, (end_us - begin_us) / MINUTE + 0.9, 15.0):
        if isinstance(event, w.FixesReported) and begin_us <= event.t_us < end_us:
            heard.update(event.unit_ids)
    assert unit_id not in heard and len(heard) > 10


def test_that_a_caller_whom_nobody_answers_gives_up(open_shift: OpenShift) -> None:
    events = run(open_shift(), 30)
    first = rings(events)[0]
    left = [e for e in events if isinstance(e, w.CallerLeaves) and e.call_id == first.call_id]
    assert len(left) == 1 and left[0].t_us > first.t_us


def test_that_an_answered_caller_stays_on_the_line(open_shift: OpenShift) -> None:
    world = open_shift()
    events = run(world, 3)
    while not rings(events):
        events = run(world, 1)
    call = rings(events)[0]
    world.order(w.CallTaken(t_us=0, call_id=call.call_id))
    left = [e for e in run(world, 60) if isinstance(e, w.CallerLeaves)]
    mine = [e.t_us for e in left if e.call_id == call.call_id]
    assert len(mine) == 1 and mine[0] - call.t_us > 20_000_000


@pytest.mark.parametrize("share", [0.0, 0.37, 1.0])
def test_that_a_door_is_the_same_for_the_same_pack(pack: Pack, share: float) -> None:
    from dispatch.simulation.addresses import Doors

    one, other = Doors(pack).at(share), Doors(pack).at(share)
    assert one == other and one.said
