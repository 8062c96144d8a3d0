"""`vigil evaluate` and `vigil audit`: hold what was advised or written against what was."""

from __future__ import annotations

import argparse
from pathlib import Path

from dispatch.cli.command import Command, Words, as_json, positive


def declare_recommend(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `evaluate recommend`."""
    parser.add_argument("--calls", type=Path, required=True, metavar="FILE", help=words("calls"))
    parser.add_argument("--region", type=Path, required=True, metavar="PACK", help=words("pack"))
    parser.add_argument("--limit", type=positive, metavar="N", help=words("calls_limit"))
    as_json(parser, words)


def declare_verify(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `audit verify`."""
    parser.add_argument("file", type=Path, metavar="FILE", help=words("verify_journal"))
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="POSITION:HASH",
        help=words("verify_witness"),
    )
    as_json(parser, words)


COMMANDS = (
    Command(("evaluate", "recommend"), "dispatch.recommend.command:evaluate", declare_recommend),
    Command(("audit", "verify"), "dispatch.journal.command:verify", declare_verify),
)
