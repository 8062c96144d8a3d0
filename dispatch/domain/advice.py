"""Advice as values: what the severity and recommendation rooms say, kept in the journal as shown.

Advice never changes an incident by itself; a person accepts, changes or passes over it.
"""

from __future__ import annotations

from dispatch.domain.level import Level
from dispatch.domain.message import Message
from dispatch.domain.value import Key, Micros, Point, Probability, Seconds, Text, Value


class Reason(Value, frozen=True):
    """One term of an explanation.

    `weight` is the additive term in log-odds; positive raises the severity, negative lowers it.
    """

    message: Message
    weight: float


class Assessment(Value, frozen=True):
    """How bad, how sure and why, from the answers known at `as_of_us`.

    Rule (`floor`, `protocol`) and model (`model_*`) are kept apart; `shown` is the most severe of
    floor, protocol and model upgrade: the model may raise, never silently lower.
    `at_least` holds P(at least as severe as Lk) for k = 1..4; empty when the model did not speak.
    """

    incident_id: Key
    incident_version: int
    as_of_us: Micros
    type_id: Key
    inputs_sha: str
    bundle_sha: str
    versions: dict[str, str]
    floor: Level | None
    floor_rules: tuple[Message, ...]
    protocol: Level | None
    model_level: Level | None
    model_upgrade: bool
    at_least: tuple[Probability, ...]
    reasons: tuple[Reason, ...]
    abstained: Message | None
    next_question: str | None
    shown: Level
    took_ms: float

    @property
    def p_critical(self) -> float | None:
        """P(L1 or L2) by the model, None where it did not speak."""
        return self.at_least[1] if len(self.at_least) > 1 else None

    @property
    def of_100_critical(self) -> int | None:
        """The same as a frequency: "of 100 calls like this, N were critical"."""
        return None if self.p_critical is None else round(100 * self.p_critical)


class Verdict(Value, frozen=True):
    """Why a unit may or may not go: the first gate that decided, in words with its number."""

    unit_id: Key
    passed: bool
    gate: str
    message: Message


class Arrival(Value, frozen=True):
    """When a unit would be there: turnout plus road time as a band, seconds from now."""

    turnout_s: Seconds
    road_s: Seconds
    p50_s: Seconds
    p90_s: Seconds
    calibrated: bool


class Slot(Value, frozen=True):
    """One need of the run card: any of `capabilities` serves it, the first is the proper one."""

    slot_id: Key
    label: Message
    capabilities: tuple[str, ...]


class PlannedUnit(Value, frozen=True):
    """A unit in a plan: which slot it fills, with which capability, when it would arrive, why."""

    unit_id: Key
    slot_id: Key
    capability: str
    arrival: Arrival
    why: Message
    substitutes: bool = False


class Shortfall(Value, frozen=True):
    """A slot nobody can fill, and why."""

    slot_id: Key
    label: Message
    why: Message


class Plan(Value, frozen=True):
    """One way to answer the run card. `kind` is `fastest`, `keeps_cover` or `least_disruption`."""

    plan_id: Key
    kind: str
    units: tuple[PlannedUnit, ...]
    shortfalls: tuple[Shortfall, ...]
    notes: tuple[Message, ...] = ()


class Candidate(Value, frozen=True):
    """A row of the table under the plan: any unit, its verdict, its arrival where it has one."""

    unit_id: Key
    verdict: Verdict
    arrival: Arrival | None
    in_plan: bool
    radio_now: bool = False


class UsedFix(Value, frozen=True):
    """The position of a unit that the recommendation counted with."""

    unit_id: Key
    point: Point
    age_s: Seconds


class Recommendation(Value, frozen=True):
    """Who should go, who not and why: inputs, verdicts, plans, versions and time taken."""

    recommendation_id: Key
    incident_id: Key
    incident_version: int
    as_of_us: Micros
    run_card: Key
    level: Level
    slots: tuple[Slot, ...]
    plans: tuple[Plan, ...]
    candidates: tuple[Candidate, ...]
    radio_now: tuple[str, ...]
    used_fixes: tuple[UsedFix, ...]
    versions: dict[str, str]
    took_ms: float
    note: Text = ""

    def plan(self, kind: str = "fastest") -> Plan | None:
        """The plan of a kind, None where it was not made."""
        return next((plan for plan in self.plans if plan.kind == kind), None)
