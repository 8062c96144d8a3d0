"""The console script `vigil`. Nothing of Qt is imported here: most commands need no window."""

from __future__ import annotations

import contextlib
import locale
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence

from dispatch.cli import agency, doctor, evaluate, exits, parser, region, running, severity
from dispatch.cli.command import Command, Words
from dispatch.domain.message import Message, Problem
from dispatch.logs import keep_logs
from dispatch.places import Places
from dispatch.settings import load_settings
from dispatch.words import LANGUAGES
from ui import display, window_commands

COMMANDS: tuple[Command, ...] = (
    *window_commands.COMMANDS,
    *region.COMMANDS,
    *agency.COMMANDS,
    *severity.COMMANDS,
    *evaluate.COMMANDS,
    *doctor.COMMANDS,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `vigil` with these arguments (the process's own by default); returns the exit code."""
    # A frozen build starts its worker processes through this very function.
    multiprocessing.freeze_support()
    speak_unicode()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    language = parser.asked_language(arguments) or language_of_system()
    with asked_to_end():
        try:
            return run(arguments, language)
        except Problem as problem:
            running.complain(problem.message, language)
            return exits.BAD_INPUT
        except KeyboardInterrupt:
            return exits.INTERRUPTED


@contextlib.contextmanager
def asked_to_end() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl+C does, so that it cleans up; a window has its own way."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(arguments: list[str], language: str) -> int:
    """Parse, set up logs and settings, and run the command. Raises `Problem` before the body."""
    names = {command.path[0] for command in COMMANDS}
    arguments = parser.with_default_command(arguments, names, window_commands.WORKSTATION.path[0])
    args = parser.build_parser(COMMANDS, Words(language)).parse_args(arguments)
    command: Command = args.command
    places = Places(args.data_dir)
    settings, _ = load_settings(places.settings_file)
    args.language = args.language or settings.language or language
    command.check(args)
    opens_window = command.needs_display(args)
    if opens_window and not display.can_show_windows():
        running.complain(Message("cli.no_display"), args.language)
        return exits.BAD_INPUT
    with keep_logs(places, command.key, verbose=args.verbose, mark=opens_window) as leave:
        code = running.run(command, args, args.language)
        leave.orderly = code != exits.INTERNAL
        return code


def language_of_system() -> str:
    """The system's language where we speak it, else English."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    named = named or locale.getlocale()[0] or ""
    # Windows names languages in English.
    named = {"Russian": "ru", "Kazakh": "kk", "Korean": "ko"}.get(named.split("_")[0], named)
    return named[:2] if named[:2] in LANGUAGES else "en"


def speak_unicode() -> None:
    """Let sentences in four scripts through a console or pipe of any encoding."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


if __name__ == "__main__":
    raise SystemExit(main())
