"""Painting a region's tiles into the store ahead of anybody who looks: `vigil region warm PACK`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dispatch.domain.message import Message, Problem
from dispatch.places import Places
from dispatch.words import say
from ui.map.tiles.drawing import CM, drawing_path, open_drawing
from ui.map.tiles.grid import TILE_PX, Box, TileKey, tiles_in
from ui.map.tiles.messages import Setup
from ui.map.tiles.niceness import be_nice
from ui.map.tiles.source import STORE_BYTES
from ui.map.tiles.store import TileStore
from ui.map.tiles.worker import look_id

#: Zoom 11 to 15: nearer in, a person waits for a few tiles only.
LEVELS = range(22, 31)
#: The share of the roads that the urban box leaves out on each side.
OUTSKIRTS = 0.06
TELL_EVERY_S = 1.0


def urban_box(points: np.ndarray) -> Box:
    """The box that holds most of the streets: (n, 2) centimetres to world metres."""
    if len(points) == 0:
        return (0.0, 0.0, 0.0, 0.0)
    low, high = np.quantile(points, [OUTSKIRTS, 1 - OUTSKIRTS], axis=0) / CM
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def urban_tiles(box: Box) -> list[TileKey]:
    """The tiles worth having, the far view first."""
    return [key for level in LEVELS for key in tiles_in(level, box)]


def warm(setup: Setup, pack: Path, store: TileStore) -> Iterator[tuple[int, int]]:
    """Paint what is not stored yet; yields (tiles looked at, of how many).

    Ends early where the store is full: more would push out what somebody looked at. Raises
    `Problem` for a pack that cannot be drawn.
    """
    from dispatch.region.pack import open_pack
    from ui.map.tiles.making import STAGES, make_drawing
    from ui.map.tiles.studio import Studio

    opened = open_pack(pack)
    cache = Path(setup.cache)
    studio = Studio()
    for stage in STAGES:
        if not studio.has(setup, stage):
            make_drawing(opened, cache, stage)
            if not studio.has(setup, stage):
                raise Problem("map.no_drawing", file=str(cache), what=stage)
    fine = open_drawing(drawing_path(cache, opened.hash, "fine"), opened.hash)
    keys = urban_tiles(urban_box(fine["road.points"]))
    look, side = look_id(setup), round(TILE_PX * setup.ratio)
    for done, key in enumerate(keys, 1):
        if store.is_full:
            return
        if not store.has(look, key):
            store.put(look, key, studio.pixels(setup, key, side))
        yield done, len(keys)


def run(args: argparse.Namespace) -> int:
    """The body of `vigil region warm`: every tile of the town in one theme and language."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    be_nice()
    from PySide6.QtGui import QGuiApplication

    from dispatch.region.pack import open_pack

    app = QGuiApplication.instance() or QGuiApplication(["vigil-warm"])
    cache = Places(args.data_dir).prepare().cache
    setup = Setup(
        look=0,
        region_hash=open_pack(args.pack).hash,
        theme=args.theme or "dark",
        language=args.language,
        ratio=args.ratio,
        buffers=[],
        cache=str(cache),
        cache_bytes=STORE_BYTES,
    )
    store = TileStore(cache / "tiles.sqlite", STORE_BYTES)
    done, total, told = 0, 0, time.monotonic()
    try:
        for done, total in warm(setup, args.pack, store):
            if time.monotonic() - told >= TELL_EVERY_S:
                told = time.monotonic()
                print(f"{done} / {total}", file=sys.stderr, flush=True)
        full = done < total or store.is_full
        message = Message("map.warmed_full" if full else "map.warmed", {"n": done})
        print(say(message.id, args.language, **message.values))
    finally:
        store.close()
        del app
    return 0
