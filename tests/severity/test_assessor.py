"""Rules, protocol and model together: shown level, reasons, next question, abstention."""

from __future__ import annotations

import math

import pytest

from dispatch.domain.advice import Assessment
from dispatch.domain.level import Level, most_severe
from dispatch.domain.message import Problem
from dispatch.severity.assessor import Assessor
from dispatch.severity.bundle import Bundle
from dispatch.severity.generator import CaseGenerator, stream
from dispatch.severity.questions import UNKNOWN, QuestionBook
from dispatch.words import LANGUAGES, catalogue

BOOK = QuestionBook.shipped()


@pytest.fixture(scope="module")
def assessor(small_bundle: Bundle) -> Assessor:
    return Assessor(BOOK, small_bundle)


def ask(assessor: Assessor, type_id: str, answers, *, as_of_us: int = 100, extras=()):
    return assessor.assess(
        incident_id="0417",
        incident_version=3,
        as_of_us=as_of_us,
        type_id=type_id,
        answers=answers,
        extras=extras,
    )


def random_calls(n: int, name: str):
    rng = stream(11, name)
    generator = CaseGenerator.load(BOOK)
    for _ in range(n):
        case = generator.draw_case(rng)
        rows = list(case.answers.items())
        yield case, dict(rows[: int(rng.integers(0, len(rows) + 1))])


def test_that_an_answer_recorded_later_is_refused(assessor) -> None:
    answers = {"awake": ("alert", 90), "bleeding": ("heavy", 101)}
    with pytest.raises(Problem) as caught:
        ask(assessor, "injury", answers, as_of_us=100)
    assert caught.value.message.id == "severity.answer.future"
    assert caught.value.message.values["question"] == "bleeding"
    assert ask(assessor, "injury", answers, as_of_us=101).floor is Level.L1


def test_that_shown_is_the_most_severe_of_floor_protocol_and_upgrade(assessor) -> None:
    upgrades = 0
    for case, answers in random_calls(400, "shown"):
        made = ask(assessor, case.type_id, answers)
        expected = most_severe(
            made.floor, made.protocol, made.model_level if made.model_upgrade else None
        )
        assert made.shown is expected
        assert made.shown.is_at_least(most_severe(made.floor, made.protocol))
        upgrades += made.model_upgrade
    assert upgrades > 0


def test_that_probabilities_never_cross(assessor) -> None:
    for case, answers in random_calls(300, "cross"):
        row = ask(assessor, case.type_id, answers).at_least
        assert list(row) == sorted(row)
        assert all(0 <= p <= 1 for p in row)


def test_that_a_worse_answer_never_lowers_anything(assessor) -> None:
    """Counterfactuals: one answer made worse, or a reassuring one made unknown."""
    tried = 0
    for case, answers in random_calls(500, "worse"):
        before = ask(assessor, case.type_id, answers)
        for question_id, option_id in answers.items():
            question = BOOK.question(question_id)
            assert question is not None
            option = question.option(option_id)
            assert option is not None
            worse = [
                other.option_id
                for other in question.options
                if other.grade is not None
                and ((option.grade is not None and other.grade > option.grade)
                     or (option_id == UNKNOWN and other == question.options[-1]))
            ]  # fmt: skip
            if option.grade == 0:
                worse.append(UNKNOWN)
            for other_id in worse:
                after = ask(assessor, case.type_id, {**answers, question_id: other_id})
                tried += 1
                assert after.shown.is_at_least(before.shown), (answers, question_id, other_id)
                for old, new in zip(before.at_least, after.at_least, strict=False):
                    assert new >= old - 1e-12, (answers, question_id, other_id)
    assert tried > 1_500


def test_that_the_reasons_add_up_to_the_log_odds_shown(assessor, small_bundle) -> None:
    answers = {"awake": "drowsy", "breathing": "difficult", "injury_cause": "height"}
    made = ask(assessor, "injury", answers)
    assert 1 <= len(made.reasons) <= 5
    slope, offset = small_bundle.calibration[3][1]
    base = slope * small_bundle.intercept[1] / 1e6 + offset
    total = base + sum(reason.weight for reason in made.reasons)
    assert made.p_critical == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-9)
    weights = [abs(reason.weight) for reason in made.reasons]
    assert weights == sorted(weights, reverse=True)
    for language in LANGUAGES:
        assert all(reason.message.id in catalogue(language) for reason in made.reasons)


def test_that_the_model_abstains_without_answers_and_asks_the_first_question(assessor) -> None:
    for answers in ({}, {"awake": UNKNOWN}):
        made = ask(assessor, "chest_pain", answers)
        assert made.abstained is not None
        assert made.abstained.id == "severity.abstain.too_little"
        assert made.at_least == () and made.model_level is None and not made.model_upgrade
        assert made.shown is Level.L2
        assert made.next_question == ("breathing" if answers else "awake")


def test_that_a_recorded_call_with_a_type_alone_is_judged_by_protocol(assessor) -> None:
    for call_type in BOOK.types:
        made = ask(assessor, call_type.type_id, {})
        assert made.shown is call_type.default and made.protocol is call_type.default
        assert made.next_question is not None


def test_that_what_the_model_never_learned_is_said(assessor) -> None:
    made = ask(assessor, "injury", {"awake": "levitating"})
    assert made.abstained is not None
    assert made.abstained.id == "severity.abstain.unseen_answer"
    assert made.shown is Level.L3
    strange = ask(assessor, "meteor", {"bleeding": "heavy"})
    assert strange.abstained is not None
    assert strange.abstained.id == "severity.abstain.unseen_type"
    assert strange.shown is Level.L1 and strange.protocol is None
    assert ask(assessor, "meteor", {}).shown is Level.L2


def test_that_the_next_question_is_open_and_unanswered(assessor) -> None:
    for case, answers in random_calls(300, "next"):
        made = ask(assessor, case.type_id, answers)
        first = BOOK.next_unanswered(case.type_id, answers)
        if first is None:
            assert made.next_question is None
            continue
        question = BOOK.type(case.type_id).question(made.next_question or "")
        assert question is not None and question.is_open(answers)
        assert question.question_id not in answers


def test_that_the_next_question_is_the_one_that_finds_hidden_criticals(assessor) -> None:
    """A fall, awake and breathing: where it happened to matters more than danger at the scene."""
    answers = {"awake": "alert", "breathing": "normal", "bleeding": "none"}
    assert ask(assessor, "injury", answers).next_question == "injury_cause"


def test_that_extras_heard_on_the_line_set_the_floor(assessor) -> None:
    calm = ask(assessor, "violence", {"weapon": "none"}, extras=["call_dropped"])
    assert calm.floor is None
    made = ask(assessor, "sick", {}, extras=["call_dropped", "distress_heard"])
    assert made.floor is Level.L2 and made.shown is Level.L2
    assert ask(assessor, "sick", {}, extras=["crew_in_distress"]).shown is Level.L1


def test_that_a_supervisor_may_weigh_a_miss_more(small_bundle) -> None:
    calm, wary = Assessor(BOOK, small_bundle, miss_weight=1), Assessor(
        BOOK, small_bundle, miss_weight=30
    )  # fmt: skip
    counts = [0, 0]
    for case, answers in random_calls(200, "weight"):
        for at, assessor in enumerate((calm, wary)):
            counts[at] += ask(assessor, case.type_id, answers).shown.is_critical
    assert counts[1] > counts[0]


def test_that_without_a_model_rules_and_protocol_speak_alone() -> None:
    off = Assessor(BOOK)
    assert off.status.id == "severity.status.off"
    made = ask(off, "breathing", {"speech_breath": "cannot"})
    assert made.shown is Level.L1 and made.reasons == () and made.bundle_sha == ""
    assert made.next_question == "awake"


def test_that_the_fingerprint_of_the_inputs_depends_on_them_alone(assessor) -> None:
    first = ask(assessor, "injury", {"awake": ("alert", 1), "bleeding": ("some", 2)})
    again = ask(assessor, "injury", {"bleeding": ("some", 50), "awake": ("alert", 60)})
    other = ask(assessor, "injury", {"awake": ("alert", 1)})
    assert first.inputs_sha == again.inputs_sha != other.inputs_sha
    assert first.at_least == again.at_least
    assert isinstance(first, Assessment) and first.took_ms >= 0


def test_that_every_generated_message_has_words(assessor) -> None:
    for case, answers in random_calls(200, "words"):
        made = ask(assessor, case.type_id, answers)
        messages = [*made.floor_rules, *(reason.message for reason in made.reasons)]
        if made.abstained:
            messages.append(made.abstained)
        for message in messages:
            assert message.id in catalogue("kk"), message
