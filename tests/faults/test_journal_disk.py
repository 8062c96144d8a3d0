"""Full disks, limits, files that vanish: one clear problem, nothing half kept, and on it goes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.journal import JournalFull, verify
from dispatch.journal.database import driver
from dispatch.words import LANGUAGES, say
from tests.journal.sample import START_US, batch, commit, frame, new_journal, reopen

ROOT = Path(__file__).resolve().parents[2]


def fill(journal) -> int:  # type: ignore[no-untyped-def]
    """Append until it is refused; how many facts were kept."""
    kept = 0
    with pytest.raises(JournalFull) as refused:
        for i in range(5_000):
            kept = journal.append(batch(f"fill-{i}", facts=20), None)[-1].pos
    for language in LANGUAGES:
        assert journal.path.name in say(refused.value.message, language)
    return kept


def test_that_a_full_disk_refuses_the_command_and_keeps_the_rest(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        plain = driver(journal._log._connection)
        plain.execute("PRAGMA max_page_count = 200")
        kept = fill(journal)
        assert journal.head_pos == kept
        with pytest.raises(JournalFull):
            journal.append(commit("c", "A1", "one"), kept)
            journal.append(batch("d", facts=500), kept + 1)
        kept = journal.head_pos
        with pytest.raises(JournalFull):
            journal.save_snapshot(kept, START_US, "zstd", "sha", bytes(10_000_000))
        with pytest.raises(JournalFull):
            for second in range(1_000):
                journal.fixes.write(START_US + second * 1_000_000, frame(5_000, second))
        assert verify(journal.path).ok
        plain.execute("PRAGMA max_page_count = 100000")  # somebody made room
        journal.append(batch("after", facts=500), journal.head_pos)
        assert journal.fixes.write(START_US + 2_000_000_000, frame(5, 9))
    assert verify(journal.path).ok


LIMITED = """
import resource, signal, sys
from pathlib import Path
from dispatch.domain.message import Problem
from dispatch.journal import verify
from tests.journal.sample import batch, new_journal
journal = new_journal(Path(sys.argv[1]))
limit = 400_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
kept, said = 0, ""
try:
    for i in range(5_000):
        kept = journal.append(batch(f"fill-{i}", facts=20), kept)[-1].pos
except Problem as problem:
    said = problem.message.id
assert said in ("journal.io_error", "journal.full"), said
assert journal.head_pos == kept
assert verify(journal.path).head_pos == kept
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert journal.append(batch("after"), kept)[-1].pos == kept + 1
journal.close()
assert verify(journal.path).ok
print("sound", kept)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no file-size limits")
def test_that_a_file_size_limit_is_survived(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert said.stdout.startswith("sound"), said.stderr


@pytest.fixture
def small_disk(tmp_path: Path):  # type: ignore[no-untyped-def]
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1500k", "vigil-test", folder],
        capture_output=True,
        check=False,
    )
    if not made or made.returncode:
        pytest.skip("cannot mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False, capture_output=True)


def test_that_a_disk_that_is_really_full_is_survived(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    journal = new_journal(small_disk)
    kept = fill(journal)
    assert verify(journal.path).head_pos == kept
    with pytest.raises(Problem):
        new_journal(small_disk, "second.journal")
    assert not (small_disk / "second.journal").exists()
    ballast.unlink()
    assert journal.append(batch("after"), journal.head_pos)
    journal.close()
    assert verify(journal.path).ok


def test_that_every_command_is_flushed_to_the_disk(tmp_path: Path) -> None:
    """FULL for facts; positions alone may wait for the next fact, and never leave it off."""
    with new_journal(tmp_path) as journal:
        plain = driver(journal._log._connection)
        full = plain.execute("PRAGMA synchronous").fetchone()
        journal.fixes.write(START_US, frame(3, 0))
        assert plain.execute("PRAGMA synchronous").fetchone() == full == (2,)
        with pytest.raises(ValueError):
            journal.fixes.write(START_US + 1, frame(3, 0).__class__(("a",), *([[]] * 5)))
        assert plain.execute("PRAGMA synchronous").fetchone() == full
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be removed")
@pytest.mark.parametrize("victim", ["day.journal", "day.journal-wal"])
@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_that_nothing_is_acknowledged_into_a_file_that_is_gone(
    tmp_path: Path, victim: str, how: str
) -> None:
    journal = new_journal(tmp_path)
    journal.append(batch(1), 0)
    if how == "replaced":
        shutil.copy(tmp_path / victim, tmp_path / "copy")
        os.replace(tmp_path / "copy", tmp_path / victim)
    else:
        (tmp_path / victim).unlink()
    with pytest.raises(Problem) as refused:
        journal.append(batch(2), 1)
    assert refused.value.message.id == "journal.file_lost"
    with pytest.raises(Problem, match="file_lost"):
        journal.append(batch(2), 1)
    journal.close()


def test_that_a_stale_log_of_another_journal_is_not_mixed_in(tmp_path: Path) -> None:
    one = new_journal(tmp_path, "one.journal")
    for i in range(30):
        one.append(batch(i), i)
    stale = tmp_path / "stale"
    shutil.copy(tmp_path / "one.journal-wal", stale)
    one.close()
    two = new_journal(tmp_path, "two.journal")
    two.append(batch("x"), 0)
    two.close()
    shutil.copy(stale, tmp_path / "two.journal-wal")
    try:
        with reopen(two) as again:
            assert again.info == two.info
            assert again.head_pos == 1
    except Problem as problem:
        assert problem.message.id in {"journal.corrupt", "journal.corrupt_file"}


def test_that_a_torn_end_of_the_log_loses_the_unfinished_only(tmp_path: Path) -> None:
    """A power cut: the write-ahead log ends anywhere. Whole commands up to there stand."""
    journal = new_journal(tmp_path)
    for i in range(12):
        journal.append(batch(i, facts=2), i * 2)
    wal = (tmp_path / "day.journal-wal").read_bytes()
    base = (tmp_path / "day.journal").read_bytes()
    heads = []
    for cut in [*range(0, len(wal), len(wal) // 25), len(wal)]:
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        (folder / "day.journal").write_bytes(base)
        (folder / "day.journal-wal").write_bytes(wal[:cut])
        shutil.copytree(tmp_path / "keys", folder / "keys")
        report = verify(folder / "day.journal")
        assert report.findings == ()
        heads.append(report.head_pos)
    journal.close()
    assert heads == sorted(heads)
    assert all(head % 2 == 0 for head in heads)
    assert heads[-1] == 24
