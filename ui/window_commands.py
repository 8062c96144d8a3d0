"""The commands of `vigil` that open or paint a window: their arguments, not their bodies."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from dispatch.cli import bench
from dispatch.cli.command import Command, Words, always, moment, positive
from dispatch.domain.message import Problem

SHIPPED_AGENCIES = ("kazakhstan", "korea", "international")
ROLES = ("dispatcher", "supervisor", "trainer")
LIVE_NEEDS = ("journal", "region", "agency")
SIMULATION_ONLY = ("demonstration", "seed", "speed")


def declare_look(parser: argparse.ArgumentParser, words: Words) -> None:
    """What every window takes: its theme."""
    parser.add_argument("--theme", choices=("dark", "light"), help=words("theme"))


def declare_workstation(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of a start without a command: live by three files, else a simulated shift."""
    live = parser.add_argument_group(words("group_live"))
    live.add_argument("--journal", type=Path, metavar="FILE", help=words("journal"))
    live.add_argument("--region", type=Path, metavar="PACK", help=words("pack"))
    live.add_argument("--agency", type=Path, metavar="DIR", help=words("agency_plans"))
    shift = parser.add_argument_group(words("group_shift"))
    shift.add_argument("--demonstration", choices=SHIPPED_AGENCIES, help=words("demonstration"))
    shift.add_argument("--seed", type=int, metavar="N", help=words("seed"))
    shift.add_argument("--speed", type=positive, metavar="X", help=words("speed"))
    parser.add_argument("--role", choices=ROLES, help=words("role"))
    declare_look(parser, words)


def check_workstation(args: argparse.Namespace) -> None:
    """Live is opened on purpose: all three files, and nothing that belongs to a simulation.

    Raises `Problem("cli.live_incomplete")` or `Problem("cli.live_simulated")`.
    """
    given = [name for name in LIVE_NEEDS if getattr(args, name) is not None]
    if not given:
        return
    missing = [f"--{name}" for name in LIVE_NEEDS if name not in given]
    if missing:
        raise Problem("cli.live_incomplete", missing=" ".join(missing))
    simulated = [f"--{name}" for name in SIMULATION_ONLY if getattr(args, name) is not None]
    if simulated:
        raise Problem("cli.live_simulated", options=" ".join(simulated))


def declare_play(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `play`."""
    parser.add_argument("--calls", type=Path, required=True, metavar="FILE", help=words("calls"))
    parser.add_argument("--region", type=Path, required=True, metavar="PACK", help=words("pack"))
    parser.add_argument("--speed", type=positive, default=1.0, metavar="X", help=words("speed"))
    parser.add_argument("--start", type=moment, metavar="TIME", help=words("start"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=words("seed"))
    parser.add_argument("--role", choices=ROLES, help=words("role"))
    declare_look(parser, words)


def declare_replay(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `replay`."""
    parser.add_argument("journal", type=Path, metavar="JOURNAL", help=words("replay_journal"))
    parser.add_argument("--at", type=moment, metavar="TIME", help=words("at"))
    parser.add_argument("--region", type=Path, metavar="PACK", help=words("replay_region"))
    declare_look(parser, words)


def declare_exercise(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `exercise`."""
    parser.add_argument("scenario", nargs="?", metavar="SCENARIO", help=words("scenario"))
    parser.add_argument("--list", action="store_true", help=words("list"))
    parser.add_argument("--auto", action="store_true", help=words("auto"))
    parser.add_argument("--report", type=Path, metavar="FILE", help=words("report"))
    parser.add_argument("--seed", type=int, metavar="N", help=words("seed"))
    parser.add_argument("--speed", type=positive, metavar="X", help=words("speed"))
    declare_look(parser, words)


def check_exercise(args: argparse.Namespace) -> None:
    """A scenario is named or the list is asked for. Raises `Problem("cli.scenario_missing")`."""
    if args.scenario is None and not args.list:
        raise Problem("cli.scenario_missing")


def declare_screenshots(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `screenshots`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help=words("screenshots_dir"))
    parser.add_argument("--only", action="append", metavar="NAME", help=words("only"))
    parser.add_argument("--map", action="store_true", help=words("sheets"))
    parser.add_argument("--region", type=Path, metavar="PACK", help=words("sheets_region"))


def declare_warm(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `region warm`."""
    parser.add_argument("pack", type=Path, metavar="PACK", help=words("pack"))
    parser.add_argument("--ratio", type=positive, default=1.0, metavar="N", help=words("ratio"))
    declare_look(parser, words)


def declare_bench(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `bench`, with the benches that this room adds.

    `args.window_benches` maps a bench's name to "module:function"; the function takes the
    namespace and yields dictionaries of `name`, `value`, `unit`, `against`.
    """
    bench.declare(parser, words)
    parser.set_defaults(window_benches={"start": "ui.bench:start", "map": "ui.bench:frames"})


WORKSTATION = Command(
    ("workstation",),
    "ui.workstation_command:run",
    declare_workstation,
    check_workstation,
    needs_display=always,
)
COMMANDS = (
    WORKSTATION,
    Command(("play",), "ui.workstation_command:play", declare_play, needs_display=always),
    Command(("replay",), "ui.replay.command:run", declare_replay, needs_display=always),
    Command(
        ("exercise",),
        "ui.exercise.command:run",
        declare_exercise,
        check_exercise,
        needs_display=lambda args: not (args.list or args.auto),
    ),
    Command(("screenshots",), "ui.screenshots:run", declare_screenshots),
    Command(("region", "warm"), "ui.map.tiles.warming:run", declare_warm),
    *(dataclasses.replace(command, declare=declare_bench) for command in bench.COMMANDS),
)
