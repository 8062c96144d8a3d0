"""What facts about calls do to the picture."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.call import Call, CallState
from dispatch.domain.facts import call as facts
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture.picture import Change, Handlers, Picture


def _rang(picture: Picture, fact: facts.CallRang, envelope: Envelope) -> tuple[Change, ...]:
    picture.calls[fact.call_id] = Call(
        call_id=fact.call_id,
        line=fact.line,
        number=fact.number,
        language=fact.language,
        where=fact.where,
        accuracy_m=fact.accuracy_m,
        received_us=envelope.t_us,
        script=fact.script,
    )
    return (Change("call", fact.call_id, ("state",)),)


def _change(picture: Picture, call_id: str, **fields: object) -> tuple[Change, ...]:
    picture.calls[call_id] = replace(picture.calls[call_id], **fields)
    return (Change("call", call_id, tuple(fields)),)


def _answered(picture: Picture, fact: facts.CallAnswered, e: Envelope) -> tuple[Change, ...]:
    return _change(
        picture, fact.call_id, state=CallState.OPEN, answered_us=e.t_us, answered_by=fact.by
    )


def _draft_saved(picture: Picture, fact: facts.CallDraftSaved, e: Envelope) -> tuple[Change, ...]:
    return _change(picture, fact.call_id, draft=fact.draft, draft_us=e.t_us)


def _described(picture: Picture, fact: facts.CallerDescribed, e: Envelope) -> tuple[Change, ...]:
    return _change(
        picture, fact.call_id, name=fact.name, number=fact.number, language=fact.language
    )


def _attached(picture: Picture, fact: facts.CallAttached, e: Envelope) -> tuple[Change, ...]:
    incident = picture.incidents[fact.incident_id]
    if fact.call_id not in incident.call_ids:
        picture.incidents[fact.incident_id] = replace(
            incident, call_ids=(*incident.call_ids, fact.call_id), version=incident.version + 1
        )
    return (
        *_change(picture, fact.call_id, incident_id=fact.incident_id),
        Change("incident", fact.incident_id, ("call_ids",)),
    )


def _detached(picture: Picture, fact: facts.CallDetached, e: Envelope) -> tuple[Change, ...]:
    incident = picture.incidents[fact.incident_id]
    kept = tuple(call_id for call_id in incident.call_ids if call_id != fact.call_id)
    picture.incidents[fact.incident_id] = replace(
        incident, call_ids=kept, version=incident.version + 1
    )
    return (
        *_change(picture, fact.call_id, incident_id=None),
        Change("incident", fact.incident_id, ("call_ids",)),
    )


def _dropped(picture: Picture, fact: facts.CallDropped, e: Envelope) -> tuple[Change, ...]:
    return _change(picture, fact.call_id, state=CallState.DROPPED)


def _closed(picture: Picture, fact: facts.CallClosed, e: Envelope) -> tuple[Change, ...]:
    return _change(
        picture,
        fact.call_id,
        state=CallState.CLOSED,
        closed_us=e.t_us,
        disposition=fact.disposition,
        draft="",
    )


HANDLERS: Handlers = {
    "call.rang": _rang,
    "call.answered": _answered,
    "call.draft_saved": _draft_saved,
    "call.caller_described": _described,
    "call.attached": _attached,
    "call.detached": _detached,
    "call.dropped": _dropped,
    "call.closed": _closed,
}
