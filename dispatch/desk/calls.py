"""Verbs on calls: ring, answer, draft, attach, drop, close."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dispatch.desk.verbs import Command, Context, Decision, Refusal, require, verb
from dispatch.domain.call import Call, CallerScript, CallState
from dispatch.domain.facts import call as facts
from dispatch.domain.picture import Picture
from dispatch.domain.value import Key, Point, Text

FEEDS = frozenset({"feed", "human", "system"})


class RingCall(Command, frozen=True):
    """A line rings (a feed), or a person opens a call by hand."""

    call_id: Text = ""
    line: Text = ""
    number: Text = ""
    language: Text = ""
    where: Point | None = None
    accuracy_m: float = 0.0
    script: CallerScript | None = None


class AnswerCall(Command, frozen=True):
    """Take a ringing (or dropped) call."""

    call_id: Key


Draft = Annotated[str, msgspec.Meta(max_length=20_000)]
"""A whole form as its panel writes it."""


class SaveDraft(Command, frozen=True):
    """Keep the half-typed form; `draft` is the form's own JSON."""

    call_id: Key
    draft: Draft


class DescribeCaller(Command, frozen=True):
    """Who is calling."""

    call_id: Key
    name: Text = ""
    number: Text = ""
    language: Text = ""


class AttachCall(Command, frozen=True):
    """This caller speaks of an incident that is already open. Can be undone."""

    call_id: Key
    incident_id: Key


class DetachCall(Command, frozen=True):
    """Take an attachment back."""

    call_id: Key


class DropCall(Command, frozen=True):
    """The line went dead."""

    call_id: Key


class CloseCall(Command, frozen=True):
    """The talk is over."""

    call_id: Key
    disposition: Text = "ended"


def _call(picture: Picture, call_id: str) -> Call:
    found: Call = require(picture.calls.get(call_id), "desk.no_such_call", call=call_id)
    return found


@verb(RingCall, origins=FEEDS)
def ring(picture: Picture, command: RingCall, context: Context) -> Decision:
    """A new call, ringing. Scripts and chosen ids are for exercises."""
    if command.script is not None and context.realm != "exercise":
        raise Refusal("desk.simulated_in_live", verb="RingCall")
    call_id = command.call_id or context.ids.new()
    if call_id in picture.calls:
        raise Refusal("desk.call_known", call=call_id)
    rang = facts.CallRang(
        call_id=call_id,
        line=command.line,
        number=context.seal(call_id, command.number),
        language=command.language,
        where=command.where,
        accuracy_m=command.accuracy_m,
        script=command.script,
    )
    return Decision(facts=[(call_id, rang)], result={"call_id": call_id})


@verb(AnswerCall)
def answer(picture: Picture, command: AnswerCall, context: Context) -> Decision:
    """Refused with the name of who has it when somebody was quicker."""
    call = _call(picture, command.call_id)
    if call.state not in (CallState.RINGING, CallState.DROPPED):
        raise Refusal("desk.call_taken", by=call.answered_by)
    fact = facts.CallAnswered(call_id=call.call_id, by=context.actor.user_id)
    return Decision(facts=[(call.call_id, fact)], result={"call_id": call.call_id})


@verb(SaveDraft)
def save_draft(picture: Picture, command: SaveDraft, context: Context) -> Decision:
    """The newest draft replaces the old; an unchanged one records nothing."""
    call = _call(picture, command.call_id)
    token = context.seal(call.call_id, command.draft, call.draft)
    if token == call.draft:
        return Decision()
    return Decision(facts=[(call.call_id, facts.CallDraftSaved(call_id=call.call_id, draft=token))])


@verb(DescribeCaller)
def describe(picture: Picture, command: DescribeCaller, context: Context) -> Decision:
    """Name, number and language of the caller."""
    call = _call(picture, command.call_id)
    fact = facts.CallerDescribed(
        call_id=call.call_id,
        name=context.seal(call.call_id, command.name, call.name),
        number=context.seal(call.call_id, command.number, call.number),
        language=command.language or call.language,
    )
    return Decision(facts=[(call.call_id, fact)])


@verb(AttachCall)
def attach(picture: Picture, command: AttachCall, context: Context) -> Decision:
    """The caller joins an open incident; the inverse detaches."""
    call = _call(picture, command.call_id)
    incident = require(
        picture.incidents.get(command.incident_id),
        "desk.no_such_incident",
        incident=command.incident_id,
    )
    if not incident.is_open:
        raise Refusal("desk.incident_closed", number=incident.number_text)
    if call.incident_id == incident.incident_id:
        return Decision()
    if call.incident_id is not None:
        raise Refusal("desk.call_has_incident", call=call.call_id)
    cid, iid = call.call_id, incident.incident_id
    return Decision(
        facts=[(iid, facts.CallAttached(call_id=cid, incident_id=iid))],
        inverse=[(iid, facts.CallDetached(call_id=cid, incident_id=iid))],
        still=lambda p: p.calls[call.call_id].incident_id == incident.incident_id,
        result={"incident_id": incident.incident_id},
    )


@verb(DetachCall)
def detach(picture: Picture, command: DetachCall, context: Context) -> Decision:
    """The caller spoke of something else after all; the inverse attaches again."""
    call = _call(picture, command.call_id)
    if call.incident_id is None:
        raise Refusal("desk.call_has_no_incident", call=call.call_id)
    cid, iid = call.call_id, call.incident_id
    return Decision(
        facts=[(iid, facts.CallDetached(call_id=cid, incident_id=iid))],
        inverse=[(iid, facts.CallAttached(call_id=cid, incident_id=iid))],
        still=lambda p: p.calls[call.call_id].incident_id is None,
    )


@verb(DropCall, origins=FEEDS)
def drop(picture: Picture, command: DropCall, context: Context) -> Decision:
    """The line went dead; an ended call stays ended."""
    call = _call(picture, command.call_id)
    if call.state not in (CallState.RINGING, CallState.OPEN):
        return Decision()
    return Decision(facts=[(call.call_id, facts.CallDropped(call_id=call.call_id))])


@verb(CloseCall)
def close(picture: Picture, command: CloseCall, context: Context) -> Decision:
    """The talk is over; the draft is no longer offered."""
    call = _call(picture, command.call_id)
    if call.state is CallState.CLOSED:
        return Decision()
    fact = facts.CallClosed(call_id=call.call_id, disposition=command.disposition)
    return Decision(facts=[(call.call_id, fact)])
