"""`vigil bench`: one JSON object a line, `{"name", "value", "unit", "against"}`.

`args.window_benches` names the benches that live above this floor (name -> "module:function");
each function takes the namespace and yields such objects.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Iterable, Iterator

from dispatch.domain.message import Message, Problem
from dispatch.reports.figure import Row, line_of
from dispatch.words import say

Bench = Callable[[argparse.Namespace], Iterable[Row]]

ORDER = ("start", "recommend", "severity", "map", "region", "roads", "gazetteer", "layers", "day")


def run(args: argparse.Namespace) -> int:
    """Measure what is asked for; 1 where a part could not be measured, and the rest is printed."""
    wanted = ORDER if args.name == "all" else (args.name,)
    whole = True
    for name in wanted:
        try:
            for row in bench_of(name, args)(args):
                print(line_of(row), flush=True)
        except Problem as problem:
            if args.name != "all":
                raise
            whole = False
            _note(problem.message, args.language)
    return 0 if whole else 1


def bench_of(name: str, args: argparse.Namespace) -> Bench:
    """The bench of a name; `Problem("reports.no_bench")` where this build has none."""
    own: dict[str, Bench] = {
        "recommend": recommend,
        "severity": severity,
        "region": region,
        "gazetteer": gazetteer,
        "roads": roads,
        "layers": layers,
        "day": day,
    }
    if name in own:
        return own[name]
    door = getattr(args, "window_benches", {}).get(name)
    if door is None:
        raise Problem("reports.no_bench", name=name)
    module, _, function = door.partition(":")
    found: Bench = getattr(importlib.import_module(module), function)
    return found


def severity(args: argparse.Namespace) -> Iterator[Row]:
    """One assessment, and the size of the shipped model."""
    from dispatch.severity.bench import figures

    yield from figures()  # type: ignore[misc]


def recommend(args: argparse.Namespace) -> Iterator[Row]:
    """The solve alone, and the whole way from a verified place to a plan on the board."""
    from dispatch.recommend.bench import figures
    from dispatch.reports.call_to_plan import figures as whole_way

    yield from figures()  # type: ignore[misc]
    for figure in whole_way():
        yield figure.row()


def region(args: argparse.Namespace) -> Iterator[Row]:
    """Building packs: the built-in city, and the extracts of the development data if there."""
    from dispatch.region.build_bench import figures
    from dispatch.reports.day import shared_data

    yield from figures(shared_data())


def roads(args: argparse.Namespace) -> Iterator[Row]:
    """Road times on the built-in city, or on the pack given."""
    from dispatch.reports.roads import figures

    for figure in figures(args.region):
        yield figure.row()


def layers(args: argparse.Namespace) -> Iterator[Row]:
    """Reach-time and cover on the built-in city, or on the pack given."""
    from dispatch.reports.layers import figures

    for figure in figures(args.region):
        yield figure.row()


def gazetteer(args: argparse.Namespace) -> Iterator[Row]:
    """A million made-up names, and the built-in city (or the pack given)."""
    from dispatch.region.gazetteer_bench import figures
    from dispatch.region.pack import open_pack
    from dispatch.resources import resource

    yield from figures(open_pack(args.region or resource("region", "builtin.region")))


def day(args: argparse.Namespace) -> Iterator[Row]:
    """A recorded day (or the built-in shift) played by the automatic dispatcher."""
    from dispatch.reports.day import figures

    for figure in figures(args, lambda message: _note(message, args.language)):
        yield figure.row()


def _note(message: Message, language: str) -> None:
    """What is being done, for a person who waits; figures go to stdout alone."""
    print(say(message, language), file=sys.stderr, flush=True)
