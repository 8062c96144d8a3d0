"""How a long piece of work says how far it is and is told to stop."""

from __future__ import annotations

from collections.abc import Callable

from dispatch.domain.message import Problem

#: Called with a message id of the step and the share done of the whole, 0..1.
Progress = Callable[[str, float], None]
#: Asked now and then; true stops the work.
Cancel = Callable[[], bool]


class Steps:
    """Reports steps and stops with `Problem("region.cancelled")` when asked to."""

    def __init__(self, progress: Progress | None, cancel: Cancel | None) -> None:
        self._progress = progress
        self._cancel = cancel

    def at(self, step: str, share: float) -> None:
        """Say where the work is; raises when it was cancelled."""
        if self._cancel is not None and self._cancel():
            raise Problem("region.cancelled")
        if self._progress is not None:
            self._progress(step, share)

    def done(self, step: str) -> None:
        """Say that all is done; it is too late to stop."""
        if self._progress is not None:
            self._progress(step, 1.0)
