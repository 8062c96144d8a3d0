"""The words of a query against the words of an index: what each may mean, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dispatch.region.address_words import address_words
from dispatch.region.fold import distance_within, fold
from dispatch.region.gazetteer_draft import type_codes
from dispatch.region.gazetteer_file import IndexFile
from dispatch.region.gazetteer_reader import Reader
from dispatch.region.gazetteer_words import Matched, Vocabulary, joined
from dispatch.region.name_tokens import INITIALS_MARK, TYPE_MARK, Role, Token
from dispatch.words import LANGUAGES, catalogue

Floats = NDArray[np.float32]

#: What is worth a word of the settlement, of the kind of place, or half a kind of street, beside
#: one of the name.
_OF_PLACE, _OF_KIND, OF_TYPE = 0.8, 0.85, 0.9
_OTHER_WORD = 0.98
#: A shorter word for a kind of street is too like others.
_LEAST_TYPE = 6


@dataclass(frozen=True)
class Term:
    """One word of the query against the index."""

    names: Matched
    around: Floats | None
    types: int
    kinds: dict[int, float]

    @property
    def optional(self) -> bool:
        """Whether it may be said of something other than the name."""
        return self.around is not None or bool(self.types) or bool(self.kinds)


class Terms:
    """Makes terms for the words of a query."""

    def __init__(self, file: IndexFile, reader: Reader) -> None:
        self._reader = reader
        self._bits = type_codes()
        self._words = Vocabulary(file, "word")
        self._around_words = Vocabulary(file, "around")
        self._kind_words = self._words_of_kinds()

    @property
    def words(self) -> Vocabulary:
        """The words of all names."""
        return self._words

    def _words_of_kinds(self) -> dict[str, set[int]]:
        """Folded word -> kinds that are called so in any language."""
        found: dict[str, set[int]] = {}
        for code, kind in enumerate(self._reader.kinds):
            names = [str(catalogue(c).get(f"region.kind.{kind}", "")) for c in LANGUAGES]
            for words in address_words().kinds.get(kind, {}).values():
                names += words
            for word in (word for name in names for word in fold(name)):
                if word not in address_words().types:
                    found.setdefault(word, set()).add(code)
        return found

    def mask(self, types: Iterable[str]) -> int:
        mask = 0
        for kind in types:
            if kind in self._bits:
                mask |= 1 << self._bits[kind]
        return mask

    def term(self, token: Token, *, last: bool) -> Term:
        """What a word may mean. A figure is only unfinished where it stands last."""
        text, stem = token.text, token.stem
        if text.isdigit() and (token.role is Role.WORD or not last):
            # "2nd" is not the beginning of 25th.
            names = self._words.exactly(text)
            if token.other:
                names = joined([self._words.find(token.other, _OTHER_WORD), names])
        else:
            parts = [self._words.find(text, stem=stem)]
            if token.other:
                parts.insert(0, self._words.find(token.other, _OTHER_WORD))
            names = joined(parts)
        around = None
        said = self._around_words.find(text, stem=stem)
        if len(said):
            rows, worth = self._around_words.rows_of(said)
            around = np.zeros(len(self._reader.around), dtype=np.float32)
            np.maximum.at(around, rows, worth * _OF_PLACE)
        half = (
            [kind for word, kind in address_words().types.items() if word.startswith(text)]
            if last and len(text) > 1 and not text[0].isdigit()
            else []
        )
        kinds = {
            code: _OF_KIND
            for word, codes in self._kind_words.items()
            if word == text or (len(text) >= 4 and word.startswith(text)) or (stem and word == stem)
            for code in codes
        }
        return Term(names, around, self.mask(half), kinds)

    def with_slips(self, token: Token, term: Term, *, last: bool) -> Term:
        if token.role is not Role.WORD or token.text.startswith((TYPE_MARK, INITIALS_MARK)):
            return term
        like = self._words.like(token.text, unfinished=last)
        around = term.around
        if around is None and len(said := self._around_words.like(token.text, unfinished=last)):
            rows, worth = self._around_words.rows_of(said)
            around = np.zeros(len(self._reader.around), dtype=np.float32)
            np.maximum.at(around, rows, worth * _OF_PLACE)
        types = term.types or self.mask(_kinds_like(token.text))
        return Term(joined([like, term.names]), around, types, term.kinds)


@lru_cache(maxsize=4_000)
def _kinds_like(word: str) -> tuple[str, ...]:
    """Kinds of street whose word was meant, but for a slip."""
    if len(word) < _LEAST_TYPE:
        return ()
    known = address_words().types.items()
    return tuple(
        kind
        for spelling, kind in known
        if len(spelling) >= _LEAST_TYPE and distance_within(word, spelling, 2) is not None
    )
