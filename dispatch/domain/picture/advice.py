"""What advice does to the picture: it stands beside an incident and decides nothing."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.facts import advice as facts
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture.picture import Change, Handlers, Picture


def _assessed(picture: Picture, fact: facts.SeverityAssessed, e: Envelope) -> tuple[Change, ...]:
    # Advice does not count an incident's version up: a second assessment is not a new incident.
    incident_id = fact.assessment.incident_id
    incident = picture.incidents[incident_id]
    picture.incidents[incident_id] = replace(incident, assessment=fact.assessment)
    return (Change("incident", incident_id, ("assessment",)),)


def _recommended(picture: Picture, fact: facts.UnitsRecommended, e: Envelope) -> tuple[Change, ...]:
    advised = fact.recommendation
    picture.recommendations[advised.incident_id] = advised
    incident = picture.incidents[advised.incident_id]
    picture.incidents[advised.incident_id] = replace(
        incident, recommendation_id=advised.recommendation_id
    )
    return (Change("incident", advised.incident_id, ("recommendation",)),)


def _switched(picture: Picture, fact: facts.AdviceSwitched, e: Envelope) -> tuple[Change, ...]:
    picture.ai_on = fact.on
    return (Change("advice", "", ("on",)),)


def _status(picture: Picture, fact: facts.AdviceStatus, e: Envelope) -> tuple[Change, ...]:
    picture.model, picture.banner = fact.model, fact.banner
    return (Change("advice", "", ("status",)),)


HANDLERS: Handlers = {
    "advice.assessed": _assessed,
    "advice.recommended": _recommended,
    "advice.switched": _switched,
    "advice.status": _status,
}
