"""Units are lifted off the map by holding them, and dropped on an incident to propose them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF

from ui.map.live import UNIT
from ui.map.view import MapView
from ui.map_parts.carry import Carry
from ui.map_parts.part import MapPart
from ui.panel import PanelContext


class Drop(MapPart):
    """The map's side of carrying: what `ui.map.pointing.Carrier` asks for."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self._carry = Carry.of(context)
        self._carry.ended.connect(self._ended)
        view.carrier = self

    def lift(self, found: str, at: QPointF) -> bool:
        """A unit is taken up; anything else stays."""
        if not found.startswith(UNIT):
            return False
        return self._carry.take(found.removeprefix(UNIT))

    def carry(self, at: QPointF) -> None:
        """The hand is at a canvas point, perhaps outside the map."""
        self._carry.move(self.view.mapToGlobal(at.toPoint()))

    def put_down(self, at: QPointF | None) -> None:
        """Let go at a canvas point, or never mind."""
        if at is None:
            self._carry.give_up()
        else:
            self._carry.drop(self.view.mapToGlobal(at.toPoint()))

    def _ended(self) -> None:
        self.view.give_up_carrying()

    def replaced(self) -> None:
        self._carry.give_up()
