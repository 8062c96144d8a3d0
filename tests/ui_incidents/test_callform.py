"""The call form: a durable draft, places that are asked about, an incident as soon as it can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from panel_bench import PanelBench
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dispatch.desk.calls import DescribeCaller, SaveDraft
from dispatch.desk.incidents import SetPlace, VerifyPlace
from dispatch.domain.call import CallState
from dispatch.domain.place import PlaceState
from ui.incidents.draft import Draft
from ui.incidents.panel import IncidentPanel

Key = Qt.Key
NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@dataclass(frozen=True)
class FakeMatch:
    label: str
    kind: str = "street"
    lon: float = 76.9
    lat: float = 43.2
    settlement: str = "Port Lumen"
    score: float = 1.0
    twins: bool = False
    micro_district: str = ""
    house: str = ""
    accuracy_m: float = 25.0
    exact: bool = True
    entrance: str = ""
    alias: str = ""
    alike: int = 2


class FakeGazetteer:
    """Two places, and a village whose name stands twice."""

    def search(
        self, text: str, language: str = "en", limit: int = 8, near: object = None
    ) -> list[FakeMatch]:
        if text.startswith("upper"):
            return [
                FakeMatch("Upper Mill, North Shire", "village", 76.8, 43.1, twins=True),
                FakeMatch("Upper Mill, South Shire", "village", 77.1, 43.3, twins=True),
            ]
        if text.startswith("ep"):
            return [FakeMatch("Epsom Avenue"), FakeMatch("Epping Road", lon=76.95)]
        return []

    def nearest(self, lon: float, lat: float, language: str = "en") -> str:
        return f"near {lon:.3f}"


class Taker:
    """A person at the form with a keyboard."""

    def __init__(self, bench: PanelBench, qtbot: Any) -> None:
        self.bench, self.qtbot = bench, qtbot
        self.by = bench.sign_on()
        bench.context.gazetteer = FakeGazetteer()  # type: ignore[assignment]
        self.window = bench.open_window()
        self.panel: IncidentPanel = self.window.panel("incident")  # type: ignore[assignment]
        self.form = self.panel.form
        self.window.go_to("queue")

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClick(target, key, held)
        self.qtbot.wait(5)

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)

    def take(self, **call: Any) -> str:
        call_id = self.bench.ring(**call)
        self.qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
        self.press(Key.Key_F2)
        self.qtbot.waitUntil(lambda: self.form.location.field.hasFocus())
        return call_id

    def find(self, text: str) -> None:
        self.type(text)
        self.qtbot.waitUntil(
            lambda: self.form.location.is_open() or not self.form.location.question.isHidden()
        )

    def locate(self) -> None:
        self.find("eps")
        self.press(Key.Key_Return)

    def call(self, call_id: str) -> Any:
        return self.bench.board.picture.calls[call_id]

    def draft(self, call_id: str) -> Draft:
        kept = Draft.decode(self.bench.board.plain(self.call(call_id).draft))
        assert kept is not None
        return kept


@pytest.fixture
def taker(bench: PanelBench, qtbot: Any) -> Taker:
    return Taker(bench, qtbot)


def test_that_f2_takes_the_call_that_rings_and_the_location_has_the_keyboard(
    taker: Taker,
) -> None:
    call_id = taker.take()
    assert taker.call(call_id).state is CallState.OPEN
    assert taker.call(call_id).answered_by == "a.seitkali"


def test_that_f2_without_a_ringing_line_opens_a_call_by_hand(taker: Taker) -> None:
    taker.qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    taker.press(Key.Key_F2)
    taker.qtbot.waitUntil(lambda: taker.form.location.field.hasFocus())
    assert len(taker.bench.board.drafts()) == 1


def test_that_the_draft_is_durable_from_its_first_key(taker: Taker) -> None:
    call_id = taker.take()
    taker.type("e")
    assert taker.draft(call_id).typed == "e"
    taker.type("psom by the pos")
    taker.qtbot.waitUntil(lambda: taker.draft(call_id).typed == "epsom by the pos", timeout=2000)


def test_that_a_draft_comes_back_after_a_crash(taker: Taker) -> None:
    call_id = taker.take()
    taker.locate()
    taker.qtbot.wait(800)
    taker.bench.context.selection.choose_call(None)
    assert taker.form.isHidden()
    anew = IncidentPanel(taker.bench.context)
    taker.qtbot.addWidget(anew)
    taker.bench.context.selection.choose_call(call_id)
    assert anew.form.draft.label == "Epsom Avenue" and anew.form.draft.point is not None
    assert anew.form.location.field.text() == "Epsom Avenue"


def test_that_a_broken_draft_is_an_empty_form(taker: Taker) -> None:
    assert Draft.decode("{") is None
    assert Draft.decode('{"v":1,"typed":"x","surprise":1}') is None
    assert Draft.decode('{"lon": 999}') is None


def test_that_a_place_completes_and_the_type_comes_next(taker: Taker) -> None:
    taker.take()
    taker.find("eps")
    taker.press(Key.Key_Down)
    taker.press(Key.Key_Return)
    assert taker.form.draft.label == "Epping Road"
    assert taker.form.draft.typed == "eps"
    assert taker.form.kind.field.hasFocus()


def test_that_twins_are_asked_about_and_never_guessed(taker: Taker) -> None:
    taker.take()
    taker.find("upper mill")
    assert "2 places of this name" in taker.form.location.question.text()
    taker.press(Key.Key_Return)
    assert taker.form.draft.point is None
    taker.press(Key.Key_Down)
    taker.press(Key.Key_Down)
    taker.press(Key.Key_Return)
    assert taker.form.draft.label == "Upper Mill, South Shire"


def test_that_a_twin_is_picked_by_its_digit_once_the_list_was_gone_to(taker: Taker) -> None:
    taker.take()
    taker.find("upper")
    taker.press(Key.Key_Return)
    taker.press(Key.Key_2)
    assert taker.form.draft.label == "Upper Mill, South Shire"


def test_that_a_digit_belongs_to_the_text_until_then(taker: Taker) -> None:
    taker.take()
    taker.find("upper")
    taker.press(Key.Key_2)
    assert taker.form.location.field.text() == "upper2"
    taker.press(Key.Key_Return)
    taker.type(" 2")
    assert taker.form.location.field.text() == "upper2 2"


def test_that_the_command_line_asks_which_twin_is_meant(taker: Taker) -> None:
    marked: list[Any] = []
    taker.bench.context.selection.place_found.connect(marked.append)
    taker.window.find_place("upper")
    which = taker.window.finder.which
    taker.qtbot.waitUntil(which.isVisible)
    assert not marked
    taker.press(Key.Key_2)
    assert [match.label for match in marked] == ["Upper Mill, South Shire"]
    assert not which.isVisible()
    taker.window.find_place("epsom")
    taker.qtbot.waitUntil(lambda: len(marked) == 2)
    assert marked[1].label == "Epsom Avenue"


def test_that_typing_on_after_a_match_takes_the_point_away(taker: Taker) -> None:
    taker.take()
    taker.locate()
    taker.form.location.field.setFocus()
    taker.form.location.field.end(False)
    taker.type("x")
    assert taker.form.draft.point is None and taker.form.draft.state is PlaceState.UNVERIFIED


def test_that_point_and_type_open_the_incident_and_ctrl_enter_sends(taker: Taker) -> None:
    call_id = taker.take()
    taker.locate()
    assert taker.call(call_id).incident_id is None
    taker.type("uncon")
    taker.press(Key.Key_Return)
    incident_id = taker.call(call_id).incident_id
    incident = taker.bench.board.picture.incidents[incident_id]
    assert incident.type_id == "unconscious" and incident.services[0] == "medical"
    assert incident.place.state is PlaceState.UNVERIFIED
    assert taker.bench.context.selection.incident_id == incident_id
    taker.qtbot.waitUntil(lambda: QApplication.focusWidget() is taker.panel)
    taker.bench.advise(incident_id)
    taker.press(Key.Key_Return, CTRL)
    assert taker.bench.board.assignments_of(incident_id)
    taker.press(Key.Key_3)
    assert taker.bench.board.picture.incidents[incident_id].answers["awake"]


def test_that_ctrl_l_verifies_before_and_after_the_incident_opens(taker: Taker) -> None:
    call_id = taker.take()
    taker.locate()
    taker.press(Key.Key_L, CTRL)
    assert taker.form.draft.state is PlaceState.VERIFIED
    taker.type("fire")
    taker.press(Key.Key_Return)
    incident = taker.bench.board.incident(taker.call(call_id).incident_id)
    assert incident is not None and incident.place.state is PlaceState.VERIFIED


def test_that_nothing_from_the_board_overwrites_what_is_typed(taker: Taker) -> None:
    call_id = taker.take()
    taker.locate()
    taker.type("fire")
    taker.press(Key.Key_Return)
    incident_id = taker.call(call_id).incident_id
    taker.press(Key.Key_P, CTRL)
    taker.qtbot.waitUntil(lambda: taker.form.location.field.hasFocus())
    taker.type("epping, no")
    other = taker.bench.sign_on("k.sim", "desk-2")
    place = Draft(label="Elsewhere", lon=76.0, lat=43.0).place()
    taker.bench.do(SetPlace(incident_id=incident_id, place=place), other)
    taker.bench.do(DescribeCaller(call_id=call_id, name="Somebody"), other)
    taker.qtbot.wait(30)
    assert taker.form.location.field.text() == "epping, no"


def test_that_access_fields_reach_the_incident_sealed(taker: Taker) -> None:
    call_id = taker.take()
    taker.locate()
    taker.type("fire")
    taker.press(Key.Key_Return)
    taker.press(Key.Key_P, CTRL)
    taker.form.access["flat"].setFocus()
    taker.type("14")
    taker.press(Key.Key_Tab)
    place = taker.bench.board.incident(taker.call(call_id).incident_id).place
    assert place.flat and place.flat != "14" and taker.bench.board.plain(place.flat) == "14"


def test_that_f6_opens_the_callers_details(taker: Taker) -> None:
    call_id = taker.take()
    taker.press(Key.Key_F6)
    taker.qtbot.waitUntil(lambda: taker.form.caller["number"].hasFocus())
    taker.press(Key.Key_Tab)
    taker.type("Daughter")
    taker.press(Key.Key_Tab)
    assert taker.bench.board.plain(taker.call(call_id).name) == "Daughter"


def test_that_an_open_incident_nearby_is_offered_and_one_key_attaches(taker: Taker) -> None:
    first = taker.bench.incident(taker.by, "fire", "Epsom Avenue 3", at=(76.9015, 43.2))
    taker.bench.wait_s(240)
    call_id = taker.take()
    taker.locate()
    assert [near.incident.incident_id for near in taker.form.near.found] == [first]
    taker.press(Key.Key_F3)
    assert taker.call(call_id).incident_id == first
    assert taker.bench.context.selection.incident_id == first
    assert taker.bench.context.selection.call_id is None
    taker.press(Key.Key_F3, SHIFT)
    assert taker.call(call_id).incident_id is None
    assert taker.bench.context.selection.call_id == call_id


def test_that_many_calls_of_one_kind_raise_a_pattern_notice(taker: Taker) -> None:
    for n in range(4):
        taker.bench.incident(taker.by, "hazard", f"Elm {n}", at=(76.9 + n * 0.008, 43.2))
    taker.take()
    taker.locate()
    taker.type("hazard")
    taker.press(Key.Key_Return)
    assert "one kind" in taker.form.near.pattern_text.text()


def test_that_a_call_ends_with_or_without_an_incident(taker: Taker) -> None:
    call_id = taker.take()
    taker.press(Key.Key_F4, SHIFT)
    assert taker.call(call_id).state is CallState.OPEN
    taker.press(Key.Key_F4, CTRL)
    assert taker.call(call_id).state is CallState.CLOSED
    assert taker.form.isHidden()


def test_that_a_second_call_keeps_the_first_as_a_draft(taker: Taker) -> None:
    first = taker.take()
    taker.type("bal")
    second = taker.bench.ring()
    taker.press(Key.Key_F2)
    taker.qtbot.wait(20)
    assert taker.bench.context.selection.call_id == second
    assert taker.draft(first).typed == "bal"
    assert taker.form.location.field.text() == ""


def test_that_an_exercise_lets_the_caller_be_heard(taker: Taker) -> None:
    taker.take()
    assert "chest pain" in taker.form.heard.mark.text()
    assert "Epsom Avenue, the corner" in taker.form.heard.place.text()


def test_that_an_incident_without_a_call_can_be_corrected(taker: Taker) -> None:
    incident_id = taker.bench.incident(taker.by, "fire", "Elm 9")
    taker.bench.context.selection.choose_incident(incident_id)
    taker.window.go_to("incident")
    taker.press(Key.Key_T, CTRL)
    taker.qtbot.waitUntil(lambda: taker.form.kind.field.hasFocus())
    taker.type("sick")
    taker.press(Key.Key_Return)
    assert taker.bench.board.picture.incidents[incident_id].type_id == "sick"


def test_that_a_draft_kept_by_another_desk_is_not_lost(taker: Taker) -> None:
    call_id = taker.take()
    taker.bench.do(SaveDraft(call_id=call_id, draft=Draft(typed="x").encode()), taker.by)
    taker.qtbot.wait(20)
    assert taker.form.location.field.text() == ""


def test_that_a_locked_desk_hides_the_form_and_gives_it_back_as_it_was(taker: Taker) -> None:
    taker.take()
    taker.type("epsom by the po")
    taker.bench.context.set_locked(True)
    assert taker.form.isHidden()
    taker.bench.context.set_locked(False)
    assert not taker.form.isHidden() and taker.form.location.field.text() == "epsom by the po"


def test_that_a_draft_chosen_on_a_locked_desk_is_never_lost(taker: Taker) -> None:
    call_id = taker.take()
    taker.type("epsom")
    taker.qtbot.wait(800)
    taker.bench.context.selection.choose_call(None)
    taker.bench.context.set_locked(True)
    taker.bench.context.selection.choose_call(call_id)
    assert taker.form.isHidden()
    taker.bench.context.set_locked(False)
    assert taker.form.location.field.text() == "epsom"


def test_that_a_call_left_for_another_incident_can_still_be_ended(taker: Taker) -> None:
    call_id = taker.take()
    taker.locate()
    taker.type("fire")
    taker.press(Key.Key_Return)
    incident_id = taker.call(call_id).incident_id
    taker.bench.context.selection.choose_call(None)
    taker.bench.context.selection.choose_incident(incident_id)
    taker.press(Key.Key_F4, SHIFT)
    assert taker.call(call_id).state is CallState.CLOSED


def test_that_a_flat_added_later_takes_no_confirmation_away(taker: Taker) -> None:
    call_id = taker.take()
    taker.locate()
    taker.type("fire")
    taker.press(Key.Key_Return)
    incident_id = taker.call(call_id).incident_id
    other = taker.bench.sign_on("k.sim", "desk-2")
    taker.bench.do(VerifyPlace(incident_id=incident_id), other)
    taker.press(Key.Key_P, CTRL)
    taker.form.access["flat"].setFocus()
    taker.type("3")
    taker.press(Key.Key_Tab)
    place = taker.bench.board.incident(incident_id).place
    assert place.flat and place.state is PlaceState.VERIFIED


def test_that_setting_a_level_while_typing_leaves_the_keyboard_where_it_is(taker: Taker) -> None:
    taker.take()
    taker.locate()
    taker.type("fire")
    taker.press(Key.Key_Return)
    taker.press(Key.Key_P, CTRL)
    taker.qtbot.waitUntil(lambda: taker.form.location.field.hasFocus())
    taker.press(Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert taker.form.location.field.hasFocus()
