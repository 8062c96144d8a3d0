"""Which question the digits answer now: it never changes under somebody's hand.

Advice may come a moment after an answer and name another question than the protocol's next. Until
`SETTLE_MS` have passed nobody has read the new question, and it may still be replaced; after that
it stands until it is answered or a person goes to another.
"""

from __future__ import annotations

from dispatch.domain.incident import Incident
from dispatch.severity.questions import Question

SETTLE_MS = 300


class Asking:
    """The question in hand for one incident at a time."""

    def __init__(self) -> None:
        self._by_hand: str | None = None
        self._pinned: str | None = None
        self._on_the_way: set[str] = set()

    def begin(self) -> None:
        """Another incident."""
        self._by_hand = self._pinned = None
        self._on_the_way.clear()

    def choose(self, question_id: str) -> None:
        """A person went to a question."""
        self._by_hand = question_id

    def answered(self, question_id: str) -> None:
        """An answer is on its way to the desk: the next digit is for the next question."""
        self._by_hand = self._pinned = None
        self._on_the_way.add(question_id)

    def refused(self, question_id: str) -> None:
        """The answer was not taken: the question is asked again."""
        self._on_the_way.discard(question_id)

    def settle(self, question: Question | None) -> None:
        """The question has been read by now: it stands."""
        self._pinned = question.question_id if question is not None else None

    def current(self, incident: Incident, asked: list[Question]) -> Question | None:
        """Chosen by hand, else the one that stands, else the advised, else the next in order."""
        self._on_the_way -= incident.answers.keys()
        by_id = {each.question_id: each for each in asked}
        if self._by_hand in by_id:
            return by_id[self._by_hand]
        open_ones = {
            question_id: each
            for question_id, each in by_id.items()
            if question_id not in incident.answers and question_id not in self._on_the_way
        }
        said = incident.assessment
        fitting = said is not None and said.type_id == incident.type_id
        advised = said.next_question if said is not None and fitting else None
        for wanted in (self._pinned, advised):
            if wanted in open_ones:
                return open_ones[wanted]
        return next(iter(open_ones.values()), None)
