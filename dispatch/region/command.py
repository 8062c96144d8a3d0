"""`vigil region build` and `vigil region info`."""

from __future__ import annotations

import argparse
import sys

import msgspec

from dispatch.domain.message import Message
from dispatch.region.build import build_pack
from dispatch.region.pack import open_pack
from dispatch.region.schema import TABLES
from dispatch.words import say


def _language(args: argparse.Namespace) -> str:
    return getattr(args, "language", None) or "en"


def build(args: argparse.Namespace) -> int:
    """Build a pack; prints what was found and what is doubtful. Returns 0, raises `Problem`.

    Reads `extract`, `output`, and where present `places`, `stations`, `boundary`, `name`,
    `time_zone`.
    """
    language = _language(args)
    shown = sys.stderr.isatty()

    def progress(step: str, share: float) -> None:
        if shown:
            print(f"\r\x1b[K{say(step, language)} {share:4.0%}", end="", file=sys.stderr)

    try:
        report = build_pack(
            args.extract,
            args.output,
            progress,
            places=getattr(args, "places", None),
            stations=getattr(args, "stations", None),
            boundary=getattr(args, "boundary", None),
            name=getattr(args, "name", None),
            time_zone=getattr(args, "time_zone", None),
        )
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr)
    for message in report.messages():
        print(say(message, language))
    return 0


def info(args: argparse.Namespace) -> int:
    """Check a whole pack and describe it; `--json` prints its manifest as one object."""
    pack = open_pack(args.pack)
    pack.check()
    manifest = pack.manifest
    if getattr(args, "json", False):
        described = {"hash": pack.hash, **msgspec.to_builtins(manifest)}
        print(msgspec.json.encode(described).decode())
        return 0
    language = _language(args)
    rows = {layer.file.partition(".")[0]: layer.rows for layer in manifest.layers}
    west, south, east, north = pack.bounds
    for message in (
        Message("region.info.head", {"name": pack.name, "file": str(pack.path)}),
        Message("region.info.bounds", {"west": west, "south": south, "east": east, "north": north}),
        Message("region.info.rows", {name: rows[name] for name in TABLES}),
        Message("region.info.source", {"file": manifest.source.file, "date": manifest.source.date}),
        Message(
            "region.report.zone" if manifest.time_zone_known else "region.report.zone_guessed",
            {"zone": pack.time_zone},
        ),
        *(
            Message(doubt.id, {"n": doubt.n})
            for doubt in pack.doubtful
            if doubt.id != "region.doubt.time_zone"
        ),
        Message("region.info.hash", {"hash": pack.hash}),
    ):
        print(say(message, language))
    if pack.attribution:
        print(pack.attribution)
    return 0
