"""The log takes whole commands, once, in order, under one head."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.journal import AlreadyCommitted, Entry, HeadMoved
from tests.journal.sample import START_US, batch, commit, new_journal, reopen


def test_that_facts_come_back_as_they_were_given(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        given = batch(1, facts=3)
        kept = journal.append(given, 0)
        assert [fact.pos for fact in kept] == [1, 2, 3]
        assert [fact.body for fact in kept] == [entry.body for entry in given.entries]
        assert list(journal.read()) == kept
        assert journal.head_pos == 3


def test_that_each_fact_carries_the_hash_of_the_one_before(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        for i in range(4):
            journal.append(batch(i, facts=2), i * 2)
        facts = list(journal.read())
        assert [fact.prev for fact in facts[1:]] == [fact.hash for fact in facts[:-1]]
        assert len({fact.hash for fact in facts}) == len(facts)


def test_that_a_moved_head_is_refused_and_names_both_positions(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.append(batch(1), 0)
        with pytest.raises(HeadMoved) as moved:
            journal.append(batch(2), 0)
        assert (moved.value.expected, moved.value.actual) == (0, 1)
        assert journal.head_pos == 1


def test_that_a_command_sent_again_gets_the_same_facts(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        kept = journal.append(batch(1, facts=2), 0)
        journal.append(batch(2), 2)
        assert journal.append(batch(1, facts=2), 0) == kept
        assert journal.head_pos == 3
    again = reopen(journal)
    assert again.append(batch(1, facts=2), 0) == kept
    again.close()


def test_that_a_unit_taken_meanwhile_is_refused_with_its_holder(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.append(commit(1, "A1", "first"), 0)
        with pytest.raises(AlreadyCommitted) as refused:
            journal.append(commit(2, "A1", "second"), 1)
        held = refused.value
        assert (held.unit_id, held.incident_id, held.assignment_id) == (
            "A1",
            "incident-of-first",
            "first",
        )
        assert journal.head_pos == 1
        assert [fact.cmd_id for fact in journal.read()] == ["cmd-1"]


def test_that_nothing_of_a_batch_is_kept_when_its_last_unit_is_taken(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.append(commit(1, "A2", "first"), 0)
        both = commit(2, "A1", "one")
        both = batch(2, opens=(*both.opens, *commit(2, "A2", "two").opens))
        with pytest.raises(AlreadyCommitted):
            journal.append(both, 1)
        journal.append(commit(3, "A1", "three"), 1)  # A1 stayed free


def test_that_a_closed_commitment_frees_the_unit(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.append(commit(1, "A1", "first"), 0)
        journal.append(batch(2, closes=("first",)), 1)
        journal.append(commit(3, "A1", "second"), 2)


def test_that_a_unit_changes_its_incident_in_one_command(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.append(commit(1, "A1", "first"), 0)
        journal.append(commit(2, "A1", "second", closes=("first",)), 1)


@pytest.mark.parametrize("closing", ["never-opened", "first"])
def test_that_what_is_not_open_cannot_be_closed(tmp_path: Path, closing: str) -> None:
    with new_journal(tmp_path) as journal:
        journal.append(commit(1, "A1", "first"), 0)
        journal.append(batch(2, closes=("first",)), 1)
        with pytest.raises(Problem, match="commitment_unknown"):
            journal.append(batch(3, closes=(closing,)), 2)


def test_that_an_assignment_id_is_used_once(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.append(commit(1, "A1", "first"), 0)
        with pytest.raises(Problem, match="assignment_reused"):
            journal.append(commit(2, "A2", "first"), 1)


def test_that_the_database_itself_refuses_a_double_commitment(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.append(commit(1, "A1", "first"), 0)
    journal.close()
    plain = sqlite3.connect(journal.path)
    with pytest.raises(sqlite3.IntegrityError):
        plain.execute("INSERT INTO assignment VALUES ('x', 'A1', 'i', 1, NULL)")
    with pytest.raises(sqlite3.IntegrityError):  # STRICT: no text where a number stands
        plain.execute("UPDATE event SET t_us = 'noon'")
    plain.close()


def test_that_threads_racing_for_one_unit_give_one_winner(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        won: list[str] = []
        lost: list[str] = []

        def take(name: str) -> None:
            while True:
                try:
                    journal.append(commit(name, "A1", name), journal.head_pos)
                    won.append(name)
                except HeadMoved:
                    continue
                except AlreadyCommitted:
                    lost.append(name)
                return

        threads = [threading.Thread(target=take, args=(f"t{i}",)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(won), len(lost)) == (1, 7)


def test_that_the_journals_own_kinds_are_not_open_to_others(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        forged = Entry("journal.key_erased", 1, "journal", "{}")
        with pytest.raises(ValueError, match="belong to the journal"):
            journal.append(batch(1, entries=(forged,)), 0)
        fact = journal.note("denied", "asel-1", '{"verb":"close"}', t_us=START_US)
        assert (fact.kind, fact.origin, fact.pos) == ("journal.denied", "system", 1)
        assert journal.note("denied", "asel-1", '{"verb":"close"}') == fact


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": ()},
        {"cmd_id": ""},
        {"origin": "robot"},
        {"standing": "maybe"},
        {"t_us": 1 << 63},
        {"entries": (Entry("", 1, "s", "{}"),)},
        {"entries": (Entry("k", 1, "s", "\ud800"),)},
        {"entries": (Entry("k", 1, "s", "x" * 1_000_001),)},
    ],
)
def test_that_a_batch_that_is_none_leaves_no_trace(tmp_path: Path, changes: dict) -> None:
    with new_journal(tmp_path) as journal:
        with pytest.raises(ValueError):
            journal.append(batch(1, **changes), 0)
        journal.append(batch(2), 0)
        assert journal.head_pos == 1


def test_that_a_part_of_the_log_can_be_read(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        for i in range(10):
            journal.append(batch(i), i)
        assert [fact.pos for fact in journal.read(after=3, upto=6)] == [4, 5, 6]
        assert [fact.pos for fact in journal.read(after=8, upto=99)] == [9, 10]
        assert list(journal.read(after=10)) == []


def test_that_a_slow_reader_sees_the_log_as_of_its_start(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.append(batch(1), 0)
        reading = journal.read()
        first = next(reading)
        journal.append(batch(2), 1)
        assert first.pos == 1
        assert list(reading) == []


def test_that_a_moment_gives_the_last_position_not_after_it(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        for i, at in enumerate((10, 20, 20, 30)):
            journal.append(batch(i, t_us=at), i)
        assert [journal.position_at(t) for t in (9, 10, 19, 20, 29, 30, 99)] == [
            0,
            1,
            1,
            3,
            3,
            4,
            4,
        ]
        assert journal.times() == (10, 30)


def test_that_a_later_moment_never_gives_an_earlier_position(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        clock = (10, 50, 20, 30, 60, 55)  # stepped back twice
        for i, at in enumerate(clock):
            journal.append(batch(i, t_us=at), i)
        found = [journal.position_at(t) for t in range(70)]
        assert found == sorted(found)
        assert (found[49], found[50], found[69]) == (1, 4, 6)
        assert journal.times() == (10, 60)


def test_that_an_empty_journal_has_position_nought(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        assert journal.head_pos == 0
        assert journal.times() is None
        assert journal.position_at(START_US) == 0
        assert list(journal.read()) == []
