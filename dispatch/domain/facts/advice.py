"""Facts about advice: what was offered, and whether it is on at all."""

from __future__ import annotations

from dispatch.domain.advice import Assessment, Recommendation
from dispatch.domain.message import Message
from dispatch.domain.value import Text, Value


class SeverityAssessed(Value, frozen=True):
    """What rules and model said of an incident, inputs and versions included."""

    assessment: Assessment


class UnitsRecommended(Value, frozen=True):
    """What the recommendation room offered, as shown."""

    recommendation: Recommendation


class AdviceSwitched(Value, frozen=True):
    """AI on or off for the whole centre; work goes on by protocol."""

    on: bool
    by: Text
    reason: Text = ""


class AdviceStatus(Value, frozen=True):
    """Which model speaks, or why none does (a banner)."""

    model: Text
    bundle_sha: Text
    banner: Message | None = None
