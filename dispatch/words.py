"""The one catalogue of sentences: message id and values in, text in one of four languages out.

Files: `resources/languages/<language>/<namespace>.toml`. A message id is
`namespace.rest.of.id`; its file holds `"rest.of.id" = "text with {placeholders}"`, or, where a
number decides the form, a table of CLDR plural categories chosen by the value `n`:

    ["units.free"]
    one = "{n} unit is free"
    other = "{n} units are free"
"""

from __future__ import annotations

import logging
import string
import tomllib
from collections.abc import Mapping
from functools import cache

from babel import Locale

from dispatch.domain.message import Message, Problem, Value
from dispatch.resources import resource

LANGUAGES = ("en", "ru", "kk", "ko")
LANGUAGE_NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша", "ko": "한국어"}

log = logging.getLogger(__name__)

Entry = str | dict[str, str]


class _Lenient(string.Formatter):
    """Leaves an unknown placeholder standing: a half-filled sentence beats a crash at 3 a.m."""

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, object]) -> object:
        if isinstance(key, str) and key in kwargs:
            return kwargs[key]
        return "{" + str(key) + "}"

    def get_field(self, field_name: str, args: object, kwargs: Mapping[str, object]) -> object:
        # No attribute or index access: values come from facts and feeds.
        return self.get_value(field_name, args, kwargs), field_name


_formatter = _Lenient()


@cache
def catalogue(language: str) -> Mapping[str, Entry]:
    """All messages of one language, keyed by full id. Raises `Problem` for a broken file."""
    entries: dict[str, Entry] = {}
    for path in sorted(resource("languages", language).glob("*.toml")):
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Problem("words.broken", file=str(path), what=str(error)) from error
        for key, entry in data.items():
            entries[f"{path.stem}.{key}"] = entry
    return entries


@cache
def _plural_rule(language: str) -> object:
    return Locale.parse(language).plural_form


def say(message: Message | str, language: str = "en", **values: Value) -> str:
    """The sentence of a message in a language; English, then the bare id, where it is missing."""
    if isinstance(message, Message):
        message_id, filled = message.id, {**message.values, **values}
    else:
        message_id, filled = message, dict(values)
    for tongue in (language, "en"):
        try:
            entry = catalogue(tongue).get(message_id)
            if entry is not None:
                return _fill(entry, tongue, filled)
        except Problem as problem:
            # What is wrong with the words cannot be said in them; the work goes on without.
            log.error("%s", problem)
        except (ValueError, TypeError, LookupError) as error:
            # A value of another kind than its placeholder wants, out of a foreign file or fact.
            log.warning("message %s cannot be filled: %s", message_id, type(error).__name__)
    log.warning("no words for message %s", message_id[:200])
    return message_id


def _fill(entry: Entry, language: str, values: Mapping[str, Value]) -> str:
    if isinstance(entry, dict):
        count = values.get("n", 0)
        form = _plural_rule(language)(count)  # type: ignore[operator]
        entry = entry.get(form) or entry.get("other") or next(iter(entry.values()))
    return _formatter.vformat(entry, (), values)
