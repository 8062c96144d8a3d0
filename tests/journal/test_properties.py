"""Whatever is tried in whatever order, the log stays a chain and the projections follow it."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.domain.message import Problem
from dispatch.journal import AlreadyCommitted, HeadMoved, verify
from dispatch.journal.chain import EVENT_INTEGERS, EVENT_TEXTS, event_hash
from tests.journal.sample import batch, commit, new_journal, reopen

UNITS = ("A1", "A2", "F1")
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("note"), st.integers(0, 9), st.integers(1, 3)),
        st.tuples(st.just("commit"), st.sampled_from(UNITS), st.integers(0, 12)),
        st.tuples(st.just("free"), st.sampled_from(UNITS), st.just(0)),
        st.tuples(st.just("move"), st.sampled_from(UNITS), st.integers(0, 12)),
        st.tuples(st.just("repeat"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("stale"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("reopen"), st.just(0), st.just(0)),
        st.tuples(st.just("erase"), st.integers(0, 2), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions=ACTIONS)
def test_that_any_order_of_appends_leaves_a_sound_journal(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple]
) -> None:
    journal = new_journal(tmp_path_factory.mktemp("any"))
    held: dict[str, str] = {}
    used: set[str] = set()
    kept: list = []
    sealed = {n: journal.vault.seal(f"call-{n}", f"person {n}") for n in range(3)}
    erased: set[int] = set()
    for step, (verb, what, number) in enumerate(actions):
        head = journal.head_pos
        if verb == "note":
            kept += journal.append(batch(f"n{step}", facts=number, t_us=what), head)
        elif verb in ("commit", "move"):
            assignment = f"a{number}"
            closes = (held[what],) if verb == "move" and what in held else ()
            given_batch = commit(f"c{step}", what, assignment, closes=closes)
            free = what not in held or closes
            if not free:
                with pytest.raises((AlreadyCommitted, Problem)):
                    journal.append(given_batch, head)
            elif assignment in used:
                with pytest.raises(Problem):
                    journal.append(given_batch, head)
            else:
                kept += journal.append(given_batch, head)
                held[what] = assignment
                used.add(assignment)
        elif verb == "free" and what in held:
            kept += journal.append(batch(f"f{step}", closes=(held.pop(what),)), head)
        elif verb == "repeat" and kept:
            again = kept[what % len(kept)].cmd_id
            same = [fact for fact in kept if fact.cmd_id == again]
            assert journal.append(batch("x", cmd_id=again), 0) == same
        elif verb == "stale" and head:
            with pytest.raises(HeadMoved):
                journal.append(batch(f"s{step}"), head - 1)
        elif verb == "reopen":
            journal.close()
            journal = reopen(journal)
        elif verb == "erase" and what not in erased:
            journal.vault.erase(f"call-{what}")
            erased.add(what)
            kept += journal.read(after=head)
    assert list(journal.read()) == kept
    assert [fact.pos for fact in kept] == list(range(1, len(kept) + 1))
    for n, token in sealed.items():
        assert journal.vault.open(token) == (None if n in erased else f"person {n}")
    journal.close()
    report = verify(journal.path)
    assert report.findings == ()
    assert report.open_commitments == len(held)
    plain = sqlite3.connect(journal.path)
    rows = plain.execute("SELECT unit_id, assignment_id FROM assignment WHERE closed_pos IS NULL")
    assert dict(rows.fetchall()) == held
    plain.close()


TEXT = st.text(max_size=12)


@settings(max_examples=200, deadline=None)
@given(
    one=st.lists(TEXT, min_size=len(EVENT_TEXTS), max_size=len(EVENT_TEXTS)),
    other=st.lists(TEXT, min_size=len(EVENT_TEXTS), max_size=len(EVENT_TEXTS)),
    number=st.integers(-(2**63), 2**63 - 1),
)
def test_that_different_columns_never_make_the_same_hash(
    one: list[str], other: list[str], number: int
) -> None:
    integers = [number] * len(EVENT_INTEGERS)
    assert (event_hash(integers, one) == event_hash(integers, other)) == (one == other)


@settings(max_examples=100, deadline=None)
@given(text=st.text(min_size=1, max_size=12), edge=st.integers(0, len(EVENT_TEXTS) - 2))
def test_that_no_text_moves_over_a_columns_edge_unseen(text: str, edge: int) -> None:
    texts = [""] * len(EVENT_TEXTS)
    left, right = list(texts), list(texts)
    left[edge] = text
    right[edge + 1] = text
    integers = [0] * len(EVENT_INTEGERS)
    assert event_hash(integers, left) != event_hash(integers, right)


def test_that_the_hash_is_the_one_documented() -> None:
    """FORMAT.md's example: what a verifier in any other language must reach."""
    texts = ["0" * 64, "c1", "d1", "anna", "dispatcher", "human", "firm", "k", "s", '{"a":"é"}']
    assert (
        event_hash([1, 0, 2, 3, 4, 1], texts)
        == "8abe6e5445bc143b6bf36c10d21ae9d0fd609d61ebc820c0162cc13732fcd29d"
    )
