"""`vigil region`: make and describe region packs."""

from __future__ import annotations

import argparse
from pathlib import Path

from dispatch.cli.command import Command, Words, as_json


def declare_build(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `region build`."""
    parser.add_argument("extract", type=Path, metavar="EXTRACT", help=words("extract"))
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="PACK", help=words("output_pack")
    )
    parser.add_argument("--places", type=Path, metavar="DIR", help=words("places"))
    parser.add_argument("--boundary", type=Path, metavar="FILE", help=words("boundary"))
    parser.add_argument("--stations", type=Path, metavar="FILE", help=words("stations"))
    parser.add_argument("--name", metavar="NAME", help=words("region_name"))
    parser.add_argument("--time-zone", metavar="ZONE", help=words("time_zone"))
    parser.add_argument("--fresh", action="store_true", help=words("build_fresh"))
    parser.add_argument("--progress", action="store_true", help=words("build_progress"))
    as_json(parser, words)


def declare_pack(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `region show` and `region check`."""
    parser.add_argument("pack", type=Path, metavar="PACK", help=words("pack"))
    as_json(parser, words)


def declare_generate(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `region generate`."""
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="PACK", help=words("output_pack")
    )
    parser.add_argument("--seed", type=int, metavar="N", help=words("city_seed"))
    parser.add_argument("--osm", type=Path, metavar="FILE", help=words("city_osm"))
    parser.add_argument("--agencies", type=Path, metavar="DIR", help=words("city_agencies"))


def declare_figures(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `region figures`."""
    parser.add_argument("packs", type=Path, nargs="+", metavar="PACK", help=words("pack"))


COMMANDS = (
    Command(("region", "build"), "dispatch.region.command:build", declare_build),
    Command(("region", "show"), "dispatch.region.command:show", declare_pack),
    Command(("region", "check"), "dispatch.region.command:check", declare_pack),
    Command(("region", "generate"), "dispatch.region.city.command:generate", declare_generate),
    Command(("region", "figures"), "dispatch.region.city.figures:compare", declare_figures),
)
