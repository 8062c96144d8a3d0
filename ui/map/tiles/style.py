"""The base map's style as data: `resources/themes/map.toml`, typed and checked at load."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from dispatch.domain.message import Problem
from dispatch.resources import resource
from ui.theme.tokens import MapColours, load_theme, mix

#: Raised when the painter draws the same data otherwise, so that stored tiles are painted anew.
PAINTER_VERSION = 4

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
    """The shipped style. Raises `Problem` for a broken file or an unknown colour name."""
    path = resource("themes", "map.toml")
    try:
        style = msgspec.toml.decode(path.read_bytes(), type=MapStyle)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("map.style_broken", file=str(path), what=str(error)) from error
    known = set(MapColours.__struct_fields__)
    used = {a.fill for a in style.area} | {a.line for a in style.area if a.line}
    used |= {line.colour for line in style.line} | {s.sleepers for s in style.line if s.sleepers}
    used |= {road.colour for road in style.road}
    if used - known:
        raise Problem("map.style_broken", file=str(path), what=", ".join(sorted(used - known)))
    return style


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
