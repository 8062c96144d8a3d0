"""What is refused at the door, and how it is said."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.journal import Journal, JournalFull, verify
from dispatch.words import LANGUAGES, say
from tests.journal.as_ordinary_user import as_ordinary_user
from tests.journal.sample import batch, commit, new_journal, reopen


def problem_of(path: Path, **options: object) -> str:
    with pytest.raises(Problem) as refused:
        Journal.open(path, path.parent / "keys", **options)
    for language in LANGUAGES:
        assert path.name in say(refused.value.message, language)
    return refused.value.message.id


def test_that_a_journal_says_what_it_is(tmp_path: Path) -> None:
    journal = new_journal(tmp_path, realm="live")
    journal.close()
    with reopen(journal, read_only=True) as again:
        assert again.info == journal.info
        assert (again.info.realm, again.info.time_zone) == ("live", "Asia/Almaty")
        assert again.info.journal_id[14] == "7"


def test_that_a_journal_is_never_overwritten(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.append(batch(1), 0)
    journal.close()
    with pytest.raises(Problem, match=r"journal\.exists"):
        new_journal(tmp_path)
    assert verify(journal.path).head_pos == 1


def test_that_a_journal_is_made_quickly(tmp_path: Path) -> None:
    new_journal(tmp_path, "warm.journal").close()
    times = []
    for i in range(3):
        started = time.perf_counter()
        new_journal(tmp_path, f"{i}.journal").close()
        times.append(time.perf_counter() - started)
    assert min(times) < 0.3


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + bytes(80), bytes(4096)])
@pytest.mark.parametrize("read_only", [True, False])
def test_that_a_foreign_file_is_refused(tmp_path: Path, content: bytes, read_only: bool) -> None:
    path = tmp_path / "other.journal"
    path.write_bytes(content)
    assert problem_of(path, read_only=read_only) in {
        "journal.not_a_journal",
        "journal.corrupt_file",
    }
    assert path.read_bytes() == content


def test_that_another_programs_database_is_refused_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "other.journal"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE event (pos)")
    other.commit()
    other.close()
    before = path.read_bytes()
    assert problem_of(path) == "journal.not_a_journal"
    assert path.read_bytes() == before


def test_that_a_missing_file_is_said_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.journal"
    assert problem_of(path) == "journal.missing"
    assert not list(tmp_path.iterdir())


def test_that_a_newer_schema_is_refused(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.close()
    plain = sqlite3.connect(journal.path)
    plain.execute("UPDATE alembic_version SET version_num = '0999'")
    plain.commit()
    plain.close()
    assert problem_of(journal.path) == "journal.newer_schema"


@pytest.mark.parametrize("read_only", [True, False])
def test_that_the_wrong_realm_is_refused(tmp_path: Path, read_only: bool) -> None:
    journal = new_journal(tmp_path, realm="exercise")
    journal.close()
    assert problem_of(journal.path, realm="live", read_only=read_only) == "journal.wrong_realm"
    reopen(journal, realm="exercise").close()


def test_that_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    with pytest.raises(Problem) as refused:
        reopen(journal)
    assert refused.value.message.id == "journal.in_use"
    assert refused.value.message.values["pid"] == os.getpid()
    script = (
        "import sys; from pathlib import Path; from dispatch.journal import Journal\n"
        "from dispatch.domain.message import Problem\n"
        "try: Journal.open(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except Problem as p: print(p.message.id, p.message.values['pid'])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, journal.path, tmp_path / "keys"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["journal.in_use", str(os.getpid())]
    journal.append(batch(1), 0)
    journal.close()
    reopen(journal).close()


def test_that_a_reader_beside_the_writer_changes_nothing(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    for i in range(20):
        journal.append(batch(i), i)
    wal = journal.path.with_name(journal.path.name + "-wal")
    before = (journal.path.stat().st_mtime_ns, wal.stat().st_size)
    with reopen(journal, read_only=True) as reader:
        assert reader.head_pos == 20
        with pytest.raises(Problem, match="read_only"):
            reader.append(batch(99), 20)
        journal.append(batch(20), 20)
        assert reader.head_pos == 21
    assert verify(journal.path).ok
    # No reader moved a page from the write-ahead log into the file.
    assert journal.path.stat().st_mtime_ns == before[0]
    assert wal.stat().st_size >= before[1]
    journal.close()
    assert not wal.exists()


def test_that_a_reader_left_alone_still_does_not_checkpoint(tmp_path: Path) -> None:
    """The writer died; a replay opens and closes the file: the log waits for the next writer."""
    journal = new_journal(tmp_path)
    for i in range(5):
        journal.append(batch(i), i)
    dead = tmp_path / "dead"
    dead.mkdir()
    for name in ("day.journal", "day.journal-wal"):
        shutil.copy(tmp_path / name, dead / name)
    shutil.copytree(tmp_path / "keys", dead / "keys")
    journal.close()
    content = (dead / "day.journal").read_bytes()
    with Journal.open(dead / "day.journal", dead / "keys", read_only=True) as reader:
        assert reader.head_pos == 5
    assert (dead / "day.journal").read_bytes() == content
    with Journal.open(dead / "day.journal", dead / "keys") as writer:
        assert writer.head_pos == 5


@pytest.mark.parametrize("what", ["trigger", "view"])
def test_that_a_file_with_a_planted_trigger_is_refused(tmp_path: Path, what: str) -> None:
    journal = new_journal(tmp_path)
    journal.close()
    plain = sqlite3.connect(journal.path)
    plain.execute(
        "CREATE TRIGGER bad AFTER INSERT ON event BEGIN DELETE FROM assignment; END"
        if what == "trigger"
        else "CREATE VIEW bad AS SELECT 1"
    )
    plain.commit()
    plain.close()
    assert problem_of(journal.path) == "journal.corrupt"
    assert verify(journal.path).findings[0].message.id == "journal.audit.foreign_object"


def test_that_a_damaged_end_is_noticed_at_opening(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    for i in range(5):
        journal.append(batch(i), i)
    journal.close()
    plain = sqlite3.connect(journal.path)
    plain.execute("UPDATE event SET body = '{}' WHERE pos = 4")
    plain.commit()
    plain.close()
    with pytest.raises(Problem) as refused:
        reopen(journal)
    assert refused.value.message.values["pos"] == 4


def test_that_a_torn_file_is_refused(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    for i in range(300):
        journal.append(batch(i), i)
    journal.close()
    content = journal.path.read_bytes()
    journal.path.write_bytes(content[: len(content) // 2])
    assert problem_of(journal.path) in {"journal.corrupt_file", "journal.corrupt"}


def test_that_a_missing_key_file_opens_without_personal_fields(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    token = journal.vault.seal("call-1", "Dana")
    journal.close()
    shutil.rmtree(tmp_path / "keys")
    with reopen(journal) as again:
        assert not again.vault.ready
        assert again.vault.open(token) is None
        again.append(batch(1), 0)
        with pytest.raises(Problem, match="key_missing"):
            again.vault.seal("call-1", "Dana")
        with pytest.raises(Problem, match="key_missing"):
            again.vault.seal("call-2", "Dana")


def test_that_another_journals_key_is_not_taken(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    token = journal.vault.seal("call-1", "Dana")
    other = new_journal(tmp_path, "other.journal")
    journal.close()
    other.close()
    keys = tmp_path / "keys"
    shutil.copy(keys / f"{other.info.journal_id}.key", keys / f"{journal.info.journal_id}.key")
    with reopen(journal) as again:
        assert not again.vault.ready
        assert again.vault.open(token) is None


def test_that_a_read_only_folder_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    journal = new_journal(folder)
    journal.append(commit(1, "A1", "one"), 0)
    journal.close()
    (folder / "day.journal.lock").unlink()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with as_ordinary_user():
            assert problem_of(journal.path) == "journal.folder_read_only"
            with pytest.raises(Problem, match="folder_read_only"):
                new_journal(folder, "new.journal", keys_dir=tmp_path / "k")
            with reopen(journal, read_only=True) as reader:
                assert reader.head_pos == 1
            assert verify(journal.path).ok
            assert sorted(path.name for path in folder.iterdir()) == ["day.journal", "keys"]
    finally:
        folder.chmod(stat.S_IRWXU)


def test_that_the_lock_file_says_who_writes(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        said = json.loads(journal.path.with_name("day.journal.lock").read_text())
        assert said == {"pid": os.getpid()}


def test_that_a_failed_creation_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dispatch.journal.opening.os.rename", fails)
    with pytest.raises(JournalFull):
        new_journal(tmp_path)
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["day.journal.lock"]


def test_that_importing_the_room_loads_neither_alembic_nor_argon2() -> None:
    script = (
        "import sys, dispatch.journal\n"
        "print([m for m in ('alembic', 'argon2', 'cryptography', 'PySide6') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


def test_that_reading_leaves_the_bytes_of_a_closed_journal_alone(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.append(batch(1), 0)
    journal.close()
    before = hashlib.sha256(journal.path.read_bytes()).hexdigest()
    with reopen(journal, read_only=True) as reader:
        list(reader.read())
    assert verify(journal.path).ok
    assert hashlib.sha256(journal.path.read_bytes()).hexdigest() == before
