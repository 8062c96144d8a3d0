"""The board of a replay: as the live one, but it says where something personal is withheld."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dispatch.board import Board


class PastBoard(Board):
    """Personal fields whose key is not on this machine (or erased) read `withheld()`."""

    def __init__(self, *, withheld: Callable[[], str], **board: Any) -> None:
        super().__init__(replaying=True, **board)
        self._withheld = withheld

    def plain(self, token: str) -> str:
        """The text of a sealed field, or the word that it is withheld."""
        text = super().plain(token)
        return text or (self._withheld() if token and not self.locked else "")
