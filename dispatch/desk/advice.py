"""Verbs on advice: what was computed is recorded as shown; a person may switch it off."""

from __future__ import annotations

from dispatch.desk.verbs import Command, Context, Decision, Refusal, verb
from dispatch.domain.advice import Assessment, Recommendation
from dispatch.domain.facts import advice as facts
from dispatch.domain.message import Message
from dispatch.domain.picture import Picture
from dispatch.domain.value import Text

AI = frozenset({"ai", "system"})


class RecordAssessment(Command, frozen=True):
    """What the severity room said."""

    assessment: Assessment


class RecordRecommendation(Command, frozen=True):
    """What the recommendation room offered."""

    recommendation: Recommendation


class SwitchAdvice(Command, frozen=True):
    """AI on or off, at once and audited; work goes on by protocol."""

    on: bool
    reason: Text = ""


class ReportModel(Command, frozen=True):
    """Which model speaks, or why none does."""

    model: Text
    bundle_sha: Text
    banner: Message | None = None


def _current(picture: Picture, incident_id: str, version: int) -> None:
    incident = picture.incidents.get(incident_id)
    if incident is None or not incident.is_open or incident.version != version:
        raise Refusal("desk.incident_moved_on", incident=incident_id)


@verb(RecordAssessment, origins=AI, signed_on=False)
def record_assessment(picture: Picture, command: RecordAssessment, context: Context) -> Decision:
    """Refused when the incident has moved on since it was computed."""
    said = command.assessment
    _current(picture, said.incident_id, said.incident_version)
    return Decision(facts=[(said.incident_id, facts.SeverityAssessed(assessment=said))])


@verb(RecordRecommendation, origins=AI, signed_on=False)
def record_recommendation(
    picture: Picture, command: RecordRecommendation, context: Context
) -> Decision:
    """Refused when the incident has moved on since it was computed."""
    said = command.recommendation
    _current(picture, said.incident_id, said.incident_version)
    return Decision(facts=[(said.incident_id, facts.UnitsRecommended(recommendation=said))])


@verb(SwitchAdvice)
def switch(picture: Picture, command: SwitchAdvice, context: Context) -> Decision:
    """For the whole centre, with who did it and why."""
    if picture.ai_on == command.on:
        return Decision()
    fact = facts.AdviceSwitched(on=command.on, by=context.actor.user_id, reason=command.reason)
    return Decision(facts=[("advice", fact)])


@verb(ReportModel, origins=AI, signed_on=False)
def report_model(picture: Picture, command: ReportModel, context: Context) -> Decision:
    """The bundle in use, for the record and the top bar."""
    if (picture.model, picture.banner) == (command.model, command.banner):
        return Decision()
    fact = facts.AdviceStatus(
        model=command.model, bundle_sha=command.bundle_sha, banner=command.banner
    )
    return Decision(facts=[("advice", fact)])
