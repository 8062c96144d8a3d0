"""What OpenStreetMap tags say about driving: class, direction, speed, access, lanes, level.

Emergency vehicles are the drivers meant: `motor_vehicle=no` or a pedestrian street is kept with
access `emergency`, a private road stays drivable, one-way streets are one-way unless
`oneway:motor_vehicle=no` says otherwise; what is so for some drivers or times only is a rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dispatch.region.profiles import RoadTable, road_table

Tags = Mapping[str, str]
Names = tuple[str | None, str | None, str | None, str | None, str | None]

_NO = frozenset({"no", "use_sidepath", "dismount", "construction", "impassable"})
#: From the most to the least particular.
ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_PRIVATE = frozenset({"private", "military", "permit", "residents", "staff", "employees"})
_VISIT = frozenset(
    {"destination", "delivery", "customers", "agricultural", "forestry", "official", "visitors"}
)
LET = frozenset({"yes", "designated", "official", "permissive"})
_LEVELS = re.compile(r"-?\d+")
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_UNIT_KMH = {None: 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_ZONE = re.compile(r"^([A-Z]{2}(?:-[A-Z]+)?):(\w+)$")
_MAX_NAME = 200


def clean(text: str | None) -> str | None:
    """A tag's text without control characters and at a sane length; None when nothing is left."""
    if not text:
        return None
    if len(text) <= _MAX_NAME and text.isprintable() and "  " not in text:
        return text.strip() or None
    shown = "".join(c if c.isprintable() else " " for c in text[:_MAX_NAME])
    return " ".join(shown.split()) or None


def names_of(tags: Tags) -> Names:
    """`name` and the names in English, Russian, Kazakh and Korean."""
    return (
        clean(tags.get("name")),
        clean(tags.get("name:en") or tags.get("int_name")),
        clean(tags.get("name:ru")),
        clean(tags.get("name:kk") or tags.get("name:kk-Cyrl") or tags.get("name:kk-cyrl")),
        clean(tags.get("name:ko") or tags.get("name:ko-Hang")),
    )


#: Tags of other names of a street, with any language behind them (`alt_name:ru`).
_ALIAS = re.compile(
    r"^(alt_name|old_name|short_name|loc_name|official_name|reg_name|nat_name|int_name|"
    r"name:(left|right|kk-Latn|kk-latn|ko-Latn|ru-Latn|latin))(:|$)"
)
_MOST_ALIASES = 12


def aliases_of(tags: Tags, names: Names) -> str | None:
    """Other names that people use, `A;B`, without those that the name columns hold."""
    found: dict[str, None] = {}
    for key in tags:
        if "name" in key and _ALIAS.match(key):
            for part in tags[key].split(";"):
                if (alias := clean(part)) is not None and alias not in names:
                    found[alias] = None
    return ";".join(sorted(found)[:_MOST_ALIASES]) or None


def parse_access(tags: Tags, usual: str = "open") -> str | None:
    """Access of emergency vehicles: a value of `ACCESS`, or None when they may not pass.

    The most particular key wins: emergency, motorcar, motor_vehicle, vehicle, access.
    """
    emergency = tags.get("emergency")
    if emergency in _NO:
        return None
    for key in ACCESS_KEYS:
        value = tags.get(key)
        if value is None:
            continue
        if value in _NO:
            if emergency in ("yes", "designated", "official"):
                return "emergency"
            # Closed to everybody is closed; closed to cars alone is open to lights and sirens.
            closed = key == "access" and not any(
                tags.get(k) in ("yes", "designated") for k in ("bus", "psv", "taxi", "foot")
            )
            return None if closed else "emergency"
        if usual == "emergency" and value in ("yes", "permissive", "designated"):
            return "open" if key in ("motorcar", "motor_vehicle") else "emergency"
        if value in _PRIVATE:
            return "private"
        if value in _VISIT:
            return "destination"
        break
    return usual


def access_of_value(value: str, key: str, class_: str) -> str | None:
    """What `key=value` makes of a road, a value of `ACCESS`; None for a word that says nothing."""
    usual = "emergency" if class_ in ("pedestrian", "busway") else "open"
    if value in _NO:
        return "emergency"
    if value in _PRIVATE:
        return "private"
    if value in _VISIT:
        return "destination"
    if value in LET:
        return "open" if key in ("motorcar", "motor_vehicle") else usual
    return None


def parse_direction(tags: Tags, class_: str) -> tuple[bool, bool]:
    """Whether cars may drive along and against the way's order."""
    value = tags.get("oneway", "").lower()
    for key in ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle"):
        if tags.get(key) in ("no", "yes", "-1"):
            value = tags[key]
            break
    if value in ("-1", "reverse"):
        return False, True
    if value in ("yes", "true", "1"):
        return True, False
    if value in ("no", "false", "0"):
        return True, True
    implied = class_ == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return True, not implied


def parse_speed(tags: Tags, class_: str, table: RoadTable) -> tuple[float, bool]:
    """The limit in km/h and whether it is signed; the class's assumption where it is not."""
    found = [
        speed
        for key in ("maxspeed", "maxspeed:forward", "maxspeed:backward")
        if (speed := _kmh(tags.get(key, ""), table)) is not None
    ]
    if not found:
        zones = (tags.get("maxspeed:type", ""), tags.get("source:maxspeed", ""))
        found = [speed for zone in zones if (speed := _kmh(zone, table)) is not None]
    if found:
        return min(found), True
    return table.classes[class_].speed_kmh, False


def kmh(text: str) -> float | None:
    """A signed limit in km/h, None where the text is none."""
    return _kmh(text, road_table())


def _kmh(text: str, table: RoadTable) -> float | None:
    for part in re.split(r"[;|]", text):
        part = part.strip()
        if part == "none":
            return table.implied_kmh["DE:motorway"]
        if part == "walk":
            return table.implied_kmh["*:walk"]
        if match := _SPEED.match(part.lower()):
            speed = float(match[1]) * _UNIT_KMH[match[2]]
            return speed if 3 <= speed <= 200 else None
        if match := _ZONE.match(part):
            implied = table.implied_kmh
            return implied.get(f"{match[1]}:{match[2]}") or implied.get(f"*:{match[2]}")
    return None


def parse_layer(tags: Tags) -> int:
    """Level of crossing, -10..10; a bridge or tunnel without one is a level off the ground."""
    match = _LEVELS.match(tags.get("layer", ""))
    if match:
        return max(-10, min(10, int(match[0])))
    if tags.get("tunnel", "no") not in ("no", "building_passage"):
        return -1
    return 1 if tags.get("bridge", "no") != "no" else 0


def parse_barrier(tags: Tags) -> str | None:
    """What a node does to a road through it: `gate`, `block` or None."""
    effect = road_table().barrier.get(tags.get("barrier", ""))
    if effect == "block":
        open_to = (tags.get(key) for key in ("emergency", "motor_vehicle", "access", "vehicle"))
        if any(value in ("yes", "designated", "permissive") for value in open_to):
            return "gate"
        if "removable" in tags.get("bollard", "") or "rising" in tags.get("bollard", ""):
            return "gate"
    return effect


def small(text: str | None, low: int, high: int) -> int:
    match = _LEVELS.match(text or "")
    return max(low, min(high, int(match[0]))) if match else 0
