from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import msgspec
import psutil
import pytest
from pytestqt.qtbot import QtBot

from dispatch.region.pack import Pack
from ui.map.projection import world_point
from ui.map.tiles.grid import TileKey, tiles_in
from ui.map.tiles.messages import Freed, Painted, Want, encode, from_painter, to_painter
from ui.map.tiles.shared import make_buffers, sweep
from ui.map.tiles.source import Look, TileSource
from ui.map.tiles.supervised import STUCK_S


@pytest.fixture
def source(town: Pack, cache_dir: Path, qtbot: QtBot) -> Iterator[TileSource]:
    look = Look(town.path, town.hash, "dark", "en", 1.0)
    made = TileSource(look, cache_dir)
    yield made
    made.close()


def keys_of(pack: Pack, level: int = 31) -> list[TileKey]:
    west, south = world_point(*pack.bounds[:2])
    east, north = world_point(*pack.bounds[2:])
    return tiles_in(level, (west, south, east, north))


def test_that_wanted_tiles_come_and_each_once(source: TileSource, town: Pack, qtbot: QtBot) -> None:
    keys = keys_of(town)
    assert len(keys) >= 4
    for size in range(1, len(keys) + 1):
        # The want-list changes all the time while the map moves.
        source.want(keys[:size])
        qtbot.wait(5)
    qtbot.waitUntil(lambda: all(source.get(key) is not None for key in keys), timeout=20_000)
    assert set(source.painted) == set(keys)
    assert set(source.painted.values()) == {1}
    pixmap = source.get(keys[0])
    assert pixmap is not None and pixmap.width() == 512


def test_that_the_newest_want_list_replaces_the_old(
    source: TileSource, town: Pack, qtbot: QtBot
) -> None:
    old, new = keys_of(town, 34)[:40], keys_of(town, 28)
    source.want(old)
    source.want(new)
    qtbot.waitUntil(lambda: all(source.get(key) is not None for key in new), timeout=20_000)
    assert len([key for key in old if key in source.painted]) < len(old)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL here")
def test_that_a_killed_painter_is_started_again(
    source: TileSource, town: Pack, qtbot: QtBot
) -> None:
    keys = keys_of(town)
    source.want(keys[:1])
    qtbot.waitUntil(lambda: source.get(keys[0]) is not None, timeout=20_000)
    first = source.pid
    assert first is not None
    with qtbot.waitSignal(source.trouble, timeout=10_000) as trouble:
        os.kill(first, signal.SIGKILL)
    assert trouble.args is not None and trouble.args[0].id == "map.tiles_restarted"
    source.want(keys)
    qtbot.waitUntil(lambda: source.get(keys[-1]) is not None, timeout=20_000)
    assert source.pid != first


def test_that_a_painter_that_owed_nothing_for_long_is_not_taken_for_stuck(
    source: TileSource, town: Pack, qtbot: QtBot
) -> None:
    keys = keys_of(town)
    source.want(keys[:1])
    qtbot.waitUntil(lambda: source.get(keys[0]) is not None, timeout=20_000)
    first = source.pid
    source._painters[0].last_word -= 10 * STUCK_S
    source.want(keys)
    source._check()
    assert source.pid == first


def test_that_tiles_of_an_earlier_run_come_from_the_disk(
    town: Pack, cache_dir: Path, qtbot: QtBot
) -> None:
    keys = keys_of(town)[:3]
    look = Look(town.path, town.hash, "dark", "en", 1.0)
    first = TileSource(look, cache_dir)
    try:
        first.want(keys)
        qtbot.waitUntil(lambda: all(first.get(key) is not None for key in keys), timeout=20_000)
        qtbot.wait(200)
        pictures = [first.get(key).toImage() for key in keys]  # type: ignore[union-attr]
    finally:
        first.close()
    # The pack is gone: what is stored needs nothing else.
    gone = Look(town.path / "moved", town.hash, "dark", "en", 1.0)
    second = TileSource(gone, cache_dir)
    try:
        second.want(keys)
        qtbot.waitUntil(lambda: all(second.get(key) is not None for key in keys), timeout=20_000)
        assert [second.get(key).toImage() for key in keys] == pictures  # type: ignore[union-attr]
        assert second.stored == 3
    finally:
        second.close()


def test_that_a_broken_pack_is_told_and_not_asked_for_again(
    tmp_path: Path, cache_dir: Path, qtbot: QtBot
) -> None:
    source = TileSource(Look(tmp_path / "no.region", "0" * 64, "dark", "en", 1.0), cache_dir)
    try:
        with qtbot.waitSignal(source.trouble, timeout=20_000) as trouble:
            source.want([TileKey(30, 1, 1)])
        assert trouble.args is not None and trouble.args[0].id == "region.pack_missing"
        source.want([TileKey(30, 1, 1)])
        qtbot.wait(100)
        assert source.get(TileKey(30, 1, 1)) is None
    finally:
        source.close()


def test_that_the_memory_of_tiles_is_bounded(town: Pack, cache_dir: Path, qtbot: QtBot) -> None:
    tile = 512 * 512 * 4
    look = Look(town.path, town.hash, "dark", "en", 1.0)
    source = TileSource(look, cache_dir, memory_bytes=3 * tile)
    try:
        for key in keys_of(town)[:6]:
            source.want([key])
            qtbot.waitUntil(lambda key=key: source.get(key) is not None, timeout=20_000)
            assert source.kept_bytes <= 3 * tile
    finally:
        source.close()


def test_that_closing_ends_the_process_and_frees_the_memory(
    town: Pack, cache_dir: Path, qtbot: QtBot
) -> None:
    source = TileSource(Look(town.path, town.hash, "dark", "en", 1.0), cache_dir)
    pid = source.pid
    assert pid is not None
    source.close()
    source.close()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


_ORPHAN = """
import sys, time
from pathlib import Path
from ui.map.tiles.process import PainterProcess
if __name__ == "__main__":
    painter = PainterProcess(512 * 512 * 4, lambda data: None, lambda: None)
    print(painter.pid, painter.buffers[0].name, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="shared memory has no files here")
def test_that_a_painter_leaves_when_its_window_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "window.py"
    script.write_text(_ORPHAN)
    root = Path(__file__).resolve().parents[2]
    window = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert window.stdout is not None
    pid, name = window.stdout.readline().split()
    painter = psutil.Process(int(pid))
    window.kill()
    window.wait()
    painter.wait(timeout=15)
    sweep()
    with pytest.raises(FileNotFoundError):
        SharedMemory(name=name)


def test_that_sweeping_leaves_the_living_alone(tmp_path: Path) -> None:
    buffers = make_buffers(2, 1000)
    try:
        (tmp_path / "vigil-tiles-999999999-0123abcd-0").write_bytes(b"left by a crash")
        (tmp_path / f"vigil-tiles-{os.getpid()}-0123abcd-0").write_bytes(b"mine")
        (tmp_path / "somebody-else").write_bytes(b"theirs")
        assert sweep(tmp_path) == 1
        left = {path.name for path in tmp_path.iterdir()}
        assert left == {f"vigil-tiles-{os.getpid()}-0123abcd-0", "somebody-else"}
    finally:
        for buffer in buffers:
            buffer.close()
            buffer.unlink()


def test_that_messages_are_bytes_with_a_schema() -> None:
    want = Want(look=1, received=2, tiles=[(30, 1, 2)])
    assert to_painter.decode(encode(want)) == want
    assert isinstance(to_painter.decode(encode(Freed(buffer=3))), Freed)
    painted = Painted(look=0, serial=1, tile=(1, 2, 3), buffer=0, side=512, stored=False)
    assert from_painter.decode(encode(painted)) == painted
    for bad in (b"{}", b"\x80\x04N.", b'{"type":"want","look":1}', encode(painted)):
        with pytest.raises(msgspec.DecodeError):
            to_painter.decode(bad)
