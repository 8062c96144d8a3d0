"""Verbs on incidents: open, place, type, answer, note, level, flag, close."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.desk.verbs import Command, Context, Decision, Refusal, require, verb
from dispatch.domain.facts import incident as facts
from dispatch.domain.incident import Flag, Incident, Outcome
from dispatch.domain.level import Level
from dispatch.domain.picture import Picture
from dispatch.domain.place import Place, PlaceState
from dispatch.domain.value import Key, Micros, Point, Text, Value

SEALED = ("typed", "entrance", "floor", "flat", "door_code", "meet")


class PlaceInput(Value, frozen=True):
    """A place in plain text, as a form holds it; the desk seals what is personal."""

    typed: Text = ""
    label: Text = ""
    point: Point | None = None
    accuracy_m: float = 0.0
    state: PlaceState = PlaceState.UNVERIFIED
    settlement: Text = ""
    micro_district: Text = ""
    house: Text = ""
    mark: Text = ""
    entrance: Text = ""
    floor: Text = ""
    flat: Text = ""
    door_code: Text = ""
    meet: Text = ""


class OpenIncident(Command, frozen=True):
    """A new incident, from a call or by hand."""

    call_id: str | None = None
    type_id: Text = ""
    services: tuple[str, ...] = ()
    place: PlaceInput = PlaceInput()


class SetPlace(Command, frozen=True):
    """Where it is. Can be undone."""

    incident_id: Key
    place: PlaceInput


class VerifyPlace(Command, frozen=True):
    """The caller confirmed the place, or a person forces an unmatched one. Can be undone."""

    incident_id: Key
    forced: bool = False


class SetType(Command, frozen=True):
    """What it is. Can be undone."""

    incident_id: Key
    type_id: Key
    services: tuple[str, ...] = ()


class AnswerQuestion(Command, frozen=True):
    """The caller's answer; an empty option takes it back. Can be undone."""

    incident_id: Key
    question_id: Key
    option_id: Text


class AddNote(Command, frozen=True):
    """A line for the log."""

    incident_id: Key
    text: Text


class SetLevel(Command, frozen=True):
    """The person's own level with a reason; None returns to rule and model. Can be undone."""

    incident_id: Key
    level: Level | None
    reason: Text = ""


class SetFlag(Command, frozen=True):
    """A warning goes up or comes down. Can be undone."""

    incident_id: Key
    flag: Flag
    on: bool


class TakeIncident(Command, frozen=True):
    """The incident is mine now."""

    incident_id: Key


class DescribePatient(Command, frozen=True):
    """A patient with a level of their own."""

    incident_id: Key
    patient_id: Text = ""
    label: Text = ""
    level: Level | None = None


class SetCallBack(Command, frozen=True):
    """No unit now; ring back at a time."""

    incident_id: Key
    due_us: Micros | None


class CloseIncident(Command, frozen=True):
    """Work is over: disposition, and what was found where it is known."""

    incident_id: Key
    disposition: Key
    outcome: Outcome | None = None


class ReopenIncident(Command, frozen=True):
    """It was not over."""

    incident_id: Key


def open_incident_of(picture: Picture, incident_id: str) -> Incident:
    """The incident, if work on it goes on; a refusal otherwise."""
    incident: Incident = require(
        picture.incidents.get(incident_id), "desk.no_such_incident", incident=incident_id
    )
    if not incident.is_open:
        raise Refusal("desk.incident_closed", number=incident.number_text)
    return incident


def _sealed_place(place: PlaceInput, subject: str, context: Context, old: Place) -> Place:
    if place.state is PlaceState.VERIFIED and place.point is None:
        raise Refusal("desk.place_has_no_point")
    values = {name: getattr(place, name) for name in PlaceInput.__struct_fields__}
    for name in SEALED:
        values[name] = context.seal(subject, values[name], getattr(old, name))
    return Place(**values)


@verb(OpenIncident)
def open_incident(picture: Picture, command: OpenIncident, context: Context) -> Decision:
    """The next serial number is allocated here, in the same append."""
    call = picture.calls.get(command.call_id or "")
    if command.call_id and call is None:
        raise Refusal("desk.no_such_call", call=command.call_id)
    if call is not None and call.incident_id is not None:
        raise Refusal("desk.call_has_incident", call=call.call_id)
    incident_id = context.ids.new()
    fact = facts.IncidentOpened(
        incident_id=incident_id,
        number=picture.next_number,
        by=context.actor.user_id,
        call_id=command.call_id or None,
        type_id=command.type_id,
        services=command.services,
        place=_sealed_place(command.place, incident_id, context, Place()),
    )
    return Decision(
        facts=[(incident_id, fact)], result={"incident_id": incident_id, "number": fact.number}
    )


@verb(SetPlace)
def set_place(picture: Picture, command: SetPlace, context: Context) -> Decision:
    """The new place; the inverse puts the old one back."""
    incident = open_incident_of(picture, command.incident_id)
    place = _sealed_place(command.place, incident.incident_id, context, incident.place)
    return _placed(incident, place)


def _placed(incident: Incident, place: Place) -> Decision:
    if place == incident.place:
        return Decision()
    iid, old = incident.incident_id, incident.place
    return Decision(
        facts=[(iid, facts.IncidentPlaced(incident_id=iid, place=place))],
        inverse=[(iid, facts.IncidentPlaced(incident_id=iid, place=old))],
        still=lambda p: p.incidents[iid].place == place,
    )


@verb(VerifyPlace)
def verify_place(picture: Picture, command: VerifyPlace, context: Context) -> Decision:
    """Verified needs a point; a forced place says that nobody matched it."""
    incident = open_incident_of(picture, command.incident_id)
    if incident.place.point is None:
        raise Refusal("desk.place_has_no_point")
    state = PlaceState.FORCED if command.forced else PlaceState.VERIFIED
    return _placed(incident, replace(incident.place, state=state))


@verb(SetType)
def set_type(picture: Picture, command: SetType, context: Context) -> Decision:
    """The new type; answers to the old one's questions stay in the record."""
    incident = open_incident_of(picture, command.incident_id)
    if incident.type_id == command.type_id:
        return Decision()
    iid = incident.incident_id
    fact = facts.IncidentTyped(incident_id=iid, type_id=command.type_id, services=command.services)
    inverse = []
    if incident.type_id:
        back = facts.IncidentTyped(
            incident_id=iid, type_id=incident.type_id, services=incident.services
        )
        inverse = [(iid, back)]
    return Decision(
        facts=[(iid, fact)],
        inverse=list(inverse),
        still=lambda p: p.incidents[iid].type_id == command.type_id,
    )


@verb(AnswerQuestion)
def answer_question(picture: Picture, command: AnswerQuestion, context: Context) -> Decision:
    """The answer; the inverse puts the old answer (or none) back."""
    incident = open_incident_of(picture, command.incident_id)
    iid, question = incident.incident_id, command.question_id
    old = incident.answers.get(question)
    before = old.option_id if old else ""
    if before == command.option_id:
        return Decision()
    by = context.actor.user_id

    def answered(option: str) -> facts.QuestionAnswered:
        return facts.QuestionAnswered(
            incident_id=iid, question_id=question, option_id=option, by=by
        )

    def still(p: Picture) -> bool:
        now = p.incidents[iid].answers.get(question)
        return (now.option_id if now else "") == command.option_id

    return Decision(
        facts=[(iid, answered(command.option_id))],
        inverse=[(iid, answered(before))],
        still=still,
    )


@verb(AddNote)
def add_note(picture: Picture, command: AddNote, context: Context) -> Decision:
    """A note can be added to a closed incident too: the record stays open to the truth."""
    incident = require(
        picture.incidents.get(command.incident_id),
        "desk.no_such_incident",
        incident=command.incident_id,
    )
    if not command.text.strip():
        raise Refusal("desk.empty_note")
    iid = incident.incident_id
    text = context.seal(iid, command.text.strip())
    fact = facts.IncidentNoted(incident_id=iid, text=text, by=context.actor.user_id)
    return Decision(facts=[(iid, fact)])


@verb(SetLevel)
def set_level(picture: Picture, command: SetLevel, context: Context) -> Decision:
    """A level below what stands needs a reason; raising it does not."""
    incident = open_incident_of(picture, command.incident_id)
    shown = incident.assessment.shown if incident.assessment else None
    lowers = command.level is not None and shown is not None and command.level.rank > shown.rank
    if lowers and not command.reason.strip():
        raise Refusal("desk.level_needs_reason", level=shown.value if shown else "")
    if command.level is incident.person_level and command.reason == incident.person_reason:
        return Decision()
    iid, by = incident.incident_id, context.actor.user_id
    fact = facts.IncidentLevelled(
        incident_id=iid, level=command.level, reason=command.reason, by=by
    )
    back = facts.IncidentLevelled(
        incident_id=iid, level=incident.person_level, reason=incident.person_reason, by=by
    )
    return Decision(
        facts=[(iid, fact)],
        inverse=[(iid, back)],
        still=lambda p: p.incidents[iid].person_level is command.level,
    )


@verb(SetFlag)
def set_flag(picture: Picture, command: SetFlag, context: Context) -> Decision:
    """Up or down; the inverse turns it round."""
    incident = open_incident_of(picture, command.incident_id)
    flag = command.flag.value
    if (flag in incident.flags) == command.on:
        return Decision()
    iid = incident.incident_id
    return Decision(
        facts=[(iid, facts.IncidentFlagged(incident_id=iid, flag=flag, on=command.on))],
        inverse=[(iid, facts.IncidentFlagged(incident_id=iid, flag=flag, on=not command.on))],
        still=lambda p: (flag in p.incidents[iid].flags) == command.on,
    )


@verb(TakeIncident)
def take_incident(picture: Picture, command: TakeIncident, context: Context) -> Decision:
    """Whose incident it is, shown by initials in the queue."""
    incident = open_incident_of(picture, command.incident_id)
    iid = incident.incident_id
    fact = facts.IncidentOwned(incident_id=iid, owner=context.actor.user_id)
    return Decision(facts=[(iid, fact)])


@verb(DescribePatient)
def describe_patient(picture: Picture, command: DescribePatient, context: Context) -> Decision:
    """A new patient, or a known one changed."""
    incident = open_incident_of(picture, command.incident_id)
    iid = incident.incident_id
    patient_id = command.patient_id or f"p{len(incident.patients) + 1}"
    fact = facts.PatientDescribed(
        incident_id=iid, patient_id=patient_id, label=command.label, level=command.level
    )
    return Decision(facts=[(iid, fact)], result={"patient_id": patient_id})


@verb(SetCallBack)
def set_call_back(picture: Picture, command: SetCallBack, context: Context) -> Decision:
    """The incident moves to the call-backs; None brings it back to those that need units."""
    incident = open_incident_of(picture, command.incident_id)
    iid = incident.incident_id
    fact = facts.CallBackSet(
        incident_id=iid, due_us=command.due_us, no_unit_needed=command.due_us is not None
    )
    return Decision(facts=[(iid, fact)])


@verb(CloseIncident)
def close_incident(picture: Picture, command: CloseIncident, context: Context) -> Decision:
    """Refused while a unit is still committed: recall it or let it clear first."""
    incident = open_incident_of(picture, command.incident_id)
    iid = incident.incident_id
    busy = [a.unit_id for a in picture.assignments_of(iid) if a.is_open]
    if busy:
        raise Refusal("desk.units_still_on_it", units=", ".join(busy))
    fact = facts.IncidentClosed(
        incident_id=iid,
        disposition=command.disposition,
        outcome=command.outcome,
        by=context.actor.user_id,
    )
    back = facts.IncidentReopened(incident_id=iid, by=context.actor.user_id)
    return Decision(
        facts=[(iid, fact)],
        inverse=[(iid, back)],
        still=lambda p: not p.incidents[iid].is_open,
    )


@verb(ReopenIncident)
def reopen(picture: Picture, command: ReopenIncident, context: Context) -> Decision:
    """An incident closed too soon goes on under its number."""
    incident = require(
        picture.incidents.get(command.incident_id),
        "desk.no_such_incident",
        incident=command.incident_id,
    )
    if incident.is_open:
        return Decision()
    iid = incident.incident_id
    fact = facts.IncidentReopened(incident_id=iid, by=context.actor.user_id)
    return Decision(facts=[(iid, fact)])
