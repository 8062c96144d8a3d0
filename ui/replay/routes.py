"""Routes for a replay, computed by an engine process of its own that starts when first asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from dispatch.advice import messages as m
from dispatch.advice.closing import RoadsKeeper
from dispatch.advice.engine import ProcessEngine
from dispatch.domain.picture import Picture
from dispatch.domain.unit import Fix
from dispatch.domain.value import Point
from ui.session import FOR_THE_MAP

POLL_MS = 100
QUIET_POLLS = 100


class Routes(QObject):
    """`ask(key, fix, (lon, lat))`; the answer comes by `found` with the key."""

    found = Signal(object)
    """`RouteFound`."""
    answered = Signal(object)
    """Another answer that concerns the map."""

    def __init__(self, region: Path, agency: Path, cache: Path, parent: QObject | None = None):
        super().__init__(parent)
        self._open = m.Open(region=str(region), agency=str(agency), bundle="", cache=str(cache))
        self._engine: ProcessEngine | None = None
        self._closed: m.CloseRoads | None = None
        self._keeper = RoadsKeeper(self._close_roads, Picture())
        self._waiting = 0
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def door(self) -> Callable[[str, Fix, tuple[float, float]], None]:
        """What panels ask."""
        return self.ask

    def ask(self, key: str, fix: Fix, target: tuple[float, float]) -> None:
        """Ask for the way from a fix to a point (lon, lat)."""
        point = Point(lon=target[0], lat=target[1])
        self.send(m.FindRoute(key=key, origin=fix.point, target=point))

    def send(self, request: m.Request) -> None:
        """Ask anything; the engine starts with the first question."""
        if self._engine is None:
            self._engine = ProcessEngine()
            self._engine.send(self._open)
            if self._closed is not None:
                self._engine.send(self._closed)
        self._engine.send(request)
        self._waiting = QUIET_POLLS
        self._timer.start()

    def look(self, picture: Picture) -> None:
        """Count with the roads that were closed at the moment shown."""
        self._keeper.look(picture)

    def _close_roads(self, request: m.Request) -> None:
        assert isinstance(request, m.CloseRoads)
        self._closed = request
        if self._engine is not None:
            self.send(request)

    def _poll(self) -> None:
        assert self._engine is not None
        for answer in self._engine.poll():
            if isinstance(answer, m.RouteFound):
                self.found.emit(answer)
            elif isinstance(answer, FOR_THE_MAP):
                self._waiting = QUIET_POLLS
                self.answered.emit(answer)
        self._waiting -= 1
        if self._waiting <= 0:
            self._timer.stop()

    def close(self) -> None:
        """End the engine, if it was ever started."""
        self._timer.stop()
        if self._engine is not None:
            self._engine.close()
            self._engine = None
