"""Run cards: which units an incident needs, by type, level, alarm, area and time. Data, not code.

A folder of TOML files belongs to an agency (`NAME.agency/run_cards/`). Cards:

    format = 1

    [[card]]
    id = "arrest"                       # unique in the folder
    types = ["unconscious"]             # call types
    levels = ["L1"]
    alarm_level = 1                     # optional; from this alarm on
    areas = ["north"]                   # optional; only in these areas
    hours = "mon-fri 08:00-20:00"       # optional; local time, working days without holidays
    advice = "call_back"                # optional; a card without slots must say what is done

    [[card.slot]]
    id = "first"                        # unique in the card
    label = "nearest_medical"           # message recommend.slot.<label>; `text` for own words
    any_of = ["bls", "als"]             # the first is the proper one
    also = ["transport"]                # optional; needed beside it
    count = 1                           # optional; 0 with `per_patients`: further patients only
    step_s = 0                          # optional; how much sooner each lesser choice must be
    keep = ["doctor"]                   # optional; units with these are spared here ...
    keep_s = 150                        # ... unless they are so much sooner
    per_patients = 2                    # optional; one more for every so many further patients
    if_flags = ["staging"]              # optional; only when one of these flags is up

The most particular card wins: area before none, hours before none, the highest alarm reached.
`rules.toml` in the same folder holds rules about units (see `rules.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from dispatch.domain.advice import Slot
from dispatch.domain.level import Level
from dispatch.domain.message import Message, Problem
from dispatch.recommend.rules import RULES_FILE, Hours, Rules
from dispatch.recommend.toml_places import TomlFile

CAPABILITIES = frozenset(
    """bls als doctor icu transport aed primary_care pump water ladder rescue command hazmat
    patrol gas supervisor air""".split()  # noqa: SIM905  (a list of words reads better)
)
CALL_TYPES = frozenset(
    """unconscious breathing chest_pain stroke injury sick fire hazard collision
    violence""".split()  # noqa: SIM905
)
MAX_FILES = 100
MAX_SLOTS = 40
_FLAGS = frozenset({"staging", "do_not_ring_back", "contaminated", "crew_in_distress"})


class _SlotRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    any_of: tuple[str, ...]
    label: str = ""
    text: str = ""
    also: tuple[str, ...] = ()
    count: int = 1
    step_s: float = 60.0
    keep: tuple[str, ...] = ()
    keep_s: float = 0.0
    per_patients: int = 0
    if_flags: tuple[str, ...] = ()


class _CardRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    types: tuple[str, ...]
    levels: tuple[str, ...]
    alarm_level: int = 1
    areas: tuple[str, ...] = ()
    hours: str = ""
    advice: str = ""
    slot: tuple[_SlotRow, ...] = ()


@dataclass(frozen=True)
class Need:
    """One unit that a card asks for: the slot as shown, and what a unit must bring.

    `step_s` is the price in seconds of each step down `slot.capabilities`; 0 means that all
    of them are equally proper. A unit with a capability of `keep` costs `keep_s` more: it is
    better spared for calls that need it.
    """

    slot: Slot
    also: frozenset[str] = frozenset()
    step_s: float = 60.0
    keep: frozenset[str] = frozenset()
    keep_s: float = 0.0

    def best(self, capabilities: Iterable[str]) -> int | None:
        """The place in `slot.capabilities` of the best one offered; None if none serves."""
        offered = frozenset(capabilities)
        if not self.also <= offered:
            return None
        return next((i for i, c in enumerate(self.slot.capabilities) if c in offered), None)

    def price_s(self, capabilities: Iterable[str]) -> float | None:
        """Seconds that a unit's lesser or too precious skills add; None if it cannot serve."""
        step = self.best(capabilities)
        if step is None:
            return None
        return step * self.step_s + (self.keep_s if self.keep & frozenset(capabilities) else 0.0)


@dataclass(frozen=True)
class RunCard:
    """What a kind of incident gets. `advice` is set on a card that sends nobody."""

    card_id: str
    types: tuple[str, ...]
    levels: tuple[Level, ...]
    alarm_level: int
    areas: tuple[str, ...]
    hours: Hours | None
    advice: Message | None
    rows: tuple[_SlotRow, ...] = field(repr=False)

    def needs(self, *, patients: int = 1, flags: Iterable[str] = ()) -> tuple[Need, ...]:
        """One need for each unit asked for, in the card's order, most important first."""
        raised = frozenset(flags)
        needs: list[Need] = []
        for row in self.rows:
            if row.if_flags and not raised & set(row.if_flags):
                continue
            count = row.count
            if row.per_patients:
                count += (max(patients, 1) - 1) // row.per_patients
            for number in range(1, min(count, MAX_SLOTS) + 1):
                label = (
                    Message("recommend.slot.text", {"text": row.text})
                    if row.text
                    else Message(f"recommend.slot.{row.label}")
                )
                slot_id = row.id if count == 1 else f"{row.id}.{number}"
                slot = Slot(slot_id=slot_id, label=label, capabilities=row.any_of)
                needs.append(
                    Need(
                        slot=slot,
                        also=frozenset(row.also),
                        step_s=row.step_s,
                        keep=frozenset(row.keep),
                        keep_s=row.keep_s,
                    )
                )
        return tuple(needs[:MAX_SLOTS])


@dataclass(frozen=True)
class RunCards:
    """All cards and unit rules of an agency. `version` changes with any byte of them."""

    cards: tuple[RunCard, ...]
    rules: Rules
    version: str

    @classmethod
    def load(cls, folder: Path) -> RunCards:
        """Read and check a folder of run cards.

        Raises `Problem` naming file, line and what is wrong: unknown words, two cards for one
        case, or a call type and level that no card answers at every hour.
        """
        paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
        if not any(path.name != RULES_FILE for path in paths):
            raise Problem("recommend.cards.none", file=str(folder))
        if len(paths) > MAX_FILES:
            raise Problem("recommend.cards.too_many", file=str(folder), limit=MAX_FILES)
        rules, cards = Rules(), []
        seen: dict[str, str] = {}
        cases: dict[tuple[str, Level, int, str, str], str] = {}
        digest = hashlib.sha256()
        for path in paths:
            file = TomlFile(path)
            digest.update(f"{path.name}\0{file.text}\0".encode())
            if path.name == RULES_FILE:
                rules = Rules.read(file)
                continue
            for index, card in enumerate(_cards(file)):
                if card.card_id in seen:
                    raise file.problem(
                        "recommend.cards.twice", "card", index, key="id", what=card.card_id
                    )
                seen[card.card_id] = path.name
                for case in _cases(card):
                    if case in cases:
                        raise file.problem(
                            "recommend.cards.overlap", "card", index,
                            what=card.card_id, other=cases[case], type=case[0], level=case[1].value,
                        )  # fmt: skip
                    cases[case] = card.card_id
                cards.append(card)
        for type_id in sorted(CALL_TYPES):
            for level in Level:
                if (type_id, level, 1, "", "") not in cases:
                    raise Problem(
                        "recommend.cards.gap", file=str(folder), type=type_id, level=level.value
                    )
        return cls(cards=tuple(cards), rules=rules, version=digest.hexdigest()[:16])

    def card(
        self,
        type_id: str,
        level: Level,
        when_local: datetime,
        *,
        area: str = "",
        alarm_level: int = 1,
    ) -> RunCard:
        """The card for an incident; `when_local` is the region's own wall clock.

        `Problem("recommend.cards.unknown_type")` for a call type no card knows.
        """
        fitting = [
            card
            for card in self.cards
            if type_id in card.types
            and level in card.levels
            and card.alarm_level <= alarm_level
            and (not card.areas or area in card.areas)
            and (card.hours is None or card.hours.holds(when_local, self.rules.holidays))
        ]
        if not fitting:
            raise Problem("recommend.cards.unknown_type", type=type_id, level=level.value)
        return max(
            fitting, key=lambda c: (c.alarm_level, bool(c.areas), c.hours is not None, c.card_id)
        )


def _cases(card: RunCard) -> Iterable[tuple[str, Level, int, str, str]]:
    hours = card.hours.text if card.hours else ""
    for type_id in card.types:
        for level in card.levels:
            for area in card.areas or ("",):
                yield type_id, level, card.alarm_level, area, hours


def _cards(file: TomlFile) -> Iterable[RunCard]:
    if file.data.get("format") != 1:
        raise file.problem("recommend.file.format", key="format", wanted=1)
    if unknown := sorted(set(file.data) - {"format", "card"}):
        raise file.problem("recommend.file.unknown_key", key=unknown[0], what=unknown[0])
    rows = file.data.get("card", [])
    if not isinstance(rows, list):
        raise file.problem("recommend.file.value", "card", what="card")
    for index, row in enumerate(rows):
        yield _card(file, index, row)


def _card(file: TomlFile, index: int, data: Any) -> RunCard:
    where: tuple[str | int, ...] = ("card", index)
    try:
        row = msgspec.convert(data, _CardRow)
    except msgspec.ValidationError as error:
        raise file.problem("recommend.file.value", *where, what=str(error)) from error
    if not row.id or len(row.id) > 60 or not row.types or not row.levels:
        raise file.problem("recommend.cards.empty", *where, what=row.id)
    for key, words, known in (
        ("types", row.types, CALL_TYPES),
        ("levels", row.levels, frozenset(level.value for level in Level)),
    ):
        if wrong := [word for word in words if word not in known]:
            raise file.problem(
                "recommend.cards.word",
                *where,
                key=key,
                what=wrong[0],
                known=" ".join(sorted(known)),
            )
    if not 1 <= row.alarm_level <= 10:
        raise file.problem("recommend.file.value", *where, key="alarm_level", what="1-10")
    if bool(row.slot) == bool(row.advice):
        raise file.problem("recommend.cards.slots_or_advice", *where, what=row.id)
    try:
        hours = Hours.parse(row.hours) if row.hours else None
    except ValueError as error:
        raise file.problem("recommend.cards.hours", *where, key="hours", what=row.hours) from error
    slot_ids: set[str] = set()
    for number, slot in enumerate(row.slot):
        at = (*where, "slot", number)
        if not slot.id or len(slot.id) > 60 or slot.id in slot_ids or "." in slot.id:
            raise file.problem("recommend.cards.twice", *at, key="id", what=slot.id)
        slot_ids.add(slot.id)
        if not slot.any_of or bool(slot.label) == bool(slot.text):
            raise file.problem("recommend.cards.slot", *at, what=slot.id)
        for key, words, known in (
            ("any_of", slot.any_of, CAPABILITIES),
            ("also", slot.also, CAPABILITIES),
            ("keep", slot.keep, CAPABILITIES),
            ("if_flags", slot.if_flags, _FLAGS),
        ):
            if wrong := [word for word in words if word not in known]:
                raise file.problem(
                    "recommend.cards.word",
                    *at,
                    key=key,
                    what=wrong[0],
                    known=" ".join(sorted(known)),
                )
        if (
            not 0 <= slot.count <= 20
            or not 0 <= slot.step_s <= 7200
            or slot.per_patients < 0
            or not 0 <= slot.keep_s <= 7200
        ):
            raise file.problem("recommend.cards.slot", *at, what=slot.id)
    return RunCard(
        card_id=row.id,
        types=row.types,
        levels=tuple(Level(level) for level in row.levels),
        alarm_level=row.alarm_level,
        areas=row.areas,
        hours=hours,
        advice=Message(f"recommend.advice.{row.advice}") if row.advice else None,
        rows=row.slot,
    )
