"""A journal as a timeline: its span, its marks, and the board at any moment of it.

Opened read-only, so a live journal can be replayed while it is being written. The fold is the
domain's; nothing here interprets facts, except that a few kinds become marks on the time bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.message import Problem
from dispatch.domain.picture import Change, Picture, fold
from dispatch.domain.unit import Fix
from dispatch.fixes import fixes_of
from dispatch.journal import Journal
from dispatch.restore import picture_at

MARKED = {
    "call.rang": "call",
    "incident.opened": "incident",
    "dispatch.confirmed": "dispatch",
    "alarm.raised": "alarm",
    "incident.closed": "closed",
    "exercise.injected": "inject",
}
MAX_MARKS = 20_000


@dataclass(frozen=True)
class Mark:
    """Something worth seeing on the time bar."""

    t_us: int
    pos: int
    kind: str
    stream: str


class Timeline:
    """One journal, seekable. Times are operational microseconds."""

    def __init__(self, path: Path, keys_dir: Path) -> None:
        self.journal = Journal.open(path, keys_dir, read_only=True)
        times = self.journal.times()
        if times is None:
            self.journal.close()
            raise Problem("replay.empty", file=str(path))
        self.start_us, self.end_us = times
        self.marks = self._read_marks()
        self.picture = Picture()
        self.now_us = self.start_us

    def _read_marks(self) -> list[Mark]:
        marks: list[Mark] = []
        for envelope in self.journal.read():
            kind = MARKED.get(envelope.kind)
            if kind is not None and len(marks) < MAX_MARKS:
                marks.append(Mark(envelope.t_us, envelope.pos, kind, envelope.stream))
        return marks

    def seek(self, t_us: int) -> Picture:
        """The picture as it stood at a time, from the nearest snapshot; forward or back."""
        t_us = min(max(t_us, self.start_us), self.end_us)
        self.picture = picture_at(self.journal, self.journal.position_at(t_us))
        self.now_us = t_us
        return self.picture

    def play_to(self, t_us: int) -> list[tuple[Envelope, tuple[Change, ...]]]:
        """Fold forward to a time and say what changed on the way (a copy of nothing is made)."""
        t_us = min(t_us, self.end_us)
        if t_us < self.now_us:
            raise ValueError("play_to goes forward; seek goes back")
        upto = self.journal.position_at(t_us)
        played = []
        for envelope in self.journal.read(after=self.picture.pos, upto=upto):
            played.append((envelope, fold(self.picture, envelope)))
        self.now_us = t_us
        return played

    def fixes(self) -> list[Fix]:
        """Where every vehicle was last known to be at the present moment of the timeline."""
        return fixes_of(self.journal.fixes.at(self.now_us))

    def close(self) -> None:
        """Let the file go."""
        self.journal.close()
