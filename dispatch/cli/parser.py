"""Reads the arguments of `vigil` into a namespace, with help in the user's language."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from dispatch import __version__
from dispatch.cli.command import Command, Words
from dispatch.words import LANGUAGES

PROGRAM = "vigil"
TAKES_VALUE = ("--data-dir", "--language")
FLAGS = ("-v", "--verbose")
ANSWERED_BY_ROOT = ("-h", "--help", "--version")


def build_parser(commands: Sequence[Command], words: Words) -> argparse.ArgumentParser:
    """The parser of all commands; the chosen one is found in the namespace as `command`."""
    root = argparse.ArgumentParser(
        prog=PROGRAM,
        description=words("vigil"),
        epilog=words("exit_codes"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    root.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    add_global_options(root, words, is_root=True)
    levels: dict[tuple[str, ...], argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    levels[()] = root.add_subparsers(metavar="COMMAND", required=True)
    for command in commands:
        parent = command.path[:-1]
        if parent not in levels:
            group = levels[parent[:-1]].add_parser(
                parent[-1], help=words(parent[-1]), description=words(parent[-1])
            )
            levels[parent] = group.add_subparsers(metavar="COMMAND", required=True)
        parser = levels[parent].add_parser(
            command.path[-1],
            help=words(command.key),
            description=words(command.key),
            allow_abbrev=False,
        )
        add_global_options(parser, words, is_root=False)
        command.declare(parser, words)
        parser.set_defaults(command=command)
    return root


def add_global_options(parser: argparse.ArgumentParser, words: Words, *, is_root: bool) -> None:
    """Options that may stand before the command or after it."""
    group = parser.add_argument_group(words("everywhere"))
    # After the command they must not undo what stood before it.
    unset = None if is_root else argparse.SUPPRESS
    group.add_argument(
        "--data-dir", type=Path, metavar="DIR", default=unset, help=words("data_dir")
    )
    group.add_argument("--language", choices=LANGUAGES, default=unset, help=words("language"))
    group.add_argument(
        *FLAGS,
        action="store_true",
        default=False if is_root else argparse.SUPPRESS,
        help=words("verbose"),
    )


def with_default_command(arguments: Sequence[str], names: set[str], default: str) -> list[str]:
    """The arguments with the default command put in where none is typed.

    `vigil --data-dir D --journal F` means `vigil --data-dir D workstation --journal F`.
    """
    position = 0
    while position < len(arguments):
        word = arguments[position]
        if word in ANSWERED_BY_ROOT or word in names:
            return list(arguments)
        if word in TAKES_VALUE:
            position += 2
        elif word in FLAGS or word.startswith(tuple(f"{name}=" for name in TAKES_VALUE)):
            position += 1
        else:
            break
    if position < len(arguments) and not arguments[position].startswith("-"):
        # A mistyped command: let the parser name those that there are.
        return list(arguments)
    return [*arguments[:position], default, *arguments[position:]]


def asked_language(arguments: Sequence[str]) -> str | None:
    """The value of `--language` before anything is parsed, since help is in that language."""
    for position, word in enumerate(arguments):
        value = word.partition("=")[2] if word.startswith("--language=") else None
        if word == "--language" and position + 1 < len(arguments):
            value = arguments[position + 1]
        if value in LANGUAGES:
            return value
    return None
