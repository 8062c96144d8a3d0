"""Facts about an incident."""

from __future__ import annotations

from dispatch.domain.incident import Outcome
from dispatch.domain.level import Level
from dispatch.domain.place import Place, Sealed
from dispatch.domain.value import Key, Micros, Text, Value


class IncidentOpened(Value, frozen=True):
    """A new incident with its serial."""

    incident_id: Key
    number: int
    by: Text
    call_id: str | None = None
    type_id: Text = ""
    services: tuple[str, ...] = ()
    place: Place = Place()


class IncidentPlaced(Value, frozen=True):
    """Where it is, as known now."""

    incident_id: Key
    place: Place
    undoes: int | None = None


class IncidentTyped(Value, frozen=True):
    """What it is. `by_person` marks a pick that advice must not overwrite."""

    incident_id: Key
    type_id: Key
    services: tuple[str, ...] = ()
    by_person: bool = True
    undoes: int | None = None


class QuestionAnswered(Value, frozen=True):
    """The caller's answer; an empty option takes a mis-keyed answer back."""

    incident_id: Key
    question_id: Key
    option_id: Text
    by: Text = ""
    undoes: int | None = None


class IncidentNoted(Value, frozen=True):
    """A line for the log."""

    incident_id: Key
    text: Sealed
    by: Text = ""


class IncidentLevelled(Value, frozen=True):
    """The person's own level, with a reason; None takes it back."""

    incident_id: Key
    level: Level | None
    reason: Text
    by: Text
    undoes: int | None = None


class IncidentFlagged(Value, frozen=True):
    """A warning goes up or comes down."""

    incident_id: Key
    flag: Key
    on: bool
    undoes: int | None = None


class IncidentOwned(Value, frozen=True):
    """Which person's incident it is."""

    incident_id: Key
    owner: Text


class IncidentRanked(Value, frozen=True):
    """A service's own ladder beside the level."""

    incident_id: Key
    service: Key
    rank: Text


class PatientDescribed(Value, frozen=True):
    """A patient and their level."""

    incident_id: Key
    patient_id: Key
    label: Text = ""
    level: Level | None = None


class CallBackSet(Value, frozen=True):
    """No unit is needed now; ring back at `due_us` (None: no longer due)."""

    incident_id: Key
    due_us: Micros | None
    no_unit_needed: bool = True


class IncidentClosed(Value, frozen=True):
    """Work on it is over."""

    incident_id: Key
    disposition: Key
    outcome: Outcome | None
    by: Text


class IncidentReopened(Value, frozen=True):
    """It was not over."""

    incident_id: Key
    by: Text
    undoes: int | None = None
