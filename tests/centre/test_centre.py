"""The whole loop without a window: calls ring, advice comes, a person confirms, crews go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from dispatch.centre import DEMO_PIN, Centre
from dispatch.desk import Actor
from dispatch.desk.calls import AnswerCall
from dispatch.desk.dispatching import ConfirmDispatch, UnitChoice
from dispatch.desk.ids import CountedIds
from dispatch.desk.incidents import AnswerQuestion, CloseIncident, OpenIncident
from dispatch.desk.staff import SignOn
from dispatch.domain.assignment import AssignmentState
from dispatch.domain.message import Problem
from dispatch.exercise.dispatcher import AutomaticDispatcher, line_place
from dispatch.journal import verify
from dispatch.places import Places
from dispatch.resources import resource
from dispatch.severity.questions import QuestionBook
from dispatch.simulation.events import WorldSpec

START_US = 1_780_480_800_000_000
MINUTE = 60_000_000
ANN = Actor(
    user_id="a.seitkali", name="A. Seitkali", role="dispatcher", desk_id="desk-1", origin="human"
)


def open_shift(folder: Path, *, per_hour: float = 60.0, seed: int = 3) -> Centre:
    return Centre.exercise(
        Places(folder).prepare(),
        region=resource("region", "builtin.region"),
        agency=resource("agencies", "international.agency"),
        spec=WorldSpec(kind="shift", seed=seed, start_us=START_US, calls_per_hour=per_hour),
        journal=folder / "shift.vigil",
        speed=0,
        inline=True,
        ids=CountedIds(),
    )


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """A simulated shift, headless."""
    made = open_shift(tmp_path)
    yield made
    made.close()


def automatic(centre: Centre) -> AutomaticDispatcher:
    book = QuestionBook.shipped()
    return AutomaticDispatcher(
        centre.desk,
        locate=lambda call: (
            line_place(call)
            or line_place(replace(call, where=centre.desk.picture.units["M1"].home))
        ),
        type_of=lambda call: call.script.statement.split(".")[2] if call.script else "sick",
        services_of=lambda type_id: book.type(type_id).services,
    )


def test_that_a_person_takes_a_call_and_units_move(centre: Centre) -> None:
    centre.settle()
    centre.desk.do(SignOn(user_id=ANN.user_id, pin=DEMO_PIN), ANN)
    picture = centre.desk.picture
    centre.run_until(START_US + 10 * MINUTE)
    call = next(c for c in picture.calls.values() if c.where is not None)
    centre.desk.do(AnswerCall(call_id=call.call_id), ANN)
    place = line_place(call)
    assert place is not None and call.script is not None
    opened = OpenIncident(
        call_id=call.call_id, type_id="chest_pain", services=("medical",), place=place
    )
    incident_id = centre.desk.do(opened, ANN).result["incident_id"]
    centre.settle()
    assert picture.incidents[incident_id].assessment is not None
    answer = AnswerQuestion(incident_id=incident_id, question_id="breathing", option_id="none")
    centre.desk.do(answer, ANN)
    centre.settle()
    assert picture.incidents[incident_id].level is not None
    assert picture.incidents[incident_id].level.value == "L1", "not breathing is L1 by rule"
    advised = picture.recommendations[incident_id]
    plan = advised.plan()
    assert plan is not None and plan.units
    assert {c.unit_id for c in advised.candidates} == set(picture.units), "why-not for every unit"
    choices = tuple(UnitChoice(unit_id=u.unit_id, slot_id=u.slot_id) for u in plan.units)
    confirm = ConfirmDispatch(
        incident_id=incident_id, units=choices, recommendation_id=advised.recommendation_id
    )
    centre.desk.do(confirm, ANN)
    for _ in range(24):
        centre.run_until(centre.clock.now_us() + 10 * MINUTE, stride_us=20_000_000)
        states = {a.state for a in picture.assignments_of(incident_id)}
        if states == {AssignmentState.CLEAR}:
            break
    assert states == {AssignmentState.CLEAR}
    first = picture.assignments_of(incident_id)[0].times
    order = ["confirmed", "alerted", "acknowledged", "en_route", "on_scene", "clear"]
    assert sorted(order, key=first.__getitem__) == order
    centre.desk.do(CloseIncident(incident_id=incident_id, disposition="attended"), ANN)
    assert not picture.incidents[incident_id].is_open


def test_that_an_automatic_dispatcher_serves_a_busy_quarter_of_an_hour(tmp_path: Path) -> None:
    centre = open_shift(tmp_path, per_hour=80)
    auto = automatic(centre)
    centre.run_until(START_US + 15 * MINUTE, stride_us=2_000_000, each=auto.work)
    picture = centre.desk.picture
    assert auto.tally.errors == [] and centre.problem is None
    assert len(picture.incidents) >= 8
    for incident in picture.incidents.values():
        advised = picture.recommendations.get(incident.incident_id)
        young = centre.clock.now_us() - incident.opened_us < MINUTE
        assert incident.first_confirmed_us or incident.no_unit_needed or young or advised
    live = picture.sha()
    path = centre.journal.path
    centre.close()
    assert verify(path).ok

    from dispatch.journal import Journal
    from dispatch.restore import picture_at

    again = Journal.open(path, tmp_path / "data" / "keys", read_only=True)
    folded = picture_at(again, picture.pos)
    assert folded.sha() == live
    again.close()


def test_that_the_same_seed_gives_the_same_shift(tmp_path: Path) -> None:
    journals = []
    for name in ("one", "two"):
        centre = open_shift(tmp_path / name, per_hour=60, seed=5)
        auto = automatic(centre)
        centre.run_until(START_US + 5 * MINUTE, stride_us=2_000_000, each=auto.work)
        kinds = [(e.kind, e.t_us, e.stream) for e in centre.journal.read()]
        journals.append(kinds)
        centre.close()
    assert journals[0] == journals[1]


def test_that_no_simulated_source_attaches_to_a_live_journal(tmp_path: Path) -> None:
    from dispatch.sources.simulated import SimulatedSource

    centre = Centre.live(
        Places(tmp_path).prepare(),
        journal=tmp_path / "live.vigil",
        region=resource("region", "builtin.region"),
        agency=resource("agencies", "international.agency"),
        inline=True,
    )
    with pytest.raises(Problem) as caught:
        SimulatedSource(
            centre.desk,
            centre.engine.send,
            WorldSpec(kind="shift"),
            on_fixes=lambda t_us, fixes: None,
            on_opened=lambda t_us, title: None,
        )
    assert caught.value.message.id == "sources.simulated_in_live"
    centre.close()


def test_that_live_refuses_the_journal_of_an_exercise(tmp_path: Path) -> None:
    shift = open_shift(tmp_path)
    path = shift.journal.path
    shift.close()
    with pytest.raises(Problem) as caught:
        Centre.live(
            Places(tmp_path),
            journal=path,
            region=resource("region", "builtin.region"),
            agency=resource("agencies", "international.agency"),
            inline=True,
        )
    assert caught.value.message.id == "journal.wrong_realm"


def test_that_a_live_journal_comes_back_as_it_was_left(tmp_path: Path) -> None:
    def start() -> Centre:
        return Centre.live(
            Places(tmp_path).prepare(),
            journal=tmp_path / "live.vigil",
            region=resource("region", "builtin.region"),
            agency=resource("agencies", "international.agency"),
            inline=True,
        )

    centre = start()
    centre.journal.people.add("ann", "Ann Lee", "dispatcher", "246810")
    ann = replace(ANN, user_id="ann", name="Ann Lee")
    centre.desk.do(SignOn(user_id="ann", pin="246810"), ann)
    incident_id = centre.desk.do(OpenIncident(type_id="fire"), ann).result["incident_id"]
    centre.close()
    again = start()
    assert again.desk.picture.incidents[incident_id].type_id == "fire"
    again.settle()
    assert again.desk.picture.incidents[incident_id].assessment is not None
    again.close()
