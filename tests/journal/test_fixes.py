"""Vehicle positions come back exactly, cost little, and are sealed minute by minute."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dispatch.domain.message import Problem
from dispatch.journal import FixFrame, verify
from dispatch.journal.frames import Decoder, Encoder
from tests.journal.sample import SECOND_US, START_US, frame, new_journal, reopen, same_frame


def at(seconds: float) -> int:
    return START_US + int(seconds * SECOND_US)


def test_that_positions_stand_as_they_stood_at_any_moment(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        for second in range(150):
            assert journal.fixes.write(at(second), frame(40, second))
        assert journal.fixes.at(at(-1)) is None
        for second in (0, 1, 59, 60, 61, 119, 149, 3, 100, 99):
            assert same_frame(journal.fixes.at(at(second + 0.5)), frame(40, second))
        assert same_frame(journal.fixes.at(at(9_999)), frame(40, 149))
        assert journal.fixes.span() == (at(0), at(149))
    with reopen(journal, read_only=True) as replay:
        assert same_frame(replay.fixes.at(at(77)), frame(40, 77))


def test_that_a_range_gives_each_frame_once_in_order(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        for second in range(700):
            journal.fixes.write(at(second), frame(3, second))
        found = list(journal.fixes.range(at(65), at(650)))
        assert [moment for moment, _ in found] == [at(s) for s in range(65, 651)]
        assert all(same_frame(shown, frame(3, 65 + i)) for i, (_, shown) in enumerate(found))
        assert list(journal.fixes.range(at(800), at(900))) == []


def test_that_units_may_come_and_go_within_a_minute(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        shown = [frame(5, 0), frame(7, 1), frame(7, 2, first=3), frame(0, 3), frame(7, 4)]
        for second, one in enumerate(shown):
            journal.fixes.write(at(second), one)
        for second, one in enumerate(shown):
            assert same_frame(journal.fixes.at(at(second)), one)


def test_that_late_frames_are_dropped_and_counted(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        assert journal.fixes.write(at(5), frame(2, 5))
        assert not journal.fixes.write(at(5), frame(2, 6))
        assert not journal.fixes.write(at(4), frame(2, 4))
        assert journal.fixes.dropped == 2
        assert same_frame(journal.fixes.at(at(5)), frame(2, 5))


def test_that_every_minute_is_sealed_as_a_fact(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    assert START_US % 60_000_000 == 0
    for second in range(50, 150, 10):
        journal.fixes.write(at(second), frame(4, second))
    sealed = [msgspec.json.decode(fact.body) for fact in journal.read()]
    assert [one["first_us"] for one in sealed] == [at(50), at(60)]
    assert [one["last_us"] for one in sealed] == [at(50), at(110)]
    assert [one["frames"] for one in sealed] == [1, 6]
    journal.close()  # seals what is left
    report = verify(journal.path)
    assert report.ok
    assert report.sealed_minutes == report.head_pos


def test_that_a_writer_goes_on_where_the_last_one_died(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.fixes.write(at(0), frame(4, 0))
    journal.fixes.write(at(1), frame(4, 1))
    journal._log.close()  # died: nothing sealed
    journal._lock.release()
    with reopen(journal) as again:
        assert not again.fixes.write(at(1), frame(4, 1))
        assert again.fixes.write(at(2), frame(4, 2))
        assert same_frame(again.fixes.at(at(2)), frame(4, 2))
    report = verify(journal.path)
    assert (report.ok, report.sealed_minutes) == (True, 1)


def test_that_a_reader_cannot_write_positions(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.close()
    with reopen(journal, read_only=True) as reader, pytest.raises(Problem, match="read_only"):
        reader.fixes.write(at(0), frame(1, 0))


@pytest.mark.parametrize("data", [b"", b"junk", bytes(64)])
def test_that_damaged_positions_are_said(tmp_path: Path, data: bytes) -> None:
    journal = new_journal(tmp_path)
    for second in range(3):
        journal.fixes.write(at(second), frame(4, second))
    journal.close()
    plain = sqlite3.connect(journal.path)
    plain.execute("UPDATE avl_frame SET data = ? WHERE t_us = ?", (data, at(1)))
    plain.commit()
    plain.close()
    with reopen(journal, read_only=True) as reader:
        assert same_frame(reader.fixes.at(at(0)), frame(4, 0))
        with pytest.raises(Problem, match="fixes_corrupt"):
            reader.fixes.at(at(2))
    assert verify(journal.path).findings[0].message.id == "journal.audit.minute"


def test_that_a_bomb_is_not_inflated() -> None:
    import zstandard

    bomb = zstandard.ZstdCompressor().compress(bytes(200_000_000))
    assert len(bomb) < 20_000
    with pytest.raises(ValueError, match="larger than any frame"):
        Decoder().decode(bomb)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_that_hostile_bytes_are_an_error_and_no_crash(data: bytes) -> None:
    import zstandard

    for payload in (data, zstandard.ZstdCompressor().compress(data)):
        with pytest.raises((ValueError, msgspec.MsgspecError)):
            Decoder().decode(payload)


_I4, _I8 = npst.arrays(np.int32, 3), npst.arrays(np.int64, 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_I4, _I4, _I4, _I4, _I8), min_size=1, max_size=6))
def test_that_any_numbers_survive_coding(columns: list[tuple]) -> None:
    encoder, decoder = Encoder(), Decoder()
    for given_columns in columns:
        one = FixFrame(("a", "b", "c"), *given_columns)
        _key, data = encoder.encode(one)
        assert same_frame(decoder.decode(data), one)


def test_that_a_fix_costs_little() -> None:
    """5,000 units, two in five of them driving, turning and reporting each second."""
    random = np.random.default_rng(7)
    units, seconds = 5_000, 40
    ids = tuple(f"U{n}" for n in range(units))
    driving = random.random(units) < 0.4
    speed = np.where(driving, random.uniform(3, 20, units), 0)
    heading = random.uniform(0, 360, units)
    lon, lat = random.uniform(71, 72, units), random.uniform(51, 52, units)
    stamp = np.full(units, START_US, dtype=np.int64)
    encoder = Encoder()
    spent, size = 0.0, 0
    for second in range(seconds):
        heading = np.where(driving & (random.random(units) < 0.05), (heading + 90) % 360, heading)
        speed = np.where(driving, np.clip(speed + random.normal(0, 0.5, units), 0, 30), 0)
        lon = lon + speed * np.sin(np.radians(heading)) / 70_000
        lat = lat + speed * np.cos(np.radians(heading)) / 111_320
        told = driving | (random.integers(0, 30, units) == 0)
        stamp = np.where(told, at(second) + random.integers(0, 3, units) * 1_000, stamp)
        one = FixFrame(
            ids,
            (lon * 1e7).astype(np.int32),
            (lat * 1e7).astype(np.int32),
            heading.astype(np.int32),
            (speed * 100).astype(np.int32),
            stamp,
        )
        started = time.perf_counter()
        key, data = encoder.encode(one)
        if not key:
            spent += time.perf_counter() - started
            size += len(data)
    assert size / (seconds - 1) / units <= 4.0
    assert spent / (seconds - 1) < 0.01
