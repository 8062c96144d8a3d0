"""The chain: what the hash of a genesis record and of a fact covers. Told in full in FORMAT.md."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

HASH_FORMAT = 1

_GENESIS = struct.Struct(">13sH3q5I")
_EVENT = struct.Struct(">11sH6q10I")
_SEGMENT = struct.Struct(">9sHI")
_FRAME = struct.Struct(">qBI")

# The order of an event's integer and text columns in format 1. A later column gets a later format.
EVENT_INTEGERS = ("pos", "n", "t_us", "wall_us", "mono_us", "ver")
EVENT_TEXTS = (
    "prev",
    "cmd_id",
    "desk_id",
    "actor",
    "role",
    "origin",
    "standing",
    "kind",
    "stream",
    "body",
)


def _digest(header: struct.Struct, tag: bytes, integers: Sequence[int], texts: list[str]) -> str:
    joined = "".join(texts)
    if joined.isascii():  # the common case, three times faster than encoding one by one
        lengths = [len(text) for text in texts]
        content = joined.encode("ascii")
    else:
        parts = [text.encode("utf-8") for text in texts]
        lengths = [len(part) for part in parts]
        content = b"".join(parts)
    head = header.pack(tag, HASH_FORMAT, *integers, *lengths)
    return hashlib.sha256(head + content).hexdigest()


def genesis_hash(
    *,
    journal_id: str,
    realm: str,
    schema: int,
    hash_format: int,
    region_id: str,
    region_hash: str,
    time_zone: str,
    created_us: int,
) -> str:
    """The hash at position 0, over every column of the genesis record."""
    return _digest(
        _GENESIS,
        b"vigil.genesis",
        (schema, hash_format, created_us),
        [journal_id, realm, region_id, region_hash, time_zone],
    )


def event_hash(integers: Sequence[int], texts: list[str]) -> str:
    """The hash of one fact: its columns in the order of `EVENT_INTEGERS` and `EVENT_TEXTS`.

    Raises `struct.error` for an integer outside 64 bits and `UnicodeEncodeError` for text that is
    not text (a lone surrogate).
    """
    return _digest(_EVENT, b"vigil.event", integers, texts)


def segment_hash(frames: Sequence[tuple[int, int, bytes]]) -> str:
    """The hash of one sealed run of position frames: `(t_us, key, data)` in time order."""
    digest = hashlib.sha256(_SEGMENT.pack(b"vigil.avl", HASH_FORMAT, len(frames)))
    for t_us, key, data in frames:
        digest.update(_FRAME.pack(t_us, key, len(data)))
        digest.update(data)
    return digest.hexdigest()
