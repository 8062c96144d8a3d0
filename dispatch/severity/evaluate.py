"""Measures a severity model on recorded calls, beside what a majority vote and a look-up do.

Evaluation never trains on what it judges. With an evaluation bundle of the data's own kind, the
calls it learned from are left out; without one, a model is trained on the earlier part and judged
on the later (or cross-validated where the data has no time), and the output says so. Intervals
are 95 % bootstrap intervals over calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dispatch.domain.message import Message, Problem
from dispatch.severity.bundle import ANSWERS_SCHEMA, MICRO, Bundle, open_bundle, pick_bundle
from dispatch.severity.cumulative import sigmoid
from dispatch.severity.generator import CaseGenerator, stream
from dispatch.severity.metrics import auroc, bootstrap, ece, quadratic_kappa
from dispatch.severity.questions import QuestionBook
from dispatch.severity.recorded import Recorded, read_recorded
from dispatch.severity.recorded_model import (
    RecordedModel,
    check_enough,
    fit_recorded,
    folds_of,
    model_of,
)
from dispatch.severity.snapshots import draw_snapshots
from dispatch.severity.train import oracle_figures

EARLIER = 0.75
FOLDS = 5
GENERATED = 20_000
# Held-out generated calls of a seed that no training uses.
JUDGE_SEED = 90_210

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# The name each kind gives to "ranks its critical calls".
CRITICAL_NAME = {"sf": "sf.critical", "ktas": "ktas.critical", "brussels": "brussels.n01"}
GOALS = {
    "sf.critical.auroc": ">= 0.78",
    "sf.missed_share": "<= 0.08",
    "sf.alert_share": "<= 0.52",
    "ktas.critical.auroc": ">= 0.92",
    "ktas.qwk": ">= 0.72",
    "ktas.ece": "<= 0.03",
    "generator.regret": "<= 0.03",
    "generator.auroc_gap": "<= 0.01",
}


@dataclass(frozen=True)
class Figure:
    """A measured number with its 95 % interval, where it has one."""

    name: str
    value: float | str
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def against(self) -> str:
        """The goal it is held to, empty where there is none."""
        return GOALS.get(self.name, "")


@dataclass(frozen=True)
class Evaluation:
    """Figures and what must be said about how they came to be."""

    notes: tuple[Message, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class _Judged:
    """Calls with the model's and the look-up's answer for each, none of them learned from."""

    data: Recorded
    at_least: Floats
    lookup: Floats
    alerted: npt.NDArray[np.bool_]


def evaluate_recorded(path: Path, bundle_folder: Path | None = None) -> Evaluation:
    """Judges a model on the calls of a file or folder.

    `bundle_folder`: an evaluation bundle made by `train --data`, or a folder of several, of which
    the one of the data's kind is taken; None trains on the earlier part.
    Raises `Problem("severity.data....")` or `Problem("severity.bundle....")`.
    """
    data = read_recorded(path)
    check_enough(data)
    notes: list[Message] = []
    figures: list[Figure] = []
    if bundle_folder is not None:
        bundle = open_bundle(pick_bundle(bundle_folder, data.schema), data.schema)
        judged = _by_bundle(data, bundle, notes)
        trained = bundle.manifest.trained
        figures += [
            Figure(f"{data.prefix}.bundle_sha", bundle.sha),
            Figure(f"{data.prefix}.trained_first", trained.first),
            Figure(f"{data.prefix}.trained_last", trained.last),
        ]
    elif data.times_us is None:
        judged = _by_folds(data, notes)
    else:
        judged = _by_time(data, notes)
    check_enough(judged.data)
    return Evaluation(tuple(notes), (*figures, *_figures(judged)))


def _by_bundle(data: Recorded, bundle: Bundle, notes: list[Message]) -> _Judged:
    trained = bundle.manifest.trained
    notes.append(
        Message(
            "severity.evaluate.bundle",
            {"sha": bundle.sha[:16], "first": trained.first or "-", "last": trained.last or "-"},
        )
    )
    if bundle.manifest.ranks != data.rank_count:
        what = f"{bundle.manifest.ranks} levels, not {data.rank_count}"
        raise Problem("severity.bundle.broken", file=str(bundle.folder), what=what)
    known = np.isin(data.ids, bundle.read_calls())
    if known.all():
        raise Problem("severity.data.overlap_all", file=str(data.files[0]))
    if known.any():
        values: dict[str, str | int | float | bool] = {
            "n": int(known.sum()),
            "file": str(data.files[0]),
        }
        notes.append(Message("severity.data.overlap", values))
        data = data.take(np.nonzero(~known)[0])
    check_enough(data)
    return _judge(data, model_of(bundle, data.critical_rank))


def _by_time(data: Recorded, notes: list[Message]) -> _Judged:
    cut = int(EARLIER * len(data))
    earlier, later = data.take(np.arange(cut)), data.take(np.arange(cut, len(data)))
    notes.append(
        Message(
            "severity.evaluate.split",
            {"train": len(earlier), "boundary": earlier.period()[1], "test": len(later)},
        )
    )
    return _judge(later, fit_recorded(earlier))


def _by_folds(data: Recorded, notes: list[Message]) -> _Judged:
    notes.append(Message("severity.evaluate.folds", {"folds": FOLDS, "n": len(data)}))
    fold = folds_of(data, FOLDS, "outer")
    at_least = np.zeros((len(data), data.rank_count - 1))
    lookup = np.zeros(len(data))
    alerted = np.zeros(len(data), dtype=bool)
    for each in range(FOLDS):
        rows = np.nonzero(fold == each)[0]
        if not len(rows):
            continue
        part = _judge(data.take(rows), fit_recorded(data.take(np.nonzero(fold != each)[0])))
        at_least[rows], lookup[rows], alerted[rows] = part.at_least, part.lookup, part.alerted
    return _Judged(data, at_least, lookup, alerted)


def _judge(data: Recorded, model: RecordedModel) -> _Judged:
    at_least = model.at_least(data.tokens)
    alerted = at_least[:, data.critical_rank - 1] >= model.threshold
    if data.protocol is not None:
        alerted = alerted | data.protocol
    return _Judged(data, at_least, model.looked_up(data.lookup), alerted)


def _figures(judged: _Judged) -> list[Figure]:
    data = judged.data
    truth = data.critical
    p = judged.at_least[:, data.critical_rank - 1]
    rng = stream(1, f"bootstrap {data.prefix}")
    name = CRITICAL_NAME[data.prefix]

    def figure(label: str, of: Callable[[Ints], float]) -> Figure:
        low, high = bootstrap(of, len(truth), rng)
        value = of(np.arange(len(truth)))
        return Figure(label, _round(value), _round(low), _round(high))

    rows = [
        Figure(f"{data.prefix}.calls", len(truth), unit="calls"),
        Figure(f"{data.prefix}.critical_calls", int(truth.sum()), unit="calls"),
        Figure(f"{data.prefix}.left_out", data.left_out, unit="calls"),
        figure(f"{name}.auroc", lambda at: auroc(truth[at], p[at])),
        figure(f"{name}.auroc_lookup", lambda at: auroc(truth[at], judged.lookup[at])),
        Figure(f"{name}.auroc_majority", 0.5),
        # Without an interval: resampling adds noise to every bin and would bias it upwards.
        Figure(f"{data.prefix}.ece", _round(ece(truth, p))),
    ]
    if data.protocol is not None:
        protocol = data.protocol
        rows += [
            figure(f"{data.prefix}.protocol.missed_share", _missed(truth, protocol)),
            figure(f"{data.prefix}.protocol.alert_share", _share(protocol)),
            figure(f"{data.prefix}.missed_share", _missed(truth, judged.alerted)),
            figure(f"{data.prefix}.alert_share", _share(judged.alerted)),
        ]
    if data.rank_count > 2:
        median = 1 + (judged.at_least < 0.5).sum(axis=1)
        common = np.full(len(truth), int(np.argmax(np.bincount(data.ranks))))
        ranks, count = data.ranks, data.rank_count
        rows += [
            figure(
                f"{data.prefix}.qwk",
                lambda at: quadratic_kappa(ranks[at], median[at], count),
            ),
            Figure(f"{data.prefix}.qwk_majority", _round(quadratic_kappa(ranks, common, count))),
        ]
    return rows


def _missed(
    truth: npt.NDArray[np.bool_], alerted: npt.NDArray[np.bool_]
) -> Callable[[Ints], float]:
    def share(at: Ints) -> float:
        critical = at[truth[at]]
        return float(np.mean(~alerted[critical])) if len(critical) else float("nan")

    return share


def _share(alerted: npt.NDArray[np.bool_]) -> Callable[[Ints], float]:
    return lambda at: float(np.mean(alerted[at]))


def evaluate_generated(folder: Path, n: int = GENERATED) -> Evaluation:
    """Judges an answers model (the shipped kind) on fresh generated calls, beside the oracle."""
    bundle = open_bundle(folder, ANSWERS_SCHEMA)
    generator = CaseGenerator.load(QuestionBook.shipped())
    part = draw_snapshots(generator, bundle.code, n, JUDGE_SEED, "judge")
    z = np.asarray(part.features @ (bundle.coef.T / MICRO)) + bundle.intercept / MICRO
    scale = bundle.calibration[np.minimum(part.stages, bundle.manifest.stages - 1)]
    reached = np.maximum.accumulate(sigmoid(scale[:, :, 0] * z + scale[:, :, 1]), axis=1)
    oracle = part.oracle[:, :2].sum(axis=1)
    values = oracle_figures(part.critical, reached[:, 1], oracle)
    notes = (Message("severity.evaluate.synthetic", {"n": len(part.ranks)}),)
    figures = [Figure("generator.bundle_sha", bundle.sha)]
    figures += [Figure(name, _round(value)) for name, value in values.items()]
    return Evaluation(notes, tuple(figures))


def _round(value: float) -> float:
    return round(float(value), 4)
