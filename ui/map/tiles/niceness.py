"""Work beside the window takes second place."""

from __future__ import annotations

import contextlib
import os

NICENESS = 5


def be_nice(niceness: int = NICENESS) -> None:
    """Lower this process's priority, where the system has such a thing."""
    with contextlib.suppress(OSError):
        if hasattr(os, "nice"):
            os.nice(niceness)
        else:
            import psutil

            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
