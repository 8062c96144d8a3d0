"""`vigil evaluate recommend`: recommendations beside what a city did."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import msgspec

from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.domain.value import Point
from dispatch.recommend.arrival import ArrivalModel
from dispatch.recommend.evaluate import figures, tally
from dispatch.recommend.observed import RecordedCall, observed_agency, read_recorded, stations_of
from dispatch.recommend.run_cards import RunCards
from dispatch.region.pack import Pack, open_pack
from dispatch.region.roads import RoadTimes
from dispatch.words import say

PROGRESS_EVERY_S = 0.5


def evaluate(args: argparse.Namespace) -> int:
    """Print the figures of `evaluate.py`, one a line, or as one JSON object with `--json`.

    Reads `args.calls` (Parquet), `args.region` (pack), and where present `args.limit` (the first
    so many calls), `args.json`, `args.language`. Answers 0; raises `Problem` for input that
    cannot be used.
    """
    language = str(getattr(args, "language", None) or "en")
    limit = getattr(args, "limit", None)
    pack = open_pack(Path(args.region))
    recorded = read_recorded(Path(args.calls))
    history = _inside(recorded.calls, pack, str(args.calls))
    calls = history[: int(limit)] if limit else history
    crosswalk = recorded.crosswalk
    fleet = observed_agency(history, crosswalk, stations_of(pack))
    arrivals = ArrivalModel.load(crosswalk.arrival)

    def roads(level: Level) -> RoadTimes:
        return RoadTimes.of(pack, profile="lights" if level.rank <= 3 else "normal")

    seen = tally(
        calls,
        fleet,
        hospitals_of(pack),
        roads,
        RunCards.load(crosswalk.run_cards),
        arrivals,
        time_zone=crosswalk.zone.key,
        history=history,
        progress=_Progress(len(calls), language),
    )
    found = figures(seen, arrivals.road)
    if getattr(args, "json", False):
        print(msgspec.json.encode(found).decode())
    else:
        width = max(map(len, found))
        for name, value in found.items():
            print(f"{name:<{width}}  {value:g}")
    return 0


def hospitals_of(pack: Pack) -> tuple[Point, ...]:
    """The pack's hospitals as points."""
    rows = pack.table("places").select(["kind", "lon_e7", "lat_e7"]).to_pylist()
    return tuple(
        Point(lon=row["lon_e7"] / 1e7, lat=row["lat_e7"] / 1e7)
        for row in rows
        if row["kind"] == "hospital"
    )


def _inside(calls: tuple[RecordedCall, ...], pack: Pack, file: str) -> tuple[RecordedCall, ...]:
    """The calls within the pack's bounds; `Problem` where there is none."""
    west, south, east, north = pack.bounds
    inside = tuple(
        call
        for call in calls
        if west <= call.point.lon <= east and south <= call.point.lat <= north
    )
    if not inside:
        raise Problem("recommend.observed.elsewhere", file=file, region=pack.name)
    return inside


class _Progress:
    """Says on stderr how far it is, where somebody looks."""

    def __init__(self, total: int, language: str) -> None:
        self._total, self._language = total, language
        self._shown = sys.stderr.isatty()
        self._next = 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now >= self._next or done == self._total:
            self._next = now + PROGRESS_EVERY_S
            text = say("recommend.evaluate.progress", self._language, done=done, n=self._total)
            if self._shown:
                last = done >= self._total
                print(f"\r\x1b[K{'' if last else text}", end="", file=sys.stderr, flush=True)
