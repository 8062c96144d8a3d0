"""Ways of units to an incident: asked from the engine once, kept, and drawn when they come."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from dispatch.advice.messages import RoadsClosed, RouteFound
from dispatch.domain.incident import Incident
from dispatch.domain.unit import Fix
from ui.map.layers import RouteKind, RouteLine
from ui.panel import PanelContext

KEPT = 64


class Ways(QObject):
    """What the engine has answered so far."""

    came = Signal()
    """A way that was asked for has come."""

    def __init__(self, context: PanelContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._ways: dict[str, RouteFound] = {}
        self._asked: set[str] = set()
        context.route_found.connect(self._take)
        context.answered.connect(self._roads)

    def forget(self) -> None:
        """Another board: nothing that was asked matters."""
        self._ways.clear()
        self._asked.clear()

    def line(self, incident: Incident, unit_id: str, kind: RouteKind) -> RouteLine | None:
        """The way of a unit; None until it is known, or where there is none."""
        board, point = self._context.board, incident.place.point
        unit = board.unit(unit_id)
        if unit is None or point is None:
            return None
        fix = board.fix(unit_id) or Fix(unit_id=unit_id, point=unit.home, t_us=0)
        # A way is asked anew when the unit is some 100 m further on, not at every position.
        near = f"{fix.point.lon:.3f},{fix.point.lat:.3f}"
        key = f"{unit_id}|{incident.incident_id}|{point.lon:.5f},{point.lat:.5f}|{near}"
        way = self._ways.get(key)
        if way is None:
            if key not in self._asked:
                self._asked.add(key)
                self._context.ask_route(key, fix, (point.lon, point.lat))
            earlier = f"{unit_id}|{incident.incident_id}|"
            way = next((w for k, w in reversed(self._ways.items()) if k.startswith(earlier)), None)
        if way is None or not way.lon:
            return None
        return RouteLine(points=np.column_stack((way.lon, way.lat)), kind=kind)

    def _roads(self, answer: object) -> None:
        """Roads were closed or opened: every way is asked for anew."""
        if isinstance(answer, RoadsClosed):
            self.forget()
            self.came.emit()

    def _take(self, way: RouteFound) -> None:
        if way.key in self._asked:
            self._asked.discard(way.key)
            self._ways[way.key] = way
            while len(self._ways) > KEPT:
                self._ways.pop(next(iter(self._ways)))
            self.came.emit()
