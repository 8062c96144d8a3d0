"""Verbs that only an exercise's own journal takes."""

from __future__ import annotations

from dispatch.desk.verbs import Command, Context, Decision, Refusal, verb
from dispatch.domain.facts import exercise as facts
from dispatch.domain.picture import Picture
from dispatch.domain.value import Text

OUTSIDE = frozenset({"system", "feed"})


class BeginExercise(Command, frozen=True):
    """Say what this journal holds."""

    began: facts.ExerciseBegan


class NoteTruth(Command, frozen=True):
    """What a simulated call really is; for scoring alone."""

    truth: facts.TruthNoted


class Inject(Command, frozen=True):
    """An inject of the scenario."""

    injected: facts.Injected


class EndExercise(Command, frozen=True):
    """The scenario is over."""

    reason: Text = ""


def _only_exercise(context: Context, name: str) -> None:
    if context.realm != "exercise":
        raise Refusal("desk.simulated_in_live", verb=name)


@verb(BeginExercise, origins=OUTSIDE, signed_on=False)
def begin(picture: Picture, command: BeginExercise, context: Context) -> Decision:
    """Refused in a live journal."""
    _only_exercise(context, "BeginExercise")
    return Decision(facts=[("exercise", command.began)])


@verb(NoteTruth, origins=OUTSIDE, signed_on=False)
def note_truth(picture: Picture, command: NoteTruth, context: Context) -> Decision:
    """Refused in a live journal."""
    _only_exercise(context, "NoteTruth")
    return Decision(facts=[("exercise", command.truth)])


@verb(Inject, origins=OUTSIDE, signed_on=False)
def inject(picture: Picture, command: Inject, context: Context) -> Decision:
    """Refused in a live journal."""
    _only_exercise(context, "Inject")
    return Decision(facts=[("exercise", command.injected)])


@verb(EndExercise, origins=OUTSIDE | {"human"}, signed_on=False)
def end(picture: Picture, command: EndExercise, context: Context) -> Decision:
    """Refused in a live journal."""
    _only_exercise(context, "EndExercise")
    if picture.exercise_ended:
        return Decision()
    return Decision(facts=[("exercise", facts.ExerciseEnded(reason=command.reason))])
