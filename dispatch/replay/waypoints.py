"""Pictures kept on the way, in memory, so that dragging along a timeline folds short tails only.

A picture's values are frozen, so a copy shares them and costs its tables alone.
"""

from __future__ import annotations

import bisect
from copy import copy

import msgspec

from dispatch.domain.picture import Picture

EVERY = 200
"""Facts between two waypoints at first: some 15 ms of folding."""
MAX_ENTRIES = 1_000_000
"""Table entries in all waypoints together: some 80 MB."""

_FIELDS = tuple(field.name for field in msgspec.structs.fields(Picture))


def copy_of(picture: Picture) -> Picture:
    """A picture that may be folded on without touching the first."""
    copied = copy(picture)
    for name in _FIELDS:
        table = getattr(picture, name)
        if isinstance(table, dict):
            setattr(copied, name, dict(table))
    return copied


def entries_of(picture: Picture) -> int:
    """How many table entries a picture holds."""
    tables = (getattr(picture, name) for name in _FIELDS)
    return sum(len(table) for table in tables if isinstance(table, dict))


class Waypoints:
    """The kept pictures of one journal, by position. They thin out before they fill the memory."""

    def __init__(self, every: int = EVERY, max_entries: int = MAX_ENTRIES) -> None:
        self._every, self._max = every, max_entries
        self._positions: list[int] = []
        self._pictures: dict[int, Picture] = {}
        self._entries = 0

    def __len__(self) -> int:
        return len(self._positions)

    def pass_by(self, picture: Picture) -> None:
        """Keep a copy of a picture that folding has reached, where none is near."""
        near = bisect.bisect_right(self._positions, picture.pos)
        before = self._positions[near - 1] if near else -self._every
        after = self._positions[near] if near < len(self._positions) else None
        if picture.pos - before < self._every:
            return
        if after is not None and after - picture.pos < self._every // 2:
            return
        self._positions.insert(near, picture.pos)
        self._pictures[picture.pos] = copy_of(picture)
        self._entries += entries_of(picture)
        if self._entries > self._max:
            self._thin()

    def before(self, pos: int) -> Picture | None:
        """A picture to fold on from: the last kept at or before a position."""
        near = bisect.bisect_right(self._positions, pos)
        return copy_of(self._pictures[self._positions[near - 1]]) if near else None

    def _thin(self) -> None:
        """Keep every second one, and lay the next ones half as densely."""
        self._every *= 2
        kept = self._positions[::2]
        self._pictures = {pos: self._pictures[pos] for pos in kept}
        self._positions = kept
        self._entries = sum(entries_of(picture) for picture in self._pictures.values())
