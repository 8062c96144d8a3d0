"""Guards on the window library that the lock pins."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject


def test_that_calls_which_return_nothing_keep_their_reference_to_none() -> None:
    # PySide6 6.12.0 loses one reference to None per such call and in the end kills the process.
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("x")
    assert sys.getrefcount(None) > before - 100
