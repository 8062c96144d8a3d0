"""Severity levels, L1 (immediate threat to life) to L5 (none, advice or referral)."""

from __future__ import annotations

from enum import Enum


class Level(Enum):
    """One of five severity levels.

    An enumeration without `<` or `max`: L1 is the most severe, so a comparison of digits would
    read the wrong way round. Ask `most_severe`, `is_at_least` or `rank`.
    """

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"
    L5 = "L5"

    @property
    def rank(self) -> int:
        """1 for the most severe level, 5 for the least."""
        return int(self.value[1])

    def is_at_least(self, other: Level) -> bool:
        """Whether this level is as severe as `other`, or more."""
        return self.rank <= other.rank

    @property
    def is_critical(self) -> bool:
        """L1 and L2: minutes decide."""
        return self.rank <= 2

    @classmethod
    def of_rank(cls, rank: int) -> Level:
        """The level of a rank 1..5; ValueError outside."""
        return cls(f"L{rank}")


def most_severe(*levels: Level | None) -> Level | None:
    """The most severe of the levels given; None where none is known."""
    known = [level for level in levels if level is not None]
    return min(known, key=lambda level: level.rank) if known else None
