"""Every kind of tampering is found, by the program and by the independent verifier."""

from __future__ import annotations

import ast
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from dispatch.domain.message import Problem
from dispatch.journal import Journal, Witness, verifier, verify
from dispatch.journal.chain import EVENT_INTEGERS, EVENT_TEXTS, event_hash
from tests.journal.sample import SECOND_US, START_US, batch, commit, frame, new_journal

Plain = sqlite3.Connection
VERIFIER = Path(verifier.__file__)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small journal with everything in it: twelve facts, then three sealed runs, an erasure."""
    folder = tmp_path_factory.mktemp("sound")
    with new_journal(folder) as journal:
        for i in range(4):
            journal.append(batch(i, facts=2), i * 2)
        journal.append(commit(10, "A1", "one"), 8)
        journal.append(commit(11, "A2", "two"), 9)
        journal.append(commit(12, "A1", "three", closes=("one",)), 10)
        journal.append(batch(13), 11)
        for second in range(50, 150, 5):
            journal.fixes.write(START_US + second * SECOND_US, frame(6, second))
        journal.fixes.seal()
        journal.vault.seal("call-1", "Dana")
        journal.vault.erase("call-1")
        journal.save_snapshot(12, START_US, "zstd", "sha", b"picture")
        assert journal.head_pos == 16
    return journal.path


@pytest.fixture
def tampered(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "day.journal"))


def change(path: Path, *statements: str) -> None:
    plain = sqlite3.connect(path)
    for statement in statements:
        plain.execute(statement)
    plain.commit()
    plain.close()


def rehash(plain: Plain, from_pos: int, *, head: bool = True) -> None:
    """What a forger with the program in hand can do: make the chain fit again."""
    plain.row_factory = sqlite3.Row
    prev = plain.execute("SELECT hash FROM event WHERE pos = ?", (from_pos - 1,)).fetchone()[0]
    last = from_pos - 1
    for row in plain.execute("SELECT * FROM event WHERE pos >= ? ORDER BY pos", (from_pos,)):
        values = {**dict(row), "prev": prev}
        fresh = event_hash(
            [values[name] for name in EVENT_INTEGERS], [values[name] for name in EVENT_TEXTS]
        )
        plain.execute(
            "UPDATE event SET prev = ?, hash = ? WHERE pos = ?", (prev, fresh, row["pos"])
        )
        prev, last = fresh, row["pos"]
    if head:
        plain.execute("UPDATE log_head SET pos = ?, hash = ?", (last, prev))


def independent(path: Path, *witnesses: str) -> tuple[int, str]:
    """The verifier as a stranger runs it: a plain Python that sees no project."""
    said = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), str(path), *witnesses],
        capture_output=True,
        text=True,
        check=False,
        cwd=path.parent,
    )
    return said.returncode, said.stdout + said.stderr


def test_that_an_untouched_journal_is_sound(sound: Path) -> None:
    report = verify(sound)
    assert report.findings == ()
    assert (report.head_pos, report.sealed_minutes, report.snapshots) == (16, 3, 1)
    assert (report.commands, report.open_commitments) == (12, 2)
    code, said = independent(sound)
    assert code == 0
    assert f"16:{report.head_hash}" in said


EDITS: dict[str, tuple[int, Callable[[Path], None]]] = {
    "an edited body": (
        5,
        lambda p: change(p, "UPDATE event SET body = '{\"n\":9}' WHERE pos = 5"),
    ),
    "an edited actor": (5, lambda p: change(p, "UPDATE event SET actor = 'x' WHERE pos = 5")),
    "an edited time": (7, lambda p: change(p, "UPDATE event SET t_us = t_us + 1 WHERE pos = 7")),
    "an edited hash": (
        6,
        lambda p: change(p, "UPDATE event SET hash = replace(hash, 'a', 'b') WHERE pos = 6"),
    ),
    "a character moved over a column's edge": (
        3,
        lambda p: change(p, "UPDATE event SET actor = 'ase', role = 'ldispatcher' WHERE pos = 3"),
    ),
    "a deleted fact": (4, lambda p: change(p, "DELETE FROM event WHERE pos = 4")),
    "a deleted first fact": (1, lambda p: change(p, "DELETE FROM event WHERE pos = 1")),
    "a deleted fact with the gap closed": (
        4,
        lambda p: change(
            p,
            "DELETE FROM event WHERE pos = 4",
            *[f"UPDATE event SET pos = {i - 1} WHERE pos = {i}" for i in range(5, 17)],
            "UPDATE log_head SET pos = 15",
        ),
    ),
    "an inserted fact": (
        17,
        lambda p: change(
            p,
            "INSERT INTO event SELECT 17, 'forged', 0, t_us, wall_us, mono_us, desk_id, actor,"
            " role, origin, standing, kind, ver, stream, body, hash, hash, high_us"
            " FROM event WHERE pos = 16",
        ),
    ),
    "two facts swapped": (
        5,
        lambda p: change(
            p,
            "UPDATE event SET pos = 99 WHERE pos = 5",
            "UPDATE event SET pos = 5 WHERE pos = 6",
            "UPDATE event SET pos = 6 WHERE pos = 99",
        ),
    ),
    "a log cut short": (16, lambda p: change(p, "DELETE FROM event WHERE pos >= 16")),
    "another realm": (1, lambda p: change(p, "UPDATE journal_info SET realm = 'live'")),
    "another region": (1, lambda p: change(p, "UPDATE journal_info SET region_id = 'x'")),
    "a changed position frame": (
        13,
        lambda p: change(
            p,
            f"UPDATE avl_frame SET data = x'00' WHERE t_us = {START_US + 50 * SECOND_US}",
        ),
    ),
    "a deleted position frame": (
        14,
        lambda p: change(p, f"DELETE FROM avl_frame WHERE t_us = {START_US + 65 * SECOND_US}"),
    ),
    "an inserted position frame": (
        14,
        lambda p: change(
            p,
            f"INSERT INTO avl_frame SELECT t_us + 1, 0, data FROM avl_frame"
            f" WHERE t_us = {START_US + 65 * SECOND_US}",
        ),
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_that_tampering_is_found_at_its_position(tampered: Path, edit: str) -> None:
    pos, tamper = EDITS[edit]
    tamper(tampered)
    report = verify(tampered)
    assert report.first_bad_pos == pos
    code, said = independent(tampered)
    assert code == 1
    assert f"position {pos}:" in said


def test_that_only_a_witness_shows_a_clean_cut(sound: Path, tampered: Path) -> None:
    report = verify(sound)
    change(
        tampered,
        "DELETE FROM event WHERE pos = 16",
        "DELETE FROM command WHERE pos = 16",
        "UPDATE pii_key SET wrapped = x'00', erased_pos = NULL WHERE erased_pos = 16",
        "UPDATE log_head SET pos = 15, hash = (SELECT hash FROM event WHERE pos = 15)",
    )
    assert verify(tampered).ok
    assert independent(tampered)[0] == 0
    witness = Witness("desk-2", 16, report.head_hash, START_US)
    found = verify(tampered, [witness]).findings
    assert [(f.message.id, f.pos) for f in found] == [("journal.audit.cut_short", 16)]
    code, said = independent(tampered, f"16:{report.head_hash}")
    assert (code, "cut short" in said) == (1, True)


def test_that_only_a_witness_shows_a_chain_made_anew(sound: Path, tampered: Path) -> None:
    report = verify(sound)
    plain = sqlite3.connect(tampered)
    plain.execute("UPDATE event SET body = '{\"n\":9}' WHERE pos = 5")
    rehash(plain, 5)
    plain.commit()
    plain.close()
    assert verify(tampered).ok
    assert independent(tampered)[0] == 0
    found = verify(tampered, [Witness("desk-2", 16, report.head_hash, START_US)]).findings
    assert [(f.message.id, f.pos) for f in found] == [("journal.audit.not_as_witnessed", 16)]
    code, said = independent(tampered, f"16:{report.head_hash}")
    assert (code, "made anew" in said) == (1, True)


def test_that_a_witness_kept_in_the_journal_is_compared_too(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        for i in range(4):
            journal.append(batch(i), i)
        seen = journal.witness("desk-2", START_US)
        journal.keep_witness(seen)
        journal.append(batch(5), 4)
    assert verify(journal.path, [seen]).ok
    plain = sqlite3.connect(journal.path)
    plain.execute("UPDATE event SET actor = 'x' WHERE pos = 3")
    rehash(plain, 3)
    plain.commit()
    plain.close()
    assert verify(journal.path).first_bad_pos == 4


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE assignment SET closed_pos = 12 WHERE assignment_id = 'two'", "commitment"),
        ("DELETE FROM assignment WHERE assignment_id = 'two'", "commitment"),
        ("INSERT INTO assignment VALUES ('four', 'A9', 'i', 3, NULL)", "commitment"),
        ("UPDATE command SET result = '{}' WHERE id = 'cmd-10'", "command"),
        ("DELETE FROM command WHERE id = 'cmd-2'", "command"),
        ("INSERT INTO command VALUES ('x', '{\"first\":1,\"last\":1}', 1)", "command"),
        ("UPDATE avl_minute SET frames = 2", "minute"),
        ("DELETE FROM avl_minute WHERE pos = 14", "minute"),
        ("INSERT INTO avl_frame VALUES (5, 1, x'00')", "stray_frames"),
        ("UPDATE pii_key SET wrapped = x'00', erased_pos = NULL", "erased_key"),
        ("UPDATE event SET high_us = 0 WHERE pos = 5", "clock_index"),
        ("UPDATE log_head SET pos = 14", "head_moved"),
        ("INSERT INTO witness VALUES ('d', 3, 'x', 0)", "not_as_witnessed"),
    ],
)
def test_that_what_stands_beside_the_log_is_checked(
    tampered: Path, statement: str, finding: str
) -> None:
    change(tampered, statement)
    assert f"journal.audit.{finding}" in {f.message.id for f in verify(tampered).findings}


def test_that_a_double_commitment_forged_past_the_index_is_found(tampered: Path) -> None:
    change(
        tampered,
        "DROP INDEX assignment_unit_open",
        "UPDATE assignment SET closed_pos = NULL WHERE assignment_id = 'one'",
    )
    assert not verify(tampered).ok
    code, said = independent(tampered)
    assert (code, "A1" in said) == (1, True)


def test_that_a_file_that_is_no_journal_is_not_called_unsound(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    with pytest.raises(Problem, match=r"journal\.missing"):
        verify(path)
    path.write_bytes(b"something else entirely")
    with pytest.raises(Problem, match="not_a_journal"):
        verify(path)
    assert independent(path)[0] == 2
    assert independent(tmp_path / "none")[0] == 2


def test_that_a_journal_is_checked_while_it_is_written(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        for i in range(30):
            journal.append(batch(i), i)
            if i % 10 == 0:
                assert verify(journal.path).head_pos == i + 1
        assert independent(journal.path)[0] == 0


def test_that_a_damaged_projection_is_found_by_its_index(tmp_path: Path) -> None:
    """One bit of the file turned over: somewhere, always said, never a crash."""
    journal = new_journal(tmp_path)
    for i in range(40):
        journal.append(commit(i, f"U{i}", f"a{i}"), i)
    journal.close()
    content = journal.path.read_bytes()
    used = [i for i in range(0, len(content), 997) if content[i]]
    noticed = 0
    for at in used:
        torn = tmp_path / "torn.journal"
        torn.write_bytes(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
        try:
            noticed += not verify(torn).ok
        except Problem:
            noticed += 1
    assert noticed > len(used) * 0.5  # the rest lies in free space and in unhashed text


def test_that_the_independent_verifier_stays_independent_and_short() -> None:
    source = VERIFIER.read_text("utf-8")
    assert len(source.splitlines()) <= 200
    names = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {str(name).split(".")[0] for name in names} <= sys.stdlib_module_names


def test_that_the_bodies_of_sealed_minutes_are_plain_json(sound: Path) -> None:
    with Journal.open(sound, sound.parent / "keys", read_only=True) as journal:
        facts = [fact for fact in journal.read() if fact.kind == "journal.minute_sealed"]
    names = {"first_us", "last_us", "frames", "sha"}
    assert [set(msgspec.json.decode(fact.body)) for fact in facts] == [names] * 3
