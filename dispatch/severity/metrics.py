"""Figures that judge a model: ranking, calibration, agreement, missed and alerted shares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def auroc(truth: Bools, score: Floats) -> float:
    """The chance that a random positive scores above a random negative, ties half (rank sum)."""
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    above = float(middle[inverse][truth].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def log_loss(truth: Bools, probability: Floats) -> float:
    """Mean negative log likelihood, nats."""
    p = np.clip(probability, 1e-12, 1 - 1e-12)
    return float(-np.mean(np.where(truth, np.log(p), np.log(1 - p))))


def ece(truth: Bools, probability: Floats, bins: int = 10) -> float:
    """Expected calibration error over bins of equal count."""
    order = np.argsort(probability, kind="stable")
    total = 0.0
    for part in np.array_split(order, min(bins, max(1, len(order)))):
        if len(part):
            gap = abs(float(truth[part].mean()) - float(probability[part].mean()))
            total += len(part) * gap
    return total / max(1, len(order))


def quadratic_kappa(truth: Ints, predicted: Ints, ranks: int = 5) -> float:
    """Quadratically weighted kappa between two ratings 1..`ranks`."""
    seen = np.zeros((ranks, ranks))
    np.add.at(seen, (truth - 1, predicted - 1), 1)
    chance = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / max(1, len(truth))
    weight = (np.arange(ranks)[:, None] - np.arange(ranks)[None, :]) ** 2
    below = float((weight * chance).sum())
    return 1.0 - float((weight * seen).sum()) / below if below > 0 else float("nan")


def bootstrap(
    figure: Callable[[Ints], float], n: int, rng: np.random.Generator, rounds: int = 200
) -> tuple[float, float]:
    """The 95 % percentile interval of `figure(rows)` over resampled rows (calls)."""
    values = [figure(rng.integers(0, n, n)) for _ in range(rounds)]
    kept = np.array([value for value in values if np.isfinite(value)])
    if len(kept) < rounds // 2:
        return float("nan"), float("nan")
    low, high = np.quantile(kept, [0.025, 0.975])
    return float(low), float(high)
