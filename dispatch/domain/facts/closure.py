"""Facts about closed roads. A closure that is lifted or has ended leaves the picture."""

from __future__ import annotations

from dispatch.domain.closure import Closure, ClosureReason
from dispatch.domain.value import Key, Micros, Text, Value


class ClosureSet(Value, frozen=True):
    """A road is closed. Inverse: `ClosureLifted`; it is the inverse of a lifting in turn."""

    closure: Closure
    undoes: int | None = None


class ClosureChanged(Value, frozen=True):
    """Another end, reason or note; or a person looked and it still holds (`reviewed_us`)."""

    closure_id: Key
    reason: ClosureReason
    note: Text
    until_us: Micros | None
    reviewed_us: Micros
    by: Text
    undoes: int | None = None


class ClosureBegan(Value, frozen=True):
    """The hour of a closure that was set for later has come."""

    closure_id: Key


class ClosureLifted(Value, frozen=True):
    """A person opened the road again."""

    closure_id: Key
    by: Text
    undoes: int | None = None


class ClosureEnded(Value, frozen=True):
    """Its end has come: the road is open again."""

    closure_id: Key
