"""The base map's style as data: `resources/themes/map.toml`, typed and checked at load."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from dispatch.domain.message import Problem
from dispatch.resources import resource
from ui.theme.tokens import MapColours, load_theme, mix

#: Raised when the painter draws the same data otherwise, so that stored tiles are painted anew.
PAINTER_VERSION = 5

Stops = Annotated[list[tuple[float, float]], msgspec.Meta(min_length=1, max_length=20)]


class AreaStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: list[str]
    fill: str
    from_zoom: float = msgspec.field(name="from")
    line: str | None = None
    line_from: float = 0.0
    line_px: float = 1.0
    min_px: float = 0.0
    fade: Stops | None = None


class LineStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: list[str]
    colour: str
    width: Stops
    from_zoom: float = msgspec.field(name="from")
    dash: list[float] | None = None
    fade: Stops | None = None
    sleepers: str | None = None
    sleepers_from: float = 0.0
    above_roads: bool = False


class BoundaryStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: list[Literal["district", "settlement"]]
    colour: str
    width: Stops
    from_zoom: float = msgspec.field(name="from")
    dash: list[float] | None = None
    fade: Stops | None = None


class PointStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: list[str]
    shape: Literal["dot", "ring", "square", "triangle"]
    colour: str
    size: Stops
    from_zoom: float = msgspec.field(name="from")
    text_from: float = 99.0


class RoadStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    classes: list[str]
    colour: str
    width: Stops
    label_from: float
    label_px: float
    main: bool = False
    from_zoom: float = msgspec.field(name="from")
    casing_from: float = 99.0
    dash: list[float] | None = None
    fade: Stops | None = None


class RoadsStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    link_scale: float
    casing: Stops
    arrows_from: float
    arrow_every_px: float
    tunnel_share: float


class LabelsStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    halo_px: float
    street_spacing_px: float
    street_margin_px: float
    number_from: float
    number_px: float
    shield_from: float
    shield_px: float
    shield_spacing_px: float
    station_from: float
    station_px: float
    water_from: float
    water_px: float
    halo_strength: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


class PlaceStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: list[str]
    size: Stops
    from_zoom: float = msgspec.field(name="from")
    to_zoom: float = msgspec.field(name="to")
    weight: Literal["normal", "strong"] = "normal"
    caps: bool = False
    ink: str | None = None
    room_px: float = 8.0


class AreaNameStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kinds: list[str]
    ink: str
    size: Stops
    from_zoom: float = msgspec.field(name="from")
    to_zoom: float = msgspec.field(name="to", default=99.0)
    min_px: float = 46.0
    caps: bool = False


class MapStyle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is drawn from which zoom, how wide, in which order."""

    format: int
    roads: RoadsStyle
    labels: LabelsStyle
    area: list[AreaStyle]
    line: list[LineStyle]
    road: list[RoadStyle]
    place: list[PlaceStyle]
    area_name: list[AreaNameStyle]
    boundary: list[BoundaryStyle] = []
    point: list[PointStyle] = []


@cache
def load_style() -> MapStyle:
    """The shipped style. Raises `Problem("map.style_broken")`, see `read_style`."""
    return read_style(resource("themes", "map.toml"))


def read_style(path: Path) -> MapStyle:
    """A style file, typed and checked. Raises `Problem` naming the file, line and field."""
    try:
        text = path.read_text("utf-8")
        style = msgspec.toml.decode(text, type=MapStyle)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$")
        raise _broken(path, text, place.rstrip("`"), what) from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("map.style_broken", file=str(path), what=str(error)) from error
    known = set(MapColours.__struct_fields__)
    for place, name in _colours_of(style):
        if name not in known:
            raise _broken(path, text, place, f"{name}: [map] of the themes has no such colour")
    for place, stops in _stops_of(style):
        zooms = [zoom for zoom, _ in stops]
        if zooms != sorted(zooms) or any(value <= 0 for _, value in stops):
            raise _broken(path, text, place, "stops need rising zooms and values above 0")
    return style


def check_names(style: MapStyle, lists: dict[str, list[str]], path: Path | None = None) -> None:
    """Whether the kinds and road classes that a style names exist; raises `Problem`.

    `lists` are the closed lists of a region's drawing.
    """
    file = path or resource("themes", "map.toml")
    named: list[tuple[str, str, list[str]]] = []
    for table, known, entries in (
        ("area", "area", style.area),
        ("line", "line", style.line),
        ("place", "place", style.place),
        ("area_name", "area", style.area_name),
        ("boundary", "boundary", style.boundary),
        ("point", "place", style.point),
    ):
        for number, entry in enumerate(entries):
            named.append((f".{table}[{number}].kinds", known, entry.kinds))
    for number, road in enumerate(style.road):
        named.append((f".road[{number}].classes", "road", road.classes))
    for place, known, names in named:
        if unknown := sorted(set(names) - set(lists[known])):
            raise _broken(file, file.read_text("utf-8"), place, ", ".join(unknown))


def _colours_of(style: MapStyle) -> Iterator[tuple[str, str]]:
    for number, area in enumerate(style.area):
        yield f".area[{number}].fill", area.fill
        if area.line is not None:
            yield f".area[{number}].line", area.line
    for number, line in enumerate(style.line):
        yield f".line[{number}].colour", line.colour
        if line.sleepers is not None:
            yield f".line[{number}].sleepers", line.sleepers
    for table in ("road", "boundary", "point"):
        for number, entry in enumerate(getattr(style, table)):
            yield f".{table}[{number}].colour", entry.colour
    for table in ("place", "area_name"):
        for number, entry in enumerate(getattr(style, table)):
            if entry.ink is not None:
                yield f".{table}[{number}].ink", entry.ink


def _stops_of(style: MapStyle) -> Iterator[tuple[str, Stops]]:
    """Sizes that grow by factor between stops, so that none may be 0."""
    yield ".roads.casing", style.roads.casing
    for table, field in (
        ("line", "width"),
        ("road", "width"),
        ("boundary", "width"),
        ("place", "size"),
        ("area_name", "size"),
        ("point", "size"),
    ):
        for number, entry in enumerate(getattr(style, table)):
            yield f".{table}[{number}].{field}", getattr(entry, field)


def _broken(path: Path, text: str, place: str, what: str) -> Problem:
    """The problem with a place such as `.road[3].width[0]` of a style file."""
    line = _line_of(text, place)
    where = place.strip(".") or "map.toml"
    return Problem("map.style_broken", file=str(path), what=f"line {line}, {where}: {what}")


def _line_of(text: str, place: str) -> int:
    """The line of a field, else of its table, else 1."""
    match = re.match(r"\.?(\w+)(?:\[(\d+)\])?(?:\.(\w+))?", place)
    if match is None:
        return 1
    table, number, field = match.group(1), int(match.group(2) or 0), match.group(3)
    heads = (f"[[{table}]]", f"[{table}]")
    seen, found = -1, 1
    for at, line in enumerate(text.splitlines(), 1):
        bare = line.split("#")[0].strip()
        if bare.startswith("["):
            if seen == number:
                break
            if bare in heads:
                seen += 1
                if seen == number:
                    found = at
        elif seen == number and field and re.match(rf"{field}\s*=", bare):
            return at
    return found


@cache
def style_hash(theme: str) -> str:
    """Names everything that decides a tile's pixels beside region, language and ratio."""
    digest = hashlib.sha256(f"painter {PAINTER_VERSION}".encode())
    digest.update(resource("themes", "map.toml").read_bytes())
    digest.update(msgspec.json.encode(load_theme(theme).map))
    return digest.hexdigest()[:16]


def growing(stops: Stops, zoom: float) -> float:
    """A size at a zoom: even growth by factor between stops, constant outside."""
    return _between(stops, zoom, by_factor=True)


def fading(colour: str, ground: str, stops: Stops | None, zoom: float) -> str:
    """A colour as strong as its fade stops say at a zoom (1: itself, 0: the ground)."""
    if stops is None:
        return colour
    return mix(ground, colour, _between(stops, zoom, by_factor=False))


def _between(stops: Stops, zoom: float, *, by_factor: bool) -> float:
    if zoom <= stops[0][0]:
        return stops[0][1]
    for (z0, v0), (z1, v1) in pairwise(stops):
        if zoom <= z1:
            t = (zoom - z0) / (z1 - z0)
            return v0 * (v1 / v0) ** t if by_factor else v0 + (v1 - v0) * t
    return stops[-1][1]
