"""Plays a timeline onto a board: play, pause, speed, steps and seeks. No window here.

The board is fed by one path: facts are applied as they come while time runs on, and a seek shows
another picture. Time is a clock's, so ages and targets on the panels are those of the moment.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from dispatch.clock import SimClock
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture import Change, Picture
from dispatch.domain.unit import Fix
from dispatch.replay.timeline import NOT_FITTING, Mark, Timeline

SPEEDS = (1.0, 4.0, 16.0, 60.0, 600.0)
NEAR_FACTS = 60
"""A seek forward over so few facts is played, which panels take in more lightly."""


class Stage(Protocol):
    """What a replay is shown on; `dispatch.board.Board` is one."""

    picture: Picture

    def apply(self, envelope: Envelope) -> tuple[Change, ...]:
        """Take in a fact."""

    def apply_fixes(self, fixes: Iterable[Fix]) -> None:
        """Take in vehicle positions."""

    def show(self, picture: Picture, fixes: Iterable[Fix]) -> None:
        """Put another moment on the board."""


@dataclass(frozen=True)
class Shown:
    """What a move did to the board: facts taken in, or a whole other moment (`replaced`)."""

    changes: tuple[Change, ...] = ()
    replaced: bool = False
    at_end: bool = False


class Player:
    """The one that moves. `clock` stands until `play`; it is only ever moved here."""

    def __init__(self, timeline: Timeline, stage: Stage, clock: SimClock) -> None:
        self.timeline, self._stage, self._clock = timeline, stage, clock
        self._speed = SPEEDS[0]
        clock.pause()
        self.seek(timeline.start_us)

    # -- time ----------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """The moment shown."""
        return self.timeline.within(self._clock.now_us())

    @property
    def is_playing(self) -> bool:
        """Whether time runs."""
        return not self._clock.is_paused

    @property
    def speed(self) -> float:
        """How many seconds pass in one, while it plays."""
        return self._speed

    def play(self) -> None:
        """Let time run; from the start again where it stands at the end."""
        if self.now_us >= self.timeline.end_us:
            self.seek(self.timeline.start_us)
        self._clock.set_speed(self._speed)
        self._clock.resume()

    def pause(self) -> None:
        """Let time stand."""
        self._clock.pause()
        self._clock.move_to(self.now_us)

    def set_speed(self, speed: float) -> None:
        """Run on at another speed (or run at it when it next plays)."""
        self._speed = speed
        if self.is_playing:
            self._clock.set_speed(speed)

    def change_speed(self, steps: int) -> None:
        """The next faster or slower one of `SPEEDS`."""
        nearest = min(range(len(SPEEDS)), key=lambda n: abs(SPEEDS[n] - self._speed))
        self.set_speed(SPEEDS[max(0, min(len(SPEEDS) - 1, nearest + steps))])

    # -- moving --------------------------------------------------------------------------------

    def advance(self) -> Shown:
        """Bring the board up to the clock; pauses at the end."""
        now_us = self.now_us
        shown = self._forward_to(self.timeline.position_at(now_us), now_us)
        if now_us >= self.timeline.end_us and self.is_playing:
            self.pause()
            return Shown(shown.changes, shown.replaced, at_end=True)
        return shown

    def seek(self, t_us: int) -> Shown:
        """Show a moment; forward or back. Time runs on from there if it ran."""
        t_us = self.timeline.within(t_us)
        self._clock.move_to(t_us)
        pos = self.timeline.position_at(t_us)
        if 0 <= pos - self._stage.picture.pos <= NEAR_FACTS and self._stage.picture.pos:
            return self._forward_to(pos, t_us)
        return self._jump_to(pos, t_us)

    def step_fact(self, steps: int) -> Shown:
        """The next fact (1) or the one before (-1); time stands there."""
        pos = self._stage.picture.pos
        found = self.timeline.next_fact(pos) if steps > 0 else self.timeline.previous_fact(pos)
        if found is None:
            return Shown()
        self.pause()
        self._clock.move_to(found.t_us)
        if steps > 0:
            return self._forward_to(found.pos, found.t_us)
        return self._jump_to(found.pos, found.t_us)

    def step_mark(self, steps: int) -> Shown:
        """The next mark (1) or the one before (-1) of the time bar; time stands there."""
        mark = self.mark_beside(steps)
        if mark is None:
            return Shown()
        self.pause()
        self._clock.move_to(mark.t_us)
        pos = max(mark.pos, self.timeline.position_at(mark.t_us))
        return self._jump_to(pos, mark.t_us)

    def mark_beside(self, steps: int) -> Mark | None:
        """The first mark of a later moment (1), or the last of an earlier one (-1)."""
        marks, now_us = self.timeline.marks, self.now_us
        if steps > 0:
            after = bisect.bisect_right(marks, now_us, key=lambda mark: mark.t_us)
            return marks[after] if after < len(marks) else None
        before = bisect.bisect_left(marks, now_us, key=lambda mark: mark.t_us)
        return marks[before - 1] if before > 0 else None

    def _forward_to(self, pos: int, t_us: int) -> Shown:
        changes: list[Change] = []
        for envelope in self.timeline.facts(self._stage.picture.pos, pos):
            try:
                changes.extend(self._stage.apply(envelope))
            except NOT_FITTING as error:
                raise self.timeline.misfit(envelope, error) from error
        self._stage.apply_fixes(self.timeline.fixes_at(t_us))
        return Shown(tuple(changes))

    def _jump_to(self, pos: int, t_us: int) -> Shown:
        self._stage.show(self.timeline.picture_at(pos), self.timeline.fixes_at(t_us))
        return Shown(replaced=True)
