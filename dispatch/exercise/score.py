"""A short score of an exercise, from its journal alone: what was asked, what was done, how fast.

Figures: time segments (ring to answer, answer to first unit confirmed, ring to on scene), the
level that stood when the first unit was sent against the truth, over- and under-response against
the run card, duplicates found, places verified. Percentiles, never an average alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from dispatch.domain.call import Call
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.facts.exercise import TruthNoted
from dispatch.domain.incident import Incident
from dispatch.domain.level import Level
from dispatch.domain.message import Message, Value
from dispatch.domain.picture import Picture, fold
from dispatch.domain.place import PlaceState
from dispatch.simulation.scenario import Standard


@dataclass(frozen=True)
class Segment:
    """One time segment over all calls it applies to, seconds.

    `missed` counts the calls in which it never came to its end: they kept no limit.
    """

    name: str
    values_s: tuple[float, ...]
    limit_s: float | None
    missed: int = 0

    def quantile_s(self, share: float) -> float | None:
        """The value that `share` of the cases do not exceed (nearest rank); None without cases."""
        if not self.values_s:
            return None
        ordered = sorted(self.values_s)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    @property
    def met(self) -> int:
        """How many kept the limit."""
        if self.limit_s is None:
            return len(self.values_s)
        return sum(value <= self.limit_s for value in self.values_s)


@dataclass
class CallScore:
    """What became of one scripted call."""

    call_id: str
    number: str = ""
    answer_s: float | None = None
    send_s: float | None = None
    on_scene_s: float | None = None
    truth_level: Level | None = None
    sent_level: Level | None = None
    truth_type: str = ""
    type_id: str = ""
    units_needed: int = 0
    units_sent: int = 0
    verified: bool = False
    duplicate_of: str | None = None
    joined: bool | None = None
    """For a duplicate: whether it was attached to the incident it spoke of."""

    @property
    def under_triaged(self) -> bool:
        """Sent at a milder level than the truth."""
        return bool(
            self.truth_level and self.sent_level and self.sent_level.rank > self.truth_level.rank
        )

    @property
    def over_triaged(self) -> bool:
        """Sent at a more severe level than the truth."""
        return bool(
            self.truth_level and self.sent_level and self.sent_level.rank < self.truth_level.rank
        )


@dataclass
class Score:
    """The score of a whole exercise."""

    title: Message | None
    calls: list[CallScore] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def lines(self) -> list[Message]:
        """The score in words, one message a line."""
        own = [c for c in self.calls if c.duplicate_of is None]
        twins = [c for c in self.calls if c.duplicate_of is not None]
        sent = [c for c in own if c.send_s is not None]
        lines = [_segment_line(segment) for segment in self.segments]
        counts: list[tuple[str, dict[str, Value]]] = [
            ("level", {"right": _count(sent, _right), "n": len(sent)}),
            ("under", {"n": sum(c.under_triaged for c in sent)}),
            ("over", {"n": sum(c.over_triaged for c in sent)}),
            ("under_response", {"n": sum(c.units_sent < c.units_needed for c in own)}),
            ("over_response", {"n": sum(c.units_sent > c.units_needed for c in own)}),
            ("verified", {"right": sum(c.verified for c in own), "n": len(own)}),
            ("duplicates", {"right": sum(bool(c.joined) for c in twins), "n": len(twins)}),
        ]
        lines += [Message(f"exercise.score.{name}", values) for name, values in counts]
        for call in own:
            if call.send_s is None:
                lines.append(Message("exercise.score.never_sent", {"call": call.call_id}))
        return lines


def _right(call: CallScore) -> bool:
    return call.sent_level is call.truth_level


def _count(calls: Iterable[CallScore], test: object) -> int:
    return sum(bool(test(call)) for call in calls)  # type: ignore[operator]


def _segment_line(segment: Segment) -> Message:
    p50, p90 = segment.quantile_s(0.5), segment.quantile_s(0.9)
    if p50 is None or p90 is None:
        return Message(f"exercise.score.{segment.name}_none")
    values: dict[str, Value] = {
        "p50": round(p50),
        "p90": round(p90),
        "n": len(segment.values_s) + segment.missed,
        "met": segment.met,
        "limit": round(segment.limit_s or 0),
    }
    return Message(f"exercise.score.{segment.name}", values)


class Scorer:
    """Folds a journal and keeps what a score needs that the last picture no longer shows."""

    def __init__(self, standard: Standard) -> None:
        self._standard = standard
        self._picture = Picture()
        self._sent_level: dict[str, Level | None] = {}
        self._needed: dict[str, int] = {}

    def take(self, envelope: Envelope) -> None:
        """The next fact of the journal."""
        fold(self._picture, envelope)
        if envelope.kind == "dispatch.confirmed":
            incident = self._picture.incidents[envelope.stream]
            self._sent_level.setdefault(incident.incident_id, incident.level)
        elif envelope.kind == "advice.recommended":
            self._need(envelope.stream)

    def _need(self, incident_id: str) -> None:
        """What the run card asked for while it could still be answered: the newest before the
        first unit was sent; after that only more, until somebody arrives."""
        advised = self._picture.recommendations.get(incident_id)
        incident = self._picture.incidents.get(incident_id)
        if advised is None or incident is None or incident.first_on_scene_us is not None:
            return
        slots = len(advised.slots)
        if incident.first_confirmed_us is not None:
            slots = max(slots, self._needed.get(incident_id, 0))
        self._needed[incident_id] = slots

    def score(self) -> Score:
        """The score so far."""
        picture = self._picture
        title = picture.exercise.title if picture.exercise else None
        score = Score(title)
        for call_id, truth in picture.truths.items():
            score.calls.append(self._call(picture.calls[call_id], truth))
        own = [c for c in score.calls if c.duplicate_of is None]
        limits = self._standard
        answered = tuple(c.answer_s for c in score.calls if c.answer_s is not None)
        critical = tuple(
            c.send_s for c in own if c.send_s is not None and c.truth_level is Level.L1
        )
        others = tuple(
            c.send_s for c in own if c.send_s is not None and c.truth_level is not Level.L1
        )
        arrived = tuple(c.on_scene_s for c in own if c.on_scene_s is not None)
        score.segments = [
            Segment("answer", answered, limits.answer_s, len(score.calls) - len(answered)),
            Segment("send_l1", critical, limits.send_l1_s),
            Segment("send", others, limits.send_s),
            Segment("arrive", arrived, None),
        ]
        return score

    def _call(self, call: Call, truth: TruthNoted) -> CallScore:
        scored = CallScore(
            call_id=call.call_id,
            truth_level=truth.level,
            truth_type=truth.type_id,
            duplicate_of=truth.same_as_call,
        )
        if call.answered_us is not None:
            scored.answer_s = (call.answered_us - call.received_us) / 1e6
        incident = self._picture.incidents.get(call.incident_id or "")
        if truth.same_as_call is not None:
            first = self._picture.calls.get(truth.same_as_call)
            scored.joined = incident is not None and (
                first is not None and first.incident_id == incident.incident_id
            )
        if incident is not None:
            self._describe(scored, call, incident)
        return scored

    def _describe(self, scored: CallScore, call: Call, incident: Incident) -> None:
        scored.number = incident.number_text
        scored.type_id = incident.type_id
        scored.sent_level = self._sent_level.get(incident.incident_id)
        scored.verified = incident.place.state is not PlaceState.UNVERIFIED
        scored.units_needed = self._needed.get(incident.incident_id, 0)
        scored.units_sent = len(incident.assignment_ids)
        if incident.first_confirmed_us is not None:
            scored.send_s = (incident.first_confirmed_us - call.received_us) / 1e6
        if incident.first_on_scene_us is not None:
            scored.on_scene_s = (incident.first_on_scene_us - call.received_us) / 1e6


def score_of(envelopes: Iterable[Envelope], standard: Standard) -> Score:
    """The score of an exercise from its facts."""
    scorer = Scorer(standard)
    for envelope in envelopes:
        scorer.take(envelope)
    return scorer.score()
