"""One writer a journal: a lock file beside it that the operating system frees when we die."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

from dispatch.domain.message import Problem


class WriterLock:
    """Held while a journal is open for writing.

    Raises `Problem`: `journal.in_use` when another process (or this one) holds it,
    `journal.folder_read_only` when the lock file cannot be made.
    """

    def __init__(self, journal: Path) -> None:
        self.path = journal.with_name(journal.name + ".lock")
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise Problem(
                "journal.folder_read_only", file=str(journal), what=error.strerror or str(error)
            ) from error
        try:
            _lock(self._file)
        except OSError as error:
            holder = self._holder()
            os.close(self._file)
            raise Problem("journal.in_use", file=str(journal), pid=holder) from error
        with contextlib.suppress(OSError):  # on a full disk the lock still holds, unnamed
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, json.dumps({"pid": os.getpid()}).encode())

    def _holder(self) -> int:
        try:
            os.lseek(self._file, 0, os.SEEK_SET)
            said = json.loads(os.read(self._file, 200))
            return int(said["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def release(self) -> None:
        """Let the next writer in. The file stays: removing it would race with a new holder."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


if sys.platform == "win32":
    import msvcrt

    # A byte far behind the content, so that a second process can still read who holds it.
    _AT = 1_000_000

    def _lock(file: int) -> None:
        os.lseek(file, _AT, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        # flock, not lockf: it belongs to the open file, so a second opening in one process
        # is refused too.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
