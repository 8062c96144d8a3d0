"""The question book: ten types, four languages, complaints with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.message import Problem
from dispatch.resources import resource
from dispatch.severity.questions import SERVICES, UNKNOWN, QuestionBook
from dispatch.words import LANGUAGES, catalogue, say

TYPES = [
    "unconscious", "breathing", "chest_pain", "stroke", "injury",
    "sick", "fire", "hazard", "collision", "violence",
]  # fmt: skip


@pytest.fixture(scope="module")
def book() -> QuestionBook:
    return QuestionBook.shipped()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource("questions"), tmp_path / "questions"))


def test_that_the_ten_call_types_stand_in_order_with_at_most_six_questions(book) -> None:
    assert [call_type.type_id for call_type in book.types] == TYPES
    for call_type in book.types:
        assert 1 <= len(call_type.questions) <= 6
        assert set(call_type.services) <= set(SERVICES)
        for question in call_type.questions:
            assert [option.digit for option in question.options] == list(
                range(1, len(question.options) + 1)
            )
            assert question.of_digit(0).option_id == UNKNOWN


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_every_text_of_the_book_exists_in_every_language(book, language) -> None:
    book.check_words()
    for message_id in book.word_ids():
        assert message_id in catalogue(language)
        assert "{" not in say(message_id, language)


def test_that_every_language_has_the_same_ids_and_placeholders() -> None:
    import re

    for name in ("severity", "questions"):
        english = {k: v for k, v in catalogue("en").items() if k.startswith(f"{name}.")}
        for language in LANGUAGES:
            other = {k: v for k, v in catalogue(language).items() if k.startswith(f"{name}.")}
            assert other.keys() == english.keys()
            for key, text in english.items():
                assert set(re.findall(r"{(\w+)}", str(text))) == set(
                    re.findall(r"{(\w+)}", str(other[key]))
                ), key


def test_that_a_few_letters_find_a_type_in_any_language(book) -> None:
    def first(text: str, language: str) -> str:
        return book.search(text, language)[0].type_id

    assert first("unc", "en") == "unconscious"
    assert first("chest", "ko") == "chest_pain"
    assert first("ДТП", "ru") == "collision"
    assert first("не ды", "ru") == "unconscious"
    assert first("өрт", "kk") == "fire"
    assert first("пожар", "kk") == "fire"
    assert first("정지", "ko") == "unconscious"
    assert book.search("zzzz", "en") == ()
    assert book.search("  ", "en") == book.types


def test_that_questions_come_in_order_and_unknown_counts_as_asked(book) -> None:
    answers: dict[str, str] = {}
    asked = []
    while (question := book.next_unanswered("sick", answers)) is not None:
        asked.append(question.question_id)
        answers[question.question_id] = UNKNOWN
    assert asked == ["awake", "breathing", "sick_kind", "who"]
    answers = {"awake": "alert", "breathing": "normal", "sick_kind": "birth"}
    following = book.next_unanswered("sick", answers)
    assert following is not None and following.question_id == "birth_stage"


def test_that_an_answer_calls_in_the_service_it_needs(book) -> None:
    violence = book.type("violence")
    assert violence.services_for({}) == ("police",)
    assert violence.services_for({"how_many": "one"}) == ("police", "medical")
    assert "rescue" in book.type("collision").services_for({"trapped": "yes"})


def test_that_the_instruction_card_follows_the_answers(book) -> None:
    cards = book.cards_for("unconscious", {"awake": "unresponsive", "breathing": "snoring"})
    assert [card.card_id for card in cards] == ["compressions"]
    assert cards[0].rate_per_min == 110
    still = {"awake": "unresponsive", "breathing": "none"}
    child = book.cards_for("unconscious", {**still, "who": "infant"})
    assert [card.card_id for card in child] == ["compressions_child"]
    shock = book.cards_for("injury", {**still, "injury_cause": "electricity"})
    assert [card.card_id for card in shock] == ["electricity", "compressions"]
    doubt = book.cards_for("unconscious", {"awake": "unresponsive", "breathing": "unknown"})
    assert [card.card_id for card in doubt] == ["compressions"]
    choking = {"awake": "alert", "breathing": "none", "breath_cause": "choking"}
    offered = [card.card_id for card in book.cards_for("breathing", choking)]
    assert offered[0] == "choking" and "compressions" not in offered
    assert all(len(card.steps) >= 3 for card in book.cards.values())


def test_that_answers_of_another_type_keep_their_concepts(book) -> None:
    assert "weapon_in_use" in book.concepts("injury", {"weapon": "used"})
    assert book.concepts("injury", {"weapon": UNKNOWN, "nonsense": "x"}) == frozenset()


def test_that_an_answer_outside_the_book_is_refused(book) -> None:
    book.check_answer("awake", UNKNOWN)
    for question, option in (("awake", "maybe"), ("nonsense", "x")):
        with pytest.raises(Problem) as caught:
            book.check_answer(question, option)
        assert caught.value.message.id == "severity.answer.unknown"


BREAKS = {
    "unknown key": ("injury.toml", 'default = "L3"', 'default = "L3"\ncolour = 1'),
    "bad level": ("injury.toml", 'default = "L3"', 'default = "L9"'),
    "undeclared concept": ("injury.toml", '["fall_low"]', '["fall_lowly"]'),
    "raises not closed": (
        "injury.toml",
        'when = { awake = ["drowsy", "unresponsive"] }',
        'when = { awake = ["drowsy"] }',
    ),
    "lowers for unknown": (
        "injury.toml",
        'when = { awake = ["alert"], breathing = ["normal"], bleeding = ["none"], '
        'injury_cause = ["fall", "other"] }',
        'when = { awake = ["alert", "unknown"] }',
    ),
    "raise below default": ("stroke.toml", 'level = "L1"', 'level = "L4"'),
    "seven questions": ("fire.toml", '"danger"]', '"danger", "awake", "breathing"]'),
    "no such service": ("fire.toml", '["fire"]', '["navy"]'),
    "no such card": ("fire.toml", 'id = "keep_away"', 'id = "sing"'),
    "not toml": ("fire.toml", 'default = "L2"', "default = "),
    "grade zero raises": ("shared.toml", '["alert"]', '["drowsy"]'),
    "reserved option": ("shared.toml", 'id = "alert"', 'id = "unknown"'),
    "newer format": ("cards.toml", "format = 1", "format = 2"),
    "steps": ("cards.toml", 'id = "birth", steps = 6', 'id = "birth", steps = 99'),
    "concept twice": ("book.toml", "reassures = [", 'reassures = ["drowsy",'),
}


@pytest.mark.parametrize("name", BREAKS)
def test_that_a_mistake_is_named_with_file_and_line(copy: Path, name: str) -> None:
    file, old, new = BREAKS[name]
    text = (copy / file).read_text("utf-8")
    line = text[: text.index(old)].count("\n") + 1
    (copy / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Problem) as caught:
        QuestionBook.load(copy)
    values = caught.value.message.values
    assert str(values["file"]).endswith(file)
    assert abs(int(values["line"]) - line) <= 1, values
    assert str(values["line"]) in say(caught.value.message, "kk")


def test_that_a_missing_or_huge_or_binary_file_is_a_problem(copy: Path) -> None:
    (copy / "fire.toml").write_bytes(b"# \n" * 100_000)
    with pytest.raises(Problem, match="too_large"):
        QuestionBook.load(copy)
    (copy / "fire.toml").write_bytes(b"format = 1\n\xff\xfe")
    with pytest.raises(Problem) as caught:
        QuestionBook.load(copy)
    assert caught.value.message.values["line"] == 2
    (copy / "fire.toml").unlink()
    with pytest.raises(Problem, match="missing"):
        QuestionBook.load(copy)


_LINES = resource("questions", "sick.toml").read_text("utf-8").split("\n")


@settings(max_examples=60, deadline=None)
@given(
    at=st.integers(0, len(_LINES) - 1),
    line=st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            [
                "[[question]]",
                "[question]",
                "[[raise]]",
                'level = "L2"',
                "when = {}",
                'when = { awake = ["alert"] }',
                "options = []",
                "id = 7",
                "ask = " + "[" * 40,
                'x = { y = "z" }',
            ]
        ),
    ),
)
def test_that_any_broken_line_gives_a_problem_with_a_line_or_a_valid_book(
    tmp_path_factory, at: int, line: str
) -> None:
    folder = tmp_path_factory.mktemp("book")
    for file in resource("questions").iterdir():
        shutil.copy(file, folder / file.name)
    lines = [*_LINES[:at], line, *_LINES[at + 1 :]]
    (folder / "sick.toml").write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    try:
        QuestionBook.load(folder)
    except Problem as problem:
        values = problem.message.values
        assert str(values["file"]).endswith(".toml")
        assert 1 <= int(values["line"]) <= len(lines) + line.count("\n") + 2
