"""The picture's shape, its canonical bytes and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from dispatch.domain.advice import Recommendation
from dispatch.domain.assignment import Assignment
from dispatch.domain.call import Call, CallState
from dispatch.domain.closure import Closure
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.facts.exercise import ExerciseBegan, TruthNoted
from dispatch.domain.incident import Incident
from dispatch.domain.message import Message, Problem
from dispatch.domain.staff import Alarm, SignedOn
from dispatch.domain.unit import Unit

CODEC = "picture-json-1"


class Change(NamedTuple):
    """What a fact changed: a noun (`incident`, `unit` ...), its id, and the fields touched."""

    noun: str
    id: str
    fields: tuple[str, ...] = ()


class Picture(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Everything that stands on the board after fact `pos`.

    Mutable, and changed by `fold` alone, in the lane that owns it. Its values are frozen.
    Personal text inside is sealed. Vehicle fixes are a stream beside it, outside the hash.
    """

    pos: int = 0
    t_us: int = 0
    next_number: int = 1
    agency: str = ""
    agency_sha: str = ""
    ai_on: bool = True
    model: str = ""
    banner: Message | None = None
    units: dict[str, Unit] = {}
    calls: dict[str, Call] = {}
    incidents: dict[str, Incident] = {}
    assignments: dict[str, Assignment] = {}
    recommendations: dict[str, Recommendation] = {}
    closures: dict[str, Closure] = {}
    staff: dict[str, SignedOn] = {}
    alarms: dict[str, Alarm] = {}
    exercise: ExerciseBegan | None = None
    truths: dict[str, TruthNoted] = {}
    exercise_ended: bool = False
    unknown_kinds: dict[str, int] = {}

    def open_incidents(self) -> list[Incident]:
        """Incidents on which work goes on, in the order they were opened."""
        return [incident for incident in self.incidents.values() if incident.is_open]

    def assignments_of(self, incident_id: str) -> list[Assignment]:
        """All assignments of an incident, in order of confirmation."""
        incident = self.incidents.get(incident_id)
        ids = incident.assignment_ids if incident else ()
        return [self.assignments[i] for i in ids]

    def open_assignment_of(self, unit_id: str) -> Assignment | None:
        """What a unit is committed to, None when it is free."""
        unit = self.units.get(unit_id)
        if unit is None or unit.assignment_id is None:
            return None
        return self.assignments[unit.assignment_id]

    def ringing(self) -> list[Call]:
        """Calls nobody has taken, longest wait first."""
        waiting = [c for c in self.calls.values() if c.state is CallState.RINGING]
        return sorted(waiting, key=lambda call: (call.received_us, call.call_id))

    def encode(self) -> bytes:
        """Canonical JSON bytes: the same picture gives the same bytes everywhere.

        With no road closed there is no word of it: so it was before closures were known, and
        the hashes in the snapshots of older journals still hold.
        """
        data = _encoder.encode(self)
        return data if self.closures else data.replace(_NO_CLOSURES, b"", 1)

    def sha(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return hashlib.sha256(self.encode()).hexdigest()

    @staticmethod
    def decode(data: bytes) -> Picture:
        """The picture from `encode`d bytes; `Problem("picture.unreadable")` for anything else."""
        try:
            return _decoder.decode(data)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise Problem("picture.unreadable", what=str(error)) from error


#: Kind -> what a fact of that kind does to a picture.
Handlers = dict[str, Callable[[Picture, Any, Envelope], tuple[Change, ...]]]

_NO_CLOSURES = b'"closures":{},'

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Picture)
