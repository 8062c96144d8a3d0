"""Logs without people in them, and the trace of a crash for the next start."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from dispatch.logs import keep_logs, previous_crash
from dispatch.places import Places

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path).prepare()


def test_that_an_orderly_end_leaves_no_crash(places: Places) -> None:
    with keep_logs(places, "workstation", verbose=False, mark=True) as leave:
        logging.getLogger("dispatch.test").info("hello")
    assert leave.log is not None and "hello" in leave.log.read_text("utf-8")
    assert previous_crash(places) is None
    assert [path.name for path in places.logs.glob("*faults*")] == []


def test_that_a_running_process_is_no_crash(places: Places) -> None:
    with keep_logs(places, "workstation", verbose=False, mark=True):
        assert previous_crash(places) is None


def test_that_an_end_with_a_fault_is_offered_once(places: Places) -> None:
    child = """
        import sys
        from pathlib import Path
        from dispatch.logs import keep_logs
        from dispatch.places import Places
        import logging
        with keep_logs(Places(Path(sys.argv[1])), "workstation", verbose=False, mark=True):
            logging.getLogger("dispatch.test").info("the last word")
            import ctypes
            ctypes.string_at(0)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(child), str(places.data_dir)],
        cwd=ROOT,
        capture_output=True,
    )
    assert done.returncode != 0
    report = previous_crash(places)
    assert report is not None
    text = report.read_text("utf-8")
    assert "the last word" in text
    assert "string_at" in text
    assert previous_crash(places) is None
    assert report.exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_that_a_killed_process_is_offered(places: Places) -> None:
    child = """
        import os, signal, sys
        from pathlib import Path
        from dispatch.logs import keep_logs
        from dispatch.places import Places
        with keep_logs(Places(Path(sys.argv[1])), "replay", verbose=False, mark=True):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    command = [sys.executable, "-c", textwrap.dedent(child), str(places.data_dir)]
    subprocess.run(command, cwd=ROOT, capture_output=True)
    report = previous_crash(places)
    assert report is not None and "replay" in report.read_text("utf-8")


def test_that_a_block_left_by_an_exception_counts_as_crashed(places: Places) -> None:
    with (
        pytest.raises(RuntimeError),
        keep_logs(places, "workstation", verbose=False, mark=True),
    ):
        raise RuntimeError("oh")
    marker = next((places.logs / "running").iterdir())
    # This process still runs, so make the marker one of a process that does not.
    marker.write_text(marker.read_text().replace(f'"pid":{os.getpid()}', '"pid":999999999'))
    assert previous_crash(places) is not None


def test_that_a_mangled_marker_is_put_away(places: Places) -> None:
    (places.logs / "running").mkdir()
    (places.logs / "running" / "workstation-1.json").write_text("{")
    assert previous_crash(places) is None
    assert list((places.logs / "running").iterdir()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_that_a_thread_that_fails_is_logged(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise RuntimeError("in a thread")

    with keep_logs(places, "workstation", verbose=False, mark=False) as leave:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert leave.log is not None and "in a thread" in leave.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("caller +7 (701) 555-12-34 rang", "caller <number> rang"),
        ("caller 010-1234-5678", "caller <number>"),
        ("at 1795442592000000 took 0.0123456789 s", "at 1795442592000000 took 0.0123456789 s"),
        ("incident 0417 unit m12 pos 123456", "incident 0417 unit m12 pos 123456"),
    ],
)
def test_that_phone_numbers_do_not_reach_a_log(places: Places, said: str, logged: str) -> None:
    with keep_logs(places, "workstation", verbose=False, mark=False) as leave:
        logging.getLogger("dispatch.test").warning("%s", said)
    assert leave.log is not None and f" {logged}\n" in leave.log.read_text("utf-8")


def test_that_a_log_folder_that_cannot_be_made_does_not_stop_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").touch()
    with keep_logs(Places(tmp_path), "workstation", verbose=False, mark=True) as leave:
        pass
    assert leave.log is None or not leave.log.exists()
    assert str(tmp_path / "logs") in capsys.readouterr().err
