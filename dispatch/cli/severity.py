"""`vigil severity`: train the severity model and measure it."""

from __future__ import annotations

import argparse
from pathlib import Path

from dispatch.cli.command import Command, Words, as_json


def declare_train(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `severity train`."""
    parser.add_argument("--data", type=Path, metavar="DIR", help=words("train_data"))
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="BUNDLE", help=words("output_bundle")
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=words("seed"))


def declare_evaluate(parser: argparse.ArgumentParser, words: Words) -> None:
    """The arguments of `severity evaluate`."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help=words("evaluate_data")
    )
    parser.add_argument("--model", type=Path, metavar="BUNDLE", help=words("model"))
    as_json(parser, words)


COMMANDS = (
    Command(("severity", "train"), "dispatch.severity.command:train", declare_train),
    Command(("severity", "evaluate"), "dispatch.severity.command:evaluate", declare_evaluate),
)
