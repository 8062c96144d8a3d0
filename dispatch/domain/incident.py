"""An incident: one event, with many calls, many patients and many units."""

from __future__ import annotations

from enum import Enum

from dispatch.domain.advice import Assessment
from dispatch.domain.level import Level, most_severe
from dispatch.domain.place import Place, Sealed
from dispatch.domain.value import Key, Micros, Text, Value


class Flag(Enum):
    """Warnings that stand where the confirm is."""

    STAGING = "staging"
    DO_NOT_RING_BACK = "do_not_ring_back"
    CONTAMINATED = "contaminated"
    CREW_IN_DISTRESS = "crew_in_distress"


class Answer(Value, frozen=True):
    """The option chosen for a question, and when."""

    option_id: Key
    t_us: Micros
    by: Text = ""


class Note(Value, frozen=True):
    """A line of the incident's log; the text is sealed."""

    text: Sealed
    t_us: Micros
    by: Text = ""


class Patient(Value, frozen=True):
    """One person ill or hurt, with a level of their own."""

    patient_id: Key
    label: Text = ""
    level: Level | None = None


class Outcome(Value, frozen=True):
    """What was found: the three-tap form at closure. `level` None means not known, not mild."""

    level: Level | None = None
    found: Text = ""
    transported: bool | None = None


class Incident(Value, frozen=True):
    """One event. `version` grows with every fact that concerns it."""

    incident_id: Key
    number: int
    opened_us: Micros
    opened_by: Text = ""
    type_id: str = ""
    services: tuple[str, ...] = ()
    place: Place = Place()
    call_ids: tuple[str, ...] = ()
    patients: tuple[Patient, ...] = ()
    answers: dict[str, Answer] = {}
    notes: tuple[Note, ...] = ()
    assessment: Assessment | None = None
    person_level: Level | None = None
    person_reason: Text = ""
    person_by: Text = ""
    ranks: dict[str, str] = {}
    flags: tuple[str, ...] = ()
    owner: Text = ""
    assignment_ids: tuple[str, ...] = ()
    first_confirmed_us: Micros | None = None
    first_on_scene_us: Micros | None = None
    no_unit_needed: bool = False
    callback_due_us: Micros | None = None
    closed_us: Micros | None = None
    disposition: Text = ""
    outcome: Outcome | None = None
    recommendation_id: str | None = None
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether work on it goes on."""
        return self.closed_us is None

    @property
    def level(self) -> Level | None:
        """The level the queue shows: the person's where one was set, else rule and model's.

        A patient's own level counts: the incident bears the most severe.
        """
        if self.person_level is not None:
            return self.person_level
        patients = (patient.level for patient in self.patients)
        shown = self.assessment.shown if self.assessment else None
        return most_severe(shown, *patients)

    @property
    def number_text(self) -> str:
        """The serial as people say it: four digits at least."""
        return f"{self.number:04d}"
