"""Which roads the engine counts as closed: told at the start, at every change, after a restart.

Requests are answered in order, so that what is asked after a change knows of it. `roads_version`
counts the changes of this run: an answer about roads says the version it was computed with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dispatch.advice import messages as m
from dispatch.domain.closure import ClosedRoads, roads_closed
from dispatch.domain.picture import Change, Picture


class RoadsKeeper:
    """Tells the engine what is closed. All methods are called in the desk's lane."""

    def __init__(self, ask: Callable[[m.Request], None], picture: Picture) -> None:
        self._ask = ask
        self.version = 0
        self.closed = ClosedRoads()
        self.look(picture)

    def saw(self, changes: Iterable[Change], picture: Picture) -> bool:
        """Whether a fact changed which roads are closed; the engine has been told then."""
        if not any(change.noun == "closure" for change in changes):
            return False
        return self.look(picture)

    def look(self, picture: Picture) -> bool:
        """The same for a whole picture (a replay seeks)."""
        closed = roads_closed(picture.closures.values())
        if closed == self.closed:
            return False
        self.closed = closed
        self.version += 1
        self._ask(m.CloseRoads(roads_version=self.version, roads=closed))
        return True
