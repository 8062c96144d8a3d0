"""Centres that stand at a repeatable moment, without a window: for pictures and for benches.

A seeded world is run ahead, an automatic dispatcher working it as in any exercise; then a person
signs on and takes the next calls up to the point where one would send.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dispatch.centre import DEMO_PIN, Centre
from dispatch.desk.calls import AnswerCall
from dispatch.desk.closures import SetClosure
from dispatch.desk.ids import CountedIds
from dispatch.desk.incidents import AnswerQuestion, OpenIncident
from dispatch.desk.staff import SignOn
from dispatch.desk.verbs import Actor
from dispatch.domain.closure import ClosedRoads, ClosureReason, ClosureShape
from dispatch.domain.value import Point
from dispatch.exercise.dispatcher import AutomaticDispatcher
from dispatch.exercise.hearing import Hearing
from dispatch.places import Places
from dispatch.region.build import build_pack
from dispatch.region.closing import match_roads
from dispatch.region.gazetteer import Gazetteer
from dispatch.region.pack import open_pack
from dispatch.region.roads import RoadTimes
from dispatch.severity.questions import QuestionBook
from dispatch.simulation.events import WorldSpec
from dispatch.sources.recorded import prepare
from ui.workstation_command import builtin_region, shipped_agency

SEED = 21
START_US = int(datetime(2026, 5, 12, 9, 0, tzinfo=UTC).timestamp()) * 1_000_000
SF_START_US = int(datetime(2017, 1, 1, 8, 30, tzinfo=UTC).timestamp()) * 1_000_000
"""Half past midnight on New Year's morning in San Francisco."""
STRIDE_US = 2_000_000
WORKED_US = 40 * 60_000_000
LAST_US = 8 * 60_000_000
"""The longest that calls are then taken by hand, up to the point where one would send."""
TAKEN_BY_HAND = 2
HOUR_US = 3_600_000_000
CALLS_PER_HOUR = 40.0


def fresh_shift(places: Places) -> Centre:
    """The built-in city at the first moment of a shift, nobody signed on."""
    spec = WorldSpec(kind="shift", seed=SEED, start_us=START_US)
    return _open(places, "fresh", builtin_region(), shipped_agency("international"), spec)


def worked_shift(places: Places) -> Centre:
    """The built-in city after `WORKED_US` of a shift, a person signed on, something waiting."""
    spec = WorldSpec(kind="shift", seed=SEED, start_us=START_US, calls_per_hour=CALLS_PER_HOUR)
    centre = _open(places, "shift", builtin_region(), shipped_agency("international"), spec)
    _work(centre)
    return centre


def _work(centre: Centre) -> None:
    """Let the automatic dispatcher work, then a person sit down and take the next calls."""
    hearing = Hearing(QuestionBook.shipped(), Gazetteer.of(centre.pack, centre.places.cache).search)
    auto = AutomaticDispatcher(
        centre.desk,
        locate=hearing.place_of,
        type_of=hearing.type_of,
        services_of=hearing.services_of,
    )
    centre.settle()
    until = centre.clock.now_us() + WORKED_US
    centre.run_until(until, stride_us=STRIDE_US, each=auto.work)
    person = Actor(user_id="nobody", name="nobody", role="", desk_id=centre.desk_id, origin="human")
    centre.desk.do(SignOn(user_id="a.seitkali", pin=DEMO_PIN), person)
    taken = 0
    while centre.clock.now_us() < until + LAST_US:
        centre.run_until(centre.clock.now_us() + 5_000_000)
        if centre.desk.picture.ringing():
            if taken == TAKEN_BY_HAND:
                break
            taken += _take_one_call(centre, hearing)


def san_francisco(places: Places, data: Path) -> Centre:
    """San Francisco in its recorded New Year's night; `data` is the folder of development data."""
    folder = places.cache / "san-francisco"
    region = folder / "san-francisco.region"
    if not region.exists():
        folder.mkdir(parents=True, exist_ok=True)
        build_pack(
            data / "sf_roads",
            region,
            places=data / "sf_places",
            name="San Francisco",
            time_zone="America/Los_Angeles",
        )
    calls = data / "sf_incidents" / "sf_calls_units_train.parquet"
    end_us = SF_START_US + WORKED_US + LAST_US
    prepared = prepare(
        calls, open_pack(region), places.data / "play", start_us=SF_START_US, end_us=end_us
    )
    spec = WorldSpec(
        kind="recorded", seed=SEED, start_us=SF_START_US, end_us=end_us, source=str(calls)
    )
    centre = _open(places, "san-francisco", region, prepared.agency, spec)
    _work(centre)
    return centre


def _open(places: Places, name: str, region: Path, agency: Path, spec: WorldSpec) -> Centre:
    return Centre.exercise(
        places,
        region=region,
        agency=agency,
        spec=spec,
        journal=places.journals / f"{name}.vigil",
        speed=0.0,
        inline=True,
        desk_id="desk-2",
        ids=CountedIds(),
    )


def close_the_way(centre: Centre, unit_id: str, incident_id: str) -> None:
    """Close a road in the middle of a unit's way to an incident, and one more until reopened."""
    picture = centre.desk.picture
    goal, fix = picture.incidents[incident_id].place.point, centre.fixes.get(unit_id)
    start = fix.point if fix is not None else picture.units[unit_id].home
    if goal is None:
        return
    roads = RoadTimes.of(centre.pack)
    way = roads.route((start.lon, start.lat), (goal.lon, goal.lat))
    if way is None:
        return
    line, by = way.line, Actor.of(picture.staff[centre.desk_id])
    now_us = centre.clock.now_us()
    for begin, end, reason, until_us in (
        (0.5, 0.6, ClosureReason.CRASH, now_us + 2 * HOUR_US),
        (0.8, 0.82, ClosureReason.FLOOD, None),
    ):
        rows = [min(len(line) - 1, int(share * len(line))) for share in (begin, end)]
        points = [(float(line[row, 0]), float(line[row, 1])) for row in rows]
        found = match_roads(centre.pack, points)
        deed = SetClosure(
            shape=ClosureShape.LINE,
            points=tuple(Point(lon=lon, lat=lat) for lon, lat in points),
            roads=ClosedRoads(edges=found.edges, along=found.along, against=found.against),
            region_hash=centre.pack.hash,
            reason=reason,
            until_us=until_us,
            until_reopened=until_us is None,
            names=found.names,
            length_m=found.length_m,
        )
        centre.desk.do(deed, by)
    centre.settle()


def _take_one_call(centre: Centre, hearing: Hearing) -> bool:
    """The call that rings longest is typed in, its first three questions asked; nobody is sent."""
    picture = centre.desk.picture
    by = Actor.of(picture.staff[centre.desk_id])
    call = picture.ringing()[0]
    place = hearing.place_of(call)
    if place is None:
        return False
    centre.desk.do(AnswerCall(call_id=call.call_id), by)
    type_id = hearing.type_of(call)
    services = hearing.services_of(type_id)
    opened = centre.desk.do(
        OpenIncident(call_id=call.call_id, type_id=type_id, services=services, place=place), by
    )
    incident_id = str(opened.result["incident_id"])
    answers = call.script.answers if call.script is not None else {}
    for question_id, option_id in list(answers.items())[:3]:
        answer = AnswerQuestion(
            incident_id=incident_id, question_id=question_id, option_id=option_id
        )
        centre.desk.do(answer, by)
    centre.settle()
    return True
