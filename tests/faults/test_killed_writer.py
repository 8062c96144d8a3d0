"""kill -9 at any instant loses nothing that was acknowledged and leaves a sound chain."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dispatch.journal import verify
from tests.journal.sample import new_journal, reopen

KILLS = 50
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the writers are forked")
def test_that_fifty_kills_lose_nothing_acknowledged(tmp_path: Path) -> None:
    journal = new_journal(tmp_path)
    journal.close()
    chance = random.Random(2)
    told: dict[int, str] = {}
    last = 0
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.headless_writer", journal.path, tmp_path / "keys"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    productive = 0
    try:
        for _kill in range(KILLS):
            writer.stdin.write("go\n")
            writer.stdin.flush()
            said = writer.stdout.readline().split()
            assert said[0] == "pid", said
            death = threading.Timer(
                chance.uniform(0.0, 0.06), os.kill, (int(said[1]), signal.SIGKILL)
            )
            death.start()
            before = last
            while (line := writer.stdout.readline()) != "end\n":
                assert line, "the writer ended by itself"
                pos, hash_ = line.split()
                last = int(pos)
                told[last] = hash_
            productive += last > before
            report = verify(journal.path)
            assert report.findings == ()
            assert report.head_pos >= last  # more only if it died between commit and answer
    finally:
        writer.stdin.close()
        writer.wait(30)
    assert productive > KILLS / 3
    with reopen(journal) as again:
        kept = {fact.pos: fact.hash for fact in again.read()}
    assert told.items() <= kept.items()
    assert verify(journal.path).ok


def test_that_a_command_repeated_after_a_lost_answer_is_recorded_once(tmp_path: Path) -> None:
    """Killed between commit and answer: the desk that comes back sends the command again."""
    from tests.journal.sample import batch, commit

    journal = new_journal(tmp_path)
    kept = journal.append(commit(1, "A1", "one"), 0)
    journal._log.close()
    journal._lock.release()
    with reopen(journal) as again:
        assert again.append(commit(1, "A1", "one"), 0) == kept
        again.append(batch(2), 1)
    assert verify(journal.path).commands == 2
