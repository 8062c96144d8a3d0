"""New ids: time-ordered and unguessable in a live centre, repeatable in a seeded run."""

from __future__ import annotations

import secrets
import time
from typing import Protocol
from uuid import UUID


class Ids(Protocol):
    """Where new ids come from; injected."""

    def new(self) -> str:
        """An id nobody has had before."""


class RandomIds:
    """UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then randomness."""

    def new(self) -> str:
        """A fresh UUIDv7 as text."""
        millis = time.time_ns() // 1_000_000
        value = (millis & (1 << 48) - 1) << 80 | 0x7 << 76
        value |= secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
        return str(UUID(int=value))


class CountedIds:
    """Repeatable ids for seeded runs and tests: a prefix and a count."""

    def __init__(self, prefix: str = "id") -> None:
        self._prefix, self._count = prefix, 0

    def new(self) -> str:
        """The next id."""
        self._count += 1
        return f"{self._prefix}-{self._count:06d}"
