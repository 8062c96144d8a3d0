"""The same physical key gives the same command under every layout."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from dispatch.domain.message import Problem
from ui.commands.keys import Chord, chord_of, parse_chord

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def press(key: int, held: Qt.KeyboardModifier, scan: int, text: str, virtual: int = 0) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, held, scan, virtual, 0, text)


#: Scan codes of X11: K is 45, 1 is 10, L is 46, / is 61, Z is 52.
LAYOUTS = [
    ("us", 0x4B, "k"),
    ("ru", 0x41B, "л"),
    ("kz", 0x41B, "л"),
    ("kr", 0x314F, "ㅏ"),
]


@pytest.mark.parametrize(("layout", "key", "text"), LAYOUTS)
def test_that_ctrl_k_is_the_same_under_every_layout(qapp, layout, key, text):
    assert chord_of(press(key, CTRL, 45, text), "xcb") == Chord("K", ctrl=True)


@pytest.mark.parametrize(("key", "text"), [(0x31, "1"), (0x22, '"'), (0x456, "і")])
def test_that_the_digit_row_answers_even_where_it_types_kazakh_letters(qapp, key, text):
    assert chord_of(press(key, NONE, 10, text), "xcb") == Chord("1")


def test_that_the_question_mark_key_opens_the_keys_under_a_russian_layout(qapp):
    assert chord_of(press(0x2C, SHIFT, 61, ","), "xcb") == Chord("/", shift=True)


def test_that_windows_scan_codes_are_read_without_the_offset_of_x11(qapp):
    assert chord_of(press(0x41B, CTRL, 37, "л"), "windows") == Chord("K", ctrl=True)


def test_that_macos_virtual_keys_are_read(qapp):
    assert chord_of(press(0x41B, CTRL, 1, "л", virtual=40), "cocoa") == Chord("K", ctrl=True)


def test_that_keys_no_layout_moves_are_read_from_qt(qapp):
    assert chord_of(press(Qt.Key.Key_F2, NONE, 68, ""), "xcb") == Chord("F2")
    assert chord_of(press(Qt.Key.Key_Enter, CTRL, 104, "\r"), "xcb") == Chord("Enter", ctrl=True)


def test_that_a_key_without_scan_code_falls_back_to_what_qt_says(qapp):
    assert chord_of(press(Qt.Key.Key_4, ALT, 0, "4"), "xcb") == Chord("4", alt=True)
    assert chord_of(press(Qt.Key.Key_Question, SHIFT, 0, "?"), "xcb") == Chord("/", shift=True)


def test_that_the_keypad_answers_questions_too(qapp):
    keypad = Qt.KeyboardModifier.KeypadModifier
    assert chord_of(press(Qt.Key.Key_1, keypad, 87, "1"), "xcb") == Chord("1")


def test_that_a_bare_modifier_is_no_chord(qapp):
    assert chord_of(press(Qt.Key.Key_Control, CTRL, 37, ""), "xcb") is None


@pytest.mark.parametrize("text", ["Ctrl+K", "Alt+1", "F2", "/", "Ctrl+Shift+M", "Shift+=", "Space"])
def test_that_a_chord_reads_as_it_is_written(text):
    assert str(parse_chord(text)) == text


@pytest.mark.parametrize("text", ["", "Ctrl+", "Hyper+K", "Ctrl+Ж", "F99"])
def test_that_an_unknown_key_is_refused(text):
    with pytest.raises(Problem, match="bad_key"):
        parse_chord(text)


def test_that_plain_digits_type_and_alt_digits_do_not():
    assert Chord("1").types_text
    assert not Chord("1", alt=True).types_text
    assert Chord("Z", ctrl=True).edits_text
    assert not Chord("Enter", ctrl=True).edits_text
