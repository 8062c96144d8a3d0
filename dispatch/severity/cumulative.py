"""The model that learns: one sign-bounded logit per threshold, made non-crossing.

P(at least as severe as Lk | x) = max over j <= k of sigmoid(b_j + w_j . x), for the thresholds
k = 1..K-1 (a cumulative logit with its own weights per threshold; the running maximum keeps the
probabilities from crossing). Signs bound the weights, so that a feature that may only raise never
lowers. Fitted by L-BFGS-B on the penalised log loss. Training only: the workstation reads the
weights with numpy alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

MICRO = 1_000_000

Floats = npt.NDArray[np.float64]


def sigmoid(z: Floats) -> Floats:
    """The logistic function without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * z)), dtype=np.float64)


class BoundedCumulativeLogit(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn classifier over ranks 1 (most severe) .. `ranks`.

    `signs`: per feature +1 (weight >= 0), -1 (weight <= 0) or 0 (free). `l2`: strength of the
    ridge on weights, per sample. Weights are rounded to millionths after the fit, so that the
    workstation's integer sums give the same number.
    """

    def __init__(
        self,
        signs: tuple[int, ...] | None = None,
        ranks: int = 5,
        l2: float = 1e-5,
        max_iter: int = 300,
    ) -> None:
        self.signs = signs
        self.ranks = ranks
        self.l2 = l2
        self.max_iter = max_iter

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> BoundedCumulativeLogit:
        """Fits each threshold on `X` (n, features; sparse or dense) and ranks `y` 1..`ranks`."""
        matrix = sparse.csr_matrix(X, dtype=np.float64)
        ranks = np.asarray(y, dtype=np.int64)
        weights = np.ones(len(ranks)) if sample_weight is None else np.asarray(sample_weight)
        weights = weights / weights.sum()
        n_features = matrix.shape[1]
        signs = self.signs or (0,) * n_features
        if len(signs) != n_features:
            raise ValueError(f"{len(signs)} signs for {n_features} features")
        limits = {1: (0.0, 30.0), -1: (-30.0, 0.0), 0: (-30.0, 30.0)}
        bounds = [*(limits[sign] for sign in signs), (-30.0, 30.0)]
        self.classes_ = np.arange(1, self.ranks + 1)
        coef = np.zeros((self.ranks - 1, n_features))
        intercept = np.zeros(self.ranks - 1)
        start = np.zeros(n_features + 1)
        for k in range(self.ranks - 1):
            target = (ranks <= k + 1).astype(np.float64)
            share = float(np.clip(weights @ target, 1e-6, 1 - 1e-6))
            start[-1] = np.log(share / (1 - share))
            found = minimize(
                _loss,
                start,
                args=(matrix, target, weights, self.l2),
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options={"maxiter": self.max_iter, "maxcor": 20},
            )
            coef[k], intercept[k] = found.x[:-1], found.x[-1]
            start = found.x.copy()
        self.coef_ = np.round(coef, 6) + 0.0
        self.intercept_ = np.round(intercept, 6)
        self.n_features_in_ = n_features
        return self

    def decision_function(self, X: Any) -> Floats:
        """The raw logit of each threshold, (n, ranks - 1)."""
        check_is_fitted(self, "coef_")
        matrix = sparse.csr_matrix(X, dtype=np.float64)
        return np.asarray(matrix @ self.coef_.T + self.intercept_, dtype=np.float64)

    def at_least(self, X: Any) -> Floats:
        """P(at least as severe as Lk) for k = 1..ranks-1, non-crossing, (n, ranks - 1)."""
        return np.maximum.accumulate(sigmoid(self.decision_function(X)), axis=1)

    def predict_proba(self, X: Any) -> Floats:
        """P(rank) for ranks 1..`ranks`, (n, ranks)."""
        reached = self.at_least(X)
        n = len(reached)
        return np.diff(np.hstack([np.zeros((n, 1)), reached, np.ones((n, 1))]), axis=1)

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """The most probable rank."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X), axis=1)])


def _loss(
    x: Floats, matrix: sparse.csr_matrix, target: Floats, weights: Floats, l2: float
) -> tuple[float, Floats]:
    """Weighted log loss with a ridge on the weights (not the intercept), and its gradient."""
    z = matrix @ x[:-1] + x[-1]
    loss = float(weights @ (np.logaddexp(0.0, z) - target * z)) + 0.5 * l2 * float(x[:-1] @ x[:-1])
    slope = weights * (sigmoid(z) - target)
    gradient = np.empty_like(x)
    gradient[:-1] = matrix.T @ slope + l2 * x[:-1]
    gradient[-1] = slope.sum()
    return loss, gradient


def fit_platt(z: Floats, target: Floats, anchor: float = 20.0) -> tuple[float, float]:
    """(slope, offset) so that sigmoid(slope z + offset) is calibrated; slope stays positive.

    `anchor` draws (1, 0) with the weight of that many samples, so that a thin stage keeps the
    uncalibrated answer.
    """
    n = len(z)
    if n == 0:
        return 1.0, 0.0

    def loss(x: Floats) -> tuple[float, Floats]:
        s = x[0] * z + x[1]
        pull = np.array([x[0] - 1.0, x[1]])
        slope = sigmoid(s) - target
        value = float(np.sum(np.logaddexp(0.0, s) - target * s)) + 0.5 * anchor * float(pull @ pull)
        return value / n, (np.array([slope @ z, slope.sum()]) + anchor * pull) / n

    found = minimize(
        loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.2, 5.0), (-5.0, 5.0)]
    )
    return round(float(found.x[0]), 6), round(float(found.x[1]), 6)
