"""A real workstation in a process of its own, on a screen that nobody sees."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
WATCHED = Path(__file__).parent / "watched_process"


class Workstation:
    """`vigil` with a data folder of its own; `notes` is what its processes were seen to do."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self._notes = folder, folder / "watched.txt"
        self.said = folder / "stderr.txt"
        folder.mkdir(exist_ok=True)
        self._notes.unlink(missing_ok=True)
        self._before = len(list((folder / "data" / "demonstrations").glob("*.vigil")))
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(WATCHED), str(ROOT))),
            "VIGIL_WATCHED": str(self._notes),
            "QT_QPA_PLATFORM": "offscreen",
        }
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ui.main", "--data-dir", str(folder), *arguments],
                env=env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        self.pid = self.process.pid

    @property
    def notes(self) -> list[tuple[str, str, str]]:
        """(which process, audit event, what), in order."""
        if not self._notes.exists():
            return []
        lines = self._notes.read_text("utf-8").splitlines()
        return [(a, b, c) for a, b, c in (line.split(" ", 2) for line in lines)]

    @property
    def journal(self) -> Path | None:
        """The journal of its shift, once there is one; the newest of several."""
        found = sorted((self.folder / "data" / "demonstrations").glob("*.vigil"))
        return found[-1] if len(found) > self._before else None

    def family(self) -> list[psutil.Process]:
        """It and every process below it."""
        try:
            own = psutil.Process(self.pid)
            return [own, *own.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def work(self, seconds: float = 40.0) -> None:
        """Wait until engine and painter run and the shift has begun; fail if it ended."""

        def at_work() -> bool:
            if self.process.poll() is not None:
                pytest.fail(f"ended with {self.process.returncode}: {self.said.read_text()}")
            journal = self.journal
            if journal is None:
                return False
            began = {process for process, event, _ in self.notes if event == "began"}
            return {"dispatch.advice.worker", "spawn_main"} <= began and has_begun(journal)

        until(at_work, seconds)

    def end(self) -> None:
        """End what is left of it: after a test that failed."""
        for process in self.family():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait(10)


def has_begun(journal: Path) -> bool:
    """Whether the simulated shift stands in the journal."""
    try:
        reader = sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True)
        with contextlib.closing(reader):
            asked = "SELECT count(*) FROM event WHERE kind = 'exercise.began'"
            return bool(reader.execute(asked).fetchone()[0])
    except sqlite3.OperationalError:
        return False


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait for something; fails after a while."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            pytest.fail("waited in vain")
        time.sleep(0.05)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run."""
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
