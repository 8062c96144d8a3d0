"""A short complaint text as tokens: words and character n-grams, folded."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

Tokens = dict[str, float]


def fold_text(text: str) -> str:
    """Lower case, letters and digits only, single spaces."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def text_tokens(text: str) -> Tokens:
    """Words and character n-grams (2 to 5, within words), scaled so that length does not count."""
    words = text.split()
    grams = [gram for word in words for gram in _grams(f" {word} ")]
    row: Tokens = dict.fromkeys((f"word={word}" for word in words), 1.0)
    scale = 4.0 / max(1.0, float(np.sqrt(len(grams))))
    row.update(dict.fromkeys((f"gram={gram}" for gram in grams), scale))
    return row


def _grams(padded: str) -> Iterator[str]:
    for size in (2, 3, 4, 5):
        for at in range(len(padded) - size + 1):
            yield padded[at : at + size]
