"""Generated calls and their exact posterior."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from dispatch.domain.message import Problem
from dispatch.resources import resource
from dispatch.severity.features import feature_code
from dispatch.severity.generator import MISSING, CaseGenerator, draw_case, stream
from dispatch.severity.questions import UNKNOWN, QuestionBook
from dispatch.severity.snapshots import draw_snapshots

BOOK = QuestionBook.shipped()
GENERATOR = CaseGenerator.load(BOOK)


def test_that_the_same_seed_draws_the_same_calls_and_another_stream_others() -> None:
    def calls(seed: int, name: str):
        rng = stream(seed, name)
        return [draw_case(rng) for _ in range(20)]

    assert calls(1, "a") == calls(1, "a")
    assert calls(1, "a") != calls(1, "b")
    assert calls(1, "a") != calls(2, "a")


def test_that_answers_are_those_of_open_questions_in_order() -> None:
    rng = stream(3, "order")
    for _ in range(300):
        case = draw_case(rng)
        call_type = BOOK.type(case.type_id)
        ids = [question.question_id for question in call_type.questions]
        assert list(case.answers) == sorted(case.answers, key=ids.index)
        for question_id, option_id in case.answers.items():
            BOOK.check_answer(question_id, option_id)
            question = BOOK.question(question_id)
            assert question is not None
            for parent in question.only_if:
                assert question.is_open(case.answers) or case.answers[parent] == UNKNOWN
        assert case.outcome in (None, case.level_true)


def test_that_a_type_and_a_mix_can_be_asked_for() -> None:
    rng = stream(4, "mix")
    assert {draw_case(rng, type_id="fire").type_id for _ in range(20)} == {"fire"}
    mix = {"stroke": 1.0, "hazard": 0.0}
    assert {draw_case(rng, mix).type_id for _ in range(50)} == {"stroke"}


def test_that_five_to_ten_of_a_hundred_cases_are_atypical() -> None:
    batch = GENERATOR.draw_batch(stream(5, "atypical"), "chest_pain", 20_000)
    assert 0.05 <= batch.atypical.mean() <= 0.10


@pytest.mark.parametrize("type_id", ["unconscious", "sick", "violence"])
def test_that_the_posterior_is_the_exact_sum_over_everything_unseen(type_id: str) -> None:
    """Brute force over every full record the model can draw, against the message passing."""
    nodes = GENERATOR._nodes[type_id]
    looks, prior = GENERATOR._looks, GENERATOR._priors[type_id]
    share = GENERATOR.atypical_share
    records, joints = [], []
    for record in itertools.product(*([MISSING, *range(n.table.shape[2])] for n in nodes)):
        chance = np.ones(5)
        for at, node in enumerate(nodes):
            parent = 0 if node.parent == MISSING else record[node.parent]
            is_open = parent != MISSING and node.open_for[parent]
            if (record[at] != MISSING) != bool(is_open):
                chance[:] = 0
                break
            if is_open:
                chance = chance * node.table[:, parent, record[at]]
        if chance.any():
            records.append(record)
            joints.append(prior * ((1 - share) * chance + share * looks @ chance))
    table, joint = np.array(records), np.array(joints)
    assert joint.sum() == pytest.approx(1.0)
    rng = stream(6, type_id)
    batch = GENERATOR.draw_batch(rng, type_id, 25)
    observed = np.where(rng.random(batch.options.shape) < 0.5, batch.options, MISSING)
    expected = []
    for row in observed:
        matches = np.all((row == MISSING) | (table == row), axis=1)
        expected.append(joint[matches].sum(axis=0) / joint[matches].sum())
    np.testing.assert_allclose(GENERATOR.posterior(type_id, observed), expected, atol=1e-12)


def test_that_the_posterior_is_calibrated_on_what_it_draws() -> None:
    part = draw_snapshots(GENERATOR, feature_code(BOOK), 20_000, 8, "calibrated")
    p = part.oracle[:, :2].sum(axis=1)
    for low in np.arange(0, 1, 0.2):
        rows = (p >= low) & (p < low + 0.2)
        assert abs(p[rows].mean() - part.critical[rows].mean()) < 0.03


def test_that_a_generator_that_does_not_fit_the_book_is_refused(tmp_path: Path) -> None:
    text = resource("models", "generator.toml").read_text("utf-8")
    broken = tmp_path / "generator.toml"
    for old, new in (
        ("unresponsive = [0.50, 0.08, 0.02, 0.005, 0.001]\n", ""),
        ("[type.fire]", "[type.flood]"),
        ('colour = ["breathing", 0.8]', 'colour = ["nowhere", 0.8]'),
        ("format = 1", "format = 1\nsurprise = 2"),
        ("format = 1", "format = ["),
        ("share = 0.06", "share = -1"),
    ):
        assert old in text
        broken.write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(Problem, match=r"generator\.broken") as caught:
            CaseGenerator.load(BOOK, broken)
        assert caught.value.message.values["file"] == str(broken)
