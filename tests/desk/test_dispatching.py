"""No unit moves without a named person, and no unit is committed twice."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from desk_bench import Bench, person
from msgspec.structs import replace

from dispatch.desk import Refusal
from dispatch.desk.dispatching import ConfirmDispatch, Recall, ReportProgress, UnitChoice
from dispatch.desk.incidents import CloseIncident
from dispatch.desk.staff import SignOff, SignOnSimulated
from dispatch.desk.units import SetUnitState
from dispatch.desk.verbs import ADVICE, SYSTEM, VERBS, feed
from dispatch.domain.assignment import AssignmentState as A
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture import Picture, fold
from dispatch.domain.picture.assignments import UnconfirmedDispatch
from dispatch.domain.staff import Role
from dispatch.domain.unit import UnitState

ROOT = Path(__file__).resolve().parents[2]


def send(incident_id: str, *unit_ids: str) -> ConfirmDispatch:
    return ConfirmDispatch(
        incident_id=incident_id, units=tuple(UnitChoice(unit_id=u) for u in unit_ids)
    )


def refusal(action: object) -> str:
    with pytest.raises(Refusal) as caught:
        action()  # type: ignore[operator]
    return caught.value.message.id


def test_that_a_confirmed_unit_is_committed_and_carries_its_persons_name(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    done = bench.desk.do(send(incident_id, "M1"), ann)
    held = bench.picture.assignments[done.result["assignment_ids"][0]]
    assert held.confirmed_by == "ann"
    assert bench.picture.units["M1"].state is UnitState.ASSIGNED
    assert bench.picture.incidents[incident_id].first_confirmed_us is not None


def test_that_nothing_is_sent_with_nobody_signed_on(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    bench.desk.do(SignOff(), ann)
    before = bench.journal.head_pos
    assert refusal(lambda: bench.desk.do(send(incident_id, "M1"), ann)) == "desk.nobody_signed_on"
    assert bench.journal.head_pos == before


@pytest.mark.parametrize("who", [feed("avl"), ADVICE, SYSTEM], ids=["feed", "advice", "system"])
def test_that_no_feed_no_advice_and_no_system_can_confirm(bench: Bench, who: object) -> None:
    incident_id = bench.incident(bench.sign_on())
    with pytest.raises(Refusal):
        bench.desk.do(send(incident_id, "M1"), who)  # type: ignore[arg-type]
    assert not bench.picture.assignments


def test_that_an_administrator_cannot_dispatch(bench: Bench) -> None:
    incident_id = bench.incident(bench.sign_on())
    adm = bench.sign_on("adm", "desk-2")
    assert refusal(lambda: bench.desk.do(send(incident_id, "M1"), adm)) == "desk.role_may_not"


def test_that_nobody_confirms_in_anothers_name(bench: Bench) -> None:
    incident_id = bench.incident(bench.sign_on("ann", "desk-1"))
    impostor = person("bob", "desk-1")
    assert refusal(lambda: bench.desk.do(send(incident_id, "M1"), impostor))


def test_that_a_simulated_dispatcher_works_in_an_exercise_and_never_live(tmp_path: Path) -> None:
    robot = replace(SYSTEM, user_id="robot", name="Robot", desk_id="desk-9", role="simulated")
    exercise = Bench(tmp_path / "e")
    exercise.desk.do(SignOnSimulated(name="Robot"), robot)
    assert exercise.picture.staff["desk-9"].role is Role.SIMULATED
    incident_id = exercise.incident(exercise.sign_on())
    exercise.desk.do(send(incident_id, "M1"), robot)
    assert exercise.picture.units["M1"].incident_id == incident_id
    exercise.journal.close()

    live = Bench(tmp_path / "l", realm="live")
    assert (
        refusal(lambda: live.desk.do(SignOnSimulated(name="Robot"), robot))
        == "desk.simulated_in_live"
    )
    live.journal.close()


def test_that_a_dispatch_fact_without_a_signed_on_person_is_not_folded(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    bench.desk.do(send(incident_id, "M1"), ann)
    facts = [e for e in bench.journal.read() if e.kind != "staff.signed_on"]
    picture = Picture()
    with pytest.raises(UnconfirmedDispatch):
        for pos, envelope in enumerate(facts, start=1):
            fold(picture, _moved(envelope, pos))


def _moved(envelope: Envelope, pos: int) -> Envelope:
    return replace(envelope, pos=pos)


def test_that_dispatch_facts_and_signatures_are_made_in_one_place_each() -> None:
    """No other code path: the constructors are called in one function of the whole product."""
    made: dict[str, set[str]] = {"DispatchConfirmed": set(), "Confirmation": set()}
    for path in [*ROOT.glob("dispatch/**/*.py"), *ROOT.glob("ui/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in made:
                    made[name].add(path.relative_to(ROOT).as_posix())
    assert made == {
        "DispatchConfirmed": {"dispatch/desk/dispatching.py"},
        "Confirmation": {"dispatch/desk/confirmation.py"},
    }


def test_that_only_the_confirm_verb_opens_commitments(bench: Bench) -> None:
    source = {path.name: path.read_text("utf-8") for path in (ROOT / "dispatch/desk").glob("*.py")}
    assert [name for name, text in source.items() if "Commitment(" in text] == ["dispatching.py"]
    assert VERBS[ConfirmDispatch].origins == {"human", "system"}


def test_that_a_unit_taken_meanwhile_is_refused_by_name_and_the_rest_go(bench: Bench) -> None:
    ann = bench.sign_on()
    first, second = bench.incident(ann), bench.incident(ann, 0.001)
    bench.desk.do(send(first, "M1"), ann)
    done = bench.desk.do(send(second, "M1", "M2"), ann)
    assert [p.message.id for p in done.refused] == ["desk.unit_taken"]
    assert done.refused[0].message.values["number"] == "0001"
    assert bench.picture.units["M2"].incident_id == second
    assert bench.picture.units["M1"].incident_id == first


def test_that_a_confirm_of_taken_units_alone_is_refused_and_records_nothing(bench: Bench) -> None:
    ann = bench.sign_on()
    first, second = bench.incident(ann), bench.incident(ann, 0.001)
    bench.desk.do(send(first, "M1"), ann)
    before = bench.journal.head_pos
    assert refusal(lambda: bench.desk.do(send(second, "M1"), ann)) == "desk.unit_taken"
    assert bench.journal.head_pos == before


def test_that_the_same_unit_twice_in_one_confirm_is_committed_once(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    done = bench.desk.do(send(incident_id, "M1", "M1"), ann)
    assert len(done.result["assignment_ids"]) == 1


def test_that_an_incident_without_a_point_gets_no_units(bench: Bench) -> None:
    from dispatch.desk.incidents import OpenIncident

    ann = bench.sign_on()
    incident_id = bench.desk.do(OpenIncident(type_id="fire"), ann).result["incident_id"]
    assert (
        refusal(lambda: bench.desk.do(send(incident_id, "M1"), ann)) == "desk.confirm_needs_place"
    )


def test_that_a_crews_way_moves_its_unit_and_clear_frees_it(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    held = bench.desk.do(send(incident_id, "M1"), ann).result["assignment_ids"][0]
    crew = feed("crews")
    for state in (A.ALERTED, A.ACKNOWLEDGED, A.EN_ROUTE, A.ON_SCENE, A.LEAVING, A.AT_HOSPITAL):
        bench.wait_s(30)
        bench.desk.do(ReportProgress(assignment_id=held, state=state), crew)
    assert bench.picture.units["M1"].state is UnitState.AT_HOSPITAL
    bench.desk.do(ReportProgress(assignment_id=held, state=A.CLEAR), crew)
    assert bench.picture.units["M1"].assignment_id is None
    again = bench.incident(ann, 0.002)
    bench.desk.do(send(again, "M1"), ann)
    assert bench.picture.units["M1"].incident_id == again


def test_that_a_feed_cannot_recall_and_a_recall_frees_the_unit(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    held = bench.desk.do(send(incident_id, "M1"), ann).result["assignment_ids"][0]
    with pytest.raises(Refusal):
        bench.desk.do(Recall(assignment_id=held, reason="x"), feed("avl"))
    recalled = ReportProgress(assignment_id=held, state=A.RECALLED)
    assert refusal(lambda: bench.desk.do(recalled, feed("avl"))) == "desk.progress_not_by_report"
    bench.desk.do(Recall(assignment_id=held, reason="false alarm"), ann)
    assert bench.picture.assignments[held].state is A.RECALLED
    assert bench.picture.units["M1"].state.is_available


def test_that_a_report_after_a_recall_changes_nothing(bench: Bench) -> None:
    ann = bench.sign_on()
    held = bench.desk.do(send(bench.incident(ann), "M1"), ann).result["assignment_ids"][0]
    bench.desk.do(Recall(assignment_id=held), ann)
    late = ReportProgress(assignment_id=held, state=A.ON_SCENE)
    assert refusal(lambda: bench.desk.do(late, feed("crews"))) == "desk.assignment_over"


def test_that_an_incident_with_a_unit_on_it_is_not_closed(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    bench.desk.do(send(incident_id, "M1"), ann)
    close = CloseIncident(incident_id=incident_id, disposition="done")
    assert refusal(lambda: bench.desk.do(close, ann)) == "desk.units_still_on_it"


def test_that_a_committed_units_state_follows_its_assignment(bench: Bench) -> None:
    ann = bench.sign_on()
    bench.desk.do(send(bench.incident(ann), "M1"), ann)
    free = SetUnitState(unit_id="M1", state=UnitState.AVAILABLE_ON_AIR)
    assert refusal(lambda: bench.desk.do(free, ann)) == "desk.unit_moves_by_assignment"


def test_that_the_same_command_id_is_recorded_once(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    first = bench.desk.do(send(incident_id, "M1"), ann, cmd_id="c-1")
    before = bench.journal.head_pos
    with pytest.raises(Refusal):
        bench.desk.do(send(incident_id, "M1"), ann, cmd_id="c-1")
    assert bench.journal.head_pos == before
    assert first.result["assignment_ids"]
