"""Road classes, limits, travel factors and barriers, from `resources/profiles/roads.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Annotated, Literal

import msgspec

from dispatch.domain.message import Problem
from dispatch.resources import resource

_Factor = Annotated[float, msgspec.Meta(ge=0, le=10)]
_Speed = Annotated[float, msgspec.Meta(gt=0, le=400)]


class _Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ClassSpeed(_Base, frozen=True):
    """One road class: assumed limit (km/h), share of the limit made by profile, P90 over P50."""

    speed_kmh: _Speed
    lights: _Factor
    normal: _Factor
    p90: Annotated[float, msgspec.Meta(ge=1, le=10)]


class ByProfile(_Base, frozen=True):
    """A number for each profile."""

    lights: Annotated[float, msgspec.Meta(ge=0, le=3600)]
    normal: Annotated[float, msgspec.Meta(ge=0, le=3600)]

    def of(self, profile: str) -> float:
        """The number of one profile."""
        return self.lights if profile == "lights" else self.normal


class Binds(_Base, frozen=True):
    """Whether something binds a profile."""

    lights: bool
    normal: bool

    def of(self, profile: str) -> bool:
        """Whether it binds one profile."""
        return self.lights if profile == "lights" else self.normal


class Users(_Base, frozen=True):
    """What kinds of user of the road signs mean when a profile drives."""

    lights: tuple[str, ...]
    normal: tuple[str, ...]

    def of(self, profile: str) -> tuple[str, ...]:
        """The kinds of one profile."""
        return self.lights if profile == "lights" else self.normal


class RoadTable(_Base, frozen=True):
    """The whole file; see its comments."""

    calibrated: bool
    classes: dict[str, ClassSpeed] = msgspec.field(name="class")
    delay_s: dict[str, ByProfile]
    access: dict[str, ByProfile]
    binds: dict[Literal["turn", "access", "speed", "oneway"], Binds]
    users: Users
    implied_kmh: dict[str, _Speed]
    highway: dict[str, str]
    on_foot: frozenset[str]
    barrier: dict[str, Literal["gate", "block"]]


PROFILES = ("lights", "normal")


@cache
def road_table() -> RoadTable:
    """The shipped table; `Problem("region.profile_broken")` names the file and the field."""
    path = resource("profiles", "roads.toml")
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), RoadTable)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Problem("region.profile_broken", file=str(path), what=str(error)) from error
