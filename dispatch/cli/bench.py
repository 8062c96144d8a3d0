"""`vigil bench`: the figures that Vigil is held to, measured on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from dispatch.cli.command import Command, Words, moment, positive

NAMES = (
    "start",
    "recommend",
    "severity",
    "map",
    "region",
    "roads",
    "gazetteer",
    "layers",
    "day",
    "all",
)


def declare(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `bench`; one JSON object a line is its output."""
    parser.add_argument(
        "name", choices=NAMES, metavar="NAME", help=words("bench_name", names=", ".join(NAMES))
    )
    parser.add_argument("--json", action="store_true", help=words("json"))
    parser.add_argument("--calls", type=Path, metavar="FILE", help=words("calls"))
    parser.add_argument("--region", type=Path, metavar="PACK", help=words("pack"))
    parser.add_argument("--start", type=moment, metavar="TIME", help=words("start"))
    parser.add_argument("--hours", type=positive, default=6.0, metavar="N", help=words("hours"))
    parser.add_argument("--frames", type=positive, metavar="N", help=words("frames"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=words("seed"))


COMMANDS = (Command(("bench",), "dispatch.reports.bench:run", declare),)
