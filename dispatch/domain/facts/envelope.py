"""The envelope a fact travels in: who said it, when, on whose authority, where in the chain."""

from __future__ import annotations

import msgspec

GENESIS_POS = 0
"""The position before the first fact; its hash is the hash of the journal's genesis record."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fact as the journal holds it. The body is opaque here; `kind` and `ver` name its codec.

    `pos` is the gapless commit order, starting at 1. `n` counts the facts of one command from 0.
    """

    pos: int
    cmd_id: str
    """The command that caused it (UUIDv7 text); the same command is never recorded twice."""
    n: int
    t_us: int
    """Operational clock, microseconds UTC: simulated in an exercise; drives ages and targets."""
    wall_us: int
    """Real clock, microseconds UTC."""
    mono_us: int
    """Monotonic clock of the writing process: orders within it across clock steps."""
    desk_id: str
    actor: str
    """Id of the person signed on, or of the feed, model or part of the system that spoke."""
    role: str
    origin: str
    """`human`, `ai`, `feed` or `system`."""
    standing: str
    """`firm` or `provisional`."""
    kind: str
    ver: int
    stream: str
    """Id of the noun it is about: an incident, a call, a unit, a desk."""
    body: str
    """Canonical JSON text, hashed as stored; personal fields are ciphertext tokens."""
    prev: str
    """Hash of the fact before it (hex SHA-256)."""
    hash: str
    """Hash of this fact (hex SHA-256) over a format number, `prev` and every column."""
