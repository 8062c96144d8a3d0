"""Personal fields are ciphertext, and erasing a key erases the person and not the proof."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.domain.message import Problem
from dispatch.journal import verify
from dispatch.journal.vault import subject_of
from tests.journal.sample import START_US, batch, new_journal, reopen


@pytest.mark.parametrize("text", ["Dana Serik", "", "Қызылорда, 서울 7", "x" * 10_000, 'a:b"c'])
def test_that_a_sealed_text_opens_again(tmp_path: Path, text: str) -> None:
    with new_journal(tmp_path) as journal:
        token = journal.vault.seal("call-1", text)
        assert token.startswith("v1:call-1:")
        assert subject_of(token) == "call-1"
        assert not text or text not in token
        assert journal.vault.open(token) == text
    with reopen(journal, read_only=True) as replay:
        assert replay.vault.open(token) == text


def test_that_the_same_text_never_makes_the_same_token(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        assert journal.vault.seal("call-1", "Dana") != journal.vault.seal("call-1", "Dana")


def test_that_an_erased_subject_reads_none_for_ever(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    gone = journal.vault.seal("call-1", "Dana")
    stays = journal.vault.seal("call-2", "Timur")
    journal.append(batch(1, t_us=START_US + 5), 0)
    assert journal.vault.erase("call-1")
    assert journal.vault.open(gone) is None
    assert journal.vault.open(stays) == "Timur"
    with pytest.raises(Problem, match="subject_erased"):
        journal.vault.seal("call-1", "Dana")
    assert not journal.vault.erase("call-1")
    facts = list(journal.read())
    assert [fact.kind for fact in facts] == ["incident.noted", "journal.key_erased"]
    assert (facts[1].body, facts[1].t_us) == ('{"subject":"call-1"}', START_US + 5)
    journal.close()
    with reopen(journal) as again:
        assert again.vault.open(gone) is None
    assert verify(journal.path).ok


def test_that_the_bytes_of_an_erased_key_are_gone(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.vault.seal("call-1", "Dana")
    plain = sqlite3.connect(f"file:{journal.path}?mode=ro", uri=True)
    wrapped = plain.execute("SELECT wrapped FROM pii_key WHERE subject_id = 'call-1'").fetchone()[0]
    plain.close()
    journal.vault.erase("call-1")
    for path in tmp_path.iterdir():
        if path.is_file():
            assert wrapped not in path.read_bytes()
    journal.close()


def test_that_the_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        path = tmp_path / "keys" / f"{journal.info.journal_id}.key"
        assert path.is_file()
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_that_a_token_moved_to_another_subject_or_journal_does_not_open(tmp_path: Path) -> None:
    with new_journal(tmp_path) as one, new_journal(tmp_path, "two.journal") as two:
        token = one.vault.seal("call-1", "Dana")
        one.vault.seal("call-2", "Timur")
        two.vault.seal("call-1", "Aru")
        assert one.vault.open(token.replace("call-1", "call-2")) is None
        assert two.vault.open(token) is None


@pytest.mark.parametrize("subject", ["", "a b", "a:b", "../x", "x" * 101, "journal", "ы"])
def test_that_a_subject_id_is_plain(tmp_path: Path, subject: str) -> None:
    with new_journal(tmp_path) as journal, pytest.raises(ValueError):
        journal.vault.seal(subject, "Dana")


def test_that_a_reader_cannot_make_a_new_key(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.vault.seal("call-1", "Dana")
    journal.close()
    with reopen(journal, read_only=True) as reader:
        token = reader.vault.seal("call-1", "more of the same call")
        assert reader.vault.open(token) == "more of the same call"
        with pytest.raises(Problem, match="read_only"):
            reader.vault.seal("call-2", "Timur")
        with pytest.raises(Problem, match="read_only"):
            reader.vault.erase("call-1")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_that_no_token_raises(tmp_path_factory: object, data: st.DataObject) -> None:
    journal, token = _standing(tmp_path_factory)
    text = data.draw(
        st.one_of(
            st.text(max_size=60),
            st.text(alphabet="v1:call-_=AZaz09\n\0é", max_size=80),
            st.integers(0, len(token) - 1).map(lambda i: token[:i]),
            st.integers(0, len(token) - 1).map(lambda i: token[:i] + "A" + token[i:]),
            st.builds(lambda b: f"v1:call-1:{b}", st.text(alphabet="AZaz09-_", max_size=60)),
        )
    )
    if text != token:
        assert journal.vault.open(text) is None


_kept: list = []


def _standing(factory: object) -> tuple:
    if not _kept:
        journal = new_journal(factory.mktemp("vault"))  # type: ignore[attr-defined]
        _kept.append((journal, journal.vault.seal("call-1", "Dana")))
    return _kept[0]


def test_that_an_oversized_token_is_not_even_parsed(tmp_path: Path) -> None:
    with new_journal(tmp_path) as journal:
        journal.vault.seal("call-1", "Dana")
        assert journal.vault.open("v1:call-1:" + "A" * 5_000_000) is None
        with pytest.raises(ValueError):
            journal.vault.seal("call-1", "x" * 300_000)
