"""Words of addresses in all languages at once, from `resources/gazetteer/*.toml`.

A caller mixes languages, so every word is understood in every query.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache

import msgspec

from dispatch.domain.message import Problem
from dispatch.region.fold import fold, fold_word
from dispatch.resources import resource
from dispatch.words import LANGUAGES


class _Parse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    crossing: list[str]
    noise: list[str]
    endings: list[str]
    particles: list[str] = []


class _Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    house: list[str]
    block: list[str]
    structure: list[str]
    entrance: list[str]
    exit: list[str]
    floor: list[str]
    flat: list[str]
    kilometre: list[str]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How labels read in a language; each is a pattern for `str.format`."""

    address: str
    crossing: str
    near: str
    entrance: str
    exit: str
    kilometre: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    types: dict[str, list[str]]
    words: dict[str, str]
    parse: _Parse
    said: _Said
    numbers: dict[str, list[str]]
    kinds: dict[str, list[str]]
    form: Form


@dataclass(frozen=True)
class AddressWords:
    """Folded words.

    `types` -> kind of street, `same` -> another word for it, `crossing` between two streets,
    `noise` without meaning, `said` -> what the number beside it is (`house`, `entrance` ...),
    `numbers` -> figure, `endings` and `particles` that a name may bear, the longest first;
    `kinds` -> names (as written) of things known by a number, the first of each language leads;
    `forms` are label patterns by language.
    """

    types: dict[str, str] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    crossing: set[str] = field(default_factory=set)
    noise: set[str] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    endings: list[str] = field(default_factory=list)
    particles: list[str] = field(default_factory=list)
    kinds: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)

    def form(self, language: str) -> Form:
        """The label patterns of a language, English where there is none."""
        return self.forms.get(language, self.forms["en"])


@cache
def address_words() -> AddressWords:
    """The shipped words; `Problem("region.profile_broken")` names a broken file."""
    table = AddressWords()
    for language in LANGUAGES:
        path = resource("gazetteer", f"{language}.toml")
        try:
            data = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
            figures = {int(key): spoken for key, spoken in data.numbers.items()}
        except (OSError, ValueError, msgspec.ValidationError) as error:
            raise Problem("region.profile_broken", file=str(path), what=str(error)) from error
        _take(table, data, figures, language)
    for parts in (table.endings, table.particles):
        parts[:] = sorted(set(parts), key=lambda part: (-len(part), part))
    return table


def _take(table: AddressWords, data: _File, figures: dict[int, list[str]], language: str) -> None:
    for kind, spellings in data.types.items():
        for spelling in spellings:
            table.types.setdefault(_one(spelling), kind)
    for word, other in data.words.items():
        table.same.setdefault(_one(word), _one(other))
    table.crossing.update(map(_one, data.parse.crossing))
    table.noise.update(map(_one, data.parse.noise))
    for role in _Said.__struct_fields__:
        for word in getattr(data.said, role):
            table.said.setdefault(_one(word), role)
    for figure, spoken in figures.items():
        for word in spoken:
            table.numbers.setdefault(_one(word), figure)
    table.endings.extend(fold_word(ending) for ending in data.parse.endings)
    table.particles.extend(fold_word(particle) for particle in data.parse.particles)
    for kind, names in data.kinds.items():
        table.kinds.setdefault(kind, {})[language] = names
    table.forms[language] = data.form


def _one(text: str) -> str:
    return "".join(fold(text))
