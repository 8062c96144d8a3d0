"""What the test command prints about its own run."""

from __future__ import annotations

from collections import Counter

from installer import checks


def test_that_skips_are_counted_by_reason() -> None:
    skips: Counter[str] = Counter()
    lines = [
        "SKIPPED [2] tests/conftest.py:22: no shared development data here\n",
        "SKIPPED [1] tests/region/test_a.py:9: no shared development data here\n",
        "FAILED tests/x.py::test_y\n",
    ]
    assert list(checks.counted(lines, skips)) == lines
    assert skips == {"no shared development data here": 3}


def test_that_the_last_line_is_known_as_the_last() -> None:
    assert list(checks.with_last(["a", "b", "c"])) == [("a", False), ("b", False), ("c", True)]
    assert list(checks.with_last([])) == []
