"""Ids of journals: UUIDv7 text, so that files sort by the time they were made."""

from __future__ import annotations

import os
import uuid


def new_journal_id(created_us: int) -> str:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then version, variant and randomness."""
    milliseconds = (created_us // 1_000) & ((1 << 48) - 1)
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(uuid.UUID(int=value))
