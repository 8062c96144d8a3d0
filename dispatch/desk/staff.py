"""Verbs on people and alarms."""

from __future__ import annotations

from dispatch.desk.verbs import EVERYBODY, Command, Context, Decision, Refusal, require, verb
from dispatch.domain.facts import staff as facts
from dispatch.domain.message import Message
from dispatch.domain.picture import Picture
from dispatch.domain.staff import Role
from dispatch.domain.value import Key, Text


class SignOn(Command, frozen=True):
    """Sit down at a desk with a user id and a PIN. The PIN is never recorded."""

    user_id: Key
    pin: Text


class SignOnSimulated(Command, frozen=True):
    """An automatic dispatcher of an exercise sits down; refused in a live journal."""

    name: Key


class SignOff(Command, frozen=True):
    """Leave the desk."""


class RaiseAlarm(Command, frozen=True):
    """Something wants a person's answer."""

    alarm_id: Key
    alarm_kind: Key
    subject: Text
    message: Message


class TakeAlarm(Command, frozen=True):
    """Seen, and dealt with by me."""

    alarm_id: Key


class EndAlarm(Command, frozen=True):
    """Its cause is gone."""

    alarm_id: Key


@verb(SignOn, people=EVERYBODY, signed_on=False)
def sign_on(picture: Picture, command: SignOn, context: Context) -> Decision:
    """The name and role come from the credential store, never from the asker."""
    name, role = context.check_pin(command.user_id, command.pin)
    desk_id = context.actor.desk_id
    fact = facts.SignedOnFact(user_id=command.user_id, name=name, role=role, desk_id=desk_id)
    return Decision(facts=[(desk_id, fact)], result={"name": name, "role": role.value})


@verb(SignOnSimulated, origins=frozenset({"system"}), signed_on=False)
def sign_on_simulated(picture: Picture, command: SignOnSimulated, context: Context) -> Decision:
    """Only in the realm exercise."""
    if context.realm != "exercise":
        raise Refusal("desk.simulated_in_live", verb="SignOnSimulated")
    desk_id = context.actor.desk_id
    fact = facts.SignedOnFact(
        user_id=context.actor.user_id, name=command.name, role=Role.SIMULATED, desk_id=desk_id
    )
    return Decision(facts=[(desk_id, fact)])


@verb(SignOff, people=EVERYBODY)
def sign_off(picture: Picture, command: SignOff, context: Context) -> Decision:
    """Nobody is at the desk any more; confirming is off."""
    desk_id = context.actor.desk_id
    fact = facts.SignedOff(user_id=context.actor.user_id, desk_id=desk_id)
    return Decision(facts=[(desk_id, fact)])


@verb(RaiseAlarm, origins=frozenset({"system", "feed"}), signed_on=False)
def raise_alarm(picture: Picture, command: RaiseAlarm, context: Context) -> Decision:
    """An alarm that already stands is not raised twice."""
    if command.alarm_id in picture.alarms:
        return Decision()
    fact = facts.AlarmRaised(
        alarm_id=command.alarm_id,
        alarm_kind=command.alarm_kind,
        subject=command.subject,
        message=command.message,
    )
    return Decision(facts=[(command.alarm_id, fact)])


@verb(TakeAlarm)
def take_alarm(picture: Picture, command: TakeAlarm, context: Context) -> Decision:
    """It stays on the board, quiet, with the taker's name, until its cause ends."""
    alarm = require(
        picture.alarms.get(command.alarm_id), "desk.no_such_alarm", alarm=command.alarm_id
    )
    if alarm.taken_us is not None:
        return Decision()
    fact = facts.AlarmTaken(alarm_id=alarm.alarm_id, by=context.actor.user_id)
    return Decision(facts=[(alarm.alarm_id, fact)])


@verb(EndAlarm, origins=frozenset({"system", "feed"}), signed_on=False)
def end_alarm(picture: Picture, command: EndAlarm, context: Context) -> Decision:
    """An alarm that does not stand ends without a fact."""
    if command.alarm_id not in picture.alarms:
        return Decision()
    return Decision(facts=[(command.alarm_id, facts.AlarmEnded(alarm_id=command.alarm_id))])
