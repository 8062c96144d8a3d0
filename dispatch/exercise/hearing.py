"""What the automatic dispatcher gathers from a simulated caller: of what kind, and where.

It uses what a person at the phone would: the first sentence, what the caller can answer, the
place on the line, and the address as said, looked up in the gazetteer. Never the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dispatch.desk.incidents import PlaceInput
from dispatch.domain.call import Call
from dispatch.domain.place import PlaceState
from dispatch.domain.value import Point
from dispatch.exercise.dispatcher import line_place
from dispatch.region.gazetteer import Match
from dispatch.severity.questions import QuestionBook

SAID = "simulation.says."
"""Statements `simulation.says.<type>.<n>` of the catalogue name their type."""

Search = Callable[[str], list[Match]]


@dataclass(frozen=True)
class Hearing:
    """Types by the question book; places by the line, else by `search` (a gazetteer's)."""

    book: QuestionBook
    search: Search = lambda text: []

    def type_of(self, call: Call) -> str:
        """The type that fits what the caller says; "" where nothing was said."""
        script = call.script
        if script is None:
            return ""
        if script.type_id:
            return script.type_id
        if script.statement.startswith(SAID):
            named = script.statement.removeprefix(SAID).partition(".")[0]
            if self.book.has_type(named):
                return named
        return self._by_answers(script.answers)

    def _by_answers(self, answers: dict[str, str]) -> str:
        """The type most of whose questions the caller can answer; the first of equals."""
        best, most = "", 0.0
        for call_type in self.book.types:
            asked = [question.question_id for question in call_type.questions]
            known = sum(question in answers for question in asked)
            share = known + known / max(1, len(asked))
            if share > most:
                best, most = call_type.type_id, share
        return best

    def services_of(self, type_id: str) -> tuple[str, ...]:
        """The services that a type calls for."""
        return self.book.type(type_id).services if self.book.has_type(type_id) else ()

    def place_of(self, call: Call) -> PlaceInput | None:
        """Where the line shows the caller, else what the address as said is found to be."""
        shown = line_place(call)
        if shown is not None or call.script is None or not call.script.address:
            return shown
        found = self.search(call.script.address)
        if not found:
            return None
        match = found[0]
        return PlaceInput(
            typed=call.script.address,
            label=match.label,
            point=Point(lon=match.lon, lat=match.lat),
            accuracy_m=match.accuracy_m,
            settlement=match.settlement,
            house=match.house,
            state=PlaceState.VERIFIED,
        )
