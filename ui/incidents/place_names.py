"""Finds and names places off the surface thread: completion as one types, names of points."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from dispatch.domain.message import Problem
from dispatch.domain.value import Point
from ui.panel import PanelContext

if TYPE_CHECKING:
    from dispatch.region.gazetteer import Circle, Gazetteer, Match

log = logging.getLogger(__name__)

KEPT_NAMES = 4_000
#: Points are named at this grain (about ten metres), so that a creeping vehicle asks seldom.
GRAIN = 1e4
WAITING = 64


class _Task(QRunnable):
    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        self._work()


class PlaceNames(QObject):
    """One worker thread per window; every answer comes in the surface thread."""

    found = Signal(str, object)
    """The text that was looked for, and `list[Match]`."""
    named = Signal()
    """Some points have names now."""
    _searched = Signal(int, str, object)
    _answered = Signal(object, str)

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self._context = context
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._newest = 0
        self._names: OrderedDict[tuple[str, int, int], str] = OrderedDict()
        self._asked: set[tuple[str, int, int]] = set()
        self._searched.connect(self._take_found)
        self._answered.connect(self._take_name)

    @staticmethod
    def of(context: PanelContext) -> PlaceNames:
        """The one of a context."""
        for child in context.children():
            if isinstance(child, PlaceNames):
                return child
        return PlaceNames(context)

    def search(self, text: str, near: Circle | None = None) -> bool:
        """Look for places; only the newest text is answered. False without a gazetteer.

        `near` is the caller's circle: it orders what matches about equally well.
        """
        gazetteer = self._context.gazetteer
        self._newest += 1
        if gazetteer is None:
            return False
        number = self._newest
        self._pool.start(_Task(lambda: self._search(gazetteer, number, text, near)))
        return True

    def _search(self, gazetteer: Gazetteer, number: int, text: str, near: Circle | None) -> None:
        if number != self._newest:
            return  # somebody typed on
        try:
            found: list[Match] = gazetteer.search(text, self._context.language, near=near)
        except (Problem, OSError, ValueError) as error:
            log.error("search for a place: %s", error)
            found = []
        self._tell(self._searched, number, text, found)

    def _take_found(self, number: int, text: str, found: Any) -> None:
        if number == self._newest:
            self.found.emit(text, found)

    def name(self, point: Point) -> str:
        """What a point is called; "" until the worker has found out (then `named`)."""
        key = (
            self._context.language,
            round(point.lon * GRAIN),
            round(point.lat * GRAIN),
        )
        known = self._names.get(key)
        if known is not None:
            self._names.move_to_end(key)
            return known
        gazetteer = self._context.gazetteer
        if gazetteer is not None and key not in self._asked and len(self._asked) < WAITING:
            self._asked.add(key)
            self._pool.start(_Task(lambda: self._name(gazetteer, key, point)))
        return ""

    def _name(self, gazetteer: Gazetteer, key: tuple[str, int, int], point: Point) -> None:
        try:
            label = gazetteer.nearest(point.lon, point.lat, key[0])
        except (Problem, OSError, ValueError) as error:
            log.error("name of a point: %s", error)
            label = ""
        self._tell(self._answered, key, label)

    def _take_name(self, key: Any, label: str) -> None:
        self._asked.discard(key)
        self._names[key] = label
        while len(self._names) > KEPT_NAMES:
            self._names.popitem(last=False)
        self.named.emit()

    def _tell(self, signal: Any, *values: Any) -> None:
        try:
            signal.emit(*values)
        except RuntimeError:  # the window has gone meanwhile
            return

    def shut(self) -> None:
        """Wait for what is running; start nothing more."""
        self._newest += 1
        self._pool.clear()
        self._pool.waitForDone(2_000)
