"""What a command of `vigil` is: its words, its arguments, and where its body is found."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dispatch.words import say


@dataclass(frozen=True)
class Words:
    """The help texts of the command line in one language."""

    language: str

    def __call__(self, key: str, **values: str | int) -> str:
        """The text `cli.help.<key>`, with percent signs as argparse wants them."""
        return say(f"cli.help.{key}", self.language, **values).replace("%", "%%")


Declare = Callable[[argparse.ArgumentParser, Words], None]
Check = Callable[[argparse.Namespace], None]


def nothing_more(parser: argparse.ArgumentParser, words: Words) -> None:
    """Declares no arguments of its own."""


def all_is_well(args: argparse.Namespace) -> None:
    """Checks nothing beyond the arguments' types."""


def never(args: argparse.Namespace) -> bool:
    """Opens no window."""
    return False


def always(args: argparse.Namespace) -> bool:
    """Opens a window."""
    return True


@dataclass(frozen=True)
class Command:
    """One command: `path` is what is typed, as ("region", "build").

    `body` is "module:function", imported only when the command runs; the function takes the
    parsed `argparse.Namespace` and returns an exit code of `dispatch.cli.exits`. `check` may
    raise `Problem` on arguments that contradict each other, before anything is imported.
    `needs_display` tells, by the arguments, whether a window opens for a person to see.
    """

    path: tuple[str, ...]
    body: str
    declare: Declare = nothing_more
    check: Check = all_is_well
    needs_display: Callable[[argparse.Namespace], bool] = never

    @property
    def key(self) -> str:
        """The command's part of the message ids of its help: `region.build`."""
        return ".".join(self.path)


def positive(text: str) -> float:
    """An argument that is a number above 0."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError(text)
    return value


def moment(text: str) -> datetime:
    """An argument that is a time: ISO 8601; without a zone the region's own is meant."""
    return datetime.fromisoformat(text)


def as_json(parser: argparse.ArgumentParser, words: Words) -> None:
    """Declare `--json`."""
    parser.add_argument("--json", action="store_true", help=words("json"))
