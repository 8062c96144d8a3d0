"""Facts about people at desks and about alarms."""

from __future__ import annotations

from dispatch.domain.message import Message
from dispatch.domain.staff import Role
from dispatch.domain.value import Key, Text, Value


class SignedOnFact(Value, frozen=True):
    """A named person sits down at a desk."""

    user_id: Key
    name: Key
    role: Role
    desk_id: Key


class SignedOff(Value, frozen=True):
    """Nobody is at this desk any more."""

    user_id: Key
    desk_id: Key


class AlarmRaised(Value, frozen=True):
    """Something wants a person's answer."""

    alarm_id: Key
    alarm_kind: Key
    subject: Text
    message: Message


class AlarmTaken(Value, frozen=True):
    """A person has seen it and deals with it."""

    alarm_id: Key
    by: Text


class AlarmEnded(Value, frozen=True):
    """Its cause is gone."""

    alarm_id: Key
