"""`agency.toml` and `targets.toml`: typed, with the line of what is wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from dispatch.domain.message import Problem
from dispatch.domain.target import Target
from dispatch.region.underlay import Underlay, check_underlay

_Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Text = Annotated[str, msgspec.Meta(max_length=1_000)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Service = Literal["medical", "fire", "police", "rescue"]
_Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$")]

FORMAT = 1
#: Events of a call and its assignments, in the order in which they happen.
EVENTS = (
    "ringing",
    "answered",
    "created",
    "verified",
    "confirmed",
    "alerted",
    "acknowledged",
    "en_route",
    "on_scene",
    "at_patient",
    "leaving",
    "at_hospital",
    "handed_over",
    "clear",
)
_Event = Literal[
    "ringing",
    "answered",
    "created",
    "verified",
    "confirmed",
    "alerted",
    "acknowledged",
    "en_route",
    "on_scene",
    "at_patient",
    "leaving",
    "at_hospital",
    "handed_over",
    "clear",
]


class _Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Limits(_Base, frozen=True):
    """An agency's limits, seconds. Defaults are those of AGENCY.md."""

    fix_age_s: _Seconds = 120.0
    acknowledge_s: _Seconds = 60.0
    max_added_delay_s: _Seconds = 60.0
    divert_gain_s: _Seconds = 75.0
    call_answer_s: _Seconds = 15.0
    rest_min_s: _Seconds = 0.0


#: How places are written for people, and read out; see `coordinate_format`.
CoordinateFormat = Literal["decimal", "dm", "dms", "utm", "mgrs", "korea"]


class MapSettings(_Base, frozen=True):
    """How the agency wants its map."""

    coordinates: CoordinateFormat = "decimal"


class AgencyToml(_Base, frozen=True):
    """`agency.toml` as decoded."""

    format: int
    name: _Short
    region: _Short
    services: Annotated[tuple[Service, ...], msgspec.Meta(min_length=1, max_length=4)]
    languages: Annotated[tuple[_Language, ...], msgspec.Meta(min_length=1, max_length=10)]
    profile: _Short
    names: dict[_Language, _Short] = {}
    limits: Limits = msgspec.field(default_factory=Limits)
    turnout_s: dict[str, _Seconds] = {}
    abbreviations: dict[_Language, dict[str, _Short]] = {}
    radio: dict[_Language, dict[str, _Text]] = {}
    telephone: dict[str, _Short] = {}
    map: MapSettings = msgspec.field(default_factory=MapSettings)
    underlay: Underlay | None = None


class _Target(_Base, frozen=True):
    id: _Short
    service: Service
    start: _Event
    stop: _Event
    limit_s: Annotated[float, msgspec.Meta(gt=0, le=1e6)]
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    which: Literal["first", "each", "all"] = "first"
    levels: tuple[Literal["L1", "L2", "L3", "L4", "L5"], ...] = ()
    types: tuple[_Short, ...] = ()
    unit_kinds: tuple[_Short, ...] = ()
    source: _Text = ""


class _Targets(_Base, frozen=True):
    target: Annotated[tuple[_Target, ...], msgspec.Meta(max_length=500)] = ()


def read_agency_toml(file: Path, text: str) -> AgencyToml:
    """Decode `agency.toml`; `file` is named in the `Problem`."""
    data = _parsed(file, text)
    if isinstance(data.get("format"), int) and data["format"] != FORMAT:
        raise Problem("region.format", file=str(file), found=data["format"], expected=FORMAT)
    settings: AgencyToml = _converted(file, text, data, AgencyToml)
    if "/" in settings.region or settings.region.startswith("."):
        _wrong(file, _line_of(text, "region"), "region", settings.region)
    if settings.underlay is not None and (wrong := check_underlay(settings.underlay)):
        _wrong(file, _line_of(text, wrong[0], _line_of(text, "underlay")), *wrong)
    return settings


def read_targets(file: Path, text: str) -> tuple[Target, ...]:
    """Decode `targets.toml`: ids unique, every stop after its start."""
    decoded: _Targets = _converted(file, text, _parsed(file, text), _Targets)
    seen: set[str] = set()
    for number, target in enumerate(decoded.target):
        line = _line_of_entry(text, "target", number)
        if target.id in seen:
            _wrong(file, line, "id", target.id)
        if EVENTS.index(target.start) >= EVENTS.index(target.stop):
            _wrong(file, line, "stop", target.stop)
        seen.add(target.id)
    return tuple(Target(**msgspec.structs.asdict(target)) for target in decoded.target)


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Read from the text: attributes with the place came with Python 3.14.
        found = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (text.count("\n") + 1, 1)
        raise Problem(
            "region.agency_field", file=str(file), line=line, column=column, what=str(error)
        ) from error


def _converted(file: Path, text: str, data: dict[str, Any], type_: Any) -> Any:
    try:
        return msgspec.convert(data, type_)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        keys = re.findall(r"\.(\w+)|\[(\d+)\]|\[\.\.\.\]", path)
        names = [name for name, _ in keys if name]
        numbers = [int(number) for _, number in keys if number]
        # A field that is unknown or missing is named in the reason itself.
        if named := re.search(r"(?:unknown|required) field `(\w+)`", reason):
            names.append(named[1])
        if numbers and names and f"[[{names[0]}]]" in text.replace(" ", ""):
            line = _line_of_entry(text, names[0], numbers[0], names[-1])
        else:
            line = _line_of(text, names[-1] if names else "")
        raise Problem(
            "region.agency_field",
            file=str(file),
            line=line,
            column=names[-1] if names else "",
            what=reason,
        ) from error


def _line_of(text: str, key: str, start: int = 1) -> int:
    """The line where a key is set, from a line on; that line itself where it is not found."""
    pattern = re.compile(rf"^\s*(?:\[+\s*)?(?:[\w.]+\.)?\"?{re.escape(key)}\"?\s*(?:=|\]|\.)")
    for number, line in enumerate(text.splitlines(), start=1):
        if number >= start and key and pattern.match(line):
            return number
    return start


def _line_of_entry(text: str, table: str, number: int, key: str = "") -> int:
    heads = [
        i
        for i, line in enumerate(text.splitlines(), start=1)
        if re.match(rf"^\s*\[\[\s*{re.escape(table)}\s*\]\]", line)
    ]
    start = heads[number] if number < len(heads) else 1
    return _line_of(text, key, start) if key and key != table else start


def _wrong(file: Path, line: int, column: str, what: str) -> None:
    raise Problem("region.agency_field", file=str(file), line=line, column=column, what=what)
