"""The main job without a mouse: from ringing to closed, and the journal agrees with the board."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit

from dispatch.domain.assignment import AssignmentState
from dispatch.domain.level import Level
from dispatch.domain.picture import Picture, fold
from dispatch.domain.place import PlaceState
from dispatch.journal import Journal, verify
from dispatch.words import say

#: What Ctrl+L and Ctrl+Enter are under each layout: the characters on those keys.
LAYOUTS = {"en": {}, "ru": {"Ctrl+L": "д"}, "kk": {"Ctrl+L": "д"}, "ko": {"Ctrl+L": "ㅣ"}}
DIGITS = {"en": {}, "ru": {}, "kk": {"1": '"', "2": "ә", "3": "і", "4": "ң", "0": "қ"}, "ko": {}}


def pick(desk, completion):
    """The first completion: Enter, after Down where twins are asked about."""
    if completion.list.currentRow() < 0:
        desk.press("Down")
    desk.press("Enter")


def take_the_call(desk):
    """F2; the place completes from the gazetteer, the type from a few letters."""
    call = desk.let_pass(1200, lambda: next(iter(desk.board.ringing()), None))
    assert call is not None, "nobody called"
    desk.press("F2")
    desk.wait(lambda: desk.selection.call_id == call.call_id, "the form")
    assert isinstance(QApplication.focusWidget(), QLineEdit)
    said = call.script.address
    desk.type(said)
    form = desk.surface.window.panel("incident").form
    desk.turn(0.5)
    desk.wait(form.location.is_open, f"places for {said!r}")
    pick(desk, form.location)
    desk.wait(lambda: form.draft.point is not None, "a place was picked")
    language = desk.surface.context.language
    desk.wait(lambda: form.kind.field.hasFocus(), "the type has the keyboard")
    truth = desk.centre.desk.picture.truths[call.call_id].type_id
    desk.type(say(f"questions.type.{truth}", language))
    desk.wait(form.kind.is_open, "types")
    pick(desk, form.kind)
    incident_id = desk.wait(lambda: desk.board.call(call.call_id).incident_id, "an incident")
    return incident_id


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ru", "kk", "ko"])
def test_that_a_call_goes_from_ringing_to_units_moving_by_keys_alone(open_desk, language):
    desk = open_desk(language=language)
    desk.sign_on()
    incident_id = take_the_call(desk)

    def incident():
        return desk.board.incident(incident_id)

    desk.press("Ctrl+L", LAYOUTS[language].get("Ctrl+L", ""))
    desk.wait(lambda: incident().place.state is PlaceState.VERIFIED, "a verified place")
    desk.surface.window.go_to("incident")
    desk.press("1", DIGITS[language].get("1", ""))
    desk.wait(lambda: len(incident().answers) == 1, "one answer")
    desk.press("2", DIGITS[language].get("2", ""))
    desk.wait(lambda: len(incident().answers) == 2, "two answers")
    desk.wait(lambda: incident().assessment is not None, "an assessment")
    desk.wait(
        lambda: (
            desk.board.recommendation(incident_id)
            and desk.board.recommendation(incident_id).incident_version == incident().version
        ),
        "a recommendation",
    )
    plan = desk.board.recommendation(incident_id).plan()
    assert plan is not None and plan.units
    desk.press("Ctrl+Enter")
    desk.wait(lambda: incident().first_confirmed_us, "a confirmed dispatch")
    sent = desk.board.assignments_of(incident_id)
    assert {a.unit_id for a in sent} == {unit.unit_id for unit in plan.units}
    assert all(a.confirmed_by == "a.seitkali" for a in sent)

    def states():
        return {a.state for a in desk.board.assignments_of(incident_id)}

    # Confirmed is not told: nothing reads as rolling before the crew has answered.
    assert AssignmentState.EN_ROUTE not in states()
    assert desk.let_pass(300, lambda: all(s.is_told for s in states())), "acknowledged"
    assert desk.let_pass(600, lambda: AssignmentState.EN_ROUTE in states()), "moving"


@pytest.mark.slow
def test_that_a_closed_incidents_journal_verifies_and_folds_to_the_same_picture(open_desk):
    desk = open_desk()
    desk.sign_on()
    incident_id = take_the_call(desk)
    desk.surface.window.go_to("incident")
    desk.press("1")
    desk.wait(lambda: desk.board.incident(incident_id).answers, "an answer")
    desk.wait(lambda: desk.board.recommendation(incident_id), "a recommendation")
    desk.turn(0.3)
    desk.press("Ctrl+Enter")
    desk.wait(lambda: desk.board.incident(incident_id).first_confirmed_us, "a dispatch")

    def all_over():
        held = desk.board.assignments_of(incident_id)
        return bool(held) and not any(a.is_open for a in held)

    assert desk.let_pass(3 * 3600, all_over), "the units came back"
    desk.press("Ctrl+E")
    for digit in ("1", "3", "1", "2"):
        desk.press(digit)
    desk.press("Enter")
    desk.wait(lambda: not desk.board.incident(incident_id).is_open, "a closed incident")
    outcome = desk.board.incident(incident_id).outcome
    assert outcome is not None and outcome.level is Level.L3 and outcome.transported is False
    path, keys = desk.centre.journal.path, desk.centre.places.keys
    desk.wait(lambda: desk.board.picture.pos == desk.centre.desk.picture.pos, "all facts shown")
    shown = desk.board.picture.sha()
    assert shown == desk.centre.desk.picture.sha()
    last = desk.board.picture.pos
    desk.surface.close()
    assert not verify(path).findings
    book = Journal.open(path, keys, read_only=True)
    folded = Picture()
    for envelope in book.read(upto=last):
        fold(folded, envelope)
    book.close()
    assert folded.sha() == shown


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "language"), [("d", "en"), ("в", "ru"), ("ㅇ", "ko")])
def test_that_a_line_proposes_and_one_key_sends_exactly_that_unit(open_desk, verb, language):
    desk = open_desk(language=language)
    desk.sign_on()
    incident_id = take_the_call(desk)
    desk.wait(lambda: desk.board.recommendation(incident_id), "a recommendation")
    desk.turn(0.3)
    advised = desk.board.recommendation(incident_id)
    planned = {unit.unit_id for unit in advised.plan().units}
    other = next(
        candidate.unit_id
        for candidate in advised.candidates
        if candidate.verdict.passed and candidate.unit_id not in planned
    )
    number = desk.board.incident(incident_id).number
    desk.press("Ctrl+/", "." if language == "ru" else "")
    desk.type(f"{verb} {number} {other.lower()}")
    desk.press("Enter")
    assert desk.selection.proposal(incident_id) == (other,)
    assert desk.board.assignments_of(incident_id) == [], "proposed is not sent"
    desk.press("Ctrl+Enter")
    desk.wait(lambda: desk.board.incident(incident_id).first_confirmed_us, "a dispatch")
    assert [a.unit_id for a in desk.board.assignments_of(incident_id)] == [other]


@pytest.mark.slow
def test_that_with_nobody_signed_on_no_key_sends_or_takes_anything(open_desk):
    desk = open_desk()
    assert desk.let_pass(1200, desk.board.ringing)
    before = desk.centre.desk.picture.pos
    for chord in ("F2", "Ctrl+Enter", "Ctrl+L", "Alt+1", "Ctrl+R", "F9", "Ctrl+Z"):
        desk.press(chord)
    desk.turn(0.3)
    assert desk.centre.desk.picture.pos == before
