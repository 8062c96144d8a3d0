"""A journal as a timeline: its span, its marks, and the board at any moment of it.

Opened read-only, so a live journal can be replayed while it is being written. The fold is the
domain's; nothing here interprets facts, except that a few kinds become marks on the time bar.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.facts.exercise import Injected
from dispatch.domain.facts.incident import IncidentOpened
from dispatch.domain.facts.staff import AlarmRaised
from dispatch.domain.facts.table import decode
from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Change, Picture, fold
from dispatch.domain.picture.assignments import UnconfirmedDispatch
from dispatch.domain.unit import Fix
from dispatch.fixes import fixes_of
from dispatch.journal import Journal
from dispatch.replay.waypoints import Waypoints
from dispatch.restore import picture_at

MARKED = {
    "call.rang": "call",
    "incident.opened": "incident",
    "dispatch.confirmed": "dispatch",
    "alarm.raised": "alarm",
    "incident.closed": "closed",
    "exercise.injected": "inject",
}
MAX_MARKS = 200_000
HOUSEKEEPING = "journal."
NOT_FITTING = (UnconfirmedDispatch, LookupError, AttributeError, TypeError, ValueError)
"""What folding a changed or foreign journal may run into."""
FAR = 1_000
"""Facts to fold from a waypoint that cost more than a stored snapshot does to read and check."""
SLICE = 64
"""Facts between two looks at the clock while scanning."""


@dataclass(frozen=True)
class Mark:
    """Something worth seeing on the time bar. `said` are its own words, where it has any."""

    t_us: int
    pos: int
    kind: str
    stream: str
    said: Message | None = None


class Timeline:
    """One journal, seekable. Times are operational microseconds.

    `scan` reads the journal once from the start: marks, incident numbers and waypoints come from
    it. With `scan_now=False` the caller does that in slices of time, and what has not been read
    yet is not marked; seeking works at once either way.
    """

    def __init__(self, path: Path, keys_dir: Path, *, scan_now: bool = True) -> None:
        self.journal = Journal.open(path, keys_dir, read_only=True)
        times = self.journal.times()
        if times is None:
            self.journal.close()
            raise Problem("replay.empty", file=str(path))
        self.start_us, self.end_us = times
        self.marks: list[Mark] = []
        self.numbers: dict[str, str] = {}
        """Incident id -> its serial as people say it, as far as scanned."""
        self.picture = Picture()
        self.now_us = self.start_us
        self._waypoints = Waypoints()
        self._scanned = Picture()
        self._scan = self.journal.read()
        self._scanned_to = 0
        if scan_now:
            self.scan(float("inf"))

    # -- reading it once -----------------------------------------------------------------------

    @property
    def scanned_us(self) -> int:
        """Up to which moment marks have been read."""
        return self._scanned.t_us or self.start_us

    def scan(self, budget_s: float) -> bool:
        """Read on for so many seconds; True when everything has been read."""
        until = time.perf_counter() + budget_s
        for count, envelope in enumerate(self._scan, start=1):
            self._note(envelope)
            self.fold(self._scanned, envelope)
            self._waypoints.pass_by(self._scanned)
            self._scanned_to = envelope.pos
            if count % SLICE == 0 and time.perf_counter() >= until:
                return False
        return True

    def refresh(self) -> bool:
        """Look whether a journal that is being written has grown; True when it has."""
        times = self.journal.times()
        if times is None or self.journal.head_pos <= self._scanned_to:
            return False
        self.end_us = max(self.end_us, times[1])
        self._scan = self.journal.read(after=self._scanned_to)
        return True

    def _note(self, envelope: Envelope) -> None:
        kind = MARKED.get(envelope.kind)
        if kind is None:
            return
        stream, said = envelope.stream, None
        if kind in ("incident", "alarm", "inject"):
            fact = decode(envelope)
            if isinstance(fact, IncidentOpened):
                self.numbers[fact.incident_id] = f"{fact.number:04d}"
            elif isinstance(fact, AlarmRaised):
                stream, said = fact.subject, fact.message
            elif isinstance(fact, Injected):
                said = fact.message
        if len(self.marks) < MAX_MARKS:
            self.marks.append(Mark(envelope.t_us, envelope.pos, kind, stream, said))

    # -- moving along it -----------------------------------------------------------------------

    def position_at(self, t_us: int) -> int:
        """The last fact of a moment or before."""
        return self.journal.position_at(t_us)

    def picture_at(self, pos: int) -> Picture:
        """A new picture as it stood after a position."""
        near = self._waypoints.before(pos)
        if near is None or pos - near.pos > FAR:
            snapshot = self.journal.snapshot_before(pos)
            if snapshot is not None and (near is None or snapshot.pos > near.pos):
                near = self._stored(snapshot.pos)
                self._waypoints.pass_by(near)
        near = near or Picture()
        for envelope in self.journal.read(after=near.pos, upto=pos):
            self.fold(near, envelope)
            self._waypoints.pass_by(near)
        return near

    def _stored(self, pos: int) -> Picture:
        try:
            return picture_at(self.journal, pos)
        except NOT_FITTING as error:
            file = str(self.journal.path)
            raise Problem("replay.broken", file=file, pos=pos, what=str(error)) from error

    def fold(self, picture: Picture, envelope: Envelope) -> tuple[Change, ...]:
        """The domain's fold; `Problem("replay.broken")` for a fact that fits no picture."""
        try:
            return fold(picture, envelope)
        except NOT_FITTING as error:
            raise self.misfit(envelope, error) from error

    def misfit(self, envelope: Envelope, error: Exception) -> Problem:
        """What to say of a fact that no picture of this program could have led to."""
        what = f"{envelope.kind}: {error or type(error).__name__}"
        file = str(self.journal.path)
        return Problem("replay.broken", file=file, pos=envelope.pos, what=what)

    def facts(self, after: int, upto: int) -> Iterator[Envelope]:
        """The facts of positions `after < pos <= upto`."""
        return self.journal.read(after=after, upto=upto)

    def next_fact(self, pos: int) -> Envelope | None:
        """The first fact after a position that is not the journal's own housekeeping."""
        for envelope in self.journal.read(after=pos):
            if not envelope.kind.startswith(HOUSEKEEPING):
                return envelope
        return None

    def previous_fact(self, pos: int) -> Envelope | None:
        """The last fact before a position that is not the journal's own housekeeping."""
        upto = pos - 1
        while upto > 0:
            after = max(0, upto - SLICE)
            for envelope in reversed(list(self.journal.read(after=after, upto=upto))):
                if not envelope.kind.startswith(HOUSEKEEPING):
                    return envelope
            upto = after
        return None

    def seek(self, t_us: int) -> Picture:
        """The picture as it stood at a time; forward or back."""
        t_us = self.within(t_us)
        self.picture = self.picture_at(self.position_at(t_us))
        self.now_us = t_us
        return self.picture

    def play_to(self, t_us: int) -> list[tuple[Envelope, tuple[Change, ...]]]:
        """Fold forward to a time and say what changed on the way (a copy of nothing is made)."""
        t_us = min(t_us, self.end_us)
        if t_us < self.now_us:
            raise ValueError("play_to goes forward; seek goes back")
        played = []
        for envelope in self.facts(self.picture.pos, self.position_at(t_us)):
            played.append((envelope, self.fold(self.picture, envelope)))
        self.now_us = t_us
        return played

    def within(self, t_us: int) -> int:
        """A time, or the end of the timeline it lies beyond."""
        return min(max(t_us, self.start_us), self.end_us)

    def fixes(self) -> list[Fix]:
        """Where every vehicle was last known to be at the present moment of the timeline."""
        return self.fixes_at(self.now_us)

    def fixes_at(self, t_us: int) -> list[Fix]:
        """Where every vehicle was last known to be at a time."""
        return fixes_of(self.journal.fixes.at(t_us))

    def close(self) -> None:
        """Let the file go."""
        self.journal.close()
