"""The incident panel: questions, level, sending, crews and closing, by keyboard on a real desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from panel_bench import PanelBench, busy, person
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from dispatch.desk.advice import SwitchAdvice
from dispatch.desk.incidents import AddNote
from dispatch.desk.staff import SignOff
from dispatch.domain.assignment import AssignmentState
from dispatch.domain.level import Level
from dispatch.words import LANGUAGES
from ui.incidents.panel import IncidentPanel

Key = Qt.Key
NONE, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


class Desk:
    """A window with an incident chosen, and a keyboard."""

    def __init__(self, bench: PanelBench, qtbot: Any, **incident: Any) -> None:
        self.bench, self.qtbot = bench, qtbot
        self.by = bench.sign_on()
        incident.setdefault("type_id", "unconscious")
        self.id = bench.incident(self.by, **incident)
        self.window = bench.open_window()
        self.panel: IncidentPanel = self.window.panel("incident")  # type: ignore[assignment]
        self.view = self.panel.view
        bench.context.selection.choose_incident(self.id)
        self.window.go_to("incident")
        qtbot.waitUntil(lambda: QApplication.focusWidget() is self.panel)

    @property
    def incident(self) -> Any:
        return self.bench.board.picture.incidents[self.id]

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        target = QApplication.focusWidget()
        assert target is not None
        QTest.keyClick(target, key, held)
        self.qtbot.wait(5)

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)


@pytest.fixture
def desk(bench: PanelBench, qtbot: Any) -> Desk:
    return Desk(bench, qtbot)


def test_that_without_an_incident_the_panel_says_what_it_is_for(
    bench: PanelBench, qtbot: Any
) -> None:
    panel = IncidentPanel(bench.context)
    qtbot.addWidget(panel)
    assert "F2" in panel.empty.text() and not panel.empty.isHidden()


def test_that_digits_answer_the_question_that_is_asked(desk: Desk) -> None:
    desk.press(Key.Key_3)
    assert desk.incident.answers["awake"].option_id == "unresponsive"
    desk.press(Key.Key_0)
    assert desk.incident.answers["breathing"].option_id == "unknown"


def test_that_brackets_go_back_to_a_question_and_another_answer_replaces_the_old(
    desk: Desk,
) -> None:
    desk.press(Key.Key_3)
    desk.press(Key.Key_BracketLeft)
    desk.press(Key.Key_1)
    assert desk.incident.answers["awake"].option_id == "alert"


def test_that_the_card_opens_with_its_clock_and_beat(desk: Desk) -> None:
    desk.press(Key.Key_3)
    desk.press(Key.Key_4)
    card = desk.view.caller.card
    assert not card.isHidden() and "1." in card.steps.text()
    desk.bench.wait_s(12)
    assert "0:12" in card.clock.text() and "110" in card.clock.text()
    desk.press(Key.Key_I, CTRL)
    assert card.steps.isHidden()


def test_that_digits_typed_into_a_field_stay_in_the_field(desk: Desk) -> None:
    desk.press(Key.Key_F7)
    desk.type("flat 3")
    assert desk.view.notes.field.text() == "flat 3"
    assert not desk.incident.answers
    desk.press(Key.Key_Return)
    assert len(desk.incident.notes) == 1 and desk.view.notes.field.text() == ""


def test_that_a_note_half_written_survives_what_happens_meanwhile(desk: Desk) -> None:
    desk.press(Key.Key_F7)
    desk.type("caretaker wai")
    desk.bench.do(AddNote(incident_id=desk.id, text="from another desk"), desk.by)
    desk.qtbot.wait(20)
    assert desk.view.notes.field.text() == "caretaker wai"
    assert "from another desk" in desk.view.notes.text.text()


def test_that_rule_and_model_and_person_stand_apart(desk: Desk) -> None:
    desk.press(Key.Key_3)
    desk.press(Key.Key_4)
    desk.bench.advise(desk.id)
    desk.qtbot.wait(20)
    severity = desk.view.severity
    assert severity.rule.text().startswith("L1, by rule:") and "%" not in severity.rule.text()
    assert "of 100 calls like this" in severity.model.text()
    assert not severity.mark.isHidden()
    assert severity.up.text().startswith("▲")
    assert "none set" in severity.person.text()


def test_that_without_answers_the_model_says_what_to_ask(desk: Desk) -> None:
    assert "Ask:" in desk.view.severity.model.text()


def test_that_ai_off_is_said_and_the_rule_goes_on(desk: Desk) -> None:
    desk.bench.do(SwitchAdvice(on=False), desk.by)
    desk.qtbot.wait(20)
    assert "AI is off" in desk.view.severity.model.text()
    assert desk.view.severity.rule.text()


def test_that_raising_the_level_is_one_key_and_lowering_it_asks_why_in_place(desk: Desk) -> None:
    desk.press(Key.Key_1, ALT)
    assert desk.incident.person_level is Level.L1
    desk.press(Key.Key_1, ALT)
    assert desk.incident.person_level is None
    desk.press(Key.Key_4, ALT)
    assert desk.incident.person_level is None
    assert not desk.view.severity.because.isHidden()
    desk.press(Key.Key_Escape)
    assert desk.view.severity.because.isHidden() and desk.panel.hasFocus()
    desk.press(Key.Key_4, ALT)
    desk.type("awake now")
    desk.press(Key.Key_Return)
    assert desk.incident.person_level is Level.L4
    assert desk.incident.person_reason == "awake now"


def test_that_the_button_says_what_is_signed(desk: Desk) -> None:
    said = desk.view.footer.button.toolTip()
    assert "0001" in said and "Epsom Avenue 12" in said
    assert "Ctrl+Enter" in said and "A. Seitkali" in said and "–" in said


def test_that_arrows_walk_the_units_and_space_takes_one_in_and_out(desk: Desk) -> None:
    selection = desk.bench.context.selection
    desk.press(Key.Key_Down)
    first = selection.candidate_id
    assert first is not None
    desk.press(Key.Key_Space)
    chosen = selection.proposal(desk.id)
    assert chosen is not None and first not in chosen
    desk.press(Key.Key_Space)
    assert selection.proposal(desk.id) is None
    for _ in range(3):
        desk.press(Key.Key_Down)
    desk.press(Key.Key_Space)
    chosen = selection.proposal(desk.id)
    assert chosen is not None and selection.candidate_id in chosen and len(chosen) == 4


def test_that_w_opens_the_verdict_of_every_unit(desk: Desk) -> None:
    few = len(desk.view.send.table.rows_model.rows)
    desk.press(Key.Key_W)
    rows = desk.view.send.table.rows_model.rows
    assert len(rows) == 12 > few
    assert all(row.why for row in rows)


def test_that_confirming_sends_and_then_says_alerted_and_acknowledged(desk: Desk) -> None:
    desk.press(Key.Key_Return, CTRL)
    held = desk.bench.board.assignments_of(desk.id)
    assert len(held) == 3 and held[0].confirmed_by == "a.seitkali"
    row = desk.view.crews._rows[held[0].assignment_id]
    assert "no answer yet" in row.state.text()
    desk.bench.report(held[0].assignment_id, AssignmentState.ALERTED)
    desk.qtbot.wait(20)
    assert "alerted" in row.state.text()
    desk.bench.wait_s(70)
    assert "NO ANSWER" in row.state.text() and row.state.property("look") == "late"
    desk.bench.report(held[0].assignment_id, AssignmentState.ACKNOWLEDGED)
    desk.qtbot.wait(20)
    assert "acknowledged" in row.state.text() and row.state.property("look") != "late"


def test_that_the_words_for_the_radio_stand_until_all_have_answered(desk: Desk) -> None:
    desk.press(Key.Key_Return, CTRL)
    desk.qtbot.wait(20)
    assert "Epsom Avenue 12" in desk.view.crews.radio.text()
    for held in desk.bench.board.assignments_of(desk.id):
        desk.bench.report(held.assignment_id, AssignmentState.ALERTED, AssignmentState.ACKNOWLEDGED)
    desk.qtbot.wait(20)
    assert desk.view.crews.words.isHidden()


def test_that_a_unit_taken_meanwhile_is_named_and_the_next_best_stands_ready(desk: Desk) -> None:
    other = desk.bench.sign_on("k.sim", "desk-2")
    second = desk.bench.incident(other, "injury", "Elm 2", at=(76.91, 43.21))
    plan = desk.bench.board.recommendation(desk.id).plan()
    taken = plan.units[0].unit_id
    desk.bench.send(second, other, [taken])
    desk.press(Key.Key_Return, CTRL)
    desk.qtbot.wait(20)
    held = desk.bench.board.assignments_of(desk.id)
    assert len(held) == 2 and taken not in {each.unit_id for each in held}
    said = desk.view.footer.refused_text.text()
    assert taken in said and "0002" in said and not desk.view.footer.refused.isHidden()
    assert "stands ready" in desk.view.footer.refused_next.text()


def test_that_nobody_signed_on_means_nothing_to_confirm(desk: Desk) -> None:
    desk.bench.do(SignOff(), person())
    desk.qtbot.wait(20)
    assert not desk.view.footer.button.isEnabled()
    assert "Nobody is signed on" in desk.view.footer.button.toolTip()
    desk.press(Key.Key_Return, CTRL)
    assert not desk.bench.board.assignments_of(desk.id)


def test_that_an_administrator_cannot_confirm(bench: PanelBench, qtbot: Any) -> None:
    desk = Desk(bench, qtbot)
    bench.do(SignOff(), desk.by)
    bench.sign_on("ada")
    desk.press(Key.Key_Return, CTRL)
    assert not bench.board.assignments_of(desk.id)


def test_that_one_key_recalls_and_asks_which_where_there_are_several(desk: Desk) -> None:
    desk.press(Key.Key_Return, CTRL)
    desk.press(Key.Key_R, CTRL)
    chooser = desk.view.footer.chooser
    assert not chooser.isHidden() and chooser.hasFocus()
    desk.press(Key.Key_2)
    states = [held.state for held in desk.bench.board.assignments_of(desk.id)]
    assert states.count(AssignmentState.RECALLED) == 1
    assert desk.panel.hasFocus()


def test_that_an_answer_by_voice_is_one_key(desk: Desk) -> None:
    desk.press(Key.Key_Down)
    for _ in range(2):
        desk.press(Key.Key_Space)
        desk.press(Key.Key_Down)
    desk.press(Key.Key_Return, CTRL)
    held = desk.bench.board.assignments_of(desk.id)
    assert len(held) == 1
    desk.press(Key.Key_Y, CTRL)
    assert desk.bench.board.assignments_of(desk.id)[0].state is AssignmentState.ACKNOWLEDGED


def test_that_a_stale_unit_stands_on_top_and_r_takes_its_place_by_voice(desk: Desk) -> None:
    desk.bench.recommend(desk.id, radio=True)
    desk.qtbot.wait(20)
    top = desk.view.send.table.rows_model.rows[0]
    assert top.standing == "radio" and "radio now" in top.why and top.times.endswith("?")
    desk.press(Key.Key_R)
    assert "say your place" in desk.view.footer.chooser.prompt.text()
    desk.bench.wait_s(5)
    before = desk.bench.board.fix(top.unit_id).t_us
    desk.press(Key.Key_1)
    assert desk.bench.board.fix(top.unit_id).t_us > before


def test_that_flags_stand_where_the_confirm_is(desk: Desk) -> None:
    desk.bench.commands.run("incident.flags")
    desk.press(Key.Key_1)
    desk.qtbot.wait(20)
    assert desk.incident.flags == ("staging",)
    assert not desk.view.footer.flags.isHidden()


def test_that_closing_takes_a_disposition_and_three_taps(desk: Desk) -> None:
    desk.press(Key.Key_E, CTRL)
    assert desk.view.closing.hasFocus()
    for key in (Key.Key_1, Key.Key_2, Key.Key_1, Key.Key_1):
        desk.press(key)
    desk.press(Key.Key_Return)
    closed = desk.incident
    assert closed.disposition == "completed" and closed.outcome.level is Level.L2
    assert closed.outcome.found == "as_called" and closed.outcome.transported is True
    assert desk.panel.hasFocus()


def test_that_nobody_found_leaves_the_outcome_missing(desk: Desk) -> None:
    desk.press(Key.Key_E, CTRL)
    desk.press(Key.Key_4)
    desk.press(Key.Key_Return)
    assert not desk.incident.is_open and desk.incident.outcome is None


def test_that_closing_waits_for_units_still_on_it(desk: Desk) -> None:
    desk.press(Key.Key_Return, CTRL)
    desk.press(Key.Key_E, CTRL)
    desk.press(Key.Key_1)
    desk.press(Key.Key_Return)
    assert desk.incident.is_open and "Still committed" in desk.view.closing.blocked.text()


def test_that_the_simulated_caller_answers_what_is_asked(bench: PanelBench, qtbot: Any) -> None:
    desk = Desk(bench, qtbot)
    assert "Yes, awake and clear" in desk.view.caller.heard.answer.text()
    assert "EXERCISE" in desk.view.caller.heard.mark.text()


def test_that_a_live_board_never_shows_a_script(
    make_bench: Callable[..., PanelBench], qtbot: Any
) -> None:
    desk = Desk(make_bench(mode="live"), qtbot)
    assert desk.view.caller.heard.isHidden()


def test_that_personal_fields_hide_while_the_desk_is_locked(desk: Desk) -> None:
    assert "+7 701" in desk.view.head.caller.text()
    desk.bench.context.set_locked(True)
    assert "+7 701" not in desk.view.head.caller.text()


def test_that_every_word_is_there_in_all_languages(
    make_bench: Callable[..., PanelBench], qtbot: Any, caplog: Any
) -> None:
    for language in LANGUAGES:
        bench = make_bench(language=language)
        ids = busy(bench, bench.sign_on())
        panel = IncidentPanel(bench.context)
        qtbot.addWidget(panel)
        for incident_id in ids:
            bench.context.selection.choose_incident(incident_id)
            panel.view.send.toggle_everybody()
            panel._on_tick(bench.clock.now_us() + 90_000_000)
        panel.view.closing.open_for(panel.needed())
    assert "no words for message" not in caplog.text


def test_that_the_table_of_units_is_a_sound_model(bench: PanelBench, qtbot: Any) -> None:
    panel = IncidentPanel(bench.context)
    qtbot.addWidget(panel)
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    tester = QAbstractItemModelTester(panel.view.send.table.rows_model, fatal)
    ids = busy(bench, bench.sign_on())
    for incident_id in (*ids, *reversed(ids)):
        bench.context.selection.choose_incident(incident_id)
        panel.view.send.toggle_everybody()
    assert tester is not None


def test_that_everything_that_takes_the_keyboard_has_a_name(desk: Desk) -> None:
    desk.press(Key.Key_Return, CTRL)
    desk.press(Key.Key_P, CTRL)
    desk.qtbot.wait(20)
    for widget in desk.panel.findChildren(QWidget):
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            said = widget.accessibleName() or getattr(widget, "text", lambda: "")()
            assert said, widget


def test_that_no_line_is_cut_without_a_tool_tip(desk: Desk) -> None:
    desk.window.resize(1024, 700)
    desk.qtbot.wait(20)
    for label in desk.panel.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap() and not label.toolTip():
            needed = label.fontMetrics().horizontalAdvance(label.text())
            assert needed <= label.width(), label.text()


def test_that_a_replay_shows_everything_and_does_nothing(
    make_bench: Callable[..., PanelBench], qtbot: Any
) -> None:
    bench = make_bench(mode="replay")
    ids = busy(bench, bench.sign_on())
    call_id = bench.ring()
    bench.commands._submit = None
    panel = IncidentPanel(bench.context)
    qtbot.addWidget(panel)
    bench.context.selection.choose_incident(ids[1])
    panel.view.caller.answered.emit("awake", "alert")
    panel.view.crews.recalled.emit("x")
    panel.view.send.picked.emit("u1")
    bench.context.selection.choose_call(call_id)
    bench.context.replaced.emit()
    assert panel.form.isHidden() and not panel.view.footer.button.isEnabled()
    assert {said.id for said in bench.refusals} == {"incident.confirm.replay"}


def test_that_a_unit_that_cannot_go_is_refused_with_the_reason(desk: Desk) -> None:
    other = desk.bench.sign_on("k.sim", "desk-2")
    second = desk.bench.incident(other, "injury", "Elm 2", at=(76.91, 43.21))
    desk.bench.send(second, other, ["u9"])
    desk.view.send.picked.emit("u9")
    said = desk.bench.refusals[-1]
    assert said.id == "incident.cannot_go" and "0002" in str(said.values["why"])


def test_that_the_table_stays_in_sight_until_it_is_signed(desk: Desk) -> None:
    desk.window.resize(1920, 1200)
    desk.qtbot.waitUntil(lambda: desk.view.is_pinned)
    assert not desk.view.scroll.isAncestorOf(desk.view.send) and desk.view.send.isVisible()
    desk.press(Key.Key_W)
    assert desk.view.scroll.isAncestorOf(desk.view.send)
    desk.press(Key.Key_W)
    assert desk.view.is_pinned
    desk.press(Key.Key_Return, CTRL)
    desk.bench.recommend(desk.id)
    desk.window.resize(1200, 700)
    desk.qtbot.waitUntil(lambda: not desk.view.is_pinned)
    assert desk.view.scroll.isAncestorOf(desk.view.send) and desk.view.send.isVisible()


def test_that_a_page_can_be_turned_by_key(desk: Desk) -> None:
    desk.window.resize(1100, 660)
    desk.press(Key.Key_3)
    desk.press(Key.Key_4)
    bar = desk.view.scroll.verticalScrollBar()
    desk.qtbot.waitUntil(lambda: bar.maximum() > 0 and not desk.view.is_pinned)
    desk.qtbot.wait(50)
    desk.press(Key.Key_PageDown)
    assert bar.value() > 0
    desk.press(Key.Key_PageUp)
    assert bar.value() == 0
