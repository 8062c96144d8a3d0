"""Scenario files: scripted calls and injects for an exercise, as data.

A title, a brief, a statement or an inject is a message id of the catalogue, or plain text in a
trainer's own file. Places are doors of the region: `door = 0.37` is the door at 37 % of the
pack's list (the same one for the same pack), or give `lon`, `lat` and `address`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from dispatch.domain.call import CallerScript
from dispatch.domain.level import Level
from dispatch.domain.message import Message, Problem
from dispatch.domain.value import Key, Latitude, Longitude, Point, Probability, Text, Value
from dispatch.recommend.run_cards import CALL_TYPES
from dispatch.region.pack import Pack
from dispatch.resources import resource
from dispatch.simulation import events as w
from dispatch.simulation.addresses import Door, Doors
from dispatch.simulation.planned import PlannedCall
from dispatch.simulation.roadblock import Roadblock, on_region

MAX_BYTES = 500_000
AtS = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class ScenarioCall(Value, frozen=True):
    """One scripted call."""

    id: Key
    at_s: AtS
    type: Key
    level: Level
    statement: Text
    door: Probability | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None
    address: Text = ""
    language: Key = "en"
    line: Key = "mobile"
    answers: dict[str, str] = {}
    same_as: str | None = None
    shows_place: bool = True
    accuracy_m: float = 30.0
    patience_s: float = 120.0
    talk_s: float = 240.0


class ScenarioInject(Value, frozen=True):
    """Something the trainer's script does; with `close` it closes a road."""

    id: Key
    at_s: AtS
    message: Text
    close: Roadblock | None = None


class Standard(Value, frozen=True):
    """What the score compares with, seconds."""

    answer_s: float = 15.0
    send_s: float = 90.0
    send_l1_s: float = 60.0


class Scenario(Value, frozen=True):
    """A scenario file."""

    format: int
    id: Key
    start: datetime
    minutes: Annotated[float, msgspec.Meta(gt=0, le=1_440)]
    call: tuple[ScenarioCall, ...]
    title_text: Text = msgspec.field(name="title")
    brief: Text = ""
    region: Key = "builtin"
    agency: Key = "international"
    seed: int = 1
    standard: Standard = Standard()
    inject: tuple[ScenarioInject, ...] = ()

    @property
    def title(self) -> Message:
        """What the scenario is called."""
        return Message(self.title_text)


@dataclass(frozen=True)
class PlayedScenario:
    """A scenario on a region: calls with their doors, in order of time (microseconds UTC)."""

    calls: tuple[PlannedCall, ...]
    injects: tuple[w.InjectHappens, ...]
    start_us: int
    end_us: int


def shipped_scenarios() -> list[str]:
    """Ids of the scenarios that come with the program."""
    return sorted(path.stem for path in resource("scenarios").glob("*.toml"))


def scenario_file(name: str) -> Path:
    """The file of a shipped scenario's id, or the file named."""
    if re.fullmatch(r"[a-z0-9_]+", name) and resource("scenarios", f"{name}.toml").is_file():
        return resource("scenarios", f"{name}.toml")
    path = Path(name)
    if not path.is_file():
        known = ", ".join(shipped_scenarios())
        raise Problem("simulation.no_such_scenario", file=name, known=known)
    return path


def load_scenario(name: str) -> Scenario:
    """A scenario by id or file; `Problem` naming file and what is wrong in it."""
    path = scenario_file(name)
    try:
        data = path.read_bytes()[: MAX_BYTES + 1]
        if len(data) > MAX_BYTES:
            raise ValueError(f"larger than {MAX_BYTES} bytes")
        scenario = msgspec.convert(tomllib.loads(data.decode("utf-8")), Scenario)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise Problem("simulation.scenario_broken", file=str(path), what=str(error)) from error
    ids = [call.id for call in scenario.call]
    for call in scenario.call:
        if call.door is None and (call.lon is None or call.lat is None):
            raise _broken(path, f"call {call.id}: door, or lon and lat")
        if call.type not in CALL_TYPES:
            raise _broken(path, f"call {call.id}: type {call.type}")
        if call.same_as is not None and call.same_as not in ids:
            raise _broken(path, f"call {call.id}: same_as {call.same_as}")
    if scenario.format != 1 or len(set(ids)) != len(ids):
        raise _broken(path, "format, or an id twice")
    return scenario


def _broken(path: Path, what: str) -> Problem:
    return Problem("simulation.scenario_broken", file=str(path), what=what)


def start_us_of(scenario: Scenario, time_zone: str) -> int:
    """The first moment, microseconds UTC; a start without an offset is local time."""
    start = scenario.start
    if start.tzinfo is None:
        start = start.replace(tzinfo=ZoneInfo(time_zone))
    return round(start.timestamp() * 1e6)


def plan_scenario(scenario: Scenario, doors: Doors, pack: Pack) -> PlayedScenario:
    """Put a scenario's calls on the doors of a region, and what it closes on its roads."""
    start_us = start_us_of(scenario, pack.time_zone)
    places = {call.id: _door(call, doors) for call in scenario.call}
    calls = [
        _planned(call, places[call.id], start_us)
        for call in sorted(scenario.call, key=lambda call: (call.at_s, call.id))
    ]
    injects = tuple(
        w.InjectHappens(
            t_us=start_us + round(each.at_s * 1e6),
            inject_id=each.id,
            message=Message(each.message),
            closes=on_region(each.close, doors, pack) if each.close is not None else None,
        )
        for each in scenario.inject
    )
    end_us = start_us + round(scenario.minutes * 60e6)
    return PlayedScenario(tuple(calls), injects, start_us, end_us)


def _door(call: ScenarioCall, doors: Doors) -> Door:
    if call.lon is not None and call.lat is not None:
        near = doors.near(call.lon, call.lat)
        return Door(call.address or near.said, Point(lon=call.lon, lat=call.lat))
    return doors.at(call.door or 0.0)


def _planned(call: ScenarioCall, door: Door, start_us: int) -> PlannedCall:
    return PlannedCall(
        t_us=start_us + round(call.at_s * 1e6),
        call_id=call.id,
        line=call.line,
        number="+0 555 0100",
        language=call.language,
        where=door.point if call.shows_place else None,
        accuracy_m=call.accuracy_m if call.shows_place else 0.0,
        script=CallerScript(
            statement=call.statement, answers=call.answers, address=call.address or door.said
        ),
        truth_type=call.type,
        truth_level=call.level,
        truth_point=door.point,
        same_as_call=call.same_as,
        patience_s=call.patience_s,
        talk_s=call.talk_s,
    )
