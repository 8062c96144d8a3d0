"""Names and queries as tokens: the words that tell, the kinds of street, and what means nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from dispatch.region.address_words import address_words
from dispatch.region.fold import fold, fold_word, is_initials, is_ordinal, words_of

#: A kind of street is stored as its canonical word behind this letter, apart from real words.
TYPE_MARK = "~"
#: Before the initials of a Hangul word; sorts before every real word.
INITIALS_MARK = "!"
#: A stem shorter than this says too little.
_LEAST_STEM = 4
_LEAST_HANGUL_STEM = 4


class Role(Enum):
    """What a word of a query does."""

    WORD = "word"
    NUMBER = "number"
    TYPE = "type"
    NOISE = "noise"


@dataclass(frozen=True)
class Token:
    """One folded word of a query; `other` is another word for it, "" where there is none.

    `stem` is the word without its case ending, "" where it has none.
    """

    text: str
    role: Role
    other: str = ""
    stem: str = ""


def name_tokens(text: str) -> list[str]:
    """The tokens under which a name is indexed."""
    table = address_words()
    words = _figured(fold(text))
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
    return tokens_of(words_of(text))


def tokens_of(words: Sequence[str]) -> list[Token]:
    """The same of words (of `words_of`)."""
    table = address_words()
    spoken = [(word, folded) for word in words if (folded := fold_word(word))]
    tokens = []
    for position, (raw, word) in enumerate(spoken):
        same = table.same.get(word, "")
        if word[:1].isdigit():
            # "25th" is part of a name, never a house.
            tokens.append(Token(word, Role.WORD if is_ordinal(raw) else Role.NUMBER))
        elif word in table.numbers:
            tokens.append(Token(str(table.numbers[word]), Role.WORD, word))
        elif word in table.types:
            saint = same if position == 0 and len(spoken) > 1 else ""
            role = Role.WORD if saint else Role.TYPE
            tokens.append(Token(saint or TYPE_MARK + table.types[word], role, word))
        elif word in table.noise or word in table.crossing or word in table.said:
            tokens.append(Token(word, Role.NOISE))
        elif is_initials(raw):
            tokens.append(Token(INITIALS_MARK + raw, Role.WORD, word))
        else:
            other = word if same and same != word else _other(raw, word)
            tokens.append(Token(same or word, Role.WORD, other, _stem(word)))
    tokens = _added_up(tokens)
    if tokens and not any(token.role in (Role.WORD, Role.NUMBER) for token in tokens):
        # Nothing but small words: then they are what is meant.
        tokens = [Token(t.other or t.text, Role.WORD, t.text) for t in tokens[:1]] + tokens[1:]
    return tokens


def plain_tokens(words: Sequence[str]) -> list[Token]:
    """Words that are all meant, even those that mostly mean nothing."""
    folded = [word for word in map(fold_word, words) if word]
    return [Token(w, Role.NUMBER if w[:1].isdigit() else Role.WORD) for w in folded]


def _figured(words: list[str]) -> list[str]:
    """Numbers as figures: a street named Fifth stands under 5."""
    numbers = address_words().numbers
    if not any(word in numbers for word in words):
        return words
    tokens = [
        Token(str(numbers[word]), Role.WORD, word) if word in numbers else Token(word, Role.NOISE)
        for word in words
    ]
    return [token.text for token in _added_up(tokens)]


def _added_up(tokens: list[Token]) -> list[Token]:
    """`twenty third` is one number."""
    result: list[Token] = []
    for token in tokens:
        before = result[-1] if result else None
        if (
            before is not None and before.other and token.other
            and before.text.isdigit() and token.text.isdigit()
            and int(before.text) >= 20 and int(before.text) % 10 == 0 and int(token.text) < 10
        ):  # fmt: skip
            result[-1] = Token(str(int(before.text) + int(token.text)), Role.WORD)
        else:
            result.append(token)
    return result


def _other(raw: str, word: str) -> str:
    """Another way in which a word may have been meant: informal Kazakh writes x for х, w for у."""
    if raw.isascii() and ("x" in raw or "w" in raw):
        other = fold_word(raw.replace("x", "h").replace("w", "u"))
        return other if other != word else ""
    return ""


def _stem(word: str) -> str:
    """A word without its case ending, "" where none is known or too little would be left."""
    table = address_words()
    for ending in table.endings:
        if word.endswith(ending):
            least = _LEAST_STEM if word.isascii() else _LEAST_HANGUL_STEM
            return word[: -len(ending)] if len(word) - len(ending) >= least else ""
    return ""
