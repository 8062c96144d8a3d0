"""Street names in capitals from a city's tables, written as people read them."""

from __future__ import annotations

import re

_SMALL = {"of", "the", "de", "la", "las", "los", "del", "and", "y"}
_ORDINAL = re.compile(r"^0*(\d+)(ST|ND|RD|TH)$")
_COMPASS = {"N", "S", "E", "W", "NE", "NW", "SE", "SW", "NB", "SB", "EB", "WB"}


def titled(name: str | None) -> str | None:
    """`03RD ST` -> `3rd St`; a name that is not all capitals is left as it is."""
    if name is None or name != name.upper():
        return name
    return " ".join(_word(word, i) for i, word in enumerate(name.split()))


def _word(word: str, position: int) -> str:
    if match := _ORDINAL.match(word):
        return match[1] + match[2].lower()
    if word in _COMPASS or re.match(r"^[A-Z]{1,2}-?\d+", word):
        return word
    lower = word.lower()
    if position and lower in _SMALL:
        return lower
    if lower.startswith("mc") and len(lower) > 3:
        return "Mc" + lower[2:].capitalize()
    parts = re.split(r"([-/'])", lower)
    shown = [
        p.capitalize() if i == 0 or parts[i - 1] in "-/" or len(p) > 1 else p
        for i, p in enumerate(parts)
    ]
    return "".join(shown)
