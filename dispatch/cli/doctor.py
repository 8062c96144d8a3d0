"""`vigil doctor`: is this installation sound, and what to do where it is not."""

from __future__ import annotations

import argparse
import ctypes
import importlib.metadata
import os
import platform
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import msgspec

from dispatch import __version__
from dispatch.cli import exits
from dispatch.cli.command import Command, as_json
from dispatch.domain.message import Message, Problem
from dispatch.places import Places
from dispatch.resources import resource
from dispatch.settings import load_settings
from dispatch.words import LANGUAGES, catalogue, say

Verdict = Literal["ok", "warning", "wrong"]
ESSENTIAL_PACKAGES = (
    *("PySide6-Essentials", "alembic", "argon2-cffi", "babel", "cryptography", "geopandas"),
    *("msgspec", "numpy", "osmium", "pandas", "platformdirs", "psutil", "pyarrow", "pyogrio"),
    *("pyproj", "scikit-learn", "scipy", "shapely", "sqlmodel", "tzdata", "zstandard"),
)
# Each is needed by a start without arguments.
ESSENTIAL_RESOURCES = (
    *(f"languages/{language}/cli.toml" for language in LANGUAGES),
    *("questions", "themes", "fonts", "keys"),
    *("region/builtin.region", "agencies/kazakhstan.agency"),
    *("agencies/korea.agency", "agencies/international.agency"),
)
LIBRARIES_ALWAYS = ("libEGL.so.1", "libGL.so.1", "libfontconfig.so.1", "libdbus-1.so.3")
LIBRARIES_X11 = ("libxcb-cursor.so.0", "libxkbcommon-x11.so.0", "libxcb-icccm.so.4")
# A reset of the write-ahead log could corrupt a file with two checkpointers.
WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))
NEEDED_MB = 2_000
ENOUGH_MB = 10_000


@dataclass(frozen=True)
class Finding:
    """What one examination found: its subject (a message id), a verdict, and the words for it."""

    subject: str
    verdict: Verdict
    message: Message


Examination = Callable[[Places], Iterator[Finding]]


def found(subject: str, verdict: Verdict, id: str, **values: str | int) -> Finding:
    """A finding with the words `doctor.<id>`."""
    return Finding(subject, verdict, Message(f"doctor.{id}", dict(values)))


def versions(places: Places) -> Iterator[Finding]:
    """Vigil, Python and the operating system."""
    yield found("vigil", "ok", "version", version=__version__)
    right = (3, 11) <= sys.version_info[:2] <= (3, 13)
    version = f"{platform.python_version()}, {platform.platform()}"
    yield found(
        "python", "ok" if right else "wrong", "python" if right else "python_wrong", version=version
    )


def sqlite(places: Places) -> Iterator[Finding]:
    """SQLite, and whether it has the write-ahead log's reset bug."""
    first, last = WAL_RESET_BUG
    if first <= sqlite3.sqlite_version_info <= last:
        yield found("sqlite", "warning", "sqlite_reset", version=sqlite3.sqlite_version)
    else:
        yield found("sqlite", "ok", "version", version=sqlite3.sqlite_version)


def packages(places: Places) -> Iterator[Finding]:
    """The packages that Vigil runs on, against the lock where this is a checkout."""
    locked = locked_versions()
    wrong = 0
    for name in ESSENTIAL_PACKAGES:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            wrong += 1
            yield found("packages", "wrong", "package_missing", package=name)
            continue
        wanted = locked.get(normal(name), {version})
        if version not in wanted:
            wrong += 1
            names = " / ".join(sorted(wanted))
            yield found(
                "packages", "warning", "package_other", package=name, version=version, wanted=names
            )
    if not wrong:
        yield found("packages", "ok", "packages", n=len(ESSENTIAL_PACKAGES))


def normal(name: str) -> str:
    """A package's name as the lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_versions() -> dict[str, set[str]]:
    """Package to its versions in the checkout's lock; empty for an installed wheel.

    One lock serves several Pythons, so a package may stand there in more than one version.
    """
    lock = Path(__file__).resolve().parents[2] / "installer" / "requirements.lock"
    try:
        text = lock.read_text("utf-8")
    except OSError:
        return {}
    versions_of: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)==(\S+)", text):
        versions_of.setdefault(normal(name), set()).add(version)
    return versions_of


def window(places: Places) -> Iterator[Finding]:
    """The window library's system libraries, the display and the fonts."""
    if sys.platform.startswith("linux"):
        lacking = [name for name in LIBRARIES_ALWAYS if not loads(name)]
        if lacking:
            yield found("window", "wrong", "libraries_missing", names=" ".join(lacking))
        lacking = [name for name in LIBRARIES_X11 if not loads(name)]
        if lacking:
            yield found("window", "warning", "libraries_missing", names=" ".join(lacking))
        variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
        shown = [f"{name}={os.environ[name]}" for name in variables if os.environ.get(name)]
        if not shown:
            yield found("display", "warning", "no_display")
        else:
            yield found("display", "ok", "display", what=" ".join(shown))
    try:
        version = importlib.metadata.version("PySide6-Essentials")
        yield found("window", "ok", "qt", version=version)
    except importlib.metadata.PackageNotFoundError:
        yield found("window", "wrong", "package_missing", package="PySide6-Essentials")


def loads(soname: str) -> bool:
    """Whether the system's loader finds the library."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def resources(places: Places) -> Iterator[Finding]:
    """The shipped data, and that every language can be read."""
    missing = [name for name in ESSENTIAL_RESOURCES if not resource(*name.split("/")).exists()]
    for name in missing:
        yield found("resources", "wrong", "resource_missing", file=str(resource(*name.split("/"))))
    for language in LANGUAGES:
        try:
            catalogue(language)
        except Problem as problem:
            yield Finding("resources", "wrong", problem.message)
            missing.append(language)
    fonts = [*resource("fonts").glob("*.otf"), *resource("fonts").glob("*.ttf")]
    if not fonts:
        yield found("fonts", "warning", "no_fonts", file=str(resource("fonts")))
    if not missing:
        yield found("resources", "ok", "resources", file=str(resource()))


def folders(places: Places) -> Iterator[Finding]:
    """The folders that Vigil writes to, and the room left on their disk."""
    try:
        places.prepare()
    except Problem as problem:
        yield Finding("folders", "wrong", problem.message)
        return
    for folder in places.all_folders():
        if not os.access(folder, os.W_OK | os.X_OK):
            yield found("folders", "wrong", "folder_unwritable", file=str(folder))
            return
    yield found("folders", "ok", "folders", file=str(places.data))
    free_mb = shutil.disk_usage(places.data).free // 1_000_000
    verdict: Verdict = "ok" if free_mb >= ENOUGH_MB else "warning"
    verdict = verdict if free_mb >= NEEDED_MB else "wrong"
    words = "disk" if verdict == "ok" else "disk_short"
    yield found("disk", verdict, words, free_gb=f"{free_mb / 1000:.1f}", file=str(places.data))


def settings(places: Places) -> Iterator[Finding]:
    """The settings file."""
    _, notices = load_settings(places.settings_file)
    for notice in notices:
        yield Finding("settings", "warning", notice)
    if not notices:
        yield found("settings", "ok", "settings", file=str(places.settings_file))


EXAMINATIONS: tuple[Examination, ...] = (
    *(versions, sqlite, packages, window, resources, folders, settings),
)


def run(args: argparse.Namespace) -> int:
    """Examine everything and print it; 1 when something essential is wrong."""
    places = Places(args.data_dir)
    findings = [finding for examine in EXAMINATIONS for finding in examine(places)]
    for finding in findings:
        text = say(finding.message, args.language)
        if args.json:
            line = {**asdict(finding), "message": finding.message.id, "text": text}
            print(msgspec.json.encode(line).decode())
        else:
            mark = say(f"doctor.verdict_{finding.verdict}", args.language)
            print(f"[{mark}] {say(f'doctor.subject_{finding.subject}', args.language)}: {text}")
    wrong = any(finding.verdict == "wrong" for finding in findings)
    if not args.json:
        print(say("doctor.unsound" if wrong else "doctor.sound", args.language))
    return exits.CHECK_FAILED if wrong else exits.OK


COMMANDS = (Command(("doctor",), "dispatch.cli.doctor:run", as_json),)
