"""What the window and its painters and maker say to each other: JSON with a schema, no pickles.

The painter owns the shared buffers: it fills one, names it in `Painted`, and may use it again once
the window has said `Freed`. The newest `Want` replaces the one before.
"""

from __future__ import annotations

from typing import Literal

import msgspec

MAX_MESSAGE_BYTES = 1_000_000


class Raster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pictures of the land to paint under roads and words; see `dispatch.region.underlay`."""

    kind: Literal["mbtiles", "xyz", "geotiff"]
    path: str
    opacity: float
    min_zoom: float
    max_zoom: float
    scheme: Literal["xyz", "tms"]


class Setup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="setup"):
    """How the next tiles look and where they come from. `look` is echoed in every answer.

    `cache` is the folder of drawings and stored tiles.
    """

    look: int
    region_hash: str
    theme: str
    language: str
    ratio: float
    buffers: list[str]
    cache: str
    cache_bytes: int
    raster: Raster | None = None


class Want(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="want"):
    """Tiles (level, x, y) wanted now, first one first.

    `received` counts the `Painted` messages the window has seen: what was sent after that is on
    its way and must not be painted again.
    """

    look: int
    received: int
    tiles: list[tuple[int, int, int]]


class Warm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warm"):
    """Tiles to paint into the store while nothing is wanted; replaces the list before."""

    look: int
    tiles: list[tuple[int, int, int]]


class Ready(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="ready"):
    """One stage of a region's drawing has been written."""

    region_hash: str
    stage: str


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

    look: int = -1
    tile: tuple[int, int, int] | None = None
    id: str
    values: dict[str, str | int | float | bool] = {}


class Missing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="missing"):
    """A stage of the region's drawing is not there, or broken: it must be made."""

    region_hash: str
    stage: str


class Warmed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="warmed"):
    """How far the store has been warmed; `left` 0: the list is done, or the store is full."""

    look: int
    left: int


class Started(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="started"):
    """The painter is up."""

    pid: int


class Make(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="make"):
    """Write these stages of a region's drawing, in this order."""

    pack: str
    region_hash: str
    cache: str
    stages: list[str]


ToPainter = Setup | Want | Warm | Ready | Freed
FromPainter = Painted | Failed | Missing | Warmed | Started
FromMaker = Ready | Failed | Started

to_painter = msgspec.json.Decoder(ToPainter)
from_painter = msgspec.json.Decoder(FromPainter)
to_maker = msgspec.json.Decoder(Make)
from_maker = msgspec.json.Decoder(FromMaker)
encode = msgspec.json.Encoder().encode
