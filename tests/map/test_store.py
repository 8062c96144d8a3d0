from __future__ import annotations

import os
from pathlib import Path

from ui.map.tiles.grid import TileKey
from ui.map.tiles.store import TileStore

KEY = TileKey(30, 1, 2)


def test_that_a_stored_tile_comes_back_whole(tmp_path: Path) -> None:
    store = TileStore(tmp_path / "tiles.sqlite", 10_000_000)
    pixels = os.urandom(4096)
    store.put("look", KEY, pixels)
    store.close()
    again = TileStore(tmp_path / "tiles.sqlite", 10_000_000)
    assert again.get("look", KEY, 4096) == pixels
    assert again.get("other look", KEY, 4096) is None
    assert again.get("look", TileKey(30, 2, 1), 4096) is None


def test_that_a_tile_of_the_wrong_size_is_not_shown(tmp_path: Path) -> None:
    store = TileStore(tmp_path / "tiles.sqlite", 10_000_000)
    store.put("look", KEY, bytes(100_000_000))  # small when packed, large when unpacked
    assert store.get("look", KEY, 4096) is None


def test_that_the_store_keeps_within_its_bytes(tmp_path: Path) -> None:
    store = TileStore(tmp_path / "tiles.sqlite", 200_000)
    for number in range(100):
        store.put("look", TileKey(30, number, 0), os.urandom(10_000))
    kept = [n for n in range(100) if store.get("look", TileKey(30, n, 0), 10_000) is not None]
    assert 10 <= len(kept) <= 21
    assert kept[-1] == 99


def test_that_a_torn_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "tiles.sqlite"
    path.write_bytes(b"SQLite format 3\0" + os.urandom(5000))
    store = TileStore(path, 1_000_000)
    store.put("look", KEY, b"abcd" * 100)
    assert store.get("look", KEY, 400) == b"abcd" * 100


def test_that_a_map_works_without_a_place_to_store_tiles(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    store = TileStore(blocked / "tiles.sqlite", 1_000_000)
    store.put("look", KEY, b"abcd")
    assert store.get("look", KEY, 4) is None


def test_that_a_full_disk_costs_speed_and_nothing_else(tmp_path: Path) -> None:
    store = TileStore(tmp_path / "tiles.sqlite", 10_000_000)
    assert store._db is not None
    store._db.execute("PRAGMA max_page_count=12")
    for number in range(20):
        store.put("look", TileKey(30, number, 0), os.urandom(20_000))
    assert store.get("look", KEY, 20_000) is None
    assert store.is_full and not store.has("look", KEY)


def test_that_a_store_that_breaks_under_way_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "tiles.sqlite"
    store = TileStore(path, 10_000_000)
    for number in range(30):
        store.put("look", TileKey(30, number, 0), os.urandom(20_000))
    store.close()
    whole = bytearray(path.read_bytes())
    whole[4096:] = os.urandom(len(whole) - 4096)
    path.write_bytes(bytes(whole))
    store = TileStore(path, 10_000_000)
    for number in range(30):
        assert store.get("look", TileKey(30, number, 0), 20_000) is None
    store.put("look", KEY, b"abcd" * 100)
    assert store.get("look", KEY, 400) == b"abcd" * 100


def test_that_two_painters_share_one_store(tmp_path: Path) -> None:
    one, two = (TileStore(tmp_path / "tiles.sqlite", 10_000_000) for _ in range(2))
    for number in range(20):
        (one if number % 2 else two).put("look", TileKey(30, number, 0), bytes([number]) * 500)
    for number in range(20):
        assert one.get("look", TileKey(30, number, 0), 500) == bytes([number]) * 500
        assert two.has("look", TileKey(30, number, 0))
