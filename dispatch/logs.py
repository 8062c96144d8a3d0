"""Logs that rotate and hold no personal data, and the trace that a crash leaves.

While a window command runs, a marker stands in `logs/running/`. One whose process is gone tells
the next start that the last one crashed; `previous_crash` then gives the report to offer.
"""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import os
import platform
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import psutil

from dispatch import __version__
from dispatch.places import Places

MAX_BYTES = 1_000_000
KEPT_FILES = 5
TAIL_LINES = 300
# Reports are offered once; the last few stay for whoever is asked about them later.
KEPT_REPORTS = 10
# Seven digits and more with a plus, nine and more without; no dates, fractions or 16-digit times.
PHONE = re.compile(
    r"(?<![\w.:+-])(?!\d{4}-\d\d-\d\d)(?:\+\d(?:[ ()-]{0,2}\d){6}|\d(?:[ ()-]{0,2}\d){8})"
    r"(?:[ ()-]{0,2}\d){0,6}(?!\w|\.\d)"
)

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]
ThreadHook = Callable[[threading.ExceptHookArgs], Any]
UnraisableHook = Callable[["sys.UnraisableHookArgs"], Any]

log = logging.getLogger(__name__)


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """What a running process says of itself, for the next start to read if it never leaves."""

    pid: int
    created_s: float
    command: str
    version: str
    log: str
    faults: str


class PrivateFormatter(logging.Formatter):
    """UTC times, and a last net under the rule that logs name ids, not people: no phone numbers."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line with its message masked."""
        record.message = masked(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """The traceback, masked: an exception may quote what was typed."""
        return masked(super().formatException(ei))


def masked(text: str) -> str:
    """The text without what looks like a phone number."""
    return PHONE.sub("<number>", text)


@dataclass
class Leave:
    """How the block of `keep_logs` ends: set `orderly` to False and the next start says so."""

    log: Path | None
    orderly: bool = True


@contextmanager
def keep_logs(places: Places, command: str, *, verbose: bool, mark: bool) -> Iterator[Leave]:
    """Log to `<command>.log` while the block runs, and catch what nobody catches.

    A folder that cannot be written is said and gone without: a full or read-only disk must not
    keep a window from opening. With `mark`, a process that ends without leaving the block, or
    that leaves it by an exception or not `orderly`, counts as crashed.
    """
    root = logging.getLogger()
    handlers: list[logging.Handler] = []
    path, faults, marker = None, None, None
    level = root.level
    try:
        places.logs.mkdir(parents=True, exist_ok=True)
        path = places.logs / f"{command}.log"
        handlers.append(file_handler(path))
        faults = (places.logs / f"{command}-{os.getpid()}-faults.txt").open("w", encoding="utf-8")
        faulthandler.enable(faults, all_threads=True)
        if mark:
            marker = set_marker(places, command, path, Path(faults.name))
    except OSError as error:
        print(f"vigil: {places.logs}: {error.strerror}", file=sys.stderr)
    if verbose:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(
            PrivateFormatter("%(asctime)sZ %(levelname)s %(name)s [%(process)d] %(message)s")
        )
        root.addHandler(handler)
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    hooks = set_hooks()
    log.info("vigil %s %s on Python %s", __version__, command, platform.python_version())
    try:
        leave = Leave(path)
        yield leave
        if marker is not None and leave.orderly:
            marker.unlink(missing_ok=True)
    finally:
        log.info("end")
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()
        if faults is not None:
            # Qt and Python may still fail on the way out: to stderr then, not to a closed file.
            faulthandler.disable()
            if sys.__stderr__ is not None:
                faulthandler.enable(sys.__stderr__)
            faults.close()
            if marker is None or not marker.exists():
                Path(faults.name).unlink(missing_ok=True)


def file_handler(path: Path) -> logging.Handler:
    """A rotating log file: at most `KEPT_FILES` + 1 files of `MAX_BYTES`."""
    return logging.handlers.RotatingFileHandler(
        path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
    )


def set_hooks() -> tuple[Hook, ThreadHook, UnraisableHook]:
    """Log what nobody catches, on any thread; returns the hooks that stood before."""
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def on_exception(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("nobody caught this", exc_info=(kind, error, trace))
        sys.__excepthook__(kind, error, trace)

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            name = args.thread.name if args.thread is not None else "?"
            trace = (args.exc_type, args.exc_value, args.exc_traceback)
            log.critical("nobody caught this on thread %s", name, exc_info=trace)
            sys.__excepthook__(*trace)

    def on_unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            trace = (args.exc_type, args.exc_value, args.exc_traceback)
            log.error("nobody could raise this: %s", args.err_msg or "", exc_info=trace)
        sys.__unraisablehook__(args)

    sys.excepthook, threading.excepthook, sys.unraisablehook = (
        on_exception,
        on_thread,
        on_unraisable,
    )
    return before


def set_marker(places: Places, command: str, path: Path, faults: Path) -> Path:
    """Say that this process runs; returns the marker's file."""
    marker = Marker(
        pid=os.getpid(),
        created_s=psutil.Process().create_time(),
        command=command,
        version=__version__,
        log=str(path),
        faults=str(faults),
    )
    folder = places.logs / "running"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{command}-{marker.pid}.json"
    file.write_bytes(msgspec.json.encode(marker))
    return file


def previous_crash(places: Places) -> Path | None:
    """The report on a process that ended without leaving; None when all left orderly.

    Each crash is told once: its marker is taken away, its report stays in `logs/`.
    """
    found = None
    for file in sorted((places.logs / "running").glob("*.json")):
        try:
            marker = msgspec.json.decode(file.read_bytes(), type=Marker)
            if is_running(marker):
                continue
            found = write_report(places, marker)
        except (OSError, msgspec.DecodeError) as error:
            log.warning("crash marker %s: %s", file.name, type(error).__name__)
        file.unlink(missing_ok=True)
    return found


def is_running(marker: Marker) -> bool:
    """Whether the marker's process still runs, and is not another one with its number."""
    try:
        return bool(abs(psutil.Process(marker.pid).create_time() - marker.created_s) < 2.0)
    except psutil.Error:
        return False


def write_report(places: Places, marker: Marker) -> Path:
    """Put the end of the crashed process's log and its fault trace into one file."""
    stamp = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime())
    report = places.logs / f"crash-{stamp}-{marker.pid}.txt"
    parts = [
        f"vigil {marker.version} {marker.command}, process {marker.pid}, ended without leaving",
        f"{platform.platform()}, Python {platform.python_version()}",
        "--- fault",
        tail(Path(marker.faults)),
        "--- log",
        tail(Path(marker.log)),
    ]
    report.write_text("\n".join(parts) + "\n", "utf-8")
    Path(marker.faults).unlink(missing_ok=True)
    for old in sorted(places.logs.glob("crash-*.txt"))[:-KEPT_REPORTS]:
        old.unlink(missing_ok=True)
    return report


def tail(path: Path) -> str:
    """The last lines of a text file; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 200 * TAIL_LINES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-TAIL_LINES:])
