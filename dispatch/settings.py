"""A user's settings: typed, with defaults, in a TOML file that people may edit by hand.

Nothing in the file stops a start: what cannot be used is reported with its line and the default
stands in. Nothing in the file is lost: keys that this version does not know, and comments, are
still there after a save.
"""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from dispatch.domain.message import Message, Problem

VERSION = 1
VERSION_KEY = "version"
MAX_BYTES = 256_000
# New name to the names it had before, oldest last; the first one found in the file is used.
RENAMED_FROM: Mapping[str, tuple[str, ...]] = {}

Scalar = str | int | float | bool


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a user has chosen; None means: decide by the system."""

    language: Literal["en", "ru", "kk", "ko"] | None = None
    theme: Literal["dark", "light"] = "dark"
    role: Literal["dispatcher", "supervisor", "trainer"] = "dispatcher"
    demonstration: Literal["kazakhstan", "korea", "international"] = "kazakhstan"


def load_settings(
    path: Path, renamed_from: Mapping[str, tuple[str, ...]] = RENAMED_FROM
) -> tuple[Settings, list[Message]]:
    """The settings in a file, and what the user should be told about it.

    A missing file means the defaults. Never raises: a centre must start at 3 a.m. whatever
    somebody did to the file.
    """
    try:
        text, table = read(path)
    except Problem as problem:
        return Settings(), [problem.message]
    notices: list[Message] = []
    if isinstance(table.get(VERSION_KEY), int) and table[VERSION_KEY] > VERSION:
        notices.append(Message("settings.newer", {"file": str(path), "version": VERSION}))
    chosen: dict[str, Any] = {}
    used = {VERSION_KEY}
    for field in msgspec.structs.fields(Settings):
        names = (field.name, *renamed_from.get(field.name, ()))
        name = next((name for name in names if name in table), None)
        if name is None:
            continue
        used.update(names)
        try:
            chosen[field.name] = msgspec.convert(table[name], field.type)
        except msgspec.ValidationError:
            values = {"key": name, "value": str(table[name])[:80]}
            notices.append(about("settings.bad_value", path, text, name, values))
    for name in table.keys() - used:
        notices.append(about("settings.unknown_key", path, text, name, {"key": name}))
    return Settings(**chosen), notices


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """A settings file as text and as a table; empty where there is no file.

    Raises `Problem("settings.unreadable" | "settings.broken")`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Problem("settings.unreadable", file=str(path), what=f"> {MAX_BYTES} bytes")
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return "", {}
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("settings.unreadable", file=str(path), what=str(error)) from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problem("settings.broken", file=str(path), what=str(error)) from error


def about(id: str, path: Path, text: str, key: str, values: dict[str, str]) -> Message:
    """A notice on one key, with its file and line."""
    return Message(id, {"file": str(path), "line": (line_of(text, key) or 0) + 1, **values})


def line_of(text: str, key: str) -> int | None:
    """The index of the line that sets a top-level key, or of the table with its name."""
    name = rf"""["']?{re.escape(key)}["']?\s*"""
    as_value, as_table = re.compile(rf"\s*{name}[=.]"), re.compile(rf"\s*\[+\s*{name}[\].]")
    in_table = False
    for number, line in enumerate(text.splitlines()):
        in_table = in_table or line.lstrip().startswith("[")
        if (as_table if in_table else as_value).match(line):
            return number
    return None


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings, all or nothing; what else the file holds stays as it is.

    A file that is no TOML is kept beside the new one as `settings.toml.broken`. Raises
    `Problem("settings.unwritable")`.
    """
    try:
        text, table = read(path)
    except Problem:
        text, table = "", {}
        if path.exists():
            path.replace(path.with_name(path.name + ".broken"))
    wanted: dict[str, Scalar] = {VERSION_KEY: max(VERSION, table.get(VERSION_KEY, 0))}
    defaults = Settings()
    for field in msgspec.structs.fields(Settings):
        value = getattr(settings, field.name)
        # A default that nobody wrote down may change with the next version.
        if value is not None and (field.name in table or value != getattr(defaults, field.name)):
            wanted[field.name] = value
    gone = [
        field.name
        for field in msgspec.structs.fields(Settings)
        if field.name in table and getattr(settings, field.name) is None
    ]
    new = edited(text, wanted, gone)
    if not says(new, wanted):
        # Written in a way that one line cannot replace: keep it aside and write plainly.
        path.replace(path.with_name(path.name + ".broken"))
        new = edited("", wanted, [])
    write_atomically(path, new)


def says(text: str, wanted: Mapping[str, Scalar]) -> bool:
    """Whether a text is TOML that holds these values."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return all(table.get(key) == value for key, value in wanted.items())


def edited(text: str, wanted: Mapping[str, Scalar], gone: list[str]) -> str:
    """The text with top-level keys set or removed, every other line untouched."""
    lines = text.splitlines()
    for key in gone:
        number = line_of("\n".join(lines), key)
        if number is not None:
            del lines[number]
    fresh = []
    for key, value in wanted.items():
        number = line_of("\n".join(lines), key)
        if number is None:
            fresh.append(f"{key} = {literal(value)}")
        else:
            lines[number] = f"{key} = {literal(value)}"
    # New keys go first: behind a table's header they would belong to that table.
    return "\n".join([*fresh, *lines]) + "\n"


def literal(value: Scalar) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML's basic strings escape as JSON's do.
        return msgspec.json.encode(value).decode()
    return repr(value)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file's content so that a crash leaves the old one or the new one."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        what = error.strerror or str(error)
        raise Problem("settings.unwritable", file=str(path), what=what) from error
