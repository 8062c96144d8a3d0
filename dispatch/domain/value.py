"""The one base of every value: frozen, keyword-only, unknown fields refused when decoded."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An immutable value with typed, bounded decoding from JSON."""


Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Text = Annotated[str, msgspec.Meta(max_length=4_000)]
Micros = Annotated[int, msgspec.Meta(ge=0, le=8_000_000_000_000_000)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e7)]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Point(Value, frozen=True):
    """A place on the ground, longitude first, EPSG:4326 degrees."""

    lon: Longitude
    lat: Latitude
