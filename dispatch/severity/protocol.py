"""The protocol level: what the call type's own table says, from the answers given so far.

A matching rule that raises decides first; otherwise the deepest matching rule that lowers;
otherwise the default of the type. Rules that lower need reassuring answers, so silence never
lowers.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.domain.level import Level, most_severe
from dispatch.severity.questions import Answers, CallType, Rule


@dataclass(frozen=True)
class ProtocolFinding:
    """The protocol's level and the rule that decided, None for the type's default."""

    level: Level
    rule: Rule | None


def protocol_level(call_type: CallType, answers: Answers) -> ProtocolFinding:
    """The level of a call type's table for the answers given; unknown answers satisfy no rule."""
    raising = [rule for rule in call_type.raises if rule.holds(answers)]
    if raising:
        top = most_severe(*(rule.level for rule in raising))
        return ProtocolFinding(raising[0].level if top is None else top, _first(raising, top))
    lowering = [rule for rule in call_type.lowers if rule.holds(answers)]
    if lowering:
        deepest = max(lowering, key=lambda rule: rule.level.rank)
        return ProtocolFinding(deepest.level, deepest)
    return ProtocolFinding(call_type.default, None)


def _first(rules: list[Rule], level: Level | None) -> Rule:
    return next((rule for rule in rules if rule.level == level), rules[0])
