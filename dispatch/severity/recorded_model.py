"""A model for evaluation, trained on recorded calls of one kind. Never shipped.

The same bounded cumulative logit as the shipped model, on the tokens of `recorded`; one
threshold for a critical outcome, or the kind's own levels. Calibrated on scores that each part of
the data got from a model that had not seen it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from dispatch.domain.message import Problem
from dispatch.severity.bundle import CALLS, FORMAT, MICRO, Bundle, Manifest, Trained
from dispatch.severity.bundle_write import array_bytes, write_bundle
from dispatch.severity.complaint_text import Tokens
from dispatch.severity.cumulative import BoundedCumulativeLogit, fit_platt, sigmoid
from dispatch.severity.recorded import Recorded
from dispatch.severity.train import MODEL_VERSION, library_versions

FOLDS = 4
NEED = 10
# Ridge per sample, chosen once on the training files by their own later part.
L2 = {"sf_calls": 3e-3, "brussels_112": 1e-4, "ktas_visits": 3e-3}
# A token must be seen this often to be learned.
LEAST = {"sf_calls": 3, "brussels_112": 5, "ktas_visits": 2}
# The model may alert this share of the calls that the protocol leaves out.
REST_SHARE = 0.05

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RecordedModel:
    """Vocabulary, weights (log-odds), calibration, and the look-up it is judged beside."""

    names: tuple[str, ...]
    coef: Floats
    intercept: Floats
    calibration: Floats
    threshold: float
    lookup: dict[str, float]

    def looked_up(self, keys: npt.NDArray[np.str_]) -> Floats:
        """The look-up baseline: the share of critical calls of the key in training."""
        return np.array([self.lookup.get(str(key), self.lookup[""]) for key in keys])

    def at_least(self, tokens: tuple[Tokens, ...]) -> Floats:
        """P(rank <= k) for k = 1..ranks-1, non-crossing, (n, ranks - 1)."""
        z = encode(tokens, {name: at for at, name in enumerate(self.names)}) @ self.coef.T
        z = np.asarray(z) + self.intercept
        p = sigmoid(self.calibration[:, 0] * z + self.calibration[:, 1])
        return np.maximum.accumulate(p, axis=1)


def encode(tokens: tuple[Tokens, ...], index: dict[str, int]) -> sparse.csr_matrix:
    """Tokens as a sparse matrix (n, vocabulary); unknown ones are dropped."""
    starts, columns, values = [0], [], []
    for row in tokens:
        for name, value in row.items():
            at = index.get(name)
            if at is not None:
                columns.append(at)
                values.append(value)
        starts.append(len(columns))
    return sparse.csr_matrix(
        (np.array(values, dtype=np.float64), np.array(columns, dtype=np.int64), np.array(starts)),
        shape=(len(tokens), len(index)),
    )


def check_enough(data: Recorded, need: int = NEED) -> None:
    """Raises `Problem("severity.data.too_few")` where no figure could mean anything."""
    criticals = int(data.critical.sum())
    if min(criticals, len(data) - criticals) < need:
        raise Problem(
            "severity.data.too_few",
            file=str(data.files[0]),
            rows=len(data),
            criticals=criticals,
            need=need,
        )


def folds_of(data: Recorded, count: int, salt: str = "") -> Ints:
    """A fold 0..count-1 per call, from its id: stable whatever else is in the file."""
    mixed = np.array(
        [
            int.from_bytes(hashlib.sha256(f"{salt}{each}".encode()).digest()[:4], "little")
            for each in data.ids
        ],
        dtype=np.int64,
    )
    return np.asarray(mixed % count)


def fit_recorded(data: Recorded) -> RecordedModel:
    """Fits, calibrates and sets the alert threshold on these calls alone."""
    check_enough(data)
    counts: dict[str, int] = {}
    for row in data.tokens:
        for name in row:
            counts[name] = counts.get(name, 0) + 1
    least = LEAST[data.schema]
    names = tuple(sorted(name for name, count in counts.items() if count >= least))
    matrix = encode(data.tokens, {name: at for at, name in enumerate(names)})
    held = _held_out_scores(data, matrix)
    calibration = np.array(
        [
            fit_platt(held[:, k], (data.ranks <= k + 1).astype(np.float64))
            for k in range(data.rank_count - 1)
        ]
    )
    model = _fit(data, matrix, np.arange(len(data)))
    at = data.critical_rank - 1
    p = sigmoid(calibration[at, 0] * held[:, at] + calibration[at, 1])
    rest = p if data.protocol is None else p[~data.protocol]
    threshold = float(np.quantile(rest, 1 - REST_SHARE)) if len(rest) else 1.0
    return RecordedModel(
        names, model.coef_, model.intercept_, calibration, round(threshold, 6), _lookup(data)
    )


def _lookup(data: Recorded) -> dict[str, float]:
    """The share of critical calls per key, drawn towards the overall share by five calls."""
    base = float(data.critical.mean())
    table = {"": round(base, 6)}
    keys, inverse = np.unique(data.lookup, return_inverse=True)
    hits = np.bincount(inverse, weights=data.critical.astype(np.float64))
    counts = np.bincount(inverse)
    for key, hit, count in zip(keys, hits, counts, strict=True):
        table[str(key)] = round(float((hit + 5 * base) / (count + 5)), 6)
    return table


def _held_out_scores(data: Recorded, matrix: Any) -> Floats:
    fold = folds_of(data, FOLDS, "inner")
    scores = np.zeros((len(data), data.rank_count - 1))
    for each in range(FOLDS):
        learn, hold = np.nonzero(fold != each)[0], np.nonzero(fold == each)[0]
        if len(hold):
            scores[hold] = _fit(data, matrix, learn).decision_function(matrix[hold])
    return scores


def _fit(data: Recorded, matrix: Any, rows: Ints) -> BoundedCumulativeLogit:
    model = BoundedCumulativeLogit(ranks=data.rank_count, l2=L2[data.schema], max_iter=200)
    return model.fit(matrix[rows], data.ranks[rows])


def train_recorded(data: Recorded, folder: Path) -> Bundle:
    """Trains on all the calls and writes an evaluation bundle with the hashes of their ids."""
    model = fit_recorded(data)
    first, last = data.period()
    cuts = data.rank_count - 1
    thresholds = [0.5] * cuts
    thresholds[data.critical_rank - 1] = model.threshold
    ids = np.sort(data.ids)
    digest = hashlib.sha256(ids.astype("<u8").tobytes())
    digest.update(data.ranks.astype("<i8").tobytes())
    manifest = Manifest(
        format=FORMAT,
        schema=data.schema,
        version=MODEL_VERSION,
        trained=Trained(
            kind="recorded",
            cases=len(data),
            snapshots=len(data),
            seed=0,
            data_sha=digest.hexdigest(),
            first=first,
            last=last,
        ),
        ranks=data.rank_count,
        stages=1,
        features=model.names,
        signs=(0,) * len(model.names),
        types={},
        options={},
        thresholds=tuple(thresholds),
        miss_weights=tuple(round(1 / max(t, 1e-6) - 1, 6) for t in thresholds),
        trade_off=(),
        metrics={},
        versions=library_versions(),
        files={},
        lookup=model.lookup,
    )
    weights = np.hstack([model.coef, model.intercept[:, None]])
    return write_bundle(
        folder,
        manifest,
        np.asarray(np.rint(weights * MICRO), dtype=np.int64),
        model.calibration[None, :, :],
        {CALLS: array_bytes(ids.astype("<u8"))},
    )


def model_of(bundle: Bundle, critical_rank: int) -> RecordedModel:
    """The model of an evaluation bundle."""
    return RecordedModel(
        names=bundle.manifest.features,
        coef=bundle.coef / MICRO,
        intercept=bundle.intercept / MICRO,
        calibration=bundle.calibration[0],
        threshold=bundle.manifest.thresholds[critical_rank - 1],
        lookup=bundle.manifest.lookup or {"": 0.5},
    )
