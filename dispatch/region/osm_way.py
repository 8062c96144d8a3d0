"""An OpenStreetMap way -> what it is for the driver of an emergency vehicle."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.region.osm_rules import rules_of
from dispatch.region.osm_tags import (
    ACCESS_KEYS,
    LET,
    Names,
    Tags,
    aliases_of,
    clean,
    names_of,
    parse_access,
    parse_direction,
    parse_layer,
    parse_speed,
    small,
)
from dispatch.region.profiles import road_table
from dispatch.region.road_rules import encoded_rules

_ONEWAY_WORDS = frozenset(
    {"", "yes", "no", "-1", "true", "false", "1", "0", "reverse", "reversible", "alternating"}
)


@dataclass(frozen=True, slots=True)
class Road:
    """What one way is for a driver; see the `edges` table for the fields.

    `doubts` holds message ids of what had to be guessed.
    """

    class_: str
    speed_kmh: float
    speed_known: bool
    forward: bool
    backward: bool
    lanes: int
    layer: int
    bridge: bool
    tunnel: bool
    roundabout: bool
    access: str
    names: Names
    ref: str | None
    aliases: str | None
    rules: str | None
    doubts: tuple[str, ...]


def parse_road(tags: Tags) -> Road | None:
    """What a way is for a driver; None when emergency vehicles do not drive on it."""
    table = road_table()
    class_ = table.highway.get(tags.get("highway", ""))
    if class_ is None and tags.get("highway") in table.on_foot:
        # A path that vehicles of the services are let onto by its own tags.
        if not any(tags.get(key) in LET for key in ("emergency", "motor_vehicle", "motorcar")):
            return None
        class_ = "pedestrian"
    if class_ is None:
        if tags.get("route") != "ferry" or tags.get("motor_vehicle") != "yes":
            return None
        class_ = "ferry"
    if tags.get("area") == "yes":
        return None
    access = parse_access(tags, "emergency" if class_ in ("pedestrian", "busway") else "open")
    if access is None:
        if not any(f"{key}:conditional" in tags for key in ACCESS_KEYS):
            return None
        # Closed to everybody, but not at all times: crews find a way in.
        access = "emergency"
    doubts: list[str] = []
    speed, known = parse_speed(tags, class_, table)
    if not known:
        doubts.append("region.doubt.no_speed")
    forward, backward = parse_direction(tags, class_)
    rules, unread = rules_of(tags, class_, forward != backward)
    doubts += ["region.doubt.conditional"] * unread
    odd = tags.get("oneway", "").lower()
    if odd in ("reversible", "alternating") and not any(rule.what == "oneway" for rule in rules):
        doubts.append("region.doubt.reversible")
    elif odd not in _ONEWAY_WORDS:
        doubts.append("region.doubt.oneway")
    names = names_of(tags)
    return Road(
        class_=class_,
        speed_kmh=speed,
        speed_known=known,
        forward=forward,
        backward=backward,
        lanes=small(tags.get("lanes"), 0, 20),
        layer=parse_layer(tags),
        bridge=tags.get("bridge", "no") not in ("no", "abandoned"),
        tunnel=tags.get("tunnel", "no") != "no",
        roundabout=tags.get("junction") in ("roundabout", "circular"),
        access=access,
        names=names,
        ref=clean(tags.get("ref")),
        aliases=aliases_of(tags, names),
        rules=encoded_rules(rules),
        doubts=tuple(doubts),
    )
