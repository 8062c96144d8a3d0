"""Trains the shipped kind of model: from generated calls alone, snapshots, calibrated, measured.

Deterministic in the seed. Training, calibration and test are separate streams of cases.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy
import sklearn

from dispatch.domain.level import most_severe
from dispatch.severity.bundle import (
    ANSWERS_SCHEMA,
    CARD,
    FORMAT,
    MICRO,
    Bundle,
    Manifest,
    TradeOff,
    Trained,
    TypeEntry,
)
from dispatch.severity.bundle_write import write_bundle
from dispatch.severity.cumulative import BoundedCumulativeLogit, fit_platt, sigmoid
from dispatch.severity.features import FeatureCode, feature_code
from dispatch.severity.floor import FLOOR_VERSION, safety_floor
from dispatch.severity.generator import LEVELS, MISSING, CaseGenerator, stream
from dispatch.severity.metrics import auroc, ece, log_loss
from dispatch.severity.model_card import model_card
from dispatch.severity.protocol import protocol_level
from dispatch.severity.questions import QuestionBook
from dispatch.severity.snapshots import Snapshots, draw_snapshots

STAGES = 7
CASES = 120_000
MODEL_VERSION = "2026.11.1"
# What one missed call of at least Lk costs, in false alarms. The second is the supervisor's
# choice (see the trade-off in the model card); the others are set where each kind of error would
# otherwise flood the queue.
MISS_WEIGHTS = (3.0, 4.0, 1.0, 1.0)
CURVE = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 19.0)

Floats = npt.NDArray[np.float64]


def train_generated(
    folder: Path,
    *,
    book: QuestionBook | None = None,
    seed: int = 1,
    cases: int = CASES,
    progress: Callable[[str], None] | None = None,
) -> Bundle:
    """Trains on generated calls and writes the bundle to `folder`."""
    book = book or QuestionBook.shipped()
    tell = progress or (lambda _: None)
    generator = CaseGenerator.load(book)
    code = feature_code(book)
    tell("fit")
    fitted = fit_generated(generator, code, seed, cases)
    tell("measure")
    model, calibration, learn = fitted.model, fitted.calibration, fitted.learn
    seen = len(learn.ranks) + fitted.held
    metrics, curve = measure(model, calibration, generator, code, max(4_000, cases // 4), seed)
    manifest = Manifest(
        format=FORMAT,
        schema=ANSWERS_SCHEMA,
        version=MODEL_VERSION,
        trained=Trained(
            kind="generated",
            cases=seen,
            snapshots=seen,
            seed=seed,
            data_sha=_data_sha(generator, learn),
            atypical=generator.atypical_share,
        ),
        ranks=LEVELS,
        stages=STAGES,
        features=code.names,
        signs=code.signs,
        types={
            type_id: TypeEntry(
                own=entry.own,
                questions={key: dict(options) for key, options in entry.questions.items()},
            )
            for type_id, entry in code.types.items()
        },
        options=_option_shares(generator, seed, cases),
        thresholds=tuple(round(1 / (1 + weight), 6) for weight in MISS_WEIGHTS),
        miss_weights=MISS_WEIGHTS,
        trade_off=curve,
        metrics=metrics,
        versions={**library_versions(), "floor": FLOOR_VERSION, "book": book.version},
        files={},
    )
    weights = model_weights(model)
    card = model_card(manifest).encode("utf-8")
    return write_bundle(folder, manifest, weights, calibration, {CARD: card})


@dataclass(frozen=True)
class Fitted:
    """A fitted model with its calibrators, the snapshots it learned from, and how many it held."""

    model: BoundedCumulativeLogit
    calibration: Floats
    learn: Snapshots
    held: int


def fit_generated(generator: CaseGenerator, code: FeatureCode, seed: int, cases: int) -> Fitted:
    """Fits and calibrates on `cases` generated calls plus a quarter more held for calibration."""
    learn = draw_snapshots(generator, code, cases, seed, "train")
    hold = draw_snapshots(generator, code, max(2_000, cases // 4), seed, "calibrate")
    model = BoundedCumulativeLogit(signs=code.signs, ranks=LEVELS)
    model.fit(learn.features, learn.ranks)
    return Fitted(model, calibrate(model, hold), learn, len(hold.ranks))


def model_weights(model: BoundedCumulativeLogit) -> npt.NDArray[np.int64]:
    """Weights and intercepts as integers in millionths, (ranks-1, features+1)."""
    joined = np.hstack([model.coef_, model.intercept_[:, None]])
    return np.asarray(np.rint(joined * MICRO), dtype=np.int64)


def library_versions() -> dict[str, str]:
    """What the weights were fitted with."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    }


def calibrate(model: BoundedCumulativeLogit, hold: Snapshots) -> Floats:
    """A slope and an offset per stage and threshold, (stages, ranks-1, 2)."""
    z = model.decision_function(hold.features)
    table = np.ones((STAGES, z.shape[1], 2))
    for at in range(STAGES):
        rows = hold.stages == at
        for k in range(z.shape[1]):
            table[at, k] = fit_platt(z[rows, k], (hold.ranks[rows] <= k + 1).astype(np.float64))
    return table


def calibrated(model: BoundedCumulativeLogit, calibration: Floats, data: Snapshots) -> Floats:
    """P(at least Lk) after calibration, non-crossing, (n, ranks-1)."""
    z = model.decision_function(data.features)
    by_stage = calibration[np.minimum(data.stages, STAGES - 1)]
    return np.maximum.accumulate(sigmoid(by_stage[:, :, 0] * z + by_stage[:, :, 1]), axis=1)


def measure(
    model: BoundedCumulativeLogit,
    calibration: Floats,
    generator: CaseGenerator,
    code: FeatureCode,
    n: int,
    seed: int,
) -> tuple[dict[str, float], tuple[TradeOff, ...]]:
    """Figures on held-out generated calls, beside the oracle, and the trade-off curve."""
    part = draw_snapshots(generator, code, n, seed, "test")
    p = calibrated(model, calibration, part)[:, 1]
    oracle = part.oracle[:, :2].sum(axis=1)
    metrics = oracle_figures(part.critical, p, oracle)
    whole = draw_snapshots(generator, code, n, seed, "whole", complete=True, with_answers=True)
    reached = calibrated(model, calibration, whole)
    metrics["complete.critical.auroc"] = auroc(whole.critical, reached[:, 1])
    rules = np.array(
        [
            _rules_rank(generator.book, str(type_id), answers)
            for type_id, answers in zip(whole.type_ids, whole.answers, strict=True)
        ]
    )
    by_rule = rules <= 2
    metrics["complete.rules.missed"] = float(np.mean(~by_rule[whole.critical]))
    metrics["complete.rules.alerted"] = float(np.mean(by_rule))
    curve = []
    for weight in CURVE:
        threshold = 1 / (1 + weight)
        alerted = by_rule | (reached[:, 1] >= threshold)
        curve.append(
            TradeOff(
                weight=weight,
                threshold=round(threshold, 6),
                missed=round(float(np.mean(~alerted[whole.critical])), 6),
                alerted=round(float(np.mean(alerted)), 6),
            )
        )
    alerted = by_rule | (reached[:, 1] >= 1 / (1 + MISS_WEIGHTS[1]))
    metrics["complete.shown.missed"] = float(np.mean(~alerted[whole.critical]))
    metrics["complete.shown.alerted"] = float(np.mean(alerted))
    return {name: round(value, 6) for name, value in metrics.items()}, tuple(curve)


def oracle_figures(critical: npt.NDArray[np.bool_], p: Floats, oracle: Floats) -> dict[str, float]:
    """A critical-call forecast beside the exact posterior.

    `generator.regret` is the excess log loss over the oracle's, relative.
    """
    best = log_loss(critical, oracle)
    mine, top = auroc(critical, p), auroc(critical, oracle)
    return {
        "generator.regret": log_loss(critical, p) / best - 1,
        "generator.auroc": mine,
        "generator.auroc_oracle": top,
        "generator.auroc_gap": top - mine,
        "generator.ece": ece(critical, p),
    }


def _rules_rank(book: QuestionBook, type_id: str, answers: dict[str, str]) -> int:
    floor = safety_floor(book.concepts(type_id, answers)).level
    level = most_severe(floor, protocol_level(book.type(type_id), answers).level)
    assert level is not None
    return level.rank


def _option_shares(
    generator: CaseGenerator, seed: int, cases: int
) -> dict[str, dict[str, dict[str, tuple[float, float]]]]:
    """P(option | type, asked) among not critical and critical calls, smoothed by one of each."""
    rng = stream(seed, "options")
    shares: dict[str, dict[str, dict[str, tuple[float, float]]]] = {}
    for call_type in generator.book.types:
        batch = generator.draw_batch(rng, call_type.type_id, max(500, cases // 10))
        critical = batch.ranks <= 2
        shares[call_type.type_id] = {}
        for at, question in enumerate(call_type.questions):
            column = batch.options[:, at]
            row = {}
            for picked, option in enumerate(question.options):
                pair = []
                for group in (~critical, critical):
                    asked = group & (column != MISSING)
                    hits = int(np.sum(column[asked] == picked))
                    pair.append(round((hits + 1) / (int(asked.sum()) + len(question.options)), 6))
                row[option.option_id] = (pair[0], pair[1])
            shares[call_type.type_id][question.question_id] = row
    return shares


def _data_sha(generator: CaseGenerator, learn: Snapshots) -> str:
    digest = hashlib.sha256(generator.sha.encode())
    digest.update(generator.book.sha.encode())
    digest.update(learn.ranks.astype("<i8").tobytes())
    digest.update(learn.features.indices.astype("<i8").tobytes())
    return digest.hexdigest()
