"""Opens the world a specification names: a seeded shift, recorded calls, or a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch.domain.message import Message, Problem
from dispatch.region.agency import Agency
from dispatch.region.pack import Pack
from dispatch.region.roads import RoadTimes
from dispatch.severity.generator import CaseGenerator
from dispatch.severity.questions import QuestionBook
from dispatch.simulation import events as w
from dispatch.simulation.addresses import Doors
from dispatch.simulation.agenda import Agenda
from dispatch.simulation.city_world import CityWorld
from dispatch.simulation.crews import CrewHospital, Crews, CrewUnit
from dispatch.simulation.demand import Demand
from dispatch.simulation.planned import PlannedCall
from dispatch.simulation.shift import shift_calls
from dispatch.simulation.times import load_times
from dispatch.simulation.world import World


@dataclass(frozen=True)
class OpenedWorld:
    """A world, its first moment, and what to call it."""

    world: World
    start_us: int
    title: Message


@dataclass(frozen=True)
class _Plan:
    calls: Iterator[PlannedCall]
    start_us: int
    end_us: int | None
    title: Message
    injects: tuple[w.InjectHappens, ...] = ()


def open_world(spec: w.WorldSpec, pack: Pack, roads: RoadTimes, agency: Agency) -> OpenedWorld:
    """The world of a specification; `Problem` for a kind or source that does not exist."""
    plan = _plan(spec, pack, agency)
    local = datetime.fromtimestamp(plan.start_us / 1e6, UTC).astimezone(ZoneInfo(pack.time_zone))
    units = [
        CrewUnit(
            unit_id=unit.unit_id,
            service=unit.service,
            capabilities=frozenset(unit.capabilities),
            home=(unit.lon, unit.lat),
            on_duty=unit.on_duty(local),
        )
        for unit in agency.units
    ]
    hospitals = [
        CrewHospital(each.hospital_id, (each.lon, each.lat), frozenset(each.capabilities))
        for each in agency.hospitals
        if each.accepts
    ]
    agenda, events = Agenda(), list[w.Event]()
    crews = Crews(
        units,
        hospitals,
        roads,
        load_times(),
        agenda,
        events.append,
        spec.seed,
        plan.start_us,
    )
    world = CityWorld(
        agenda,
        crews,
        plan.calls,
        start_us=plan.start_us,
        end_us=plan.end_us,
        injects=plan.injects,
        events=events,
        roads=roads,
    )
    return OpenedWorld(world, plan.start_us, plan.title)


def _plan(spec: w.WorldSpec, pack: Pack, agency: Agency) -> _Plan:
    if spec.kind == "shift":
        calls = shift_calls(
            Demand.of(agency.path, pack, spec.calls_per_hour),
            Doors(pack),
            CaseGenerator.load(QuestionBook.shipped()),
            load_times(),
            agency.languages,
            spec.seed,
            spec.start_us,
        )
        return _Plan(calls, spec.start_us, spec.end_us, Message("simulation.title.shift"))
    if spec.kind == "recorded":
        from dispatch.simulation.recorded import read_recorded

        recorded = read_recorded(Path(spec.source), spec.start_us, spec.end_us)
        return _Plan(
            iter(recorded.calls),
            recorded.start_us,
            spec.end_us,
            Message("simulation.title.recorded", {"file": Path(spec.source).name}),
        )
    if spec.kind == "scenario":
        from dispatch.simulation.scenario import load_scenario, plan_scenario

        scenario = load_scenario(spec.source)
        played = plan_scenario(scenario, Doors(pack), pack)
        return _Plan(
            iter(played.calls), played.start_us, played.end_us, scenario.title, played.injects
        )
    raise Problem("simulation.no_such_kind", kind=spec.kind)
