"""What facts about incidents do to the picture."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.facts import incident as facts
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.incident import Answer, Incident, Note, Patient
from dispatch.domain.picture.picture import Change, Handlers, Picture


def change(picture: Picture, incident_id: str, **fields: object) -> tuple[Change, ...]:
    """Replace fields of an incident and count its version up."""
    incident = picture.incidents[incident_id]
    picture.incidents[incident_id] = replace(incident, version=incident.version + 1, **fields)
    return (Change("incident", incident_id, tuple(fields)),)


def _opened(picture: Picture, fact: facts.IncidentOpened, e: Envelope) -> tuple[Change, ...]:
    picture.incidents[fact.incident_id] = Incident(
        incident_id=fact.incident_id,
        number=fact.number,
        opened_us=e.t_us,
        opened_by=fact.by,
        owner=fact.by,
        type_id=fact.type_id,
        services=fact.services,
        place=fact.place,
        call_ids=(fact.call_id,) if fact.call_id else (),
        version=1,
    )
    picture.next_number = max(picture.next_number, fact.number + 1)
    opened = Change("incident", fact.incident_id, ("opened",))
    if fact.call_id is None or fact.call_id not in picture.calls:
        return (opened,)
    call = picture.calls[fact.call_id]
    picture.calls[fact.call_id] = replace(call, incident_id=fact.incident_id)
    return (opened, Change("call", fact.call_id, ("incident_id",)))


def _placed(picture: Picture, fact: facts.IncidentPlaced, e: Envelope) -> tuple[Change, ...]:
    return change(picture, fact.incident_id, place=fact.place)


def _typed(picture: Picture, fact: facts.IncidentTyped, e: Envelope) -> tuple[Change, ...]:
    return change(picture, fact.incident_id, type_id=fact.type_id, services=fact.services)


def _answered(picture: Picture, fact: facts.QuestionAnswered, e: Envelope) -> tuple[Change, ...]:
    answers = dict(picture.incidents[fact.incident_id].answers)
    if fact.option_id:
        answers[fact.question_id] = Answer(option_id=fact.option_id, t_us=e.t_us, by=fact.by)
    else:
        answers.pop(fact.question_id, None)
    return change(picture, fact.incident_id, answers=answers)


def _noted(picture: Picture, fact: facts.IncidentNoted, e: Envelope) -> tuple[Change, ...]:
    incident = picture.incidents[fact.incident_id]
    note = Note(text=fact.text, t_us=e.t_us, by=fact.by)
    picture.incidents[fact.incident_id] = replace(incident, notes=(*incident.notes, note))
    return (Change("incident", fact.incident_id, ("notes",)),)


def _levelled(picture: Picture, fact: facts.IncidentLevelled, e: Envelope) -> tuple[Change, ...]:
    return change(
        picture,
        fact.incident_id,
        person_level=fact.level,
        person_reason=fact.reason,
        person_by=fact.by,
    )


def _flagged(picture: Picture, fact: facts.IncidentFlagged, e: Envelope) -> tuple[Change, ...]:
    flags = set(picture.incidents[fact.incident_id].flags) - {fact.flag}
    if fact.on:
        flags.add(fact.flag)
    return change(picture, fact.incident_id, flags=tuple(sorted(flags)))


def _owned(picture: Picture, fact: facts.IncidentOwned, e: Envelope) -> tuple[Change, ...]:
    return change(picture, fact.incident_id, owner=fact.owner)


def _ranked(picture: Picture, fact: facts.IncidentRanked, e: Envelope) -> tuple[Change, ...]:
    ranks = {**picture.incidents[fact.incident_id].ranks, fact.service: fact.rank}
    return change(picture, fact.incident_id, ranks=ranks)


def _patient(picture: Picture, fact: facts.PatientDescribed, e: Envelope) -> tuple[Change, ...]:
    patient = Patient(patient_id=fact.patient_id, label=fact.label, level=fact.level)
    others = picture.incidents[fact.incident_id].patients
    if any(other.patient_id == fact.patient_id for other in others):
        patients = tuple(patient if p.patient_id == fact.patient_id else p for p in others)
    else:
        patients = (*others, patient)
    return change(picture, fact.incident_id, patients=patients)


def _call_back(picture: Picture, fact: facts.CallBackSet, e: Envelope) -> tuple[Change, ...]:
    return change(
        picture,
        fact.incident_id,
        callback_due_us=fact.due_us,
        no_unit_needed=fact.no_unit_needed,
    )


def _closed(picture: Picture, fact: facts.IncidentClosed, e: Envelope) -> tuple[Change, ...]:
    # What was advised stays in the journal; the picture keeps advice on open work alone.
    picture.recommendations.pop(fact.incident_id, None)
    return change(
        picture,
        fact.incident_id,
        closed_us=e.t_us,
        disposition=fact.disposition,
        outcome=fact.outcome,
        callback_due_us=None,
    )


def _reopened(picture: Picture, fact: facts.IncidentReopened, e: Envelope) -> tuple[Change, ...]:
    return change(picture, fact.incident_id, closed_us=None, disposition="")


HANDLERS: Handlers = {
    "incident.opened": _opened,
    "incident.placed": _placed,
    "incident.typed": _typed,
    "incident.answered": _answered,
    "incident.noted": _noted,
    "incident.levelled": _levelled,
    "incident.flagged": _flagged,
    "incident.owned": _owned,
    "incident.ranked": _ranked,
    "incident.patient": _patient,
    "incident.call_back_set": _call_back,
    "incident.closed": _closed,
    "incident.reopened": _reopened,
}
