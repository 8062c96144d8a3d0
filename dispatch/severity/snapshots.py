"""What a dispatcher would have known part-way through a call: generated cases, answers masked.

A model trained on complete records only is useless at the start of a call; it learns from
snapshots instead. Most follow the protocol's order; some skip about, as people do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from dispatch.severity.features import FeatureCode
from dispatch.severity.generator import MISSING, CaseGenerator, stream
from dispatch.severity.questions import UNKNOWN, CallType

SKIPPING = 0.2

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Snapshots:
    """Rows of one or more types. `features`: sparse (n, features); `oracle`: (n, 5) posterior."""

    type_ids: npt.NDArray[np.str_]
    ranks: Ints
    stages: Ints
    features: Any
    oracle: Floats
    answers: tuple[dict[str, str], ...]

    @property
    def critical(self) -> npt.NDArray[np.bool_]:
        """Whether the true level is L1 or L2."""
        return np.asarray(self.ranks <= 2)


def draw_snapshots(
    generator: CaseGenerator,
    code: FeatureCode,
    n: int,
    seed: int,
    name: str,
    *,
    complete: bool = False,
    with_answers: bool = False,
) -> Snapshots:
    """About `n` snapshots over the type mix, one a case, from the stream `name` of a seed.

    `complete`: every question asked (callers may still not know).
    """
    rng = stream(seed, name)
    ids: list[str] = []
    ranks, stages, oracle, blocks = [], [], [], []
    answers: list[dict[str, str]] = []
    mix = generator.type_mix
    for type_id, share in mix.items():
        call_type = generator.book.type(type_id)
        batch = generator.draw_batch(rng, type_id, max(1, round(n * share / sum(mix.values()))))
        count = len(batch.ranks)
        asked = np.ones(batch.options.shape, dtype=bool)
        if not complete:
            asked = _asked(rng, batch.options.shape)
        told = rng.random(batch.options.shape) >= batch.unknown[:, None]
        asked, observed = _observe(call_type, batch.options, asked, told)
        ids += [type_id] * count
        ranks.append(batch.ranks)
        stages.append(asked.sum(axis=1))
        oracle.append(generator.posterior(type_id, observed))
        blocks.append(_encode(call_type, code, observed))
        if with_answers:
            answers += _as_answers(call_type, asked, observed)
    return Snapshots(
        type_ids=np.array(ids),
        ranks=np.concatenate(ranks),
        stages=np.concatenate(stages).astype(np.int64),
        features=sparse.vstack(blocks).tocsr(),
        oracle=np.vstack(oracle),
        answers=tuple(answers),
    )


def _asked(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    n, width = shape
    upto = rng.integers(0, width + 1, n)
    in_order = np.arange(width)[None, :] < upto[:, None]
    about = rng.random(shape) < rng.random(n)[:, None]
    return np.asarray(np.where((rng.random(n) < SKIPPING)[:, None], about, in_order))


def _observe(
    call_type: CallType, options: Ints, asked: npt.NDArray[np.bool_], told: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], Ints]:
    """Which questions were asked (none behind an unknown parent) and what is known of them."""
    asked = asked & (options != MISSING)
    observed = np.where(asked & told, options, MISSING)
    ids = [question.question_id for question in call_type.questions]
    for at, question in enumerate(call_type.questions):
        for parent in question.only_if:
            hidden = observed[:, ids.index(parent)] == MISSING
            asked[hidden, at] = False
            observed[hidden, at] = MISSING
    return asked, observed


def _encode(call_type: CallType, code: FeatureCode, observed: Ints) -> sparse.csr_matrix:
    dense = np.zeros((len(observed), len(code.names)), dtype=bool)
    entry = code.types[call_type.type_id]
    dense[:, entry.own] = True
    for at, question in enumerate(call_type.questions):
        for picked, option in enumerate(question.options):
            rows = np.nonzero(observed[:, at] == picked)[0]
            for feature in entry.questions[question.question_id][option.option_id]:
                dense[rows, feature] = True
    return sparse.csr_matrix(dense, dtype=np.float64)


def _as_answers(
    call_type: CallType, asked: npt.NDArray[np.bool_], observed: Ints
) -> list[dict[str, str]]:
    rows = []
    for row_asked, row in zip(asked, observed, strict=True):
        answers = {}
        for at, question in enumerate(call_type.questions):
            if row_asked[at]:
                known = row[at] != MISSING
                option_id = question.options[row[at]].option_id if known else UNKNOWN
                answers[question.question_id] = option_id
        rows.append(answers)
    return rows
