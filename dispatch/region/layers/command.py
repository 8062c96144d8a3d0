"""The bodies of `vigil agency new`, `import`, `show` and `export`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from dispatch.domain.message import Message, Problem, Value
from dispatch.region.agency import open_agency
from dispatch.region.layers.columns import fields_of
from dispatch.region.layers.exporting import export_layer
from dispatch.region.layers.importing import Report, find_pack, import_layer
from dispatch.region.layers.making import make_agency
from dispatch.region.layers.taken import Fault, Options
from dispatch.region.pack import open_pack
from dispatch.words import say

#: So many bad rows are shown one by one.
SHOWN = 20


def _language(args: argparse.Namespace) -> str:
    return getattr(args, "language", None) or "en"


def pairs(texts: Iterable[str] | None, example: str) -> Mapping[str, str]:
    """`--map COLUMN=field` and `--set field=value` as a mapping; the last `=` parts a column.

    Raises `Problem("layers.pair")` for a text without one.
    """
    found = {}
    for text in texts or ():
        left, sign, right = text.rpartition("=") if example != "set" else text.partition("=")
        if not sign or not left.strip():
            raise Problem("layers.pair", text=text, option=f"--{example}")
        found[left.strip()] = right.strip()
    return found


def import_(args: argparse.Namespace) -> int:
    """Import a layer; prints what was understood, every doubt and every bad row."""
    options = Options(
        columns=pairs(args.map, "map"),
        values=pairs(args.set, "set"),
        where=pairs(args.where, "where"),
        crs=args.crs,
        swap_axes=args.swap_axes,
        layer_name=args.layer_name,
        encoding=args.encoding,
        keep_outside=args.keep_outside,
        skip_bad=args.skip_bad,
        add=args.add,
    )
    report = import_layer(
        args.agency,
        args.layer,
        args.file,
        options,
        region=args.region,
        check=args.check,
    )
    language = _language(args)
    for message in _described(report):
        print(say(message, language))
    stream = sys.stderr if report.refused else sys.stdout
    for line in _rows_shown(report, language):
        print(line, file=stream)
    for message in _outcome(report, skipped=args.skip_bad, kept=args.keep_outside):
        print(say(message, language))
    if report.refused is not None:
        raise report.refused
    return 0


def _described(report: Report) -> Iterable[Message]:
    """How the file was read: its form, its coordinate system, and which column became what."""
    taken = report.taken
    sheet = taken.sheet
    values: dict[str, Value] = {
        "file": str(sheet.file),
        "rows": len(sheet.rows),
        "encoding": sheet.encoding,
        "separator": "Tab" if sheet.separator == "\t" else sheet.separator,
    }
    yield Message(f"layers.read.{sheet.form}", values)
    if taken.system:
        yield Message("layers.system", {"system": taken.system})
    for field in fields_of(taken.layer):
        if field in taken.fields:
            yield Message("layers.column", {"field": field, "column": taken.fields[field]})
    if taken.unused:
        yield Message("layers.unused", {"columns": ", ".join(taken.unused)[:300]})


def _rows_shown(report: Report, language: str) -> Iterable[str]:
    taken = report.taken
    where = "line" if taken.sheet.by_line else "feature"
    for prefix, faults in (("fault.", taken.faults), ("", taken.outside)):
        for fault in faults[:SHOWN]:
            yield say(_fault(report, prefix, fault, where), language)
        if len(faults) > SHOWN:
            yield say("layers.more", language, n=len(faults) - SHOWN)


def _fault(report: Report, prefix: str, fault: Fault, where: str) -> Message:
    return Message(
        f"layers.{prefix}{fault.reason}.{where}",
        {
            "file": report.taken.sheet.file.name,
            "place": fault.place,
            "column": fault.column,
            "value": fault.value,
        },
    )


def _outcome(report: Report, *, skipped: bool, kept: bool) -> Iterable[Message]:
    taken = report.taken
    for note, count in sorted(taken.notes.items()):
        if count:
            yield Message(f"layers.note.{note}", {"n": count})
    if taken.faults and skipped:
        yield Message("layers.note.skipped", {"n": len(taken.faults)})
    if taken.outside:
        note = "outside_kept" if kept else "outside"
        yield Message(f"layers.note.{note}", {"n": len(taken.outside)})
    if not report.compared:
        yield Message("layers.note.no_region")
    if report.refused is None:
        yield Message("layers.taken", {"layer": taken.layer, "n": report.rows})
        if report.file is None:
            yield Message("layers.checked")
        else:
            yield Message("layers.written", {"file": str(report.file)})


def new(args: argparse.Namespace) -> int:
    """Make an agency for a region."""
    pack = open_pack(args.region)
    made = make_agency(
        args.folder, pack, profile=args.profile, name=args.name, units=args.starter_units
    )
    counts = made.counts
    language = _language(args)
    values: dict[str, Value] = {
        "file": str(args.folder),
        "region": pack.name,
        **{layer: counts[layer] for layer in ("stations", "hospitals", "units", "hydrants")},
        "areas": counts["districts"] + counts["beats"],
    }
    print(say(Message("layers.new.made", values), language))
    print(say("layers.new.next", language))
    return 0


def show(args: argparse.Namespace) -> int:
    """Describe an agency; `--json` as one object."""
    agency = open_agency(args.agency)
    agency.warm()
    counts = {
        "stations": len(agency.stations),
        "hospitals": len(agency.hospitals),
        "units": len(agency.units),
        "districts": sum(area.kind == "district" for area in agency.areas.areas),
        "beats": sum(area.kind == "beat" for area in agency.areas.areas),
        "hydrants": len(agency.hydrants),
        "names": len(agency.own_names),
    }
    head: dict[str, Value] = {
        "name": agency.name,
        "file": str(agency.path),
        "region": agency.region,
        "profile": agency.profile,
        "services": ", ".join(agency.services),
        "languages": ", ".join(agency.languages),
    }
    if args.json:
        print(msgspec.json.encode({**head, **counts, "sha": agency.sha}).decode())
        return 0
    language = _language(args)
    print(say(Message("layers.show.head", head), language))
    print(say(Message("layers.show.rows", dict(counts)), language))
    pack = find_pack(agency)
    if pack is not None and pack.attribution:
        print(pack.attribution)
    return 0


def export(args: argparse.Namespace) -> int:
    """Write a layer of an agency to a file."""
    count = export_layer(open_agency(args.agency), args.layer, Path(args.output))
    values: dict[str, Value] = {"n": count, "layer": args.layer, "file": str(args.output)}
    print(say(Message("layers.exported", values), _language(args)))
    return 0
