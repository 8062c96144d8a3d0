"""Journals of every released version open, read, verify and go on, for ever."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.journal import Journal, Snapshot, verifier, verify
from dispatch.journal.vault import subject_of
from tests.journal.sample import SECOND_US, START_US, batch, commit, frame, same_frame

GOLDEN = Path(__file__).parent / "golden"
HEADS = {"v1": (10, "b0485586a3eaeac025b02ad9c533af1d47d90421ffe4e4c9bf9e06af4033519b")}


@pytest.fixture(params=sorted(HEADS))
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    shutil.copytree(GOLDEN, tmp_path / "keys", ignore=shutil.ignore_patterns("*.journal*"))
    return Path(shutil.copy(GOLDEN / f"{request.param}.journal", tmp_path))


def test_that_every_released_journal_is_here() -> None:
    assert {path.stem for path in GOLDEN.glob("*.journal")} == set(HEADS)


def test_that_an_old_journal_is_sound_to_both_verifiers(golden: Path) -> None:
    report = verify(golden)
    assert report.findings == ()
    assert (report.head_pos, report.head_hash) == HEADS[golden.stem]
    said = subprocess.run(
        [sys.executable, verifier.__file__, golden, f"{report.head_pos}:{report.head_hash}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.startswith("SOUND")


def test_that_an_old_journal_still_tells_everything(golden: Path) -> None:
    with Journal.open(golden, golden.parent / "keys", read_only=True, realm="live") as journal:
        facts = list(journal.read())
        assert [fact.kind for fact in facts] == [
            "call.received",
            *["incident.noted"] * 6,
            "journal.minute_sealed",
            "journal.key_erased",
            "journal.minute_sealed",
        ]
        assert facts[6].origin == "ai"
        tokens = facts[0].body.split('"')
        kept, erased = tokens[3], tokens[7]
        assert (subject_of(kept), subject_of(erased)) == ("call-1", "call-2")
        assert journal.vault.open(kept) == "Dana Серік 다나"
        assert journal.vault.open(erased) is None
        for second in (0, 58, 60, 88):
            shown = journal.fixes.at(START_US + second * SECOND_US)
            assert same_frame(shown, frame(5, second))
        assert journal.snapshot_before(10) == Snapshot(
            6, START_US, "zstd", "cd" * 32, b"a picture after six facts"
        )


def test_that_an_old_journal_goes_on(golden: Path) -> None:
    with Journal.open(golden, golden.parent / "keys") as journal:
        head = journal.head_pos
        journal.append(commit(90, "A2", "four", closes=("two",)), head)
        journal.append(batch(91), head + 1)
        assert journal.vault.open(journal.vault.seal("call-1", "more")) == "more"
    report = verify(golden)
    assert report.findings == ()
    assert report.head_pos == head + 2
