"""The command line's grammar: what a line means, under any layout, and that it never breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.commands.layouts import by_keys
from ui.commands.line import STATE_WORDS, VERBS, Ask, Ready, Words, complete, parse

WORDS = Words(
    incidents={"0412": "i-412", "0417": "i-417", "1417": "i-1417", "0099": "i-99"},
    units={"M12": "u-m12", "M1": "u-m1", "E3": "u-e3", "E31": "u-e31", "АЦ-2": "u-ac2"},
)


def test_that_units_are_proposed_by_their_shortest_names():
    assert parse("d 417 m12 e3", WORDS) == Ready(
        "dispatch",
        incident_id="i-417",
        number="0417",
        unit_ids=("u-m12", "u-e3"),
        labels=("M12", "E3"),
    )


@pytest.mark.parametrize("line", ["в 417 ь12 у3", "ㅇ 417 ㅡ12 ㄷ3", "D 0417 M12 E3"])
def test_that_a_line_typed_under_another_layout_means_the_same(line):
    parsed = parse(line, WORDS)
    assert isinstance(parsed, Ready)
    assert parsed.unit_ids == ("u-m12", "u-e3")


def test_that_the_kazakh_digit_row_is_read_by_its_keys():
    parsed = parse('o ң".', Words(incidents={"0417": "i-417"}))
    assert isinstance(parsed, Ready)
    assert parsed.incident_id == "i-417"


def test_that_a_number_finds_its_incident_without_zeros_before_longer_ones():
    parsed = parse("o 417", WORDS)
    assert isinstance(parsed, Ready) and parsed.incident_id == "i-417"


def test_that_an_ending_two_incidents_share_is_asked_back():
    parsed = parse("o 17", WORDS)
    assert isinstance(parsed, Ask)
    assert set(parsed.options) == {"0417", "1417"}


def test_that_a_state_is_known_by_its_short_word():
    parsed = parse("s m12 sc", WORDS)
    assert isinstance(parsed, Ready) and parsed.state == "on_scene"
    parsed = parse("s m12 oos flat tyre", WORDS)
    assert isinstance(parsed, Ready)
    assert (parsed.state, parsed.text) == ("out_of_service", "flat tyre")


def test_that_an_ambiguous_state_is_asked_back():
    parsed = parse("s m12 o", WORDS)
    assert isinstance(parsed, Ask)
    assert {"oos", "od"} <= set(parsed.options)


def test_that_a_call_sign_in_cyrillic_is_found_as_typed():
    parsed = parse("u ац2", WORDS)
    assert isinstance(parsed, Ready) and parsed.unit_ids == ("u-ac2",)


def test_that_a_unit_is_found_by_its_long_name_too():
    words = Words(units={"M12": "M12", "M1": "M1"}, aliases={"Medic 12": "M12", "Medic 1": "M1"})
    parsed = parse("u medic12", words)
    assert isinstance(parsed, Ready) and parsed.unit_ids == ("M12",)
    assert isinstance(parse("u med", words), Ask)


def test_that_a_note_keeps_its_text_as_typed():
    parsed = parse("n 417  Подъезд 2,  дверь  открыта ", WORDS)
    assert isinstance(parsed, Ready)
    assert parsed.text == "Подъезд 2,  дверь  открыта"


def test_that_a_crossing_is_looked_for_as_typed():
    assert parse("f elm/5th", WORDS) == Ready("find", text="elm/5th")


def test_that_a_level_needs_one_to_five():
    assert isinstance(parse("l 417 6", WORDS), Ask)
    parsed = parse("l 417 2 worse now", WORDS)
    assert isinstance(parsed, Ready) and (parsed.level, parsed.text) == (2, "worse now")


def test_that_every_completion_leads_on():
    for line in ("", "d", "d ", "d 41", "d 417 ", "s m12 ", "s m12 o", "l 417 "):
        for longer in complete(line, WORDS, limit=50):
            assert longer.startswith(line[: len(longer)]) or line.strip()
            parsed = parse(longer, WORDS)
            assert not isinstance(parsed, Ask) or parsed.known


def test_that_each_short_word_stands_for_one_thing():
    for table in (VERBS, STATE_WORDS):
        words = [word for forms in table.values() for word in forms]
        assert len(words) == len(set(words))


def test_that_hangul_is_taken_apart_into_its_keys():
    assert by_keys("ㅇ") == "d"
    assert by_keys("왜") == "dho"
    assert by_keys("값") == "rkqt"


ANY = st.text(max_size=60)
NEAR = st.lists(
    st.sampled_from(
        ["d", "s", "n", "l", "r", "o", "417", "m12", "e3", "sc", "o", "в", "ㅡ12", "7"]
    ),
    max_size=6,
).map(" ".join)


@given(st.one_of(ANY, NEAR))
def test_that_nothing_that_can_be_typed_breaks_the_parser(line):
    parsed = parse(line, WORDS)
    if isinstance(parsed, Ask):
        assert 0 <= parsed.at <= len(line)
    else:
        assert parsed.verb in VERBS
        assert set(parsed.unit_ids) <= set(WORDS.units.values())
    complete(line, WORDS)


@given(st.sampled_from(sorted(WORDS.units)), st.sampled_from(sorted(STATE_WORDS)))
def test_that_every_unit_and_state_can_be_said(label, state):
    parsed = parse(f"s {label} {STATE_WORDS[state][0]}", WORDS)
    assert isinstance(parsed, Ready)
    assert (parsed.unit_ids, parsed.state) == ((WORDS.units[label],), state)
