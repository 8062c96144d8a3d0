"""The words of the unit board: what each cell says of a unit at a moment."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from dispatch.domain.assignment import Assignment, AssignmentState
from dispatch.domain.unit import UnitState
from ui.incidents.choice import TELLING
from ui.incidents.crews import acknowledge_limit_s
from ui.incidents.durations import span
from ui.panel import PanelContext
from ui.units.rows import Column, Row

FIX_AGE_S = 120.0
"""The limit of a position's age where no agency says another."""
STEM = {"ko": 1}
"""How many letters of an abbreviation tell that it is the word itself, cut short."""
TO_ARRIVE = (AssignmentState.ACKNOWLEDGED, AssignmentState.EN_ROUTE)


class Cell(NamedTuple):
    """What is drawn: text, its ink (a token of `theme.ui`), and whether it is bold.

    `icon` stands before it (a unit state), `aside` after it in dim ink.
    """

    text: str
    ink: str = "text"
    bold: bool = False
    icon: str = ""
    aside: str = ""


NOTHING = Cell("")


def age_text(context: PanelContext, seconds: float) -> str:
    """How old a position is: seconds, then minutes, then hours."""
    if seconds < 100:
        return context.say("units.age.s", n=int(seconds))
    minutes = int(seconds / 60)
    if minutes < 100:
        return context.say("units.age.min", n=minutes)
    return context.say("units.age.h", n=minutes // 60)


class Wording:
    """Words of one language, kept until `forget`."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self.forget()

    def forget(self) -> None:
        """Another language, or another agency."""
        say, agency = self._context.say, self._context.agency
        language = self._context.language
        self.fix_limit_s = agency.limits.fix_age_s if agency is not None else FIX_AGE_S
        self.acknowledge_s = acknowledge_limit_s(self._context)

        @cache
        def state(name: str) -> str:
            return say(f"map.state.{name}")

        @cache
        def abbreviation(name: str) -> str:
            found = agency.abbreviation(name, language) if agency is not None else None
            return found or ""

        @cache
        def state_words(name: str) -> tuple[str, str]:
            short, word = abbreviation(name), state(name)
            # "SCN on scene" says more than either; "место на месте" says it twice.
            stem = short.casefold()[: STEM.get(language, 3)]
            if not short or any(part.startswith(stem) for part in word.casefold().split()):
                return word, ""
            return short, word

        @cache
        def capabilities(ids: tuple[str, ...]) -> str:
            telling = sorted(ids, key=lambda each: (TELLING + ids).index(each))
            return ", ".join(say(f"units.capability.{each}") for each in telling)

        @cache
        def station(station_id: str) -> str:
            found = agency.station(station_id) if agency is not None else None
            return found.name(language) if found is not None else station_id

        @cache
        def hospital(hospital_id: str) -> str:
            found = agency.hospital(hospital_id) if agency is not None else None
            return found.name(language) if found is not None else hospital_id

        @cache
        def kind(name: str) -> str:
            return say(f"units.kind.{name}")

        self.state, self.abbreviation, self.state_words = state, abbreviation, state_words
        self.capabilities = capabilities
        self.station, self.hospital, self.kind = station, hospital, kind
        self._crew = cache(lambda n: f"{n}" if n else "")

    # -- cells -----------------------------------------------------------------------------------

    def cell(self, row: Row, column: Column, now_us: int) -> Cell:
        """A cell at a moment."""
        unit = row.unit
        away = unit.state is UnitState.OFF_DUTY
        plain = "text_faint" if away else "text"
        match column:
            case Column.UNIT:
                return Cell(unit.unit_id, "text_dim" if away else "text_strong", True)
            case Column.STATE:
                return self._state(row, plain)
            case Column.SINCE:
                if not unit.since_us:
                    return NOTHING
                return Cell(span(max(0.0, (now_us - unit.since_us) / 1e6)), plain)
            case Column.INCIDENT:
                return Cell(row.number, plain)
            case Column.WHERE:
                return self._where(row, now_us, plain)
            case Column.AGE:
                return self._age(row, now_us)
            case Column.CREW:
                return Cell(self._crew(unit.crew), plain)
            case Column.CAPABILITIES:
                return Cell(self.capabilities(unit.capabilities), plain)
            case Column.STATION:
                return Cell(self.station(unit.station_id), plain)
            case Column.NEXT:
                return self._next(row, now_us)

    def _state(self, row: Row, ink: str) -> Cell:
        name = row.unit.state.value
        first, second = self.state_words(name)
        return Cell(first, ink, icon=name, aside=second)

    def _where(self, row: Row, now_us: int, ink: str) -> Cell:
        if row.unit.state is UnitState.OFF_DUTY or not row.place:
            return NOTHING
        if row.is_stale(now_us, self.fix_limit_s):
            return Cell(self._context.say("units.last", place=row.place), "text_faint")
        return Cell(row.place, ink)

    def _age(self, row: Row, now_us: int) -> Cell:
        age_s = row.age_s(now_us)
        if row.unit.state is UnitState.OFF_DUTY:
            return NOTHING
        if age_s is None:
            return Cell("—", "text_faint")
        stale = row.is_stale(now_us, self.fix_limit_s)
        text = age_text(self._context, age_s)
        return Cell(text, "text_strong" if stale else "text_dim", stale)

    # -- what comes next -------------------------------------------------------------------------

    def _next(self, row: Row, now_us: int) -> Cell:
        """The one thing to expect of a unit, or to do about it; what is late is loud."""
        say, held, unit = self._context.say, row.held, row.unit
        if held is not None and held.is_open and not held.state.is_told:
            left_s = self.acknowledge_s - (now_us - held.confirmed_us) / 1e6
            if left_s < 0:
                return Cell(say("units.next.no_answer", time=span(left_s)), "late_text", True)
            return Cell(say("units.next.acknowledge", time=span(left_s)), "text_strong", True)
        if row.is_stale(now_us, self.fix_limit_s) and unit.state is not UnitState.OUT_OF_SERVICE:
            return Cell(say("units.next.check_radio"), "text_strong", True)
        if held is not None and held.is_open:
            return self._of_way(held, now_us)
        return Cell(unit.reason, "text_dim") if unit.reason else NOTHING

    def _of_way(self, held: Assignment, now_us: int) -> Cell:
        say = self._context.say
        if held.state in TO_ARRIVE and held.eta_p50_s is not None:
            gone_s = (now_us - held.confirmed_us) / 1e6
            left_s = held.eta_p50_s - gone_s
            if left_s >= 0:
                return Cell(say("units.next.arrive", time=span(left_s)))
            late = gone_s > (held.eta_p90_s if held.eta_p90_s is not None else held.eta_p50_s)
            text = say("units.next.overdue", time=span(left_s))
            return Cell(text, "late_text" if late else "text", late)
        if held.state is AssignmentState.LEAVING and held.hospital_id:
            return Cell(say("units.next.to", place=self.hospital(held.hospital_id)))
        if held.state is AssignmentState.AT_HOSPITAL:
            return Cell(say("units.next.hand_over"))
        if held.state is AssignmentState.HANDED_OVER:
            return Cell(say("units.next.clear"))
        return NOTHING

    # -- whole lines -----------------------------------------------------------------------------

    def haystack(self, row: Row) -> str:
        """Everything of a line that a typed word may mean, in lower case."""
        unit = row.unit
        name = unit.state.value
        parts = (
            *(unit.unit_id, unit.label, self.kind(unit.kind), self.state(name)),
            *(self.abbreviation(name), row.number, row.place, self.station(unit.station_id)),
            *(self.capabilities(unit.capabilities), unit.reason),
        )
        return " ".join(part for part in parts if part).casefold()

    def tip(self, row: Row) -> str:
        """What a call sign stands for: label and kind."""
        unit = row.unit
        return "\n".join(dict.fromkeys((unit.label, self.kind(unit.kind))))

    def sentence(self, row: Row, now_us: int) -> str:
        """A line as it is read aloud."""
        unit = row.unit
        where, age = self.cell(row, Column.WHERE, now_us), self.cell(row, Column.AGE, now_us)
        parts = (
            *(unit.unit_id, self.state(unit.state.value), row.number, where.text),
            *(age.text, self.cell(row, Column.NEXT, now_us).text),
        )
        return ", ".join(part for part in parts if part)
