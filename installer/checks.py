"""What `installer/test.py` runs, in order, and what it prints about it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SKIPPED = re.compile(r"^SKIPPED \[(\d+)\] [^:]+(?::\d+)?: (.*)$")


@dataclass(frozen=True)
class Check:
    """One tool over the whole checkout: its name and the arguments after `python -m`."""

    name: str
    arguments: tuple[str, ...]


CHECKS = (
    Check("ruff check", ("ruff", "check", ".")),
    Check("ruff format", ("ruff", "format", "--check", ".")),
    Check("floors of the house", ("installer.floors",)),
    Check("mypy", ("mypy",)),
)


def run_all(root: Path, python: Path, pytest_arguments: list[str]) -> int:
    """Run the checks, then the tests; 0 only when all are well."""
    environment = test_environment()
    failed = [check.name for check in CHECKS if not passes(root, python, check, environment)]
    return run_tests(root, python, pytest_arguments, environment, failed)


def test_environment() -> dict[str, str]:
    """The tests' environment: no display, and no thread pools that fight over two cores."""
    chosen = {
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
    }
    return {**chosen, **os.environ, "QT_QPA_PLATFORM": "offscreen"}


def passes(root: Path, python: Path, check: Check, environment: dict[str, str]) -> bool:
    """Run one check and print its verdict and time."""
    print(f"--- {check.name}", flush=True)
    started = time.monotonic()
    code = subprocess.call([str(python), "-m", *check.arguments], cwd=root, env=environment)
    verdict = "ok" if code == 0 else f"FAILED ({code})"
    print(f"--- {check.name}: {verdict}, {time.monotonic() - started:.1f} s", flush=True)
    return code == 0


def run_tests(
    root: Path, python: Path, arguments: list[str], environment: dict[str, str], failed: list[str]
) -> int:
    """Run pytest; print what was skipped and which checks failed just above its summary."""
    command = [str(python), "-m", "pytest", "-n", "2", "--durations=20", *arguments]
    print("--- tests", flush=True)
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    skips: Counter[str] = Counter()
    for line, is_last in with_last(counted(process.stdout, skips)):
        if is_last:
            report(skips, failed)
        print(line, end="", flush=True)
    return 1 if process.wait() or failed else 0


def counted(lines: Iterable[str], skips: Counter[str]) -> Iterator[str]:
    """The lines unchanged, while the skips among them are counted by reason."""
    for line in lines:
        match = SKIPPED.match(line)
        if match:
            skips[match.group(2)] += int(match.group(1))
        yield line


def with_last(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line with whether it is the last: pytest's summary, held back for our report."""
    held: str | None = None
    for line in lines:
        if held is not None:
            yield held, False
        held = line
    if held is not None:
        yield held, True


def report(skips: Counter[str], failed: list[str]) -> None:
    """Print the skipped tests by reason, and the checks that failed before the tests."""
    print(f"--- {sum(skips.values())} tests skipped")
    for reason, count in skips.most_common():
        print(f"    {count}: {reason}")
    if failed:
        print("--- FAILED besides the tests: " + ", ".join(failed))
    sys.stdout.flush()
