"""From a verified place to the plan on the board: desk, engine process, journal and board.

A hundred units stand about the built-in city; each incident is at a place nobody asked about
before. The clock starts when the verified place is handed to the lane and stops when the board,
fed by what is published as a window's is, holds a plan made for it.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dispatch.advice import messages as m
from dispatch.board import Board
from dispatch.centre import Centre
from dispatch.clock import SimClock
from dispatch.desk import Actor, Done, Published
from dispatch.desk.incidents import OpenIncident, PlaceInput, SetPlace
from dispatch.desk.staff import SignOnSimulated
from dispatch.desk.verbs import Command
from dispatch.domain.message import Problem
from dispatch.domain.place import PlaceState
from dispatch.domain.unit import Fix
from dispatch.domain.value import Point
from dispatch.places import Places
from dispatch.reports.figure import Figure
from dispatch.resources import resource

UNITS = 100
INCIDENTS = 60
UNTIMED = 3
"""First incidents of a fresh process that are not counted: they load what stays loaded."""
PATIENCE_S = 30.0
TYPES = ("sick", "chest_pain", "unconscious", "fire", "collision", "hazard")
START_US = 1_780_000_000_000_000
ACTOR = Actor(user_id="bench", name="Bench", role="simulated", desk_id="desk-1", origin="system")


def figures() -> Iterator[Figure]:
    """`recommend.call_to_plan.p50_ms` and `.p99_ms`."""
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        places = Places(Path(folder)).prepare()
        centre = Centre.exercise(
            places,
            region=resource("region", "builtin.region"),
            agency=fleet_of(UNITS, Path(folder)),
            spec=None,
            journal=places.journals / "bench.vigil",
        )
        try:
            took = _Bench(centre).run()
        finally:
            centre.close()
    p50, p99 = np.quantile(np.array(took), [0.5, 0.99]).tolist()
    against = f"{UNITS} units"
    yield Figure("recommend.call_to_plan.p50_ms", round(p50, 1), "ms", against)
    yield Figure("recommend.call_to_plan.p99_ms", round(p99, 1), "ms", "<= 150")


def fleet_of(units: int, folder: Path) -> Path:
    """The international agency with so many units, each a copy of one of its own."""
    agency = folder / "bench.agency"
    shutil.copytree(resource("agencies", "international.agency"), agency)
    path = agency / "units.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    names = reader.fieldnames or []
    copies = [
        {**rows[n % len(rows)], "unit_id": f"b{n:03d}", "label": f"B{n:03d}"} for n in range(units)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(copies)
    return agency


class _Bench:
    """One lane in its thread, one board beside it."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._board: Board = centre.board()
        self._news = threading.Condition()
        self._ready = threading.Event()
        self._answers: list[Done | Problem] = []
        chance = np.random.default_rng(1)
        lonlat = np.asarray(centre.pack.nodes.lonlat)
        nodes = lonlat[np.asarray(centre.pack.nodes.component) == 0]
        self._somewhere = nodes[chance.integers(0, len(nodes), UNITS + INCIDENTS + UNTIMED)]
        centre.on_published.append(self._hear)
        centre.on_response.append(self._heard)

    def run(self) -> list[float]:
        """Milliseconds, one an incident."""
        centre = self._centre
        clock = centre.clock
        assert isinstance(clock, SimClock)
        clock.set_speed(1.0)
        centre.fixes.update(
            (unit_id, Fix(unit_id=unit_id, point=self._point(n), t_us=clock.now_us()))
            for n, unit_id in enumerate(centre.desk.picture.units)
        )
        centre.start()
        if not self._ready.wait(PATIENCE_S):
            raise Problem("reports.engine_silent")
        self._do(SignOnSimulated(name="Bench"))
        took = [self._one(n) for n in range(INCIDENTS + UNTIMED)]
        return took[UNTIMED:]

    def _one(self, n: int) -> float:
        point = self._point(UNITS + n)
        said = PlaceInput(typed="here", label="here")
        opened = self._do(OpenIncident(type_id=TYPES[n % len(TYPES)], services=(), place=said))
        incident_id = str(opened.result["incident_id"])
        place = PlaceInput(typed="here", label="here", point=point, state=PlaceState.VERIFIED)
        began = time.perf_counter()
        with self._news:
            self._submit(SetPlace(incident_id=incident_id, place=place))
            if not self._news.wait_for(lambda: self._planned(incident_id), PATIENCE_S):
                raise Problem("reports.engine_silent")
            return (time.perf_counter() - began) * 1e3

    def _planned(self, incident_id: str) -> bool:
        advised = self._board.recommendation(incident_id)
        return advised is not None and bool(advised.plans)

    def _point(self, n: int) -> Point:
        lon, lat = self._somewhere[n].tolist()
        return Point(lon=lon, lat=lat)

    def _do(self, command: Command) -> Done:
        with self._news:
            self._answers.clear()
            self._submit(command)
            self._news.wait_for(lambda: bool(self._answers), PATIENCE_S)
            answer = self._answers.pop()
        if isinstance(answer, Problem):
            raise answer
        return answer

    def _submit(self, command: Command) -> None:
        self._centre.submit(command, ACTOR, self._answer, self._answer)

    def _answer(self, answer: Done | Problem) -> None:
        with self._news:
            self._answers.append(answer)
            self._news.notify_all()

    def _hear(self, published: Published) -> None:
        with self._news:
            self._board.apply(published.envelope)
            self._news.notify_all()

    def _heard(self, response: m.Response) -> None:
        if isinstance(response, m.Opened):
            self._ready.set()
