"""Facts that only an exercise's journal holds."""

from __future__ import annotations

from dispatch.domain.level import Level
from dispatch.domain.message import Message
from dispatch.domain.value import Key, Text, Value


class ExerciseBegan(Value, frozen=True):
    """Which simulated day, scenario or recording this journal holds."""

    title: Message
    source: Key
    seed: int = 0
    scenario: Text = ""


class TruthNoted(Value, frozen=True):
    """What a simulated call really is: for scoring, never shown to advice or on the board."""

    call_id: Key
    type_id: Key
    level: Level
    same_as_call: str | None = None


class Injected(Value, frozen=True):
    """An inject of the scenario happened."""

    inject_id: Key
    message: Message


class ExerciseEnded(Value, frozen=True):
    """The scenario is over."""

    reason: Text
