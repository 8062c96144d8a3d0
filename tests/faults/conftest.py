"""One life of the workstation, shared by the tests that look at it from several sides."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.faults.workstation_run import Workstation, alive, until

SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Lives:
    """What was seen of a workstation that was killed, and of the next, which was asked to leave."""

    killed: Path
    """The journal of the one killed with SIGKILL in the middle of its shift."""
    orphans: list[psutil.Process]
    crash_reports: list[Path]
    buffers_of_killed: list[str]
    """Shared memory of the killed one that stands while the next works."""
    left: Path
    """The journal of the one that was asked to leave by SIGTERM."""
    exit_code: int
    leaving_s: float
    checkpointed: bool
    """Whether its journal stood alone afterwards, without a write-ahead log."""
    stragglers: list[psutil.Process]
    buffers_left: list[str]
    notes: list[tuple[str, str, str]]
    """What all processes of the second were seen to do: see `watched_process`."""
    connections: list[object]
    said: str


def buffers(pid: int) -> list[str]:
    """Names of a workstation's tile buffers in shared memory."""
    if not SHARED_MEMORY.is_dir():
        return []
    return sorted(name.name for name in SHARED_MEMORY.glob(f"vigil-tiles-{pid}-*"))


@pytest.fixture(scope="session")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    """Two starts on one data folder. The first is killed, the second asked to leave."""
    if sys.platform == "win32":
        pytest.skip("SIGKILL and SIGTERM")
    folder = tmp_path_factory.mktemp("lives")
    first = Workstation(folder, "--speed", "30")
    second = None
    try:
        first.work()
        assert buffers(first.pid) or not SHARED_MEMORY.is_dir()
        family, killed = first.family(), first.journal
        os.kill(first.pid, signal.SIGKILL)
        first.process.wait(10)
        gone_by = time.monotonic() + 8
        while alive(family) and time.monotonic() < gone_by:
            time.sleep(0.05)
        orphans = alive(family)

        second = Workstation(folder, "--speed", "30")
        second.work()
        swept = buffers(first.pid)
        family, left = second.family(), second.journal
        connections = [c for p in family for c in p.net_connections("inet")]
        reports = sorted((folder / "logs").glob("crash-*.txt"))
        asked = time.monotonic()
        second.process.send_signal(signal.SIGTERM)
        code = second.process.wait(20)
        leaving_s = time.monotonic() - asked
        until(lambda: not alive(family), 5)
        assert killed is not None and left is not None
        yield Lives(
            killed=killed,
            orphans=orphans,
            crash_reports=reports,
            buffers_of_killed=swept,
            left=left,
            exit_code=code,
            leaving_s=leaving_s,
            checkpointed=not left.with_name(left.name + "-wal").exists(),
            stragglers=alive(family),
            buffers_left=buffers(second.pid),
            notes=second.notes,
            connections=connections,
            said=second.said.read_text("utf-8", "replace"),
        )
    finally:
        for each in (first, second):
            if each is not None:
                each.end()
