"""Words of addresses in all languages at once, from `resources/gazetteer/*.toml`.

A caller mixes languages, so every word is understood in every query.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

import msgspec

from dispatch.domain.message import Problem
from dispatch.region.fold import fold
from dispatch.resources import resource
from dispatch.words import LANGUAGES


class _Parse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    crossing: list[str]
    noise: list[str]


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    address: str
    crossing: str
    near: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    types: dict[str, list[str]]
    words: dict[str, str]
    parse: _Parse
    form: _Form


@dataclass(frozen=True)
class AddressWords:
    """Folded words: `types` -> kind of street, `same` -> another word for it, `crossing` between
    two streets, `noise` without meaning; `forms` are label patterns by language."""

    types: dict[str, str]
    same: dict[str, str]
    crossing: frozenset[str]
    noise: frozenset[str]
    forms: dict[str, _Form]

    def form(self, language: str) -> _Form:
        """The label patterns of a language, English where there is none."""
        return self.forms.get(language, self.forms["en"])


@cache
def address_words() -> AddressWords:
    """The shipped words; `Problem("region.profile_broken")` names a broken file."""
    types: dict[str, str] = {}
    same: dict[str, str] = {}
    crossing: set[str] = set()
    noise: set[str] = set()
    forms: dict[str, _Form] = {}
    for language in LANGUAGES:
        path = resource("gazetteer", f"{language}.toml")
        try:
            data = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise Problem("region.profile_broken", file=str(path), what=str(error)) from error
        for kind, spellings in data.types.items():
            for spelling in spellings:
                types.setdefault("".join(fold(spelling)), kind)
        for word, other in data.words.items():
            same.setdefault("".join(fold(word)), "".join(fold(other)))
        crossing |= {"".join(fold(word)) for word in data.parse.crossing}
        noise |= {"".join(fold(word)) for word in data.parse.noise}
        forms[language] = data.form
    return AddressWords(types, same, frozenset(crossing), frozenset(noise), forms)
