"""The program as it is started: leaves in order at SIGTERM, paints pictures, refuses bad input."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QImage

from dispatch.domain.message import Problem
from dispatch.journal import verify
from ui.screenshots import run

ENVIRONMENT = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


def started(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ui.main", "--data-dir", str(tmp_path), *arguments],
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGTERM ends a process on Windows")
def test_that_sigterm_leaves_in_order_and_keeps_the_journal(tmp_path):
    vigil = started(tmp_path, "--speed", "30")
    journals = tmp_path / "data" / "demonstrations"
    tiles = tmp_path / "cache" / "tiles.sqlite"
    wait_for(lambda: list(journals.glob("*.vigil")) and tiles.exists())
    time.sleep(1.5)
    children = psutil.Process(vigil.pid).children(recursive=True)
    vigil.send_signal(signal.SIGTERM)
    _, said = vigil.communicate(timeout=30)
    assert vigil.returncode == 0, said
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    journal = next(journals.glob("*.vigil"))
    assert not verify(journal).findings
    assert not list((tmp_path / "logs" / "running").glob("*.json"))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9 on Windows")
def test_that_a_killed_start_offers_its_log_at_the_next_one(tmp_path):
    vigil = started(tmp_path)
    wait_for(lambda: (tmp_path / "cache" / "tiles.sqlite").exists())
    vigil.kill()
    vigil.communicate(timeout=30)
    again = started(tmp_path)
    wait_for(lambda: list((tmp_path / "logs").glob("crash-*.txt")))
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=30)
    assert again.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--journal", "a.vigil"), "--region"),
        (("play", "--calls", "none.parquet", "--region", "none.region"), "none.region"),
    ],
)
def test_that_bad_input_is_said_on_the_console_before_any_window(tmp_path, arguments, word):
    vigil = started(tmp_path, *arguments)
    _, said = vigil.communicate(timeout=60)
    assert vigil.returncode == 2
    assert word in said
    assert "Traceback" not in said


def wanted(tmp_path: Path, *names: str) -> argparse.Namespace:
    return argparse.Namespace(
        dir=tmp_path / "out", only=list(names), data_dir=tmp_path / "data", map=False
    )


@pytest.mark.slow
def test_that_a_picture_of_signing_on_is_painted(tmp_path, qapp):
    assert run(wanted(tmp_path, "sign-on")) == 0
    picture = QImage(str(tmp_path / "out" / "sign-on.png"))
    assert (picture.width(), picture.height()) == (1920, 1080)
    assert len({picture.pixel(x, 540) for x in range(0, 1920, 7)}) > 20


def test_that_a_view_nobody_knows_is_refused(tmp_path, qapp):
    with pytest.raises(Problem, match="no_such_view"):
        run(wanted(tmp_path, "moon"))


def test_that_a_folder_that_is_a_file_is_named(tmp_path, qapp):
    (tmp_path / "out").write_text("")
    with pytest.raises(Problem) as caught:
        run(wanted(tmp_path, "sign-on"))
    assert str(tmp_path / "out") in str(caught.value)
