"""Snapshots shorten a seek and are never trusted blindly."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dispatch.journal import Snapshot, verify
from tests.journal.sample import batch, new_journal, reopen


def test_that_the_newest_snapshot_before_a_position_is_found(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        for i in range(6):
            journal.append(batch(i), i)
        for pos in (2, 4):
            journal.save_snapshot(pos, pos * 10, "zstd", f"sha-{pos}", b"picture %d" % pos)
        assert journal.snapshot_before(1) is None
        assert journal.snapshot_before(3) == Snapshot(2, 20, "zstd", "sha-2", b"picture 2")
        assert journal.snapshot_before(4) == Snapshot(4, 40, "zstd", "sha-4", b"picture 4")
        journal.save_snapshot(4, 41, "zstd", "sha-x", b"again")
        assert journal.snapshot_before(99) == Snapshot(4, 41, "zstd", "sha-x", b"again")


def test_that_there_is_no_snapshot_of_what_has_not_happened(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal, pytest.raises(ValueError):
        journal.save_snapshot(1, 0, "zstd", "sha", b"x")


def test_that_a_damaged_snapshot_is_passed_over_and_named(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    for i in range(4):
        journal.append(batch(i), i)
        journal.save_snapshot(i + 1, i, "zstd", "sha", b"picture %d" % i)
    journal.close()
    plain = sqlite3.connect(journal.path)
    plain.execute("UPDATE snapshot SET data = x'00' WHERE pos >= 3")
    plain.commit()
    plain.close()
    with reopen(journal, read_only=True) as reader:
        found = reader.snapshot_before(4)
        assert found is not None
        assert found.pos == 2
    report = verify(journal.path)
    assert [(f.message.id, f.pos) for f in report.findings] == [
        ("journal.audit.snapshot", 3),
        ("journal.audit.snapshot", 4),
    ]
