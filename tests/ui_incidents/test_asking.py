"""The question that digits answer stands still under the hand."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.advice import Assessment
from dispatch.domain.incident import Answer, Incident
from dispatch.domain.level import Level
from dispatch.severity.questions import QuestionBook
from ui.incidents.asking import Asking
from ui.incidents.question_book import open_questions

BOOK = QuestionBook.shipped()


def incident(*answered: str, advised: str | None = None) -> Incident:
    said = Assessment(
        incident_id="i",
        incident_version=1,
        as_of_us=0,
        type_id="unconscious",
        inputs_sha="",
        bundle_sha="",
        versions={},
        floor=None,
        floor_rules=(),
        protocol=Level.L1,
        model_level=None,
        model_upgrade=False,
        at_least=(),
        reasons=(),
        abstained=None,
        next_question=advised,
        shown=Level.L1,
        took_ms=0.0,
    )
    made = Incident(incident_id="i", number=1, opened_us=0, type_id="unconscious")
    answers = {each: Answer(option_id="unknown", t_us=0) for each in answered}
    return replace(made, answers=answers, assessment=said)


def asked(asking: Asking, of: Incident) -> str | None:
    question = asking.current(of, open_questions(BOOK, of))
    return question.question_id if question is not None else None


def test_that_the_order_of_the_protocol_holds_without_advice() -> None:
    assert asked(Asking(), incident()) == "awake"


def test_that_advice_names_the_question() -> None:
    assert asked(Asking(), incident(advised="who")) == "who"


def test_that_a_question_that_was_read_stands_when_other_advice_comes() -> None:
    asking = Asking()
    before = incident("awake")
    asking.settle(asking.current(before, open_questions(BOOK, before)))
    assert asked(asking, incident("awake", advised="who")) == "breathing"
    assert asked(asking, incident("awake", "breathing", advised="who")) == "who"


def test_that_two_quick_digits_answer_two_questions() -> None:
    asking = Asking()
    assert asked(asking, incident()) == "awake"
    asking.answered("awake")
    assert asked(asking, incident()) == "breathing"
    asking.refused("awake")
    assert asked(asking, incident()) == "awake"


def test_that_a_person_may_go_back_and_an_answer_taken_back_is_asked_again() -> None:
    asking = Asking()
    asking.choose("awake")
    assert asked(asking, incident("awake", "breathing")) == "awake"
    asking.answered("awake")
    assert asked(asking, incident("awake", "breathing")) != "awake"
    assert asked(asking, incident("breathing")) == "awake"
