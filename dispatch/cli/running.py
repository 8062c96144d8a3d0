"""Runs the body of a command and turns what can go wrong into one line and an exit code."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Callable

from dispatch.cli import exits
from dispatch.cli.command import Command
from dispatch.domain.message import Message, Problem
from dispatch.words import say

log = logging.getLogger(__name__)

# Problems that are no fault of the input: what was asked is not allowed.
REFUSALS = frozenset({"journal.in_use", "journal.wrong_realm"})

Body = Callable[[argparse.Namespace], int]


def load(body: str) -> Body:
    """Import "module:function". Raises `Problem` for a part that this installation lacks."""
    module_name, _, function = body.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        if module_name == missing or module_name.startswith(missing + "."):
            raise Problem("cli.part_missing", part=module_name) from error
        raise Problem("cli.package_missing", package=missing) from error
    except ImportError as error:
        if ".so" in str(error) or "DLL" in str(error):
            raise Problem("cli.library_missing", what=str(error)) from error
        raise
    found: Body | None = getattr(module, function, None)
    if found is None:
        raise Problem("cli.part_missing", part=body)
    return found


def run(command: Command, args: argparse.Namespace, language: str) -> int:
    """Run the body and return the exit code that the process ends with."""
    try:
        code = int(load(command.body)(args) or exits.OK)
        # A reader that has left is noticed here rather than in Python's own end.
        sys.stdout.flush()
        return code
    except Problem as problem:
        complain(problem.message, language)
        is_ours = problem.message.id in {"cli.part_missing", "cli.package_missing"}
        if problem.message.id in REFUSALS:
            return exits.REFUSED
        return exits.INTERNAL if is_ours else exits.BAD_INPUT
    except KeyboardInterrupt:
        complain(Message("cli.interrupted"), language)
        return exits.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left, as `head` does; Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except MemoryError:
        complain(Message("cli.out_of_memory"), language)
        return exits.INTERNAL
    except OSError as error:
        log.exception("a file or device failed")
        what = error.strerror or str(error)
        complain(
            Message("cli.system", {"what": what, "file": str(error.filename or "-")}), language
        )
        return exits.BAD_INPUT
    except Exception as error:
        log.exception("a fault of Vigil itself")
        what = f"{type(error).__name__}: {error}"
        complain(Message("cli.internal", {"what": what}), language)
        return exits.INTERNAL


def complain(message: Message, language: str) -> None:
    """One line on stderr: `vigil: <sentence>`, whatever a file or a library put into it."""
    said = say(message, language)
    if said == message.id:
        said = str(Problem(message.id, **message.values))  # no words: still name the file
    print(f"vigil: {one_line(said)}", file=sys.stderr)


def one_line(text: str) -> str:
    """A text for a terminal: one line, and no control or direction characters to steer it by."""
    words = " ".join(text.split())
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in words)
