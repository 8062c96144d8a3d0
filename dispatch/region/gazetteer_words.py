"""The words of all names: which rows hold a word, words that begin so, words that are nearly so.

A vocabulary is sorted; word i stands in the rows `rows[offsets[i]:offsets[i + 1]]`.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch.region.fold import typo_budget
from dispatch.region.gazetteer_file import IndexFile, text_arrays

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]

#: What a word is worth that only begins with what was typed: this, and up to `_WHOLE` more.
_BEGUN, _WHOLE = 0.84, 0.14
_STEM = 0.95
#: A case ending is at most this long.
_ENDING = 3
_SLIP, _FIRST_SLIP = 0.09, 0.92
#: Most words of the index that are taken for one with slips.
_MOST_LIKE = 12
#: Compared letter by letter are at most so many words, each up to so many letters.
_COMPARED, _LETTERS = 3_000, 24
_FAR = 99


@dataclass(frozen=True)
class Matched:
    """Words of a vocabulary that a word of a query may mean: positions and worth 0..1 each.

    A later word counts where two stand in one row.
    """

    words: Ints
    worth: Floats

    def __len__(self) -> int:
        return len(self.words)


class Vocabulary:
    """The words of one kind (of names, or of surroundings) in an index file."""

    def __init__(self, file: IndexFile, name: str) -> None:
        self.texts = file.texts(f"{name}.words")
        self._offsets = file.array(f"{name}.offsets")
        self._rows = file.array(f"{name}.rows")
        self._letters = file.array(f"{name}.letters")
        self._lengths = file.array(f"{name}.lengths")
        # No real word begins with a mark, and all marks come first.
        self._first_real = self.texts.first_not_before(b'"')

    def begun(self, text: str) -> tuple[int, int]:
        """The range of words that begin with a text."""
        raw = text.encode("utf-8", "replace")
        low = self.texts.first_not_before(raw)
        return low, self.texts.first_not_before(raw + b"\xff", low)

    def find(self, text: str, factor: float = 1.0, stem: str = "") -> Matched:
        """The word itself, and words that begin with it; with a stem also its other cases."""
        low, high = self.begun(text)
        words = np.arange(low, high, dtype=np.int32)
        length = max(1, len(text))
        worth = (_BEGUN + _WHOLE * length / np.maximum(self._lengths[low:high], 1)) * factor
        if low < high and self._lengths[low] == length:
            worth[0] = factor
            # The whole word last: it counts most.
            words, worth = np.roll(words, -1), np.roll(worth, -1)
        found = Matched(words, worth.astype(np.float32))
        if stem:
            low, high = self.begun(stem)
            bent = np.arange(low, high, dtype=np.int32)
            bent = bent[self._lengths[low:high] <= len(stem) + _ENDING]
            cases = Matched(bent, np.full(len(bent), _STEM * factor, np.float32))
            found = joined([cases, found])
        return found

    def like(self, text: str) -> Matched:
        """Words within the slips that a word may hold, also as the beginning of a longer one.

        By letters first: an edit changes at most two of a word's set of letters.
        """
        budget = typo_budget(text)
        none = Matched(np.empty(0, np.int32), np.empty(0, np.float32))
        if not budget or len(text) > _LETTERS - 2:
            return none
        own, first = letters_of(text), self._first_real
        letters, lengths = self._letters[first:], self._lengths[first:]
        apart = np.bitwise_count(letters ^ own) <= 2 * budget
        apart &= np.abs(lengths.astype(np.int16) - len(text)) <= budget
        # A longer word, of which a beginning was typed: its first letter was.
        low, high = (word - first for word in self.begun(text[0]))
        longer = np.flatnonzero(np.bitwise_count(own & ~letters[low:high]) <= budget) + low
        rows = np.concatenate([np.flatnonzero(apart)[:_COMPARED], longer[:_COMPARED]])
        if not len(rows):
            return none
        rows = np.unique(rows) + first
        whole, begun = _edits(text, [self.texts[int(row)] for row in rows])
        edits = np.where(whole <= budget, whole, np.where(begun <= budget, begun + 1, _FAR))
        edits[whole == 0] = _FAR
        order = np.lexsort((rows, edits))
        order = order[edits[order] < _FAR][:_MOST_LIKE][::-1]
        worth = _FIRST_SLIP - _SLIP * edits[order]
        return Matched(rows[order].astype(np.int32), worth.astype(np.float32))

    def rows_of(self, matched: Matched) -> tuple[Ints, Floats]:
        """The rows that hold any of some words, and the worth in each; rows may come twice."""
        words = matched.words
        if not len(words):
            return np.empty(0, np.int32), np.empty(0, np.float32)
        begin, end = self._offsets[words], self._offsets[words + 1]
        counts = end - begin
        rows = self._rows[spans(begin, counts)]
        return rows, np.repeat(matched.worth, counts)


def spans(begin: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """The numbers `begin[i] .. begin[i] + counts[i]`, one run after the other."""
    total = int(counts.sum())
    if not total:
        return np.empty(0, np.int64)
    ends = np.cumsum(counts)
    return np.arange(total) + np.repeat(begin - (ends - counts), counts)


def joined(parts: list[Matched]) -> Matched:
    """Several as one."""
    if len(parts) == 1:
        return parts[0]
    return Matched(
        np.concatenate([part.words for part in parts]),
        np.concatenate([part.worth for part in parts]),
    )


def letters_of(word: str) -> np.uint64:
    """A word's set of letters as bits."""
    bits = 0
    for char in word:
        bits |= 1 << (ord(char) * 7 % 61)
    return np.uint64(bits)


def _edits(text: str, words: list[str]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Edits (insert, delete, change, swap neighbours) from a text to each of some words, and to
    that beginning of each which is nearest. All words at once."""
    most = min(_LETTERS, len(text) + 3)
    raw = np.zeros((len(words), most), dtype=np.uint32)
    lengths = np.array([len(word) for word in words])
    for i, word in enumerate(words):
        cut = word[:most]
        raw[i, : len(cut)] = [ord(char) for char in cut]
    rows = np.zeros((3, most + 1, len(words)), dtype=np.int16)
    codes = [ord(char) for char in text]
    columns = np.ascontiguousarray(raw.T)
    rows[0] = np.arange(most + 1, dtype=np.int16)[:, None]
    older, before, now = rows[2], rows[0], rows[1]
    for i, code in enumerate(codes, start=1):
        now[0] = i
        same = columns == code
        for j in range(1, most + 1):
            cost = np.minimum(before[j] + 1, now[j - 1] + 1)
            np.minimum(cost, before[j - 1] + ~same[j - 1], out=cost)
            if i > 1 and j > 1:
                swapped = same[j - 2] & (columns[j - 1] == codes[i - 2])
                np.minimum(cost, np.where(swapped, older[j - 2] + 1, _FAR), out=cost)
            now[j] = cost
        older, before, now = before, now, older
    inside = np.arange(most + 1)[:, None] <= np.minimum(lengths, most)[None, :]
    begun = np.where(inside, before, _FAR).min(axis=0)
    whole = np.where(lengths <= most, before[np.minimum(lengths, most), np.arange(len(words))], 99)
    return whole.astype(np.int16), begun.astype(np.int16)


class VocabularyDraft:
    """Collects the words of rows and writes them as a vocabulary."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._words = array("i")
        self._counts = array("i")

    def add(self, words: list[str]) -> None:
        """The words of the next row."""
        known = self._known
        for word in words:
            self._words.append(known.setdefault(word, len(known)))
        self._counts.append(len(words))

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """The arrays of the finished vocabulary; with `name.held` and `name.held.at`: the words of
        each row in their order."""
        order = sorted(self._known, key=lambda word: word.encode("utf-8", "replace"))
        rank = np.empty(len(order), dtype=np.int32)
        rank[[self._known[word] for word in order]] = np.arange(len(order), dtype=np.int32)
        held = np.frombuffer(self._words, dtype=np.int32) if len(self._words) else _no_ints()
        held = rank[held] if len(held) else held
        counts = np.frombuffer(self._counts, dtype=np.int32) if len(self._counts) else _no_ints()
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        offsets = np.zeros(len(order) + 1, dtype=np.int64)
        np.cumsum(np.bincount(held, minlength=len(order)), out=offsets[1:])
        places = np.zeros(len(counts) + 1, dtype=np.int64)
        np.cumsum(counts, out=places[1:])
        return {
            **text_arrays(f"{name}.words", order),
            f"{name}.offsets": offsets,
            f"{name}.rows": rows[np.argsort(held, kind="stable")],
            f"{name}.letters": np.array([letters_of(word) for word in order], dtype=np.uint64),
            f"{name}.lengths": np.array([min(len(word), 255) for word in order], dtype=np.uint8),
            f"{name}.held": held,
            f"{name}.held.at": places,
        }


def _no_ints() -> Ints:
    return np.empty(0, dtype=np.int32)
