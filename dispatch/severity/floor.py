"""The safety floor: pure rules on concepts that no model and no protocol can go below.

A rule speaks only when something was said; silence, "unknown" and a hung-up line add no concept
and take none away, so they never count as "no". Rules use raising concepts alone: a worse answer
can only add rules. Sources: the signs that public resuscitation, stroke and triage guidelines
name as immediate threats; snoring is taken for agonal breathing until shown otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass

from dispatch.domain.level import Level, most_severe
from dispatch.domain.message import Message

FLOOR_VERSION = "floor-1"

_SHOCK_OR_AIRWAY = (
    "breathing_difficulty",
    "few_words",
    "cannot_speak",
    "agonal_breathing",
    "not_breathing",
    "pale_sweaty",
    "blue_lips",
    "drowsy",
    "unresponsive",
    "fainted",
)
_CHEST_RISK = (
    "chest_sign",
    "fainted",
    "typical_pain",
    "pale_sweaty",
    "breathing_difficulty",
    "few_words",
    "cannot_speak",
    "blue_lips",
    "drowsy",
    "unresponsive",
)


@dataclass(frozen=True)
class FloorRule:
    """At least `level` when all concepts of any one of `patterns` hold."""

    rule_id: str
    level: Level
    patterns: tuple[frozenset[str], ...]

    @property
    def message(self) -> Message:
        """The rule in words: "not breathing"."""
        return Message(f"severity.floor.{self.rule_id}")

    def holds(self, concepts: Set[str]) -> bool:
        """Whether the rule speaks."""
        return any(pattern <= concepts for pattern in self.patterns)


def _rule(rule_id: str, level: Level, *patterns: tuple[str, ...]) -> FloorRule:
    return FloorRule(rule_id, level, tuple(frozenset(pattern) for pattern in patterns))


FLOOR_RULES: tuple[FloorRule, ...] = (
    _rule("not_breathing", Level.L1, ("not_breathing",)),
    _rule(
        "unresponsive_breathing",
        Level.L1,
        ("unresponsive", "breathing_difficulty"),
        ("unresponsive", "few_words"),
        ("unresponsive", "cannot_speak"),
        ("unresponsive", "blue_lips"),
    ),
    _rule("agonal_breathing", Level.L1, ("agonal_breathing",)),
    _rule("choking", Level.L1, ("choking",)),
    _rule("drowning", Level.L1, ("drowning",)),
    _rule("hanging", Level.L1, ("hanging",)),
    _rule("electrocution", Level.L1, ("electrocution",)),
    _rule(
        "anaphylaxis",
        Level.L1,
        ("airway_swelling",),
        *(("allergy", sign) for sign in _SHOCK_OR_AIRWAY),
    ),
    _rule("fit_in_pregnancy", Level.L1, ("ongoing_fit", "pregnant"), ("fit_stopped", "pregnant")),
    _rule("ongoing_fit", Level.L1, ("ongoing_fit",)),
    _rule("heavy_bleeding", Level.L1, ("heavy_bleeding",)),
    _rule("weapon_in_use", Level.L1, ("weapon_in_use",)),
    _rule("trapped", Level.L1, ("trapped_fire",), ("trapped_water",)),
    _rule("birth_in_progress", Level.L1, ("birth_in_progress",)),
    _rule("crew_in_distress", Level.L1, ("crew_in_distress",)),
    _rule("chest_pain_risk", Level.L2, *(("chest_pain", sign) for sign in _CHEST_RISK)),
    _rule("stroke_signs", Level.L2, ("face_droop",), ("arm_weak",), ("speech_slurred",)),
    _rule(
        "carbon_monoxide_several",
        Level.L2,
        ("carbon_monoxide", "several_hurt"),
        ("carbon_monoxide", "many_hurt"),
    ),
    _rule("call_dropped_distress", Level.L2, ("call_dropped", "distress_heard")),
)


@dataclass(frozen=True)
class Floor:
    """The floor of a call and the rules that set it, the most severe first."""

    level: Level | None
    rules: tuple[FloorRule, ...]


def safety_floor(concepts: Set[str]) -> Floor:
    """The rules that speak for a set of concepts and the level they hold the call at or above."""
    speaking = tuple(rule for rule in FLOOR_RULES if rule.holds(concepts))
    return Floor(most_severe(*(rule.level for rule in speaking)), speaking)


_BY_CONCEPT: dict[str, list[frozenset[str]]] = {}
for _each in FLOOR_RULES:
    for _pattern in _each.patterns:
        for _concept in _pattern:
            _BY_CONCEPT.setdefault(_concept, []).append(_pattern)


def added_floor(concepts: Set[str], added: Collection[str]) -> bool:
    """Whether concepts that join `concepts` make any rule speak that names one of them."""
    return any(
        all(each in concepts or each in added for each in pattern)
        for concept in added
        for pattern in _BY_CONCEPT.get(concept, ())
    )
