"""What the exit codes of `vigil` mean; `vigil --help` says the same."""

from __future__ import annotations

OK = 0
CHECK_FAILED = 1
"""A check came out badly: a journal that does not verify, a doctor who found something."""
BAD_INPUT = 2
"""Arguments or a file that cannot be used; one line on stderr says which and what to do."""
REFUSED = 3
"""The input is good but the act is not allowed: the journal is in use, the realm is another."""
INTERNAL = 70
"""A fault of Vigil itself; the details are in the log."""
INTERRUPTED = 130
"""Ctrl+C, or SIGTERM before a window stands. A window that is asked to leave ends with `OK`."""
