"""Who may go and who may not: every unit gets a verdict, with the number that decided.

Gates are asked in a fixed order; the first that says no decides. Where none does, the unit fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.advice import Arrival, Verdict
from dispatch.domain.level import Level
from dispatch.domain.message import Message
from dispatch.domain.unit import Unit, UnitState
from dispatch.recommend.reach import Start
from dispatch.recommend.rules import Rules
from dispatch.recommend.run_cards import Need

#: The gates in the order in which they are asked.
GATES = ("here", "committed", "service", "capability", "crew", "rule", "reach", "position")
_AWAY = frozenset({UnitState.OUT_OF_SERVICE, UnitState.OFF_DUTY, UnitState.ON_BREAK})


@dataclass(frozen=True)
class Situation:
    """What the gates compare a unit with. `needs` are the slots still open."""

    incident_id: str
    level: Level
    area: str
    when_local: datetime
    needs: Sequence[Need]
    rules: Rules
    fix_age_s: float
    incident_labels: Mapping[str, str]


def verdict(
    unit: Unit, start: Start, arrival: Arrival | None, situation: Situation
) -> Verdict | None:
    """The gate that stops a unit; None when it may go."""
    for gate in (_here, _committed, _service, _capability, _crew, _rule):
        stop = gate(unit, situation)
        if stop is not None:
            return Verdict(unit_id=unit.unit_id, passed=False, gate=gate.__name__[1:], message=stop)
    if arrival is None:
        return _no(unit, "reach", Message("recommend.gate.reach"))
    if not start.sure:
        return _no(unit, "position", stale_message(start, situation.fix_age_s))
    return None


def _no(unit: Unit, gate: str, message: Message) -> Verdict:
    return Verdict(unit_id=unit.unit_id, passed=False, gate=gate, message=message)


def stale_message(start: Start, fix_age_s: float) -> Message:
    """How old the last position is against the limit."""
    if start.age_s is None:
        return Message("recommend.gate.position.none")
    limit = {"limit_s": round(fix_age_s)}
    if start.age_s < 180:
        return Message("recommend.gate.position.seconds", {"n": round(start.age_s), **limit})
    return Message("recommend.gate.position.minutes", {"n": round(start.age_s / 60), **limit})


def _here(unit: Unit, situation: Situation) -> Message | None:
    if unit.incident_id == situation.incident_id:
        return Message("recommend.gate.here")
    return None


def _committed(unit: Unit, situation: Situation) -> Message | None:
    if unit.incident_id is not None:
        incident = situation.incident_labels.get(unit.incident_id, unit.incident_id)
        state = "assigned" if unit.state.is_available or unit.state in _AWAY else unit.state.value
        return Message(f"recommend.gate.committed.{state}", {"incident": incident})
    if not unit.state.is_available and unit.state not in _AWAY:
        return Message(f"recommend.gate.busy.{unit.state.value}")
    return None


def _service(unit: Unit, situation: Situation) -> Message | None:
    if unit.state not in _AWAY:
        return None
    if unit.reason:
        return Message(f"recommend.gate.{unit.state.value}.reason", {"reason": unit.reason})
    return Message(f"recommend.gate.{unit.state.value}")


def _capability(unit: Unit, situation: Situation) -> Message | None:
    if any(need.best(unit.capabilities) is not None for need in situation.needs):
        return None
    if not situation.needs:
        return Message("recommend.gate.nothing_open")
    return Message("recommend.gate.capability", {"n": len(situation.needs)})


def _crew(unit: Unit, situation: Situation) -> Message | None:
    least = situation.rules.crew.get(unit.kind, 1)
    if unit.crew >= least:
        return None
    return Message("recommend.gate.crew", {"n": unit.crew, "least": least})


def _rule(unit: Unit, situation: Situation) -> Message | None:
    for rule in situation.rules.rules:
        if unit.kind not in rule.kinds:
            continue
        if rule.on_request:
            return Message("recommend.gate.rule.request")
        if rule.levels and situation.level not in rule.levels:
            levels = ", ".join(sorted(level.value for level in rule.levels))
            return Message("recommend.gate.rule.level", {"levels": levels})
        if rule.hours and not rule.hours.holds(situation.when_local, situation.rules.holidays):
            hours = f"{rule.hours.start:%H:%M}-{rule.hours.end:%H:%M}"
            id = "work" if rule.hours.no_holidays else "hours"
            return Message(f"recommend.gate.rule.{id}", {"hours": hours})
        if rule.areas and situation.area not in rule.areas:
            return Message("recommend.gate.rule.area", {"areas": ", ".join(sorted(rule.areas))})
    return None
