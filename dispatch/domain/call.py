"""A call: one caller, from the first ring to the last word."""

from __future__ import annotations

from enum import Enum

from dispatch.domain.place import Sealed
from dispatch.domain.value import Key, Micros, Point, Text, Value


class CallState(Enum):
    """Where a call stands."""

    RINGING = "ringing"
    OPEN = "open"
    DROPPED = "dropped"
    CLOSED = "closed"


class CallerScript(Value, frozen=True):
    """What a simulated caller says: only in exercises.

    `statement` is the first sentence, `answers` maps question id to the option the caller would
    give when asked. `address` is what the caller calls the place. `type_id` is set where the
    call comes with a type (a recorded call), so that the form can start with it.
    """

    statement: Text = ""
    answers: dict[str, str] = {}
    address: Text = ""
    type_id: Text = ""


class Call(Value, frozen=True):
    """One caller. Name, number and draft are sealed tokens."""

    call_id: Key
    line: Text = ""
    number: Sealed = ""
    name: Sealed = ""
    language: Text = ""
    where: Point | None = None
    accuracy_m: float = 0.0
    state: CallState = CallState.RINGING
    received_us: Micros = 0
    answered_us: Micros | None = None
    answered_by: str = ""
    draft: Sealed = ""
    draft_us: Micros | None = None
    incident_id: str | None = None
    closed_us: Micros | None = None
    disposition: Text = ""
    script: CallerScript | None = None
