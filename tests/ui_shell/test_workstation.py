"""The window: keys under any layout, overlays, locking, docks, modes, languages."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from dispatch.desk.advice import SwitchAdvice
from dispatch.desk.incidents import AddNote
from dispatch.desk.staff import SignOn, TakeAlarm
from dispatch.domain.call import Call
from dispatch.domain.incident import Incident
from dispatch.domain.message import Message, Problem
from dispatch.domain.staff import Alarm, Role
from dispatch.domain.unit import Unit
from dispatch.domain.value import Point
from dispatch.words import LANGUAGES, say
from tests.ui_shell.conftest import Someone
from ui.shell.layouts import LayoutStore
from ui.shell.mode import mode_colours
from ui.shell.notices import Weight

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


def press(key, held=NONE, scan=0, text=""):
    """A key press as the X11 plug-in sends it, to whatever has the focus."""
    target = QApplication.focusWidget()
    assert target is not None
    event = QKeyEvent(QEvent.Type.KeyPress, key, held, scan, 0, 0, text)
    QApplication.sendEvent(target, event)


@pytest.mark.parametrize(("key", "text"), [(0x4B, "k"), (0x41B, "л"), (0x314F, "ㅏ")])
def test_that_ctrl_k_opens_the_palette_under_every_layout(bench, key, text):
    bench.window.go_to("queue")
    press(key, CTRL, 45, text)
    assert bench.window.palette_overlay.isVisible()
    press(Qt.Key.Key_Escape)
    assert not bench.window.palette_overlay.isVisible()
    assert bench.window.panel("queue").hasFocus()


def test_that_digits_are_answers_except_while_typing(bench, qtbot):
    bench.sign_on()
    answers = []
    bench.commands.bind("incident.answer_2", lambda: answers.append(2))
    bench.window.go_to("queue")
    press(0x32, NONE, 11, "2")
    field = QLineEdit(bench.window.panel("incident"))
    field.show()
    field.setFocus()
    press(0x32, NONE, 11, "2")
    assert answers == [2]
    assert field.text() == "2"


def test_that_ctrl_enter_confirms_even_while_typing(bench):
    bench.sign_on()
    sent = []
    bench.commands.bind("send.confirm", lambda: sent.append(True))
    field = QLineEdit(bench.window.panel("incident"))
    field.show()
    field.setFocus()
    press(Qt.Key.Key_Return, CTRL, 36, "\r")
    assert sent == [True]


def test_that_ctrl_z_in_a_changed_field_undoes_the_typing_alone(bench):
    bench.sign_on()
    field = QLineEdit(bench.window.panel("incident"))
    field.show()
    field.setFocus()
    press(0x41, NONE, 38, "a")
    press(0x5A, CTRL, 52, "\x1a")
    assert field.text() == ""
    assert bench.desk.verbs == []


def test_that_a_key_held_down_takes_one_call(bench):
    bench.sign_on()
    taken = []
    bench.commands.bind("call.take", lambda: taken.append(True))
    bench.window.go_to("queue")
    for again in (False, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F2, NONE, 68, 0, 0, "", again)
        QApplication.sendEvent(QApplication.focusWidget(), event)
    assert taken == [True]


def test_that_signing_on_needs_a_pin_and_says_why_it_was_refused(bench, qtbot):
    bench.window.go_to("queue")
    bench.commands.run("people.sign_on")
    overlay = bench.window.sign_on_overlay
    press(Qt.Key.Key_Return)
    assert bench.desk.verbs == []
    overlay.pin.setText("0000")
    press(Qt.Key.Key_Return)
    assert bench.desk.verbs == [SignOn(user_id="a", pin="0000")]
    bench.desk.refuse("desk.sign_on_refused")
    assert overlay.isVisible() and overlay.answer.isVisible() and overlay.pin.text() == ""
    press(Qt.Key.Key_Down)
    overlay.pin.setText("1470")
    press(Qt.Key.Key_Return)
    assert bench.desk.verbs[-1] == SignOn(user_id="b", pin="1470")
    bench.sign_on(Role.TRAINER)
    bench.desk.accept()
    assert not overlay.isVisible() and overlay.pin.text() == ""


def test_that_a_locked_desk_hides_what_is_personal_and_takes_no_verb(bench):
    bench.sign_on()
    bench.window.go_to("queue")
    bench.commands.run("people.lock")
    overlay = bench.window.sign_on_overlay
    assert bench.context.plain("token") == "•••"
    press(Qt.Key.Key_Escape)
    assert overlay.isVisible()
    refused = []
    bench.commands.submit(SwitchAdvice(on=False), None, refused.append)
    assert refused and bench.desk.verbs == []
    overlay.pin.setText("1470")
    press(Qt.Key.Key_Return)
    bench.desk.accept()
    assert not bench.context.locked and not overlay.isVisible()


def test_that_a_locked_desk_forgets_what_was_typed_into_the_command_line(bench):
    bench.sign_on()
    line = bench.window.top_bar.line
    line._past.append("n 417 name of a caller")
    line.field.setText("n 417 more")
    bench.commands.run("people.lock")
    assert line.field.text() == "" and line._past == []


def test_that_finding_a_call_sign_leads_to_the_unit_and_never_to_a_road(bench, monkeypatch):
    looked_up, sought = [], []
    monkeypatch.setattr(
        bench.window.finder._names, "search", lambda text: bool(looked_up.append(text)) or True
    )
    bench.context.selection.unit_sought.connect(sought.append)
    bench.board.picture.units["a1"] = Unit(
        "a1", "engine", "fire", "A1", "s", (), 4, Point(74.2, 44.9)
    )
    for text in ("A1", " a1 ", "a18"):
        bench.window.finder.find(text)
    assert sought == ["a1", "a1"] and looked_up == ["a18"]


def test_that_no_line_of_the_command_lines_hint_is_cut_off(bench):
    bench.sign_on()
    bench.commands.run("window.command_line")
    drop = bench.window.top_bar.line._drop
    drop.show_hint("what one can do · " * 40, (), good=True)
    drop.place(drop.pos(), 300)
    QApplication.processEvents()
    assert drop.hint.height() >= drop.hint.heightForWidth(drop.hint.width()) > 60


def test_that_a_ringing_call_is_announced_once(bench, monkeypatch):
    said = []
    monkeypatch.setattr("ui.shell.top_bar.announce", lambda _, text, urgent: said.append(text))
    bench.board.picture.calls["c"] = Call(call_id="c")
    for _ in range(3):
        bench.window.top_bar.refresh()
    assert said == ["1 call ringing · F2"]


def test_that_the_command_line_notes_and_proposes(bench, qtbot):
    bench.sign_on()
    bench.board.picture.incidents["i"] = Incident(
        incident_id="i", number=417, opened_us=0, opened_by="a", owner="a"
    )
    bench.window.go_to("queue")
    bench.commands.run("window.command_line")
    line = bench.window.top_bar.line
    line.field.setText("n 417 gate code 12")
    press(Qt.Key.Key_Return)
    assert bench.desk.verbs == [AddNote(incident_id="i", text="gate code 12")]
    assert bench.window.panel("queue").hasFocus()


def test_that_an_alarm_stands_until_somebody_takes_it(bench):
    bench.sign_on()
    bench.board.picture.alarms["x"] = Alarm(
        alarm_id="x", kind="k", subject="", message=Message("shell.lane_stopped"), raised_us=1
    )
    bench.window.notices.refresh()
    assert bench.window.notices.isVisible()
    bench.commands.run("alarm.acknowledge")
    assert bench.desk.verbs == [TakeAlarm(alarm_id="x")]


def test_that_a_repeated_refusal_is_one_line(bench):
    for _ in range(4):
        bench.window.notices.tell(Message("shell.no_alarm"), Weight.PASSING)
    assert len(bench.window.notices.standing()) == 1


def test_that_a_ringing_call_is_a_button_with_its_key(bench):
    bench.sign_on()
    assert not bench.window.top_bar.ring.isVisible()
    bench.board.picture.calls["c"] = Call(call_id="c")
    bench.window.top_bar.refresh()
    assert bench.window.top_bar.ring.isVisible()
    assert bench.window.top_bar.ring.text() == "1 call ringing · F2"


def test_that_the_clock_is_in_the_regions_zone(bench):
    assert bench.window.top_bar.clock.text() == "19:13:20"


@pytest.mark.parametrize("mode", ["exercise", "replay", "live"])
def test_that_the_frame_shows_the_mode_on_every_edge(make_bench, mode):
    bench = make_bench(mode=mode)
    picture = bench.window.grab().toImage()
    frame = mode_colours(bench.context).frame
    wide, high = picture.width(), picture.height()
    for x, y in ((1, high // 2), (wide - 2, high // 2), (wide // 2, 1), (wide // 2, high - 2)):
        assert picture.pixelColor(x, y).name() == frame


def test_that_a_floated_dock_wears_badge_and_frame(bench):
    dock = bench.window.docks["queue"]
    dock.setFloating(True)
    assert dock.header.badge.isVisible()
    assert dock.header.badge.text() == "EXERCISE: simulated shift"
    dock.setFloating(False)
    assert not dock.header.badge.isVisible()


def test_that_the_wall_map_wears_the_frame_too(bench):
    bench.commands.run("panel.wall_map")
    wall = bench.window._wall
    assert wall is not None and wall.isVisible()
    shown = wall.grab().toImage().pixelColor(1, 300).name()
    assert shown == mode_colours(bench.context).frame
    bench.commands.run("panel.wall_map")
    assert bench.window._wall is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_no_word_of_the_top_bar_is_cut_at_1366(make_bench, language):
    bench = make_bench(language=language)
    bench.sign_on()
    bench.board.picture.calls["c"] = Call(call_id="c")
    bench.board.picture.alarms["x"] = Alarm(
        alarm_id="x", kind="k", subject="", message=Message("shell.no_alarm"), raised_us=1
    )
    bar = bench.window.top_bar
    bar.refresh()
    QApplication.processEvents()
    for widget in (bar.ring, bar.alarms, bar.ai, bar.person, bar.badge, bar.clock, bar.region):
        assert widget.isVisible()
        assert widget.width() >= widget.minimumSizeHint().width()
        assert widget.geometry().right() <= bar.width()


def test_that_the_language_changes_while_it_runs(bench):
    bench.commands.run("window.language_ko")
    assert bench.window.docks["queue"].windowTitle() == say("shell.panel.queue", "ko")
    assert bench.window.top_bar.badge.text() == say("shell.mode.exercise_short", "ko")
    for label in bench.window.findChildren(QLabel):
        assert "shell." not in label.text() and "commands." not in label.text()


def test_that_the_theme_changes_while_it_runs(bench):
    bench.commands.run("window.theme")
    assert not bench.context.theme.dark
    ground = bench.window.panel("queue").grab().toImage().pixelColor(5, 5).name()
    assert ground == bench.context.theme.ui.panel


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_the_sheet_of_keys_names_every_key_and_fits(make_bench, language):
    bench = make_bench(language=language)
    for command_id in bench.commands.commands:
        bench.commands.bind(command_id, lambda: None)
    bench.window.go_to("map")
    bench.window.keys_overlay.open()
    sheet = bench.window.keys_overlay
    QApplication.processEvents()
    words = {label.text() for label in sheet.findChildren(QLabel)}
    assert say("commands.map.zoom_in", language) in words
    assert say("commands.call.take", language) in words
    assert sheet.geometry().bottom() <= bench.window.height()


def test_that_the_palette_finds_by_own_word_by_english_and_by_keys(make_bench):
    bench = make_bench(language="ru")
    palette = bench.window.palette_overlay
    palette.open()
    for typed in ("тёмная", "dark", "вфкл"):
        palette.field.setText(typed)
        found = _ids(palette)
        assert "window.theme" in found


def test_that_a_layout_is_kept_by_role(bench, tmp_path):
    window = bench.window
    window._layouts = LayoutStore(tmp_path)
    window.use_layout_of("dispatcher")
    window.docks["units"].hide()
    window.use_layout_of("supervisor")
    assert not window.docks["units"].isHidden()
    window.use_layout_of("dispatcher")
    assert window.docks["units"].isHidden()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b'{"version":1}', b"x" * 300_000])
def test_that_a_broken_layout_is_passed_over(tmp_path, content):
    (tmp_path / "layout-dispatcher.json").write_bytes(content)
    assert LayoutStore(tmp_path).load("dispatcher") is None


def test_that_leaving_while_signed_on_is_asked_twice(bench):
    bench.sign_on()
    left = []
    bench.window.leaving.connect(lambda: left.append(True))
    bench.window.close()
    assert not left and bench.window.isVisible()
    bench.window.close()
    assert left == [True]


def test_that_every_control_has_a_name_for_a_screen_reader(bench):
    bench.sign_on()
    from PySide6.QtWidgets import QAbstractButton

    for kind in (QAbstractButton, QLineEdit):
        for widget in bench.window.findChildren(kind):
            named = widget.accessibleName() or getattr(widget, "text", str)()
            assert named or not widget.isVisible(), widget


def _ids(palette):
    rows = range(min(3, palette.list.count()))
    return [palette.list.item(row).data(Qt.ItemDataRole.UserRole) for row in rows]


def test_that_a_new_centre_makes_its_first_person_in_the_window(qtbot, make_bench):
    added, people = [], []

    def add(*person):
        added.append(person)
        people.append(Someone(*person[:3]))

    bench = make_bench(people=people, add_person=add)
    bench.commands.run("people.sign_on")
    form = bench.window.people_overlay
    assert form.isVisible() and not bench.window.sign_on_overlay.isVisible()
    form.name.setText("A. Seitkali")
    form.pin.setText("1470")
    form.again.setText("1471")
    form.button.click()
    assert form.answer.isVisible() and added == []
    form.again.setText("1470")
    form.button.click()
    qtbot.waitUntil(bench.window.sign_on_overlay.isVisible)
    assert not form.isVisible()
    assert added == [("a.seitkali", "A. Seitkali", "supervisor", "1470")]
    assert form.pin.text() == ""


def test_that_a_pin_too_short_is_said_and_the_form_stays(qtbot, make_bench):
    def refuse(*person):
        raise Problem("journal.pin_length", min=4, max=64)

    bench = make_bench(people=[], add_person=refuse)
    bench.commands.run("people.sign_on")
    form = bench.window.people_overlay
    form.name.setText("A")
    form.pin.setText("1")
    form.again.setText("1")
    form.button.click()
    qtbot.waitUntil(lambda: form.answer.isVisible())
    assert form.isVisible() and form.isEnabled()


def test_that_markup_in_a_value_is_shown_as_it_was_written(bench):
    bench.window.notices.tell(Message("shell.not_found", {"text": "<b>x</b><img src=y>"}))
    words = [label for label in bench.window.notices.findChildren(QLabel) if "<b>" in label.text()]
    assert words and words[0].textFormat() is Qt.TextFormat.PlainText
    assert "&lt;b&gt;" in words[0].toolTip()
