"""What every source answers to; the centre drives it in the desk's lane."""

from __future__ import annotations

from typing import Protocol

from dispatch.advice import messages as m
from dispatch.desk import Published
from dispatch.domain.picture import Picture


class Source(Protocol):
    """A source of calls, reports and positions."""

    def saw(self, published: Published, picture: Picture) -> None:
        """A fact was recorded; a simulated world may have to be told."""
        ...

    def step(self, now_us: int) -> None:
        """Let the source work up to this moment."""
        ...

    def heard(self, response: m.Response) -> None:
        """The engine answered; other answers than one's own are passed over."""
        ...
