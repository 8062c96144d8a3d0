"""Scenarios as files, and the two shipped ones played to their end."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.centre import Centre
from dispatch.desk import Actor
from dispatch.desk.calls import AnswerCall
from dispatch.desk.incidents import AnswerQuestion, OpenIncident
from dispatch.desk.staff import SignOnSimulated
from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.exercise.dispatcher import line_place
from dispatch.exercise.plan import ExercisePlan, plan_exercise, shipped
from dispatch.exercise.score import Score
from dispatch.journal import Journal, verify
from dispatch.places import Places
from dispatch.words import LANGUAGES, say
from tests.exercise.conftest import NOW
from ui.exercise.command import open_centre, play_auto

Played = dict[str, tuple[ExercisePlan, Score]]
BOB = Actor(user_id="bob", name="Bob", role="simulated", desk_id="desk-1", origin="system")


def test_that_the_shipped_scenarios_read_in_every_language() -> None:
    assert [each.name for each in shipped()] == ["first_shift", "he_is_snoring"]
    for language in LANGUAGES:
        for each in shipped():
            assert say(each.title, language) != each.title.id
            assert say(each.brief, language) != each.brief.id


@pytest.mark.parametrize("name", ["first_shift", "he_is_snoring"])
def test_that_a_shipped_scenario_plays_to_its_end(played: Played, name: str) -> None:
    plan, score = played[name]
    own = [call for call in score.calls if call.duplicate_of is None]
    assert len(score.calls) == len(plan.scenario.call)
    for call in own:
        assert call.answer_s is not None and call.answer_s <= 15
        assert call.send_s is not None and call.send_s <= 60
        assert call.on_scene_s is not None and call.units_sent >= 1 and call.verified
        assert call.units_sent == call.units_needed
    assert verify(plan.journal).ok


def test_that_the_second_caller_of_the_first_shift_is_joined(played: Played) -> None:
    _, score = played["first_shift"]
    twins = [call for call in score.calls if call.duplicate_of is not None]
    assert [call.joined for call in twins] == [True]
    assert twins[0].number == next(c.number for c in score.calls if c.call_id == "crash")


def test_that_snoring_makes_it_l1_by_rule_once_the_breathing_is_asked(places: Places) -> None:
    """Taken for sleep: opened as `sick`, L3 by protocol, until the answer about the breathing."""
    plan = plan_exercise("he_is_snoring", places, NOW)
    centre = open_centre(plan, places, speed=0, inline=True)
    try:
        centre.desk.do(SignOnSimulated(name="Bob"), BOB)
        incident_id = take_the_snoring_call(centre, plan)
        before = centre.desk.picture.incidents[incident_id]
        assert before.level is not Level.L1
        answer = AnswerQuestion(
            incident_id=incident_id, question_id="breathing", option_id="snoring"
        )
        centre.desk.do(answer, BOB)
        centre.settle()
        after = centre.desk.picture.incidents[incident_id]
        assert after.level is Level.L1 and after.assessment is not None
        assert after.assessment.floor is Level.L1 and after.assessment.floor_rules
        advised = centre.desk.picture.recommendations[incident_id]
        assert advised.level is Level.L1 and len(advised.slots) >= 2
    finally:
        centre.close()


def take_the_snoring_call(centre: Centre, plan: ExercisePlan) -> str:
    centre.run_until(plan.start_us + 90_000_000)
    call = centre.desk.picture.calls["snoring"]
    place = line_place(call)
    assert place is not None
    centre.desk.do(AnswerCall(call_id="snoring"), BOB)
    opened = OpenIncident(call_id="snoring", type_id="sick", services=("medical",), place=place)
    incident_id = str(centre.desk.do(opened, BOB).result["incident_id"])
    centre.settle()
    return incident_id


def test_that_injects_come_at_their_times_and_the_end_is_recorded(played: Played) -> None:
    plan, _ = played["he_is_snoring"]
    keys = plan.journal.parent.parent / "keys"
    with Journal.open(plan.journal, keys, read_only=True) as journal:
        injected = [e for e in journal.read() if e.kind == "exercise.injected"]
        ended = [e for e in journal.read() if e.kind == "exercise.ended"]
    assert [round((e.t_us - plan.start_us) / 1e6) for e in injected] == [150]
    assert [(e.t_us - plan.start_us) / 60e6 for e in ended] == [plan.scenario.minutes]


def test_that_a_trainers_own_file_plays_with_its_own_words(own: Path, places: Places) -> None:
    plan = plan_exercise(str(own), places, NOW)
    score = play_auto(plan, places)
    assert score.title is not None and say(score.title) == "My own evening"
    assert [call.joined for call in score.calls] == [None, True]
    assert score.calls[0].type_id == "injury"


def test_that_a_scenario_played_again_is_scored_the_same(own: Path, places: Places) -> None:
    """Ids are others in every run; what happens is not."""
    first, again = (play_auto(plan_exercise(str(own), places, NOW), places) for _ in range(2))
    assert first.calls == again.calls and first.segments == again.segments


@pytest.mark.parametrize(
    ("wrong", "instead", "problem"),
    [
        ("format = 1", "format = 2", "simulation.scenario_broken"),
        ('level = "L4"', 'level = "L9"', "simulation.scenario_broken"),
        ("at_s = 4", "at_s = -4", "simulation.scenario_broken"),
        ('same_as = "one"', 'same_as = "nobody"', "simulation.scenario_broken"),
        ('id = "two"', 'id = "one"', "simulation.scenario_broken"),
        ("seed = 4", "sead = 4", "simulation.scenario_broken"),
        ("[[call]]", "[[call", "simulation.scenario_broken"),
        ("seed = 4", 'agency = "mars"', "exercise.no_agency"),
        ("seed = 4", 'region = "atlantis"', "exercise.no_region"),
        ("seed = 4", 'region = "../../etc"', "exercise.no_region"),
    ],
)
def test_that_a_broken_file_is_refused_by_name(
    own: Path, places: Places, wrong: str, instead: str, problem: str
) -> None:
    own.write_text(own.read_text("utf-8").replace(wrong, instead, 1), "utf-8")
    with pytest.raises(Problem) as caught:
        plan_exercise(str(own), places, NOW)
    assert caught.value.message.id == problem
    assert caught.value.message.values["file"] == str(own)


def test_that_an_unknown_name_lists_those_that_there_are(places: Places) -> None:
    with pytest.raises(Problem) as caught:
        plan_exercise("no_such_thing", places, NOW)
    assert "first_shift" in str(caught.value.message.values["known"])


def test_that_two_exercises_of_one_second_have_journals_of_their_own(places: Places) -> None:
    first = plan_exercise("first_shift", places, NOW)
    first.journal.touch()
    assert plan_exercise("first_shift", places, NOW).journal != first.journal
