"""Which areas, lines and places tags make, by `resources/profiles/osm_features.toml`."""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from functools import cache
from typing import Any

import msgspec

from dispatch.domain.message import Problem
from dispatch.region.osm_tags import Tags, clean
from dispatch.region.schema import AREA_KINDS, LINE_KINDS, PLACE_KINDS, words
from dispatch.resources import resource


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tags -> kind. See the data file's head for what the fields mean."""

    kind: str
    key: str
    values: frozenset[str] | None = None
    also: dict[str, frozenset[str] | bool | str] = {}
    subkind: str = ""
    named: bool = True


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    area: list[Rule]
    line: list[Rule]
    place: list[Rule]


class Rules:
    """An ordered list of rules, asked by tags."""

    def __init__(self, rules: list[Rule]) -> None:
        self._by_key: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
        for number, rule in enumerate(rules):
            self._by_key[rule.key].append((number, rule))
        self.keys = frozenset(self._by_key)

    def match(self, tags: Tags) -> tuple[Rule, str | None] | None:
        """The first rule that fits and the subkind, or None."""
        best: tuple[int, Rule] | None = None
        for key in self.keys.intersection(tags):
            value = tags[key]
            if value == "no":
                continue
            for number, rule in self._by_key[key]:
                if best is not None and number > best[0]:
                    break
                fits = rule.values is None or value in rule.values
                if fits and all(_fits(tags, *item) for item in rule.also.items()):
                    best = (number, rule)
                    break
        if best is None:
            return None
        rule = best[1]
        if rule.subkind:
            return rule, re.sub(r"\{(\w+)\}", lambda m: tags.get(m[1], ""), rule.subkind)
        value = tags[rule.key]
        return rule, clean(value) if value != "yes" else None


def _fits(tags: Tags, key: str, wanted: frozenset[str] | bool | str) -> bool:
    value = tags.get(key, "no")
    if isinstance(wanted, bool):
        return (value != "no") == wanted
    return value == wanted if isinstance(wanted, str) else value in wanted


@cache
def feature_rules() -> tuple[Rules, Rules, Rules]:
    """The rules for areas, lines and places; `Problem("region.profile_broken")` on a bad file."""
    path = resource("profiles", "osm_features.toml")
    try:
        data = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Problem("region.profile_broken", file=str(path), what=str(error)) from error
    for rules, kinds in (
        (data.area, AREA_KINDS),
        (data.line, LINE_KINDS),
        (data.place, PLACE_KINDS),
    ):
        for rule in rules:
            if rule.kind not in kinds:
                raise Problem("region.profile_broken", file=str(path), what=rule.kind)
    return Rules(data.area), Rules(data.line), Rules(data.place)


_METRES = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(m|ft|')?\s*$")
_LEVEL_M = 3.2
_KEPT = frozenset(
    words(
        "beds emergency healthcare:speciality capacity operator phone contact:phone "
        "description height building:levels opening_hours hazard note access "
        "fire_hydrant:type fire_hydrant:diameter fire_hydrant:pressure "
        "fire_hydrant:position water_source wheelchair level loc_name alt_name old_name "
        "short_name official_name distance railway:position entrance addr:flats"
    )
)


def height_m(tags: Tags) -> float | None:
    """A building's height in metres from `height`, else from its levels, else None."""
    match = _METRES.match(tags.get("height", ""))
    if match:
        metres = float(match[1]) * (0.3048 if match[2] in ("ft", "'") else 1.0)
        return metres if 0 < metres < 1_000 else None
    match = re.match(r"^\d{1,3}(\.\d+)?", tags.get("building:levels", ""))
    if not match:
        return None
    return round(float(match[0]) * _LEVEL_M, 1) or None


def levels(tags: Tags) -> float | None:
    """Storeys of a building above ground, None where unknown."""
    match = re.match(r"^\d{1,3}(\.\d)?", tags.get("building:levels", ""))
    return float(match[0]) or None if match else None


def homes(tags: Tags) -> int | None:
    """`building:flats` as a number, None where it is not one."""
    text = tags.get("building:flats", "")
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) else None


def population(tags: Tags) -> int | None:
    """`population` as a number, None where it is not one."""
    digits = re.sub(r"[\s,.']", "", tags.get("population", ""))
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def attributes(tags: Tags) -> str | None:
    """The tags worth keeping with a place, as canonical JSON text."""
    kept = {key: shown for key in sorted(_KEPT.intersection(tags)) if (shown := clean(tags[key]))}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) if kept else None


def address_line(tags: Tags) -> str | None:
    """`Street 12, Town` from the address tags, None where there is no house number."""
    number = clean(tags.get("addr:housenumber"))
    street = clean(tags.get("addr:street") or tags.get("addr:place"))
    if not number or not street:
        return None
    town = clean(tags.get("addr:city"))
    return f"{street} {number}, {town}" if town else f"{street} {number}"


def address_row(tags: Tags, address_id: int, lon_e7: int, lat_e7: int) -> dict[str, Any] | None:
    """A row of `addresses`, None where there is no house number and no house name."""
    number = clean(tags.get("addr:housenumber") or tags.get("addr:conscriptionnumber"))
    label = clean(tags.get("addr:housename"))
    if number is None and label is None:
        return None
    return {
        "address_id": address_id,
        "number": number,
        "street": clean(tags.get("addr:street")),
        "district": clean(
            tags.get("addr:place")
            or tags.get("addr:suburb")
            or tags.get("addr:neighbourhood")
            or tags.get("addr:district")
        ),
        "settlement": clean(tags.get("addr:city")),
        "postcode": clean(tags.get("addr:postcode")),
        "entrance": clean(tags.get("addr:unit") or tags.get("addr:door")),
        "label": label,
        "lon_e7": lon_e7,
        "lat_e7": lat_e7,
    }
