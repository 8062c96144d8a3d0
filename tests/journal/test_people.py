"""People sign on with a PIN; guessing is slow and counted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.journal import Person, people
from tests.journal.sample import HandClock, new_journal, reopen


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr("dispatch.journal.people._hasher", lambda: hasher)
    people._nobody.cache_clear()


def test_that_a_person_is_known_by_the_pin(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    asel = journal.people.add("asel", "Асель Н.", "dispatcher", "4711")
    journal.people.add("minho", "민호", "supervisor", "0000")
    assert journal.people.verify("asel", "4711")
    assert not journal.people.verify("asel", "0000")
    assert not journal.people.verify("nobody", "4711")
    journal.close()
    with reopen(journal) as again:
        assert asel == Person("asel", "Асель Н.", "dispatcher")
        assert again.people.get("asel") == asel
        assert {person.user_id for person in again.people.list()} == {"asel", "minho"}
        assert again.people.verify("minho", "0000")


def test_that_the_pin_itself_is_nowhere_in_the_file(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.people.add("asel", "Asel", "dispatcher", "unmistakable pin")
    journal.close()
    assert b"unmistakable pin" not in journal.path.read_bytes()
    plain = sqlite3.connect(journal.path)
    assert plain.execute("SELECT pin_hash FROM credential").fetchone()[0].startswith("$argon2id$")
    plain.close()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"role": "king"}, "role_unknown"),
        ({"pin": "123"}, "pin_length"),
        ({"pin": "1" * 65}, "pin_length"),
        ({"user_id": "asel"}, "person_exists"),
    ],
)
def test_that_a_person_who_cannot_be_is_refused(
    tmp_path: Path, changes: dict, problem: str
) -> None:
    with new_journal(tmp_path) as journal:
        journal.people.add("asel", "Asel", "dispatcher", "4711")
        given = {"user_id": "new", "name": "New", "role": "trainer", "pin": "4711", **changes}
        with pytest.raises(Problem, match=problem):
            journal.people.add(**given)
        assert len(journal.people.list()) == 1


def test_that_guessing_must_wait_and_a_restart_does_not_help(tmp_path: Path) -> None:
    clock = HandClock()
    journal = new_journal(tmp_path, clock=clock.clock())
    journal.people.add("asel", "Asel", "dispatcher", "4711")
    for _ in range(5):
        assert not journal.people.verify("asel", "9999")
    with pytest.raises(Problem) as locked:
        journal.people.verify("asel", "4711")
    assert locked.value.message.values["wait_s"] == 30
    journal.close()
    with reopen(journal, clock=clock.clock()) as again:
        with pytest.raises(Problem, match="pin_locked"):
            again.people.verify("asel", "4711")
        clock.now_us += 31_000_000
        assert not again.people.verify("asel", "9999")
        with pytest.raises(Problem) as longer:
            again.people.verify("asel", "4711")
        assert longer.value.message.values["wait_s"] == 60
        clock.now_us += 61_000_000
        assert again.people.verify("asel", "4711")
        for _ in range(4):
            assert not again.people.verify("asel", "9999")
        assert again.people.verify("asel", "4711")


def test_that_a_clock_set_back_locks_for_the_wait_and_no_longer(tmp_path: Path) -> None:
    clock = HandClock()
    with new_journal(tmp_path, clock=clock.clock()) as journal:
        journal.people.add("asel", "Asel", "dispatcher", "4711")
        for _ in range(5):
            journal.people.verify("asel", "9999")
        clock.now_us -= 86_400_000_000
        with pytest.raises(Problem, match="pin_locked"):
            journal.people.verify("asel", "4711")
        clock.now_us += 31_000_000
        assert journal.people.verify("asel", "4711")


def test_that_a_new_pin_replaces_the_old_one(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.people.add("asel", "Asel", "dispatcher", "4711")
        journal.people.change_pin("asel", "1147")
        assert not journal.people.verify("asel", "4711")
        assert journal.people.verify("asel", "1147")
        with pytest.raises(Problem, match="person_unknown"):
            journal.people.change_pin("nobody", "1147")


def test_that_a_hash_that_is_none_lets_nobody_in(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.people.add("asel", "Asel", "dispatcher", "4711")
    journal.close()
    plain = sqlite3.connect(journal.path)
    plain.execute("UPDATE credential SET pin_hash = 'x'")
    plain.commit()
    plain.close()
    with reopen(journal) as again:
        assert not again.people.verify("asel", "4711")
