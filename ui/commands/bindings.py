"""Which keys give which command: read from a file of key bindings, checked as a whole."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from dispatch.domain.message import Problem
from ui.commands.catalogue import ANYWHERE, Command
from ui.commands.keys import Chord, parse_chord

MAX_FILE_BYTES = 100_000


def read_bindings(path: Path, commands: Iterable[Command]) -> dict[str, tuple[Chord, ...]]:
    """Chords by command id.

    Raises `Problem` naming the file for an unknown command or key, and where one key would give
    two commands in the same place.
    """
    try:
        data = path.read_bytes()
        if len(data) > MAX_FILE_BYTES:
            raise Problem("commands.bad_keys_file", file=str(path), what=f"> {MAX_FILE_BYTES} B")
        loaded = msgspec.convert(tomllib.loads(data.decode("utf-8")), dict[str, list[str]])
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Problem("commands.bad_keys_file", file=str(path), what=str(error)) from error
    known = {command.id: command for command in commands}
    for command_id in loaded:
        if command_id not in known:
            raise Problem("commands.unknown_in_file", file=str(path), command=command_id)
    try:
        bindings = {
            command_id: tuple(parse_chord(text) for text in texts)
            for command_id, texts in loaded.items()
        }
    except Problem as problem:
        raise Problem(
            "commands.bad_key_in_file", file=str(path), **problem.message.values
        ) from problem
    _refuse_collisions(path, known, bindings)
    return bindings


def _refuse_collisions(
    path: Path, known: Mapping[str, Command], bindings: Mapping[str, tuple[Chord, ...]]
) -> None:
    """One key, one command, in each place; a panel's own key hides none that works anywhere."""
    taken: dict[tuple[str, Chord], str] = {}
    for command_id, chords in bindings.items():
        for chord in chords:
            place = (known[command_id].context, chord)
            if place in taken:
                raise Problem(
                    "commands.key_twice",
                    file=str(path),
                    key=str(chord),
                    one=taken[place],
                    other=command_id,
                )
            taken[place] = command_id
    for (context, chord), command_id in taken.items():
        other = taken.get((ANYWHERE, chord))
        if context != ANYWHERE and other is not None:
            raise Problem(
                "commands.key_twice", file=str(path), key=str(chord), one=other, other=command_id
            )
