"""`vigil audit verify FILE`: the full check of a journal, from the command line."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import msgspec

from dispatch.domain.message import Message, Problem
from dispatch.journal.audit import AuditReport
from dispatch.journal.audit import verify as check
from dispatch.journal.values import Witness
from dispatch.words import say

SOUND, NOT_SOUND, UNREADABLE = 0, 1, 2

_WITNESS = re.compile(r"([0-9]{1,15}):([0-9a-f]{64})\Z")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `verify`; help texts are the caller's."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--witness", action="append", default=[], metavar="POSITION:HASH")
    parser.add_argument("--json", action="store_true")


def verify(args: argparse.Namespace) -> int:
    """Check the journal `args.file` and print what was found.

    Reads also, where given: `args.witness` (list of "POSITION:HASH" noted elsewhere), `args.json`
    and `args.language`. Answers 0 when sound, 1 when not, 2 when it cannot be checked.
    """
    language = str(getattr(args, "language", None) or "en")
    as_json = bool(getattr(args, "json", False))
    path = Path(args.file)
    try:
        witnesses = [_witness(text) for text in getattr(args, "witness", None) or ()]
        report = check(path, witnesses)
    except Problem as problem:
        if as_json:
            _print_json({"file": str(path), "sound": None, "problem": problem.message})
        else:
            said = say(problem.message, language)
            print(say("journal.audit.unreadable", language, what=said))
        return UNREADABLE
    if as_json:
        _print_json(
            {
                "file": str(path),
                "sound": report.ok,
                "journal_id": report.info.journal_id,
                "realm": report.info.realm,
                "head_pos": report.head_pos,
                "head_hash": report.head_hash,
                "first_bad_pos": report.first_bad_pos,
                "findings": [finding.message for finding in report.findings],
                "elapsed_s": round(report.elapsed_s, 3),
            }
        )
    else:
        _print_text(report, language)
    return SOUND if report.ok else NOT_SOUND


def _witness(text: str) -> Witness:
    parsed = _WITNESS.match(text.strip().lower())
    if parsed is None:
        raise Problem("journal.audit.bad_witness", text=text[:100])
    return Witness("--witness", int(parsed[1]), parsed[2], 0)


def _print_text(report: AuditReport, language: str) -> None:
    file = str(report.path)
    if report.ok:
        print(say("journal.audit.sound", language, file=file))
    else:
        print(say("journal.audit.broken", language, file=file, pos=report.first_bad_pos or 0))
    for finding in report.findings:
        print("  " + say(finding.message, language))
    info = report.info
    lines = [
        Message(
            "journal.audit.genesis",
            {
                "journal_id": info.journal_id,
                "realm": info.realm,
                "region_id": info.region_id,
            },
        ),
        Message("journal.audit.head", {"pos": report.head_pos, "hash": report.head_hash}),
        Message("journal.audit.commands", {"n": report.commands}),
        Message("journal.audit.open_commitments", {"n": report.open_commitments}),
        Message("journal.audit.sealed_minutes", {"n": report.sealed_minutes}),
        Message("journal.audit.snapshots", {"n": report.snapshots}),
        Message("journal.audit.seconds", {"seconds": round(report.elapsed_s, 2)}),
    ]
    for line in lines:
        print("  " + say(line, language))


def _print_json(value: dict[str, object]) -> None:
    print(msgspec.json.encode(value).decode())
