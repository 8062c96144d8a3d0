"""OpenStreetMap tags of a way that hold at some times or for some drivers only -> rules."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.region.condition_text import parse_conditional
from dispatch.region.conditions import Condition
from dispatch.region.osm_tags import Tags, access_of_value, kmh
from dispatch.region.road_rules import Rule

#: From the least to the most particular: a later rule wins.
_ACCESS_KEYS = ("access", "vehicle", "motor_vehicle", "motorcar")
_SPEED_KEYS = (("maxspeed", ""), ("maxspeed:forward", "forward"), ("maxspeed:backward", "backward"))
_ONEWAY_KEYS = ("oneway", "oneway:vehicle", "oneway:motor_vehicle", "oneway:motorcar")
_AGAINST = frozenset({"opposite_lane", "opposite", "opposite_track"})
_YES = frozenset({"yes", "designated", "permissive", "official"})


def rules_of(tags: Tags, class_: str, one_way: bool) -> tuple[list[Rule], int]:
    """The rules of a way and how many conditions on them were not understood.

    `one_way`: cars may drive the way in one direction only. Conditions on other kinds of driver
    (lorries, bicycles) and on parking are no concern of ours.
    """
    if not any(":" in key or key == "busway" for key in tags):
        return [], 0
    rules: list[Rule] = []
    unread = 0
    for key in _ACCESS_KEYS:
        for value, when in parse_conditional(tags.get(f"{key}:conditional", "")):
            access = access_of_value(value, key, class_)
            if when is None or access is None:
                unread += 1
            else:
                rules.append(Rule(what="access", value=access, when=when))
    for key, toward in _SPEED_KEYS:
        for value, when in parse_conditional(tags.get(f"{key}:conditional", "")):
            speed = kmh(value)
            if when is None or speed is None:
                unread += 1
            else:
                rules.append(
                    Rule(what="speed", value=f"{speed:g}", toward=toward, when=when)  # type: ignore[arg-type]
                )
    for key in _ONEWAY_KEYS:
        for value, when in parse_conditional(tags.get(f"{key}:conditional", "")):
            direction = _direction(value)
            if when is None or direction is None:
                unread += 1
            else:
                rules.append(Rule(what="oneway", value=direction, when=when))
    if one_way:
        rules += _against_the_arrow(tags)
    return rules, unread


def _direction(value: str) -> str | None:
    value = value.lower()
    if value in ("yes", "1", "true"):
        return "yes"
    if value in ("no", "0", "false"):
        return "no"
    return "-1" if value in ("-1", "reverse") else None


def _against_the_arrow(tags: Tags) -> Iterator[Rule]:
    """A one-way street that buses or emergency vehicles may drive the other way, too."""
    if tags.get("oneway:emergency") == "no":
        yield Rule(what="oneway", value="no", when=Condition(users=("emergency",)))
    against = (
        any(tags.get(key) == "no" for key in ("oneway:psv", "oneway:bus"))
        or any(tags.get(key) in _AGAINST for key in ("busway", "busway:left", "busway:right"))
        or any(tags.get(key) in _YES for key in ("psv:backward", "bus:backward"))
        or any(
            (tags.get(key) or "0") not in ("0", "no")
            for key in ("lanes:psv:backward", "lanes:bus:backward")
        )
    )
    if against:
        yield Rule(what="oneway", value="no", when=Condition(users=("psv",)))
