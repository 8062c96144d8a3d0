"""Killed in the middle of a shift, and asked to leave: what remains."""

from __future__ import annotations

from dispatch.cli import exits
from dispatch.journal import verify
from tests.faults.conftest import Lives


def test_that_the_journal_of_a_killed_workstation_is_sound(lives: Lives) -> None:
    report = verify(lives.killed)
    assert report.ok and report.head_pos > 0


def test_that_a_killed_workstation_leaves_no_process_and_no_memory(lives: Lives) -> None:
    assert lives.orphans == []
    assert lives.buffers_of_killed == []


def test_that_the_next_start_has_the_crash_report(lives: Lives) -> None:
    assert len(lives.crash_reports) == 1


def test_that_sigterm_is_an_orderly_end_within_seconds(lives: Lives) -> None:
    assert lives.exit_code == exits.OK
    assert lives.leaving_s < 6
    assert lives.checkpointed
    assert verify(lives.left).ok


def test_that_leaving_leaves_nothing_behind(lives: Lives) -> None:
    assert lives.stragglers == []
    assert lives.buffers_left == []
    assert "Traceback" not in lives.said
