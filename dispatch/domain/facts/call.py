"""Facts about a call."""

from __future__ import annotations

from dispatch.domain.call import CallerScript
from dispatch.domain.place import Sealed
from dispatch.domain.value import Key, Point, Text, Value


class CallRang(Value, frozen=True):
    """A line rings. In an exercise `script` holds what the simulated caller will say."""

    call_id: Key
    line: Text = ""
    number: Sealed = ""
    language: Text = ""
    where: Point | None = None
    accuracy_m: float = 0.0
    script: CallerScript | None = None


class CallAnswered(Value, frozen=True):
    """A person took the call."""

    call_id: Key
    by: Text


class CallDraftSaved(Value, frozen=True):
    """The half-typed form as it stood; the newest one is what a crash brings back."""

    call_id: Key
    draft: Sealed


class CallerDescribed(Value, frozen=True):
    """Who is calling."""

    call_id: Key
    name: Sealed = ""
    number: Sealed = ""
    language: Text = ""


class CallAttached(Value, frozen=True):
    """This caller speaks of that incident. Inverse: `CallDetached`."""

    call_id: Key
    incident_id: Key
    undoes: int | None = None


class CallDetached(Value, frozen=True):
    """This caller does not speak of that incident after all."""

    call_id: Key
    incident_id: Key
    undoes: int | None = None


class CallDropped(Value, frozen=True):
    """The caller is gone; nobody said that all is well."""

    call_id: Key


class CallClosed(Value, frozen=True):
    """The talk is over."""

    call_id: Key
    disposition: Text
