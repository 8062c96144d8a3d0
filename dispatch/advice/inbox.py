"""What the engine is asked, read by a thread beside the work, so that work can be put off."""

from __future__ import annotations

import queue
import threading
from typing import BinaryIO

from dispatch.advice.engine import read_frame


class Inbox:
    """Requests in the order in which they came. The thread only reads, and ends with the pipe."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def _read(self) -> None:
        while (data := read_frame(self._source)) is not None:
            self._frames.put(data)
        self._frames.put(None)

    def is_empty(self) -> bool:
        """Whether nothing waits; the pipe's end counts as something."""
        return self._frames.empty()

    def next(self) -> bytes | None:
        """The next request, waited for; None when the pipe has ended."""
        return self._frames.get()
