"""Counter-based random streams: one per purpose and subject, so that policies meet the same luck.

A stream depends on (seed, purpose, subject) alone, never on how many numbers another stream has
drawn: two runs that differ in who was sent still meet the same callers (common random numbers).
"""

from __future__ import annotations

import hashlib
import math

import numpy as np


def stream(seed: int, purpose: str, subject: str | int = "") -> np.random.Generator:
    """The generator of a purpose and subject: Philox keyed by a hash of all three."""
    text = f"{seed}|{purpose}|{subject}".encode()
    key = int.from_bytes(hashlib.sha256(text).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))


def lognormal_s(rng: np.random.Generator, median_s: float, sigma: float) -> float:
    """A duration in seconds from its median and the sigma of its logarithm."""
    return float(median_s * math.exp(sigma * rng.standard_normal()))
