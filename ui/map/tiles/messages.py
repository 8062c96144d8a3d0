"""What the window and the tile painter say to each other: JSON with a schema, never pickles.

The painter owns the shared buffers: it fills one, names it in `Painted`, and may use it again once
the window has said `Freed`. The newest `Want` replaces the one before.
"""

from __future__ import annotations

import msgspec

MAX_MESSAGE_BYTES = 1_000_000


class Setup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="setup"):
    """How the next tiles look and where they come from. `look` is echoed in every answer."""

    look: int
    pack: str
    region_hash: str
    theme: str
    language: str
    ratio: float
    buffers: list[str]
    cache: str
    cache_bytes: int


class Want(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="want"):
    """Tiles (level, x, y) wanted now, first one first.

    `received` counts the `Painted` messages the window has seen: what was sent after that is on
    its way and must not be painted again.
    """

    look: int
    received: int
    tiles: list[tuple[int, int, int]]


class Freed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="freed"):
    """The window has copied a buffer's pixels."""

    buffer: int


class Painted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="painted"):
    """A tile's pixels (RGB32, `side` rows of `side`) stand in a buffer."""

    look: int
    serial: int
    tile: tuple[int, int, int]
    buffer: int
    side: int
    stored: bool


class Failed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="failed"):
    """A tile could not be painted; `id` and `values` make a message for people."""

    look: int
    tile: tuple[int, int, int] | None = None
    id: str
    values: dict[str, str | int | float | bool] = {}


class Started(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="started"):
    """The painter is up."""

    pid: int


ToPainter = Setup | Want | Freed
FromPainter = Painted | Failed | Started

to_painter = msgspec.json.Decoder(ToPainter)
from_painter = msgspec.json.Decoder(FromPainter)
encode = msgspec.json.Encoder().encode
