"""A typed closure: the same in four languages and by signs; what is missing or unclear is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.commands.closing_line import Closing, Missing, minutes_of, parse_closing
from ui.commands.line import Ask, Ready, Words, complete, parse

WORDS = Words(
    incidents={"0417": "i-417"}, closures={"Elm Street": "c-1", "Elm Park Road, Oak Lane": "c-2"}
)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("close elm st from 5th to 7th until 14:00", ("elm st", "5th", "7th", "14:00", "other")),
        (
            "c elm st from 5th ave to 7th ave until 1400 reason works",
            ("elm st", "5th ave", "7th ave", "1400", "works"),
        ),
        ("close elm between 5th and 7th until +2h flood", ("elm", "5th", "7th", "+2h", "flood")),
        ("c elm/5th/7th +2h", ("elm", "5th", "7th", "+2h", "other")),
        (
            "c elm st / 5th / 12/2 lane 14:00 police",
            ("elm st", "5th", "12/2 lane", "14:00", "police"),
        ),
        ("close elm from a to b until reopened fire", ("elm", "a", "b", "reopened", "fire")),
        ("перекрыть ленина от 5й до 7й до 14:00 ремонт", ("ленина", "5й", "7й", "14:00", "works")),
        (
            "закрыть мира с садовой до лесной до открытия",
            ("мира", "садовой", "лесной", "reopened", "other"),
        ),
        ("с ленина/5/7 +2ч дтп", ("ленина", "5", "7", "+2ч", "crash")),
        ("жабу абай / 5 / 7 90мин өрт", ("абай", "5", "7", "90мин", "fire")),
        ("жабу абай / 5 / 7 +3сағ өрт", ("абай", "5", "7", "+3сағ", "fire")),
        ("통제 중앙로 5길부터 7길까지 14:00까지 공사", ("중앙로", "5길", "7길", "14:00", "works")),
        ("통제 중앙로/5길/7길 +2시간 침수", ("중앙로", "5길", "7길", "+2시간", "flood")),
    ],
)
def test_that_a_line_closes_a_street_between_two_crossings(line: str, said) -> None:
    parsed = parse(line, WORDS)
    assert isinstance(parsed, Ready) and parsed.verb == "close" and parsed.closing is not None
    found = parsed.closing
    assert (found.street, found.first, found.second, found.until, found.reason) == said


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("close", "commands.line.close_street"),
        ("close elm st", "commands.line.close_from"),
        ("close elm st from 5th", "commands.line.close_to"),
        ("close elm st from 5th to 7th", "commands.line.close_until"),
        ("close elm st from 5th to 7th until noon", "commands.line.close_no_time"),
        ("close elm st from 5th to 7th until 14:00 reason aliens", "commands.line.close_no_reason"),
    ],
)
def test_that_what_is_missing_or_unclear_is_asked(line: str, asked: str) -> None:
    parsed = parse(line, WORDS)
    assert isinstance(parsed, Ask) and parsed.question.id == asked


@pytest.mark.parametrize("line", ["c elm st/5th/7th +2h", "c elm st / 5th / 7th +2h"])
def test_that_what_stands_behind_the_street_is_known(line: str) -> None:
    """So that a twin can be put in the street's place."""
    parsed = parse(line, WORDS)
    assert isinstance(parsed, Ready) and parsed.closing is not None
    assert line.endswith(parsed.closing.tail.strip())
    assert parsed.closing.tail.replace(" ", "") == "/5th/7th+2h"


def test_that_an_end_is_offered_as_a_whole_line() -> None:
    assert complete("close elm from a to b", WORDS)[0] == "close elm from a to b until +1h"


def test_that_open_finds_an_incident_by_number_and_a_closed_street_by_name() -> None:
    assert parse("o 417", WORDS) == Ready("open", incident_id="i-417", number="0417")
    assert parse("open elm street", WORDS) == Ready(
        "open_road", text="Elm Street", closure_id="c-1"
    )
    several = parse("open elm", WORDS)
    assert isinstance(several, Ask) and len(several.options) == 2
    unknown = parse("open ash", WORDS)
    assert isinstance(unknown, Ask) and not unknown.known


@pytest.mark.parametrize(
    ("text", "minutes"), [("+2h", 120), ("90m", 90), ("+1ч", 60), ("2시간", 120), ("14:00", None)]
)
def test_that_spans_are_read(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes


@given(st.text(max_size=80))
def test_that_no_text_breaks_it(text: str) -> None:
    assert isinstance(parse_closing(f"close {text}", 6), Closing | Missing)
    assert isinstance(parse(f"close {text}", WORDS), Ready | Ask)
