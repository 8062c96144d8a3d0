"""`vigil agency`: make, fill, check and export who serves a region."""

from __future__ import annotations

import argparse
from pathlib import Path

from dispatch.cli.command import Command, Words, as_json

LAYERS = ("districts", "beats", "hydrants", "hospitals", "stations", "units")
PROFILES = ("international", "kazakhstan", "korea")


def _agency(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("agency", type=Path, metavar="AGENCY", help=words("agency_folder"))


def _layer(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--layer", choices=LAYERS, required=True, help=words("layer"))


def declare_import(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `agency import`."""
    _agency(parser, words)
    _layer(parser, words)
    parser.add_argument("file", type=Path, metavar="FILE", help=words("layer_file"))
    parser.add_argument("--map", action="append", metavar="COLUMN=FIELD", help=words("layer_map"))
    parser.add_argument("--set", action="append", metavar="FIELD=VALUE", help=words("layer_set"))
    parser.add_argument(
        "--where", action="append", metavar="COLUMN=VALUE", help=words("layer_where")
    )
    parser.add_argument("--crs", metavar="EPSG:N", help=words("layer_crs"))
    parser.add_argument("--swap-axes", action="store_true", help=words("layer_swap"))
    parser.add_argument("--layer-name", "--sheet", metavar="NAME", help=words("layer_name"))
    parser.add_argument("--encoding", metavar="NAME", help=words("layer_encoding"))
    parser.add_argument("--region", type=Path, metavar="PACK", help=words("layer_region"))
    parser.add_argument("--add", action="store_true", help=words("layer_add"))
    parser.add_argument("--skip-bad", action="store_true", help=words("layer_skip"))
    parser.add_argument("--keep-outside", action="store_true", help=words("layer_outside"))
    parser.add_argument("--check", action="store_true", help=words("layer_check"))


def declare_new(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `agency new`."""
    parser.add_argument("folder", type=Path, metavar="AGENCY", help=words("agency_new"))
    parser.add_argument("--region", type=Path, metavar="PACK", required=True, help=words("pack"))
    parser.add_argument(
        "--profile", choices=PROFILES, default=PROFILES[0], help=words("agency_profile")
    )
    parser.add_argument("--name", metavar="NAME", help=words("agency_name"))
    parser.add_argument("--starter-units", action="store_true", help=words("agency_units"))


def declare_check(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `agency check`."""
    _agency(parser, words)
    parser.add_argument("--region", type=Path, metavar="PACK", help=words("layer_region"))


def declare_show(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `agency show`."""
    _agency(parser, words)
    as_json(parser, words)


def declare_export(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `agency export`."""
    _agency(parser, words)
    _layer(parser, words)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=words("layer_output")
    )


_BODIES = "dispatch.region.layers.command"
COMMANDS = (
    Command(("agency", "new"), f"{_BODIES}:new", declare_new),
    Command(("agency", "import"), f"{_BODIES}:import_", declare_import),
    Command(("agency", "check"), "dispatch.cli.agency_check:check", declare_check),
    Command(("agency", "show"), f"{_BODIES}:show", declare_show),
    Command(("agency", "export"), f"{_BODIES}:export", declare_export),
)
