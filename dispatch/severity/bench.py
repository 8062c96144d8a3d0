"""Figures of the severity room for `vigil bench severity`."""

from __future__ import annotations

import time

import numpy as np

from dispatch.severity.assessor import Assessor
from dispatch.severity.generator import CaseGenerator, stream

CALLS = 600
REPEATS = 3


def figures() -> list[dict[str, str | float]]:
    """Rows {name, value, unit, against}: one assessment (prediction, reasons, next question) and
    the size of the shipped bundle.

    Each call is timed `REPEATS` times and its fastest taken: the work is the same, and what is
    added by other programs on the machine is not what is measured.
    """
    assessor = Assessor.open()
    generator = CaseGenerator.load(assessor.book)
    rng = stream(1, "bench")
    took: list[float] = []
    for _ in range(CALLS):
        case = generator.draw_case(rng)
        rows = list(case.answers.items())
        answers = dict(rows[: int(rng.integers(0, len(rows) + 1))])
        best = float("inf")
        for _ in range(REPEATS):
            began = time.perf_counter()
            assessor.assess(
                incident_id="bench",
                incident_version=1,
                as_of_us=1,
                type_id=case.type_id,
                answers=answers,
            )
            best = min(best, time.perf_counter() - began)
        took.append(best * 1000)
    p50, p99 = np.quantile(np.array(took), [0.5, 0.99])
    rows_out: list[dict[str, str | float]] = [
        {
            "name": "severity.predict.p50_ms",
            "value": round(float(p50), 3),
            "unit": "ms",
            "against": "",
        },
        {
            "name": "severity.predict.p99_ms",
            "value": round(float(p99), 3),
            "unit": "ms",
            "against": "<= 5",
        },
    ]
    if assessor.bundle is not None:
        folder = assessor.bundle.folder
        size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        rows_out.append(
            {
                "name": "severity.bundle_kb",
                "value": round(size / 1000, 1),
                "unit": "kB",
                "against": "<= 1000",
            }
        )
    return rows_out
