"""`vigil region build`, `vigil region show` and `vigil region check`."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import msgspec

from dispatch.domain.message import Message, Problem
from dispatch.region.build import build_pack
from dispatch.region.pack import Pack, open_pack
from dispatch.region.report import BuildReport, doubt_messages, found_messages
from dispatch.region.schema import TABLES
from dispatch.words import say

#: What the shell expects of a command that Ctrl+C ended.
_INTERRUPTED = 130


def _language(args: argparse.Namespace) -> str:
    return getattr(args, "language", None) or "en"


class _Teller:
    """Says the step and its share on stderr: in one line on a terminal, else a line a step."""

    def __init__(self, language: str, always: bool) -> None:
        self._language = language
        self._terminal = sys.stderr.isatty()
        self._always = always
        self._said = ""

    def __call__(self, step: str, share: float) -> None:
        said = f"{share:4.0%} {say(step, self._language)}"
        if self._terminal:
            print(f"\r\x1b[K{said}", end="", file=sys.stderr, flush=True)
        elif self._always and step != self._said:
            print(said, file=sys.stderr, flush=True)
        self._said = step

    def clear(self) -> None:
        """Leave the line to what comes next."""
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _interrupt() -> Iterator[threading.Event]:
    """Ctrl+C asks the work to stop where nothing is half made; a second one does not wait."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def build(args: argparse.Namespace) -> int:
    """Build a pack; prints what was found and what is doubtful. Returns 0, or 130 where Ctrl+C
    stopped it; raises `Problem`.

    Reads `extract`, `output`, and where present `places`, `stations`, `boundary`, `name`,
    `time_zone`, `fresh`, `progress`, `json`.
    """
    language = _language(args)
    teller = _Teller(language, getattr(args, "progress", False))
    with _interrupt() as asked:
        try:
            report = build_pack(
                args.extract,
                args.output,
                teller,
                asked.is_set,
                places=getattr(args, "places", None),
                stations=getattr(args, "stations", None),
                boundary=getattr(args, "boundary", None),
                name=getattr(args, "name", None),
                time_zone=getattr(args, "time_zone", None),
                fresh=getattr(args, "fresh", False),
            )
        except Problem as problem:
            teller.clear()
            if asked.is_set() and problem.message.id in ("region.cancelled", "region.stopped"):
                print(say(problem.message, language), file=sys.stderr)
                return _INTERRUPTED
            raise
    teller.clear()
    if getattr(args, "json", False):
        print(msgspec.json.encode(_described(report)).decode())
        return 0
    for message in report.messages():
        print(say(message, language))
    return 0


def _described(report: BuildReport) -> dict[str, object]:
    return {
        "file": str(report.path),
        "name": report.name,
        "found": report.counts,
        "doubtful": msgspec.to_builtins(report.doubts),
        "time_zone": report.time_zone,
        "time_zone_known": report.time_zone_known,
        "resumed": report.resumed,
        "seconds": round(report.took_s, 2),
    }


def show(args: argparse.Namespace) -> int:
    """Describe a pack from its manifest; `--json` prints it as one object."""
    pack = open_pack(args.pack)
    if getattr(args, "json", False):
        _print_manifest(pack)
        return 0
    manifest, language = pack.manifest, _language(args)
    rows = {layer.file.partition(".")[0]: layer.rows for layer in manifest.layers}
    west, south, east, north = pack.bounds
    for message in (
        Message("region.info.head", {"name": pack.name, "file": str(pack.path)}),
        Message("region.info.bounds", {"west": west, "south": south, "east": east, "north": north}),
        Message("region.info.rows", {name: rows[name] for name in TABLES}),
        *found_messages(manifest.found),
        Message("region.info.source", {"file": manifest.source.file, "date": manifest.source.date}),
        Message(
            "region.report.zone" if manifest.time_zone_known else "region.report.zone_guessed",
            {"zone": pack.time_zone},
        ),
        *doubt_messages(pack.doubtful),
        Message("region.info.hash", {"hash": pack.hash}),
    ):
        print(say(message, language).rstrip())
    if pack.attribution:
        print(pack.attribution)
    for licence in sorted({layer.licence for layer in manifest.layers} - {""}):
        print(licence)
    return 0


def check(args: argparse.Namespace) -> int:
    """Read a pack whole, with every cell that the program ever looks at; raises `Problem`."""
    pack = open_pack(args.pack)
    pack.check()
    if getattr(args, "json", False):
        _print_manifest(pack)
    else:
        print(say("region.check.whole", _language(args), file=str(pack.path)))
    return 0


def _print_manifest(pack: Pack) -> None:
    print(msgspec.json.encode({"hash": pack.hash, **msgspec.to_builtins(pack.manifest)}).decode())
