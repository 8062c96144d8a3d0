"""The safety floor and the protocol: what speaks, what never lowers."""

from __future__ import annotations

import itertools
import random

import pytest

from dispatch.domain.level import Level, most_severe
from dispatch.severity.floor import FLOOR_RULES, safety_floor
from dispatch.severity.protocol import protocol_level
from dispatch.severity.questions import UNKNOWN, QuestionBook
from dispatch.words import LANGUAGES, catalogue

BOOK = QuestionBook.shipped()

L1_SIGNS = [
    {"not_breathing"},
    {"unresponsive", "breathing_difficulty"},
    {"agonal_breathing"},
    {"choking"},
    {"drowning"},
    {"hanging"},
    {"electrocution"},
    {"airway_swelling"},
    {"allergy", "breathing_difficulty"},
    {"ongoing_fit"},
    {"heavy_bleeding"},
    {"weapon_in_use"},
    {"trapped_fire"},
    {"trapped_water"},
    {"birth_in_progress"},
    {"fit_stopped", "pregnant"},
    {"crew_in_distress"},
]
L2_SIGNS = [
    {"chest_pain", "chest_sign"},
    {"face_droop"},
    {"arm_weak"},
    {"speech_slurred"},
    {"carbon_monoxide", "several_hurt"},
    {"carbon_monoxide", "many_hurt"},
    {"call_dropped", "distress_heard"},
]


@pytest.mark.parametrize("signs", L1_SIGNS, ids=lambda signs: "+".join(sorted(signs)))
def test_that_an_immediate_threat_sets_the_floor_at_l1(signs: set[str]) -> None:
    assert safety_floor(signs).level is Level.L1


@pytest.mark.parametrize("signs", L2_SIGNS, ids=lambda signs: "+".join(sorted(signs)))
def test_that_a_serious_sign_sets_the_floor_at_l2(signs: set[str]) -> None:
    assert safety_floor(signs).level is Level.L2


@pytest.mark.parametrize(
    "signs",
    [
        set(),
        {"chest_pain"},
        {"carbon_monoxide"},
        {"carbon_monoxide", "one_hurt"},
        {"call_dropped"},
        {"distress_heard"},
        {"allergy"},
        {"pregnant"},
        {"fit_stopped"},
        {"unresponsive"},
        {"alert", "breathing_normally"},
    ],
    ids=lambda signs: "+".join(sorted(signs)) or "nothing",
)
def test_that_no_rule_speaks_without_its_signs(signs: set[str]) -> None:
    assert safety_floor(signs).level is None
    assert safety_floor(signs).rules == ()


def test_that_every_pattern_of_every_rule_speaks_alone_and_with_all_else_said() -> None:
    everything = set(BOOK.signs)
    for rule in FLOOR_RULES:
        for pattern in rule.patterns:
            assert all(BOOK.signs.get(concept, 1) == 1 for concept in pattern), rule.rule_id
            assert rule.holds(pattern) and rule.holds(everything)
            for missing in pattern:
                others = [other for other in rule.patterns if other <= pattern - {missing}]
                assert rule.holds(pattern - {missing}) == bool(others)
    assert len({rule.rule_id for rule in FLOOR_RULES}) == len(FLOOR_RULES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_every_rule_has_words(language: str) -> None:
    for rule in FLOOR_RULES:
        assert rule.message.id in catalogue(language)


def test_that_an_unknown_answer_is_never_a_no() -> None:
    """Replacing any reassuring answer by "unknown" or silence never lowers the rules' level."""
    dice = random.Random(1)
    for call_type in BOOK.types:
        for _ in range(300):
            answers = _random_answers(dice, call_type)
            before = _rules_rank(call_type, answers)
            for question in call_type.questions:
                option = question.option(answers.get(question.question_id, UNKNOWN))
                if option is None or option.grade != 0:
                    continue
                silent = {k: v for k, v in answers.items() if k != question.question_id}
                assert _rules_rank(call_type, silent) <= before
                assert _rules_rank(call_type, {**silent, question.question_id: UNKNOWN}) <= before


def test_that_a_worse_answer_never_lowers_floor_or_protocol() -> None:
    dice = random.Random(2)
    for call_type in BOOK.types:
        for _ in range(300):
            answers = _random_answers(dice, call_type)
            before = _rules_rank(call_type, answers)
            for question in call_type.questions:
                for old, new in itertools.permutations(question.options, 2):
                    if old.grade is None or new.grade is None or new.grade < old.grade:
                        continue
                    if answers.get(question.question_id) != old.option_id:
                        continue
                    worse = {**answers, question.question_id: new.option_id}
                    assert _rules_rank(call_type, worse) <= before, (answers, worse)


def test_that_correcting_an_answer_lifts_the_floor_it_set() -> None:
    wrong = BOOK.concepts("injury", {"bleeding": "heavy"})
    right = BOOK.concepts("injury", {"bleeding": "none"})
    assert safety_floor(wrong).level is Level.L1
    assert safety_floor(right).level is None


def test_that_the_default_stands_until_something_is_said() -> None:
    for call_type in BOOK.types:
        assert protocol_level(call_type, {}).level is call_type.default
        assert protocol_level(call_type, {}).rule is None
        silent = {question.question_id: UNKNOWN for question in call_type.questions}
        assert protocol_level(call_type, silent).level is call_type.default


def test_that_the_deepest_reassuring_rule_lowers_and_a_raise_beats_it() -> None:
    fall = {"awake": "alert", "breathing": "normal", "bleeding": "none", "injury_cause": "fall"}
    injury = BOOK.type("injury")
    assert protocol_level(injury, fall).level is Level.L4
    quiet = {**fall, "injury_site": "limb", "danger": "none"}
    assert protocol_level(injury, quiet).level is Level.L5
    assert protocol_level(injury, {**quiet, "awake": "drowsy"}).level is Level.L2


def _random_answers(dice: random.Random, call_type) -> dict[str, str]:
    answers = {}
    for question in call_type.questions:
        if not question.is_open(answers):
            continue
        pick = dice.choice([None, UNKNOWN, *(option.option_id for option in question.options)])
        if pick is not None:
            answers[question.question_id] = pick
    return answers


def _rules_rank(call_type, answers) -> int:
    floor = safety_floor(BOOK.concepts(call_type.type_id, answers)).level
    level = most_severe(floor, protocol_level(call_type, answers).level)
    assert level is not None
    return level.rank
