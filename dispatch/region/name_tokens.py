"""Names and queries as tokens: the words that tell, the kinds of street, and what means nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dispatch.region.address_words import address_words
from dispatch.region.fold import fold, fold_word, is_ordinal, words_of

#: A kind of street is stored as its canonical word behind this letter, apart from real words.
TYPE_MARK = "~"


class Role(Enum):
    """What a word of a query does."""

    WORD = "word"
    NUMBER = "number"
    TYPE = "type"
    NOISE = "noise"


@dataclass(frozen=True)
class Token:
    """One folded word of a query; `other` is another word for it, "" where there is none."""

    text: str
    role: Role
    other: str = ""


def name_tokens(text: str) -> list[str]:
    """The tokens under which a name is indexed."""
    table = address_words()
    words = fold(text)
    tokens = []
    all_types = all(word in table.types for word in words)
    for position, word in enumerate(words):
        # "St Mary", "Avenue Road": a kind of street that stands first may be the name itself.
        if position == 0 and len(words) > 1 and word in table.same and word in table.types:
            tokens.append(table.same[word])
        elif word in table.types and not (all_types and position == 0):
            tokens.append(TYPE_MARK + table.types[word])
        else:
            tokens.append(table.same.get(word, word) or word)
    return tokens


def query_tokens(text: str) -> list[Token]:
    """The tokens of what was typed; at least one is a word or a number where there is any."""
    table = address_words()
    spoken = [(word, folded) for word in words_of(text) if (folded := fold_word(word))]
    words = [folded for _, folded in spoken]
    tokens = []
    for position, (raw, word) in enumerate(spoken):
        same = table.same.get(word, "")
        if word[:1].isdigit():
            # "25th" is part of a name, never a house.
            tokens.append(Token(word, Role.WORD if is_ordinal(raw) else Role.NUMBER))
        elif word in table.types:
            saint = same if position == 0 and len(words) > 1 else ""
            role = Role.WORD if saint else Role.TYPE
            tokens.append(Token(saint or TYPE_MARK + table.types[word], role, word))
        elif word in table.noise or word in table.crossing:
            tokens.append(Token(word, Role.NOISE))
        else:
            tokens.append(Token(same or word, Role.WORD, word if same and same != word else ""))
    if tokens and not any(token.role in (Role.WORD, Role.NUMBER) for token in tokens):
        # Nothing but small words: then they are what is meant.
        tokens = [Token(t.other or t.text, Role.WORD, t.text) for t in tokens[:1]] + tokens[1:]
    return tokens
