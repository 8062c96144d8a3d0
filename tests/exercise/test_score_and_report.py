"""The score says what the journal shows, and the report can be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.level import Level
from dispatch.domain.message import Message, Problem
from dispatch.exercise.plan import ExercisePlan
from dispatch.exercise.report import COLUMNS, header, markdown, page, rows, write_report
from dispatch.exercise.score import CallScore, Score, Segment
from dispatch.words import LANGUAGES

Played = dict[str, tuple[ExercisePlan, Score]]


def small_score() -> Score:
    late = CallScore("a<b", "0001", 20.0, 70.0, 300.0, Level.L1, Level.L3, units_needed=2)
    late.units_sent, late.verified = 1, True
    twin = CallScore("twin", "0001", 2.0, truth_level=Level.L1, duplicate_of="a<b", joined=False)
    never = CallScore("c", truth_level=Level.L2)
    segments = [
        Segment("answer", (20.0, 2.0), 15.0),
        Segment("send_l1", (70.0,), 60.0),
        Segment("send", (), 90.0),
        Segment("arrive", (300.0,), None),
    ]
    return Score(Message("scenarios.first_shift.title"), [late, twin, never], segments)


def test_that_what_is_not_as_it_should_be_is_marked() -> None:
    late, twin, never = rows(small_score(), "en")
    judged = dict(zip(COLUMNS, late, strict=True))
    assert judged["answer"].good is False and judged["send"].good is False
    assert judged["level"].good is False and judged["level"].text == "L3, was L1"
    assert judged["units"].good is False and judged["verified"].good is True
    assert dict(zip(COLUMNS, twin, strict=True))["joined"].good is False
    assert dict(zip(COLUMNS, never, strict=True))["send"].good is False


def test_that_the_words_count_right() -> None:
    said = {line.id.removeprefix("exercise.score."): line.values for line in small_score().lines()}
    assert said["answer"]["met"] == 1 and said["answer"]["n"] == 2
    assert said["level"] == {"right": 0, "n": 1}
    assert said["under"]["n"] == 1 and said["over"]["n"] == 0
    assert said["under_response"]["n"] == 1
    assert said["duplicates"] == {"right": 0, "n": 1}
    assert said["never_sent"]["call"] == "c"
    assert "send_none" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_a_report_reads_in_every_language(played: Played, language: str) -> None:
    plan, score = played["first_shift"]
    text, html = markdown(score, plan.journal, language), page(score, plan.journal, language)
    assert "{" not in text
    for name in header(language):
        assert name in text and name in html
    assert "exercise." not in text + html
    assert plan.journal.name in text


def test_that_no_text_of_a_scenario_becomes_markup() -> None:
    html = page(small_score(), Path("x.vigil"), "en")
    assert "a<b" not in html and "a&lt;b" in html
    text = markdown(small_score(), Path("x.vigil"), "en")
    assert text.count("\n| ") == 5 and "<" not in text


def test_that_a_report_that_cannot_be_written_names_the_file(tmp_path: Path) -> None:
    target = tmp_path / "no such folder" / "score.html"
    with pytest.raises(Problem) as caught:
        write_report(small_score(), Path("x.vigil"), target, "en")
    assert caught.value.message.values["file"] == str(target)
    write_report(small_score(), Path("x.vigil"), tmp_path / "score.md", "en")
    assert (tmp_path / "score.md").read_text("utf-8").startswith("# ")
