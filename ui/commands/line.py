"""The command line's grammar: a line of text and the words in use in; what it means out.

    d 417 m12 e3     propose units for an incident          s m12 sc      set a unit's state
    n 417 text       write a note                            f elm/5th     find a place
    o 417            show an incident       l 417 2          set a level   r m12   recall a unit
    u m12            show a unit            h [word]         list commands
    c elm st from 5th to 7th until 14:00    close a road     o elm st      open it again

Pure: it reads nothing and does nothing. A word that could mean several things is asked back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dispatch.domain.message import Message
from ui.commands.closing_line import Closing, Missing, parse_closing
from ui.commands.layouts import by_keys, digits_by_keys

MAX_LINE = 2_000

#: Short words for unit states; a longer prefix of the English name works as well.
STATE_WORDS: Mapping[str, tuple[str, ...]] = {
    "available_on_air": ("av", "available", "clear"),
    "available_at_station": ("as", "station", "home"),
    "en_route": ("er", "enroute", "rolling"),
    "staging": ("st", "staging"),
    "on_scene": ("sc", "onscene", "arrived"),
    "transporting": ("tr", "transporting", "leaving"),
    "at_hospital": ("ah", "hospital"),
    "returning": ("rt", "returning"),
    "on_break": ("br", "onbreak", "break"),
    "out_of_service": ("oos", "outofservice"),
    "off_duty": ("od", "offduty"),
}
VERBS: Mapping[str, tuple[str, ...]] = {
    "dispatch": ("d", "dispatch"),
    "state": ("s", "state"),
    "note": ("n", "note"),
    "find": ("f", "find"),
    "open": ("o", "open"),
    "unit": ("u", "unit"),
    "level": ("l", "level"),
    "recall": ("r", "recall"),
    "help": ("h", "help"),
    "close": ("c", "close", "закрыть", "перекрыть", "жабу", "통제", "폐쇄"),
}


@dataclass(frozen=True)
class Words:
    """What can be named now: incidents by number, units by call sign; values are ids.

    `aliases` are other names of units ("Medic 12"), each with its call sign. `closures` are the
    closed streets.
    """

    incidents: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    closures: Mapping[str, str] = field(default_factory=dict)
    selected_incident: str | None = None


@dataclass(frozen=True)
class Ready:
    """A complete line. `labels` are the units as the agency writes them."""

    verb: str
    incident_id: str | None = None
    number: str = ""
    unit_ids: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    state: str = ""
    level: int = 0
    text: str = ""
    closing: Closing | None = None
    points: tuple[tuple[float, float], ...] = ()
    """Where a typed closure begins and ends (lon, lat), once it was looked up."""
    closure_id: str = ""


@dataclass(frozen=True)
class Ask:
    """A word that is missing, unknown or ambiguous: the question, and words that would answer it.

    `at` is where in the line the word starts; `known` is False where the word means nothing.
    """

    question: Message
    options: tuple[str, ...] = ()
    at: int = 0
    known: bool = True
    lines: tuple[str, ...] = ()
    """Whole lines that would answer it, where a word alone would not."""


Parsed = Ready | Ask


@dataclass(frozen=True)
class _Word:
    text: str
    at: int


def parse(line: str, words: Words) -> Parsed:
    """What a line means; never raises, whatever was typed."""
    line = line[:MAX_LINE]
    parts = _split(line)
    if not parts:
        return Ask(Message("commands.line.what"), tuple(names[0] for names in VERBS.values()))
    verb = _one_of(parts[0].text, VERBS)
    if len(verb) != 1:
        options = tuple(VERBS[name][1] for name in verb) or tuple(n[0] for n in VERBS.values())
        message = Message("commands.line.no_verb", {"word": parts[0].text})
        return Ask(message, options, parts[0].at, known=bool(verb))
    return _GRAMMAR[verb[0]](line, parts[1:], words)


def complete(line: str, words: Words, limit: int = 8) -> tuple[str, ...]:
    """Whole lines that could follow from what is typed so far."""
    parsed = parse(line, words)
    if isinstance(parsed, Ready):
        return ()
    if parsed.lines:
        return parsed.lines[:limit]
    stem = line[: parsed.at] if parsed.at < len(line) else line
    if stem and not stem.endswith(" ") and parsed.at >= len(line):
        stem += " "
    return tuple(stem + option for option in parsed.options[:limit])


def _split(line: str) -> list[_Word]:
    found: list[_Word] = []
    start: int | None = None
    for index, char in enumerate(line + " "):
        if char.isspace():
            if start is not None:
                found.append(_Word(line[start:index], start))
                start = None
        elif start is None:
            start = index
    return found


def _one_of(typed: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The names a word stands for: exact before prefix, as typed before by the keys pressed."""
    for word in dict.fromkeys((typed.casefold(), by_keys(typed))):
        exact = tuple(name for name, forms in table.items() if word in forms)
        if exact:
            return exact
        begun = tuple(
            name for name, forms in table.items() if any(form.startswith(word) for form in forms)
        )
        if begun:
            return begun
    return ()


def plain(label: str) -> str:
    """A call sign as one types it: without spaces, hyphens and capitals."""
    return "".join(char for char in label.casefold() if char.isalnum())


def _matching(typed: str, labels: Iterable[str]) -> tuple[str, ...]:
    """Labels that a word names: all but spaces and capitals equal, else those it begins."""
    labels = tuple(labels)
    for word in dict.fromkeys((plain(typed), plain(by_keys(typed)))):
        if not word:
            continue
        exact = tuple(label for label in labels if plain(label) == word)
        if exact:
            return exact
        begun = tuple(label for label in labels if plain(label).startswith(word))
        if begun:
            return begun
    return ()


def _number(typed: str, numbers: Iterable[str]) -> tuple[str, ...]:
    """Incident numbers a word names: equal but for leading zeros, else those that end in it."""
    for word in dict.fromkeys((typed, by_keys(typed), digits_by_keys(typed))):
        digits = word.lstrip("#").lstrip("0")
        if not digits.isascii() or not digits.isdigit():
            continue
        numbers = tuple(numbers)
        exact = tuple(n for n in numbers if n.lstrip("0") == digits)
        return exact or tuple(n for n in numbers if n.endswith(digits))
    return ()


def _ask_incident(word: _Word | None, line: str, words: Words) -> str | Ask:
    numbers = sorted(words.incidents, reverse=True)
    if word is None:
        return Ask(Message("commands.line.which_incident"), tuple(numbers), len(line))
    found = _number(word.text, numbers)
    if len(found) == 1:
        return found[0]
    if found:
        return Ask(Message("commands.line.several", {"word": word.text}), found, word.at)
    message = Message("commands.line.no_incident", {"word": word.text})
    return Ask(message, tuple(numbers), word.at, known=False)


def _ask_unit(word: _Word | None, line: str, words: Words) -> str | Ask:
    labels = tuple(words.units)
    if word is None:
        return Ask(Message("commands.line.which_unit"), labels, len(line))
    found = _matching(word.text, labels)
    if not found:
        named = _matching(word.text, words.aliases)
        found = tuple(dict.fromkeys(words.aliases[name] for name in named))
    if len(found) == 1:
        return found[0]
    if found:
        return Ask(Message("commands.line.several", {"word": word.text}), found, word.at)
    return Ask(Message("commands.line.no_unit", {"word": word.text}), labels, word.at, known=False)


def _dispatch(line: str, rest: list[_Word], words: Words) -> Parsed:
    number = _ask_incident(rest[0] if rest else None, line, words)
    if isinstance(number, Ask):
        return number
    labels: list[str] = []
    for word in rest[1:] or [None]:
        label = _ask_unit(word, line, words)
        if isinstance(label, Ask):
            return label
        if label not in labels:
            labels.append(label)
    return Ready(
        "dispatch",
        incident_id=words.incidents[number],
        number=number,
        unit_ids=tuple(words.units[label] for label in labels),
        labels=tuple(labels),
    )


def _state(line: str, rest: list[_Word], words: Words) -> Parsed:
    label = _ask_unit(rest[0] if rest else None, line, words)
    if isinstance(label, Ask):
        return label
    shorts = tuple(forms[0] for forms in STATE_WORDS.values())
    if len(rest) < 2:
        return Ask(Message("commands.line.which_state", {"unit": label}), shorts, len(line))
    states = _one_of(rest[1].text, STATE_WORDS)
    if len(states) != 1:
        options = tuple(STATE_WORDS[name][0] for name in states) or shorts
        key = "commands.line.several" if states else "commands.line.no_state"
        return Ask(Message(key, {"word": rest[1].text}), options, rest[1].at, known=bool(states))
    return Ready(
        "state",
        unit_ids=(words.units[label],),
        labels=(label,),
        state=states[0],
        text=line[rest[2].at :].strip() if len(rest) > 2 else "",
    )


def _note(line: str, rest: list[_Word], words: Words) -> Parsed:
    number = _ask_incident(rest[0] if rest else None, line, words)
    if isinstance(number, Ask):
        return number
    if len(rest) < 2:
        return Ask(Message("commands.line.which_text", {"number": number}), (), len(line))
    return Ready(
        "note",
        incident_id=words.incidents[number],
        number=number,
        text=line[rest[1].at :].strip(),
    )


def _find(line: str, rest: list[_Word], words: Words) -> Parsed:
    if not rest:
        return Ask(Message("commands.line.which_place"), (), len(line))
    return Ready("find", text=line[rest[0].at :].strip())


def _open(line: str, rest: list[_Word], words: Words) -> Parsed:
    number = _ask_incident(rest[0] if rest else None, line, words)
    if isinstance(number, Ask):
        closed = _closed_street(line[rest[0].at :] if rest else "", words)
        if len(closed) == 1:
            label = closed[0]
            return Ready("open_road", text=label, closure_id=words.closures[label])
        if closed:
            return Ask(Message("commands.line.several", {"word": rest[0].text}), closed, rest[0].at)
        return number
    return Ready("open", incident_id=words.incidents[number], number=number)


def _closed_street(typed: str, words: Words) -> tuple[str, ...]:
    """Closed streets whose name has words that begin as those typed."""
    wanted = typed.casefold().split()
    if not wanted:
        return ()
    return tuple(
        label
        for label in words.closures
        if all(any(w.startswith(t) for w in label.casefold().split()) for t in wanted)
    )


def _close(line: str, rest: list[_Word], words: Words) -> Parsed:
    said = parse_closing(line, rest[0].at if rest else len(line))
    if isinstance(said, Missing):
        return Ask(said.question, said.options, said.at, known=said.known)
    return Ready("close", text=said.street, closing=said)


def _unit(line: str, rest: list[_Word], words: Words) -> Parsed:
    label = _ask_unit(rest[0] if rest else None, line, words)
    if isinstance(label, Ask):
        return label
    return Ready("unit", unit_ids=(words.units[label],), labels=(label,))


def _level(line: str, rest: list[_Word], words: Words) -> Parsed:
    number = _ask_incident(rest[0] if rest else None, line, words)
    if isinstance(number, Ask):
        return number
    digits = tuple("12345")
    if len(rest) < 2:
        return Ask(Message("commands.line.which_level", {"number": number}), digits, len(line))
    level = by_keys(rest[1].text).lstrip("l")
    if level not in digits:
        message = Message("commands.line.no_level", {"word": rest[1].text})
        return Ask(message, digits, rest[1].at, known=False)
    return Ready(
        "level",
        incident_id=words.incidents[number],
        number=number,
        level=int(level),
        text=line[rest[2].at :].strip() if len(rest) > 2 else "",
    )


def _recall(line: str, rest: list[_Word], words: Words) -> Parsed:
    label = _ask_unit(rest[0] if rest else None, line, words)
    if isinstance(label, Ask):
        return label
    return Ready("recall", unit_ids=(words.units[label],), labels=(label,))


def _help(line: str, rest: list[_Word], words: Words) -> Parsed:
    return Ready("help", text=line[rest[0].at :].strip() if rest else "")


_GRAMMAR = {
    "dispatch": _dispatch,
    "state": _state,
    "note": _note,
    "find": _find,
    "open": _open,
    "unit": _unit,
    "level": _level,
    "recall": _recall,
    "help": _help,
    "close": _close,
}
