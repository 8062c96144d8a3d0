"""Whether the four languages say the same things, and whether code finds its words.

Checked for each `resources/languages/<language>/<namespace>.toml`: the same message ids in
every language, the same placeholders, the plural forms that CLDR gives the language; and that
every message id that stands in code as a plain string has words.
"""

from __future__ import annotations

import ast
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

# CLDR plural categories for whole numbers.
PLURAL_FORMS = {
    "en": {"one", "other"},
    "ru": {"one", "few", "many", "other"},
    "kk": {"one", "other"},
    "ko": {"other"},
}
SPEAKERS = {"Message", "Problem", "say"}

Entry = str | dict[str, str]
Found = tuple[str, int, str]


def breaches(root: Path) -> Iterator[Found]:
    """Each fault of the catalogue as (file, line, what)."""
    languages = root / "resources" / "languages"
    names = {path.name for tongue in PLURAL_FORMS for path in (languages / tongue).glob("*.toml")}
    known: set[str] = set()
    for name in sorted(names):
        tables: dict[str, dict[str, Entry]] = {}
        for tongue in PLURAL_FORMS:
            file = languages / tongue / name
            shown = file.relative_to(root).as_posix()
            try:
                tables[tongue] = tomllib.loads(file.read_text("utf-8"))
            except FileNotFoundError:
                yield shown, 1, "is missing; other languages have it"
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                yield shown, 1, f"cannot be read: {error}"
        known.update(f"{Path(name).stem}.{key}" for key in tables.get("en", {}))
        for tongue, table in tables.items():
            shown = (languages / tongue / name).relative_to(root).as_posix()
            yield from ((shown, 1, what) for what in differences(tongue, table, tables))
    if known:
        yield from unsaid(root, known, {Path(name).stem for name in names})


def differences(
    tongue: str, table: dict[str, Entry], tables: dict[str, dict[str, Entry]]
) -> Iterator[str]:
    """What one language's file lacks or has otherwise than the English one."""
    english = tables.get("en", {})
    for key in sorted(english.keys() - table.keys()):
        yield f"lacks {key!r}"
    for key in sorted(table.keys() - english.keys()):
        yield f"has {key!r}, which English lacks"
    for key, entry in sorted(table.items()):
        if not well_formed(entry):
            yield f"{key!r} is neither a text nor a table of plural forms"
            continue
        if isinstance(entry, dict) and entry.keys() != PLURAL_FORMS[tongue]:
            wanted = ", ".join(sorted(PLURAL_FORMS[tongue]))
            yield f"{key!r} needs the plural forms {wanted}"
        other = english.get(key)
        if other is not None and well_formed(other) and placeholders(entry) != placeholders(other):
            yield f"{key!r} has other placeholders than English"


def well_formed(entry: object) -> bool:
    """Whether an entry is a text, or a table of texts."""
    if isinstance(entry, dict):
        return bool(entry) and all(isinstance(form, str) for form in entry.values())
    return isinstance(entry, str)


def placeholders(entry: Entry) -> set[str]:
    """The names between braces in a text, or in any plural form."""
    texts = entry.values() if isinstance(entry, dict) else [entry]
    # The number itself may be left out of a form: "one unit", "{n} units".
    optional = {"n"} if isinstance(entry, dict) else set()
    found: set[str] = set()
    for text in texts:
        try:
            found.update(name for _, name, _, _ in string.Formatter().parse(text) if name)
        except ValueError:
            found.add("unbalanced braces in " + text)
    return found - optional


def unsaid(root: Path, known: set[str], namespaces: set[str]) -> Iterator[Found]:
    """Message ids in code that no file of words holds."""
    for folder in ("dispatch", "ui"):
        for path in sorted((root / folder).rglob("*.py")):
            try:
                tree = ast.parse(path.read_text("utf-8"))
            except (SyntaxError, ValueError):
                continue
            for line, message_id in spoken(tree):
                if message_id not in known:
                    file = path.relative_to(root).as_posix()
                    yield file, line, f"message {message_id!r} has no words"


def spoken(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The message ids that stand as plain strings in calls of Message, Problem and say."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else None
        name = function.id if isinstance(function, ast.Name) else name
        first = node.args[0]
        if name not in SPEAKERS or not isinstance(first, ast.Constant):
            continue
        if isinstance(first.value, str) and "." in first.value:
            yield node.lineno, first.value
