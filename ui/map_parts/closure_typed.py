"""A street that somebody typed: which roads that is, from the engine, and the deed it makes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from PySide6.QtCore import QObject

from dispatch.advice.messages import MatchRoads, RoadsMatched
from dispatch.desk.closures import SetClosure
from dispatch.domain.closure import ClosureReason, ClosureShape
from dispatch.domain.message import Message, Problem
from dispatch.domain.value import Point
from ui.map.geodesy import inverse
from ui.map_parts.closure_words import End
from ui.panel import PanelContext

#: Both carriageways of a way so much longer than the straight line are not what was meant.
MOST_TIMES, MOST_MORE_M = 6.0, 200.0
NAMES = 20
_numbers = count(1)


class TypedClosures(QObject):
    """Asks for the roads of typed streets; `found` gets them with the deed that closes them."""

    def __init__(
        self,
        context: PanelContext,
        parent: QObject,
        found: Callable[[RoadsMatched, SetClosure, End], None],
    ) -> None:
        super().__init__(parent)
        self._context, self._found = context, found
        self._asked: dict[str, tuple[ClosureReason, End, tuple[Point, Point]]] = {}
        context.answered.connect(self._take)

    def close(
        self, street: str, a: tuple[float, float], b: tuple[float, float], reason: str, end: End
    ) -> None:
        """Close a street between two of its crossings (lon, lat)."""
        ask = self._context.ask_roads
        if ask is None:
            raise Problem("commands.nothing_here")
        ends = (Point(lon=a[0], lat=a[1]), Point(lon=b[0], lat=b[1]))
        key = f"typed|{next(_numbers)}"
        self._asked[key] = (ClosureReason(reason), end, ends)
        language = self._context.language
        ask(MatchRoads(key=key, points=ends, street=street, language=language))

    def _take(self, answer: object) -> None:
        if not isinstance(answer, RoadsMatched) or answer.key not in self._asked:
            return
        reason, end, ends = self._asked.pop(answer.key)
        straight = inverse((ends[0].lon, ends[0].lat), (ends[1].lon, ends[1].lat))[0]
        refused = self._context.commands.refused
        if not len(answer.roads):
            refused.emit(Message("desk.closure_no_road"))
        elif answer.problem is not None or answer.length_m > MOST_TIMES * straight + MOST_MORE_M:
            refused.emit(Message("closures.gap"))
        else:
            self._found(answer, setting(answer, ends, ClosureShape.LINE, reason, end), end)


def setting(
    found: RoadsMatched,
    points: tuple[Point, ...],
    shape: ClosureShape,
    reason: ClosureReason,
    end: End,
) -> SetClosure:
    """The deed that closes matched roads."""
    return SetClosure(
        shape=shape,
        points=points,
        roads=found.roads,
        region_hash=found.region_hash,
        reason=reason,
        until_us=end.until_us,
        until_reopened=end.reopened,
        names=found.names[:NAMES],
        length_m=found.length_m,
    )
