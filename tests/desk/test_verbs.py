"""Calls, incidents, undo and people, as a dispatcher meets them."""

from __future__ import annotations

import pytest
from desk_bench import PIN, Bench, person

from dispatch.desk import Refusal
from dispatch.desk.advice import SwitchAdvice
from dispatch.desk.calls import AnswerCall, AttachCall, CloseCall, DropCall, RingCall, SaveDraft
from dispatch.desk.incidents import (
    AddNote,
    AnswerQuestion,
    CloseIncident,
    OpenIncident,
    PlaceInput,
    ReopenIncident,
    SetLevel,
    SetPlace,
    SetType,
    VerifyPlace,
)
from dispatch.desk.staff import SignOn
from dispatch.desk.undo import Undo
from dispatch.desk.units import SetUnitState
from dispatch.desk.verbs import feed
from dispatch.domain.call import CallState
from dispatch.domain.incident import Outcome
from dispatch.domain.level import Level
from dispatch.domain.place import PlaceState
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Point
from dispatch.restore import picture_at


def refused(bench: Bench, command: object, by: object) -> str:
    with pytest.raises(Refusal) as caught:
        bench.desk.do(command, by)  # type: ignore[arg-type]
    return caught.value.message.id


def test_that_a_call_is_taken_by_one_person(bench: Bench) -> None:
    ann, bob = bench.sign_on("ann", "desk-1"), bench.sign_on("bob", "desk-2")
    call_id = bench.desk.do(RingCall(number="+1 555"), feed("lines")).result["call_id"]
    bench.desk.do(AnswerCall(call_id=call_id), ann)
    assert refused(bench, AnswerCall(call_id=call_id), bob) == "desk.call_taken"


def test_that_a_draft_is_sealed_survives_and_ends_with_the_call(bench: Bench) -> None:
    ann = bench.sign_on()
    call_id = bench.desk.do(RingCall(), feed("lines")).result["call_id"]
    bench.desk.do(AnswerCall(call_id=call_id), ann)
    bench.desk.do(SaveDraft(call_id=call_id, draft='{"where":"elm"}'), ann)
    restored = picture_at(bench.journal, bench.journal.head_pos)
    token = restored.calls[call_id].draft
    assert "elm" not in token
    assert bench.journal.vault.open(token) == '{"where":"elm"}'
    before = bench.journal.head_pos
    bench.desk.do(SaveDraft(call_id=call_id, draft='{"where":"elm"}'), ann)
    assert bench.journal.head_pos == before, "an unchanged draft records nothing"
    bench.desk.do(CloseCall(call_id=call_id), ann)
    assert bench.picture.calls[call_id].draft == ""


def test_that_no_personal_word_stands_in_the_journal_file(bench: Bench) -> None:
    ann = bench.sign_on()
    call_id = bench.desk.do(RingCall(number="+7 701 5554120"), feed("lines")).result["call_id"]
    place = PlaceInput(typed="grandma's", label="Elm Street 5", flat="14", door_code="4711#")
    opened = bench.desk.do(OpenIncident(call_id=call_id, place=place), ann)
    bench.desk.do(AddNote(incident_id=opened.result["incident_id"], text="Mrs Tanaka"), ann)
    bench.desk.snapshot()
    everything = "".join(e.body for e in bench.journal.read()) + bench.picture.encode().decode()
    for word in ("5554120", "grandma", "4711#", "Tanaka"):
        assert word not in everything


def test_that_numbers_are_serial_without_gaps(bench: Bench) -> None:
    ann = bench.sign_on()
    numbers = [bench.desk.do(OpenIncident(), ann).result["number"] for _ in range(5)]
    assert numbers == [1, 2, 3, 4, 5]


def test_that_a_second_caller_is_attached_and_that_can_be_undone(bench: Bench) -> None:
    ann = bench.sign_on()
    incident_id = bench.incident(ann)
    call_id = bench.desk.do(RingCall(), feed("lines")).result["call_id"]
    bench.desk.do(AttachCall(call_id=call_id, incident_id=incident_id), ann)
    assert call_id in bench.picture.incidents[incident_id].call_ids
    done = bench.desk.do(Undo(), ann)
    assert call_id not in bench.picture.incidents[incident_id].call_ids
    assert bench.picture.calls[call_id].incident_id is None
    assert '"undoes":' in done.published[0].envelope.body


@pytest.mark.parametrize("what", ["place", "type", "level", "answer", "state", "close", "verify"])
def test_that_each_undoable_verb_is_undone_exactly(bench: Bench, what: str) -> None:
    ann = bench.sign_on()
    iid = bench.incident(ann)
    there = PlaceInput(label="Oak 9", point=Point(lon=0.1, lat=0.1))
    commands = {
        "place": SetPlace(incident_id=iid, place=there),
        "type": SetType(incident_id=iid, type_id="stroke"),
        "level": SetLevel(incident_id=iid, level=Level.L1, reason="sounds bad"),
        "answer": AnswerQuestion(incident_id=iid, question_id="awake", option_id="no"),
        "state": SetUnitState(unit_id="M1", state=UnitState.ON_BREAK),
        "close": CloseIncident(incident_id=iid, disposition="x", outcome=Outcome(level=Level.L3)),
        "verify": VerifyPlace(incident_id=iid),
    }

    def seen() -> tuple[object, ...]:
        i, unit = bench.picture.incidents[iid], bench.picture.units["M1"]
        return i.place, i.type_id, i.person_level, dict(i.answers), i.is_open, unit.state

    before = seen()
    bench.desk.do(commands[what], ann)
    assert seen() != before
    bench.desk.do(Undo(), ann)
    assert seen() == before
    assert refused(bench, Undo(), ann) == "desk.nothing_to_undo"


def test_that_undo_is_refused_once_somebody_else_changed_it(bench: Bench) -> None:
    ann, bob = bench.sign_on("ann", "desk-1"), bench.sign_on("bob", "desk-2")
    iid = bench.incident(ann)
    bench.desk.do(SetType(incident_id=iid, type_id="stroke"), ann)
    bench.desk.do(SetType(incident_id=iid, type_id="injury"), bob)
    assert refused(bench, Undo(), ann) == "desk.undo_overtaken"
    assert bench.picture.incidents[iid].type_id == "injury"


def test_that_a_place_without_a_point_is_not_verified(bench: Bench) -> None:
    ann = bench.sign_on()
    iid = bench.desk.do(OpenIncident(place=PlaceInput(typed="somewhere")), ann).result[
        "incident_id"
    ]
    assert refused(bench, VerifyPlace(incident_id=iid), ann) == "desk.place_has_no_point"
    point = PlaceInput(typed="somewhere", point=Point(lon=0, lat=0))
    bench.desk.do(SetPlace(incident_id=iid, place=point), ann)
    bench.desk.do(VerifyPlace(incident_id=iid, forced=True), ann)
    assert bench.picture.incidents[iid].place.state is PlaceState.FORCED


def test_that_a_dropped_caller_is_not_taken_for_a_no(bench: Bench) -> None:
    ann = bench.sign_on()
    call_id = bench.desk.do(RingCall(), feed("lines")).result["call_id"]
    bench.desk.do(DropCall(call_id=call_id), feed("lines"))
    assert bench.picture.calls[call_id].state is CallState.DROPPED
    bench.desk.do(AnswerCall(call_id=call_id), ann)
    assert bench.picture.calls[call_id].state is CallState.OPEN


def test_that_a_closed_incident_takes_a_note_and_can_be_reopened(bench: Bench) -> None:
    ann = bench.sign_on()
    iid = bench.incident(ann)
    bench.desk.do(CloseIncident(incident_id=iid, disposition="advice"), ann)
    assert refused(bench, SetType(incident_id=iid, type_id="fire"), ann) == "desk.incident_closed"
    bench.desk.do(AddNote(incident_id=iid, text="rang again"), ann)
    bench.desk.do(ReopenIncident(incident_id=iid), ann)
    assert bench.picture.incidents[iid].is_open


def test_that_a_wrong_pin_signs_nobody_on_and_the_pin_is_never_recorded(bench: Bench) -> None:
    assert refused(bench, SignOn(user_id="ann", pin="0"), person()) == "desk.sign_on_refused"
    bench.sign_on()
    assert PIN not in "".join(e.body for e in bench.journal.read())


def test_that_switching_advice_off_is_a_fact_with_a_name(bench: Bench) -> None:
    ann = bench.sign_on()
    done = bench.desk.do(SwitchAdvice(on=False, reason="strange"), ann)
    assert not bench.picture.ai_on
    assert '"by":"ann"' in done.published[0].envelope.body
