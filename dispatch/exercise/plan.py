"""From a scenario's name or file to what a centre is opened with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dispatch.domain.message import Message, Problem
from dispatch.places import JOURNAL_SUFFIX, Places
from dispatch.region.pack import open_pack
from dispatch.resources import resource
from dispatch.simulation.events import WorldSpec
from dispatch.simulation.scenario import (
    Scenario,
    load_scenario,
    scenario_file,
    shipped_scenarios,
    start_us_of,
)


@dataclass(frozen=True)
class ExercisePlan:
    """A scenario with its region, fleet, world and journal. Times are operational microseconds."""

    scenario: Scenario
    region: Path
    agency: Path
    spec: WorldSpec
    journal: Path
    start_us: int
    end_us: int


def plan_exercise(
    name: str, places: Places, now: datetime, seed: int | None = None
) -> ExercisePlan:
    """The plan of a scenario, shipped or a file; the journal is a new one.

    Raises `Problem`: the scenario's own, `exercise.no_region`, `exercise.no_agency`.
    """
    path = scenario_file(name)
    scenario = load_scenario(str(path))
    region = _region(scenario.region, places, path)
    agency = resource("agencies", f"{scenario.agency}.agency")
    if not agency.is_dir():
        known = ", ".join(sorted(p.stem for p in resource("agencies").glob("*.agency")))
        raise Problem("exercise.no_agency", file=str(path), agency=scenario.agency, known=known)
    start_us = start_us_of(scenario, open_pack(region).time_zone)
    spec = WorldSpec(
        kind="scenario",
        seed=scenario.seed if seed is None else seed,
        start_us=start_us,
        source=str(path.absolute()),
    )
    end_us = start_us + round(scenario.minutes * 60e6)
    return ExercisePlan(
        scenario, region, agency, spec, _journal(scenario, places, now), start_us, end_us
    )


def _region(name: str, places: Places, scenario: Path) -> Path:
    """A shipped region's or the user's own pack; a name is no path."""
    if re.fullmatch(r"[a-z0-9_-]+", name):
        for folder in (resource("region"), places.packs, scenario.parent):
            pack = folder / f"{name}.region"
            if pack.is_dir():
                return pack
    raise Problem("exercise.no_region", file=str(scenario), region=name, folder=str(places.packs))


def _journal(scenario: Scenario, places: Places, now: datetime) -> Path:
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", scenario.id)[:60] or "exercise"
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    path = places.journals / f"{stem}-{stamp}{JOURNAL_SUFFIX}"
    number = 2
    while path.exists():
        path = places.journals / f"{stem}-{stamp}-{number}{JOURNAL_SUFFIX}"
        number += 1
    return path


@dataclass(frozen=True)
class Listed:
    """A shipped scenario for a list: its name, title, brief and minutes."""

    name: str
    title: Message
    brief: Message
    minutes: float


def shipped() -> list[Listed]:
    """The scenarios that come with the program."""
    found = []
    for name in shipped_scenarios():
        scenario = load_scenario(name)
        found.append(Listed(name, scenario.title, Message(scenario.brief), scenario.minutes))
    return found
