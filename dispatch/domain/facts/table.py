"""One table from a kind's stable name to its class, version and up-casters.

Names are short and never reused; a class may be renamed, its kind may not. `decode` is strict:
a body with unknown or missing fields is refused, with the kind and position in the error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dispatch.domain.facts import (
    advice,
    call,
    closure,
    dispatching,
    exercise,
    incident,
    staff,
    unit,
)
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.message import Problem
from dispatch.domain.value import Value

KINDS: dict[str, type[Value]] = {
    "call.rang": call.CallRang,
    "call.answered": call.CallAnswered,
    "call.draft_saved": call.CallDraftSaved,
    "call.caller_described": call.CallerDescribed,
    "call.attached": call.CallAttached,
    "call.detached": call.CallDetached,
    "call.dropped": call.CallDropped,
    "call.closed": call.CallClosed,
    "incident.opened": incident.IncidentOpened,
    "incident.placed": incident.IncidentPlaced,
    "incident.typed": incident.IncidentTyped,
    "incident.answered": incident.QuestionAnswered,
    "incident.noted": incident.IncidentNoted,
    "incident.levelled": incident.IncidentLevelled,
    "incident.flagged": incident.IncidentFlagged,
    "incident.owned": incident.IncidentOwned,
    "incident.ranked": incident.IncidentRanked,
    "incident.patient": incident.PatientDescribed,
    "incident.call_back_set": incident.CallBackSet,
    "incident.closed": incident.IncidentClosed,
    "incident.reopened": incident.IncidentReopened,
    "dispatch.confirmed": dispatching.DispatchConfirmed,
    "assignment.progressed": dispatching.AssignmentProgressed,
    "assignment.recalled": dispatching.UnitRecalled,
    "unit.roster_loaded": unit.RosterLoaded,
    "unit.state_set": unit.UnitStateSet,
    "unit.place_confirmed": unit.UnitPlaceConfirmed,
    "advice.assessed": advice.SeverityAssessed,
    "advice.recommended": advice.UnitsRecommended,
    "advice.switched": advice.AdviceSwitched,
    "advice.status": advice.AdviceStatus,
    "closure.set": closure.ClosureSet,
    "closure.changed": closure.ClosureChanged,
    "closure.began": closure.ClosureBegan,
    "closure.lifted": closure.ClosureLifted,
    "closure.ended": closure.ClosureEnded,
    "staff.signed_on": staff.SignedOnFact,
    "staff.signed_off": staff.SignedOff,
    "alarm.raised": staff.AlarmRaised,
    "alarm.taken": staff.AlarmTaken,
    "alarm.ended": staff.AlarmEnded,
    "exercise.began": exercise.ExerciseBegan,
    "exercise.truth_noted": exercise.TruthNoted,
    "exercise.injected": exercise.Injected,
    "exercise.ended": exercise.ExerciseEnded,
}
_KIND_OF = {cls: kind for kind, cls in KINDS.items()}

#: The version this program writes, where it is not 1.
VERSIONS: Mapping[str, int] = {}

#: (kind, version) -> function that turns a body of that version into one of the next.
UPCASTERS: Mapping[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}

_encoder = msgspec.json.Encoder(order="sorted")
_decoders = {kind: msgspec.json.Decoder(cls) for kind, cls in KINDS.items()}


def kind_of(fact: Value) -> str:
    """The stable name of a fact's kind."""
    return _KIND_OF[type(fact)]


def version_of(kind: str) -> int:
    """The version in which this program writes a kind."""
    return VERSIONS.get(kind, 1)


def encode(fact: Value) -> str:
    """The canonical JSON text of a fact: sorted keys, no spaces.

    Values are not checked when they are made, so a text too long or a number off the Earth would
    be found only when the fact is read, and a recorded fact stays. It is read back here: what
    could not be read is never recorded. Raises `Problem("facts.unwritable")`.
    """
    kind = kind_of(fact)
    try:
        body = _encoder.encode(fact)
        _decoders[kind].decode(body)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Problem("facts.unwritable", kind=kind, what=str(error)) from error
    return body.decode()


def is_known(kind: str) -> bool:
    """Whether this program knows a kind. Unknown kinds are kept and passed over."""
    return kind in KINDS


def decode(envelope: Envelope) -> Value | None:
    """The fact inside an envelope; None for a kind this program does not know.

    Raises `Problem("facts.unreadable")` for a body that does not fit its kind, and
    `Problem("facts.newer")` for a version from a later program.
    """
    kind, version = envelope.kind, envelope.ver
    if kind not in KINDS:
        return None
    if version > version_of(kind):
        raise Problem("facts.newer", kind=kind, version=version, pos=envelope.pos)
    try:
        if version == version_of(kind):
            return _decoders[kind].decode(envelope.body)
        body: dict[str, Any] = msgspec.json.decode(envelope.body, type=dict)
        for step in range(version, version_of(kind)):
            body = UPCASTERS[kind, step](body)
        return msgspec.convert(body, KINDS[kind])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Problem("facts.unreadable", kind=kind, pos=envelope.pos, what=str(error)) from error
