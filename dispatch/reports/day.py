"""`vigil bench day`: a recorded day, or the built-in shift, as fast as the clock can be moved.

An automatic dispatcher in an exercise's journal drives the real verbs; engine, roads, severity,
recommendation and journal are the real ones.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch.advice import messages as m
from dispatch.centre import Centre
from dispatch.domain.call import CallState
from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Picture, fold
from dispatch.exercise.dispatcher import AutomaticDispatcher
from dispatch.exercise.hearing import Hearing
from dispatch.exercise.play import mistakes, play, unserved
from dispatch.journal import Journal, verify
from dispatch.places import Places
from dispatch.region.build import build_pack
from dispatch.region.gazetteer import Gazetteer
from dispatch.region.pack import open_pack
from dispatch.replay import Timeline
from dispatch.reports.figure import Figure
from dispatch.resources import resource
from dispatch.severity.questions import QuestionBook
from dispatch.simulation.events import WorldSpec
from dispatch.sources.recorded import prepare

DAY = datetime(2017, 1, 1)
HOUR_US = 3_600_000_000
CALLS = ("data", "sf_incidents", "sf_calls_units_train.parquet")
ROADS = ("data", "sf_roads")
PLACES = ("data", "sf_places")
SEEKS = 200

Note = Callable[[Message], None]


@dataclass(frozen=True)
class DayPlan:
    """What is played: a world on a region with a fleet. `against` says so in the figures."""

    region: Path
    agency: Path
    spec: WorldSpec
    start_us: int
    end_us: int
    against: str


def figures(args: argparse.Namespace, note: Note = lambda message: None) -> Iterator[Figure]:
    """All figures of the day. Reads `calls`, `region`, `start`, `hours`, `seed`, `data_dir`."""
    kept = Places(args.data_dir).prepare()
    with tempfile.TemporaryDirectory(prefix="vigil-day-") as folder:
        places = Places(Path(folder)).prepare()
        plan = plan_day(args, kept.cache, Path(folder), note)
        yield from measure(plan, places, note)


def plan_day(args: argparse.Namespace, cache: Path, folder: Path, note: Note) -> DayPlan:
    """The recorded day where its files are given or known, else the built-in city's shift."""
    calls, region = args.calls, args.region
    shared = shared_data()
    if calls is None and shared is not None:
        calls = shared.joinpath(*CALLS)
        region = region or _built(shared, cache, note)
    if calls is not None:
        if region is None:
            raise Problem("reports.region_missing", file=str(calls))
        return _recorded(args, Path(calls), Path(region), folder)
    return _shift(args, region)


def shared_data() -> Path | None:
    """The folder of development data: `VIGIL_SHARED`, or `shared` beside the checkout."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    folder = Path(os.environ.get("VIGIL_SHARED", beside))
    return folder if folder.joinpath(*CALLS).is_file() else None


def _built(shared: Path, cache: Path, note: Note) -> Path:
    """The pack of the recorded city, made in the cache the first time."""
    roads, places = shared.joinpath(*ROADS), shared.joinpath(*PLACES)
    files = sorted(path for folder in (roads, places) for path in folder.glob("*"))
    known = "|".join(f"{path.name} {path.stat().st_size}" for path in files)
    key = hashlib.sha256(known.encode()).hexdigest()[:12]
    pack = cache / f"san_francisco-{key}.region"
    if pack.is_dir():
        try:
            open_pack(pack).check()
            return pack
        except Problem:
            pack = cache / f"san_francisco-{key}-{os.getpid()}.region"
    note(Message("reports.building", {"file": str(pack)}))
    cache.mkdir(parents=True, exist_ok=True)
    build_pack(roads, pack, places=places, name="San Francisco", time_zone="America/Los_Angeles")
    return pack


def _start_us(args: argparse.Namespace, time_zone: str) -> int:
    start: datetime = args.start or DAY
    if start.tzinfo is None:
        start = start.replace(tzinfo=ZoneInfo(time_zone))
    return round(start.timestamp() * 1e6)


def _recorded(args: argparse.Namespace, calls: Path, region: Path, folder: Path) -> DayPlan:
    pack = open_pack(region)
    start_us = _start_us(args, pack.time_zone)
    end_us = start_us + round(args.hours * HOUR_US)
    prepared = prepare(calls, pack, folder / "play", start_us=start_us, end_us=end_us)
    spec = WorldSpec(
        kind="recorded", seed=args.seed, start_us=start_us, end_us=end_us, source=str(calls)
    )
    local = datetime.fromtimestamp(start_us / 1e6, ZoneInfo(pack.time_zone))
    against = f"{pack.name} {local:%Y-%m-%dT%H:%M} {args.hours:g} h"
    return DayPlan(region, prepared.agency, spec, start_us, end_us, against)


def _shift(args: argparse.Namespace, region: Path | None) -> DayPlan:
    region = region or resource("region", "builtin.region")
    pack = open_pack(region)
    start_us = _start_us(args, pack.time_zone)
    end_us = start_us + round(args.hours * HOUR_US)
    spec = WorldSpec(kind="shift", seed=args.seed, start_us=start_us, end_us=end_us)
    agency = resource("agencies", "international.agency")
    against = f"{pack.name}, simulated shift, {args.hours:g} h (no recorded calls here)"
    return DayPlan(region, agency, spec, start_us, end_us, against)


def measure(plan: DayPlan, places: Places, note: Note) -> Iterator[Figure]:
    """Play the day and look at what the journal then holds."""
    journal = places.journals / "day.vigil"
    centre = Centre.exercise(
        places,
        region=plan.region,
        agency=plan.agency,
        spec=plan.spec,
        journal=journal,
        speed=0,
        inline=True,
    )
    failed: list[Problem] = []
    centre.on_response.append(
        lambda said: failed.append(Problem(said.message.id)) if isinstance(said, m.Failed) else None
    )
    try:
        gazetteer = Gazetteer.of(centre.pack, places.cache)
        hearing = Hearing(QuestionBook.shipped(), gazetteer.search)
        note(Message("reports.playing", {"what": plan.against}))
        began = time.perf_counter()
        auto = play(centre, hearing, until_us=plan.end_us)
        took_s = time.perf_counter() - began
        picture = centre.desk.picture
        played_s = (centre.clock.now_us() - plan.start_us) / 1e6
        source = centre.source
        refusals = mistakes(source.refusals) if source is not None else []
        if source is not None and source.failed is not None:
            failed.append(Problem(source.failed.id))
    finally:
        centre.close()
    for problem in (*auto.tally.errors[:5], *refusals[:5], *failed[:5]):
        note(problem.message)
    yield from _counts(auto, picture, len(refusals) + len(failed), plan.against)
    yield Figure("day.speed", round(played_s / took_s, 1), "s/s", plan.against)
    yield from _proofs(journal, places, picture)


def _counts(
    auto: AutomaticDispatcher, picture: Picture, failures: int, against: str
) -> Iterator[Figure]:
    calls = picture.calls.values()
    answered = sum(call.state in (CallState.OPEN, CallState.CLOSED) for call in calls)
    sent = [i for i in picture.incidents.values() if i.first_confirmed_us is not None]
    yield Figure("day.errors", len(auto.tally.errors) + failures, "", "<= 0")
    yield Figure("day.calls", len(picture.calls), "calls", against)
    yield Figure("day.answered", answered, "calls", f">= {len(picture.calls)}")
    yield Figure("day.incidents", len(picture.incidents), "incidents", against)
    yield Figure("day.dispatched", len(sent), "incidents", f"of {len(picture.incidents)}")
    yield Figure("day.units_sent", len(picture.assignments), "units", against)
    yield Figure("day.called_back", auto.tally.called_back, "incidents", against)
    yield Figure("day.shortfalls_recorded", auto.tally.shortfalls, "slots", against)
    yield Figure("day.unserved", len(unserved(picture)), "calls", "<= 0")


def _proofs(path: Path, places: Places, live: Picture) -> Iterator[Figure]:
    """The chain holds, and folding the journal from nothing gives the picture that was live.

    Closing seals the last minute of positions: those facts concern no picture but its position.
    """
    report = verify(path)
    yield Figure("day.journal_verifies", int(report.ok), "", ">= 1")
    yield Figure("day.journal_mb", round(path.stat().st_size / 1e6, 2), "MB", "")
    began = time.perf_counter()
    folded, facts = Picture(), 0
    with Journal.open(path, places.keys, read_only=True) as journal:
        for envelope in journal.read(upto=live.pos):
            fold(folded, envelope)
            facts += 1
    took_s = time.perf_counter() - began
    yield Figure("day.fold_matches", int(folded.sha() == live.sha()), "", ">= 1")
    yield Figure("day.facts", facts, "facts", "")
    yield Figure("day.fold_per_s", round(facts / max(took_s, 1e-6)), "facts/s", "")
    yield from _seeks(path, places)


def _seeks(path: Path, places: Places) -> Iterator[Figure]:
    """How long a replay takes to show another moment: position, picture and every vehicle.

    As in a window, full collections wait for an idle moment (ui/app.py).
    """
    timeline, chance, took = Timeline(path, places.keys), random.Random(1), []
    gc.collect()
    gc.disable()
    try:
        for _ in range(SEEKS):
            t_us = chance.randint(timeline.start_us, timeline.end_us)
            began = time.perf_counter()
            timeline.seek(t_us)
            timeline.fixes()
            took.append((time.perf_counter() - began) * 1e3)
    finally:
        gc.enable()
        timeline.close()
    took.sort()
    yield Figure("day.seek.p50_ms", round(took[SEEKS // 2], 1), "ms", "")
    yield Figure("day.seek.p99_ms", round(took[-1 - SEEKS // 100], 1), "ms", "<= 40")
