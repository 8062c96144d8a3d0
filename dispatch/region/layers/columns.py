"""Which column of a foreign table is which of our fields, and what its words mean.

The lists are data: `resources/profiles/layer_columns.toml`. A guess is always shown and may be
overruled, column by column.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

import msgspec

from dispatch.domain.message import Problem
from dispatch.resources import resource

Layer = Literal["districts", "beats", "hydrants", "hospitals", "stations", "units"]
LAYERS: tuple[Layer, ...] = ("districts", "beats", "hydrants", "hospitals", "stations", "units")
AREA_LAYERS = ("districts", "beats")

_NAMES = ("name", "name_en", "name_ru", "name_kk", "name_ko")
#: The fields of each layer, as AGENCY.md names its columns.
FIELDS: dict[str, tuple[str, ...]] = {
    "stations": ("station_id", "service", *_NAMES, "address", "phone"),
    "hospitals": (
        "hospital_id",
        *_NAMES,
        "capabilities",
        "beds",
        "address",
        "phone",
        "accepts",
    ),
    "units": (
        "unit_id",
        "service",
        "kind",
        "label",
        "station_id",
        "capabilities",
        "crew",
        "shift",
        "state",
    ),
    "hydrants": ("hydrant_id", "kind", "flow_lpm", "diameter_mm", "in_service", "address"),
    "districts": ("ref", *_NAMES, "service", "station_id"),
    "beats": ("ref", *_NAMES, "service", "station_id"),
}
#: The field that tells rows apart.
KEY_OF = {
    "stations": "station_id",
    "hospitals": "hospital_id",
    "units": "unit_id",
    "hydrants": "hydrant_id",
    "districts": "ref",
    "beats": "ref",
}
#: Fields that say where a row lies.
PLACE_FIELDS = ("lon", "lat", "x", "y", "wkt")


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shared: dict[str, list[str]]
    stations: dict[str, list[str]]
    hospitals: dict[str, list[str]]
    units: dict[str, list[str]]
    hydrants: dict[str, list[str]]
    areas: dict[str, list[str]]
    values: dict[str, dict[str, list[str]]]
    capabilities: dict[str, str]


@cache
def _tables() -> _Tables:
    path = resource("profiles", "layer_columns.toml")
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Tables)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Problem("region.profile_broken", file=str(path), what=str(error)) from error


def folded(name: str) -> str:
    """A column's name for comparing: lower case, signs and blanks made one underscore."""
    plain = unicodedata.normalize("NFC", name).casefold()
    return re.sub(r"[\W_]+", "_", plain).strip("_") or plain.strip()


def fields_of(layer: str) -> tuple[str, ...]:
    """What a layer may be told: its own fields and those of its place."""
    return (*FIELDS[layer], *PLACE_FIELDS)


def guess_columns(
    layer: str, columns: Sequence[str], said: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Our field -> column of the table.

    `said` maps columns to fields (or to "-": not used) and wins. Raises `Problem`:
    `layers.no_column`, `layers.no_field` for what was said wrongly.
    """
    tables = _tables()
    own = getattr(tables, "areas" if layer in AREA_LAYERS else layer)
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(folded(column), column)
    found: dict[str, str] = {}
    barred: set[str] = set()
    for column, field in (said or {}).items():
        actual = column if column in columns else by_name.get(folded(column))
        if actual is None:
            raise Problem("layers.no_column", column=column, found=", ".join(columns)[:300])
        if field != "-" and field not in fields_of(layer):
            raise Problem("layers.no_field", field=field, found=" ".join(fields_of(layer)))
        barred.add(actual)
        if field != "-":
            found[field] = actual
    for field in fields_of(layer):
        if field in found:
            continue
        names = own.get(field) or tables.shared.get(field, [])
        for name in names:
            actual = by_name.get(folded(name))
            if actual is not None and actual not in barred:
                found[field] = actual
                break
    if "lon" in found and "lat" in found:
        found.pop("x", None)
        found.pop("y", None)
    return {field: found[field] for field in fields_of(layer) if field in found}


def word_of(table: str, cell: str) -> str:
    """Our word for what a cell says (`service`, `kind`, `hydrant`); the cell itself if unknown."""
    known = _tables().values[table]
    text = " ".join(cell.casefold().split())
    if text in known:
        return text
    words = re.findall(r"\w+", text)
    for exact in (True, False):
        for ours, names in known.items():
            for name in names:
                whole = text == name or (not exact and f" {name} " in f" {' '.join(words)} ")
                start = name.endswith("*") and any(w.startswith(name[:-1]) for w in words)
                if whole or start:
                    return ours
    return text


def usual_capabilities(kind: str) -> str:
    """What a unit of a kind carries where nobody says."""
    return _tables().capabilities.get(kind, "")
