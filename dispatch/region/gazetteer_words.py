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
_COMPARED, _LETTERS = 1_200, 20
_FAR = 99
#: An edit changes at most so many of a word's set of letters, and of its set of pairs.
_LETTERS_AN_EDIT, _PAIRS_AN_EDIT = 2, 6
_KEPT = 4_000
#: Pieces of the rows that are taken one by one.
_RUNS = 24


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
        self._letters, self._pairs = file.array(f"{name}.letters"), file.array(f"{name}.pairs")
        self._codes = file.array(f"{name}.codes").reshape(-1, _LETTERS)
        self._lengths = file.array(f"{name}.lengths")
        # No real word begins with a mark, and all marks come first.
        self._first_real = self.texts.first_not_before(b'"')
        self._like: dict[tuple[str, bool], Matched] = {}

    def begun(self, text: str) -> tuple[int, int]:
        """The range of words that begin with a text."""
        raw = text.encode("utf-8", "replace")
        low = self.texts.first_not_before(raw)
        return low, self.texts.first_not_before(raw + b"\xff", low)

    def find(self, text: str, factor: float = 1.0, stem: str = "") -> Matched:
        """The word itself, and words that begin with it; with a stem also its other cases."""
        low, high = self.begun(text)
        # Backwards, so that the whole word, which counts most, comes last.
        words = np.arange(high - 1, low - 1, -1, dtype=np.int32)
        length = max(1, len(text))
        worth = (_BEGUN + _WHOLE * length / np.maximum(self._lengths[words], 1)) * factor
        if low < high and self._lengths[low] == length:
            worth[-1] = factor
        found = Matched(words, worth.astype(np.float32))
        if stem:
            low, high = self.begun(stem)
            bent = np.arange(high - 1, low - 1, -1, dtype=np.int32)
            bent = bent[self._lengths[bent] <= len(stem) + _ENDING]
            cases = Matched(bent, np.full(len(bent), _STEM * factor, np.float32))
            found = joined([cases, found])
        return found

    def exactly(self, text: str) -> Matched:
        """The word itself alone."""
        low, high = self.begun(text)
        found = low < high and self._lengths[low] == len(text)
        words = np.array([low] if found else [], dtype=np.int32)
        return Matched(words, np.ones(len(words), dtype=np.float32))

    def like(self, text: str, *, unfinished: bool) -> Matched:
        """Words within the slips that a word may hold; if unfinished also as the beginning of a
        longer one, whose first letter is taken as right."""
        key = (text, unfinished)
        found = self._like.get(key)
        if found is None:
            found = self._like_now(text, unfinished)
            if len(self._like) >= _KEPT:
                self._like.clear()
            self._like[key] = found
        return found

    def _like_now(self, text: str, unfinished: bool) -> Matched:
        budget = typo_budget(text)
        if not budget or len(text) > _LETTERS - 2 or len(self.texts) == self._first_real:
            return Matched(np.empty(0, np.int32), np.empty(0, np.float32))
        words = self._alike_in_letters(text, budget, unfinished)
        whole, begun = _edits(text, self._codes[words], self._lengths[words], budget)
        edits = np.where(whole <= budget, whole, np.where(begun <= budget, begun + 1, _FAR))
        if not unfinished:
            edits = whole
        edits[whole == 0] = _FAR
        kept = np.flatnonzero(edits <= budget + 1)
        order = kept[np.lexsort((words[kept], edits[kept]))][:_MOST_LIKE][::-1]
        worth = _FIRST_SLIP - _SLIP * edits[order]
        return Matched(words[order].astype(np.int32), worth.astype(np.float32))

    def _alike_in_letters(self, text: str, budget: int, unfinished: bool) -> NDArray[np.int64]:
        """Words worth comparing letter by letter: their sets of letters and of pairs of letters
        differ by no more than the slips can make; the nearest first where there are many."""
        first = self._first_real
        letters, pairs = (np.uint64(bits) for bits in signatures(text))
        other = np.bitwise_count(self._letters[first:] ^ letters)
        near = np.flatnonzero(other <= _LETTERS_AN_EDIT * budget)
        apart = np.bitwise_count(self._pairs[first:][near] ^ pairs)
        lengths = self._lengths[first:][near].astype(np.int16)
        fits = (apart <= _PAIRS_AN_EDIT * budget) & (np.abs(lengths - len(text)) <= budget)
        near, apart = near[fits], apart[fits]
        if len(near) > _COMPARED:
            near = near[np.argpartition(apart, _COMPARED)[:_COMPARED]]
        if not unfinished:
            whole: NDArray[np.int64] = near + first
            return whole
        low, high = self.begun(text[0])
        lacking = np.bitwise_count(letters & ~self._letters[low:high]) <= budget
        longer = np.flatnonzero(lacking & (self._lengths[low:high] > len(text))) + low
        apart = np.bitwise_count(pairs & ~self._pairs[longer])
        longer, apart = longer[apart <= 3 * budget], apart[apart <= 3 * budget]
        if len(longer) > _COMPARED:
            longer = longer[np.argpartition(apart, _COMPARED)[:_COMPARED]]
        return np.unique(np.concatenate([near + first, longer]))

    def count_of(self, matched: Matched) -> int:
        """In how many rows some words stand."""
        words = matched.words
        return int((self._offsets[words + 1] - self._offsets[words]).sum()) if len(words) else 0

    def worths(self, matched: Matched, words: Ints) -> Floats:
        """What each of some words of the vocabulary is worth; 0 for those that are not matched."""
        every = np.zeros(len(self.texts), dtype=np.float32)
        every[matched.words] = matched.worth
        found: Floats = every[words]
        return found

    def rows_of(self, matched: Matched) -> tuple[Ints, Floats]:
        """The rows that hold any of some words, and the worth in each; rows may come twice."""
        words = matched.words
        if not len(words):
            return np.empty(0, np.int32), np.empty(0, np.float32)
        begin, end = self._offsets[words], self._offsets[words + 1]
        counts = end - begin
        worth = np.repeat(matched.worth, counts)
        # Runs of neighbours, backwards, lie in one piece.
        breaks = np.flatnonzero(np.diff(words) != -1)
        if len(breaks) > _RUNS:
            return self._rows[spans(begin, counts)], worth
        heads = [0, *(breaks + 1).tolist()]
        tails = [*breaks.tolist(), len(words) - 1]
        parts = [
            self._rows[begin[tail] : end[head]][::-1]
            for head, tail in zip(heads, tails, strict=True)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts), worth


def spans(begin: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """The numbers `begin[i] .. begin[i] + counts[i]`, one run after the other."""
    total = int(counts.sum())
    if not total:
        return np.empty(0, np.int64)
    ends = np.cumsum(counts)
    found: NDArray[np.int64] = np.arange(total) + np.repeat(begin - (ends - counts), counts)
    return found


def joined(parts: list[Matched]) -> Matched:
    """Several as one."""
    if len(parts) == 1:
        return parts[0]
    return Matched(
        np.concatenate([part.words for part in parts]),
        np.concatenate([part.worth for part in parts]),
    )


def signatures(word: str) -> tuple[int, int]:
    """A word's set of letters, and its set of pairs of letters, as bits."""
    letters = pairs = 0
    before = 0
    for char in word:
        code = ord(char)
        letters |= 1 << (code * 7 % 61)
        pairs |= 1 << ((before * 31 + code) % 63)
        before = code
    return letters, pairs


def _codes_of(words: list[str]) -> NDArray[np.uint16]:
    """The letters of each word as numbers, cut off and filled up to one length."""
    cut = [word[:_LETTERS].ljust(_LETTERS, "\0") for word in words]
    raw = np.frombuffer("".join(cut).encode("utf-32-le", "replace"), dtype=np.uint32)
    return raw.astype(np.uint16)


def _edits(
    text: str, codes: NDArray[np.uint16], lengths: NDArray[np.uint8], budget: int
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Edits (insert, delete, change, swap neighbours) from a text to each of some words, and to
    that beginning of each which is nearest; more than the budget is only known to be more.

    All words at once, along the diagonal only.
    """
    most, count = min(_LETTERS, len(text) + budget), len(codes)
    wanted = np.array([ord(char) for char in text], dtype=np.uint32).astype(np.uint16)
    columns = np.ascontiguousarray(codes[:, :most].T)
    start = np.full((most + 1, count), _FAR, dtype=np.int16)
    rows = [start, start.copy(), start.copy()]
    older, before, now = rows
    before[: budget + 1] = np.arange(budget + 1, dtype=np.int16)[:, None]
    same_before: dict[int, NDArray[np.bool_]] = {}
    for i in range(1, len(text) + 1):
        now[:] = _FAR
        if i <= budget:
            now[0] = i
        same_now: dict[int, NDArray[np.bool_]] = {}
        for j in range(max(1, i - budget), min(most, i + budget) + 1):
            same = same_now[j] = columns[j - 1] == wanted[i - 1]
            cost = np.minimum(before[j], now[j - 1]) + 1
            np.minimum(cost, before[j - 1] + ~same, out=cost)
            if i > 1 and j > 1 and j in same_before and (j - 1) in same_now:
                swapped = same_now[j - 1] & same_before[j]
                np.minimum(cost, np.where(swapped, older[j - 2] + 1, _FAR), out=cost)
            now[j] = cost
        same_before = same_now
        older, before, now = before, now, older
    held = np.minimum(lengths, most).astype(np.int64)
    inside = np.arange(most + 1)[:, None] <= held[None, :]
    begun = np.where(inside, before, _FAR).min(axis=0)
    whole = np.where(lengths <= most, before[held, np.arange(count)], _FAR)
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
        signs = [signatures(word) for word in order]
        return {
            **text_arrays(f"{name}.words", order),
            f"{name}.offsets": offsets,
            f"{name}.rows": rows[np.argsort(held, kind="stable")],
            f"{name}.letters": np.array([each[0] for each in signs], dtype=np.uint64),
            f"{name}.pairs": np.array([each[1] for each in signs], dtype=np.uint64),
            f"{name}.codes": _codes_of(order),
            f"{name}.lengths": np.array([min(len(word), 255) for word in order], dtype=np.uint8),
            f"{name}.held": held,
            f"{name}.held.at": places,
        }


def _no_ints() -> Ints:
    return np.empty(0, dtype=np.int32)
