"""People at desks, and alarms that want one of them."""

from __future__ import annotations

from enum import Enum

from dispatch.domain.message import Message
from dispatch.domain.value import Key, Micros, Text, Value


class Role(Enum):
    """What a person may do. An administrator cannot dispatch."""

    DISPATCHER = "dispatcher"
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"
    ADMINISTRATOR = "administrator"
    SIMULATED = "simulated"

    @property
    def may_dispatch(self) -> bool:
        """Whether this role may confirm a dispatch (a simulated one only in an exercise)."""
        return self in (Role.DISPATCHER, Role.SUPERVISOR, Role.TRAINER, Role.SIMULATED)


class SignedOn(Value, frozen=True):
    """A named person at a desk."""

    user_id: Key
    name: Text
    role: Role
    desk_id: Key
    since_us: Micros


class Alarm(Value, frozen=True):
    """Something that needs a person's answer: it stays until one takes it or its cause ends."""

    alarm_id: Key
    kind: Key
    subject: Text
    message: Message
    raised_us: Micros
    taken_by: Text = ""
    taken_us: Micros | None = None
