"""What the facts of an exercise do to the picture."""

from __future__ import annotations

from dispatch.domain.facts import exercise as facts
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture.picture import Change, Handlers, Picture


def _began(picture: Picture, fact: facts.ExerciseBegan, e: Envelope) -> tuple[Change, ...]:
    picture.exercise = fact
    return (Change("exercise", "", ("began",)),)


def _truth(picture: Picture, fact: facts.TruthNoted, e: Envelope) -> tuple[Change, ...]:
    picture.truths[fact.call_id] = fact
    return ()


def _injected(picture: Picture, fact: facts.Injected, e: Envelope) -> tuple[Change, ...]:
    return (Change("exercise", fact.inject_id, ("injected",)),)


def _ended(picture: Picture, fact: facts.ExerciseEnded, e: Envelope) -> tuple[Change, ...]:
    picture.exercise_ended = True
    return (Change("exercise", "", ("ended",)),)


HANDLERS: Handlers = {
    "exercise.began": _began,
    "exercise.truth_noted": _truth,
    "exercise.injected": _injected,
    "exercise.ended": _ended,
}
