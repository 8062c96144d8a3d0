"""What is pointed at on the map and what a click, a key or a carried unit means there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from ui.map.camera import MAX_ZOOM
from ui.map.live import INCIDENT, UNIT, Crowd, Live
from ui.map.looking import LookingWidget
from ui.map.overlay import Overlay, Tool
from ui.map.projection import lonlat_point


class Carrier(Protocol):
    """Takes what is lifted off the map by holding it; `at` are canvas points."""

    def lift(self, found: str, at: QPointF) -> bool:
        """Take up what was found under the pointer; False where it stays."""
        ...

    def carry(self, at: QPointF) -> None:
        """The hand is here now, perhaps outside the map."""
        ...

    def put_down(self, at: QPointF | None) -> None:
        """Let go here; None: never mind."""
        ...


class PointingWidget(LookingWidget):
    """A map with what lives on it, under a hand."""

    #: An incident's symbol was clicked (id).
    incident_clicked = Signal(str)
    #: A unit's symbol or label was clicked (id).
    unit_clicked = Signal(str)
    #: An incident was double-clicked, or Enter pressed with one selected (id).
    incident_activated = Signal(str)
    #: A place was chosen: Ctrl+click, or any click while `picking` (longitude, latitude).
    place_picked = Signal(float, float)
    #: What the pointer is over: "incident/ID", "unit/ID", what an overlay names, or "".
    hovered = Signal(str)
    #: The pointer moved: a canvas point, or None once it has left.
    pointer_moved = Signal(object)
    #: Something of an overlay was clicked ("noun/ID").
    overlay_clicked = Signal(str)
    #: The menu is asked for: at a canvas point, or None where a key asked.
    menu_asked = Signal(object)
    #: A tool was taken up or put away.
    tool_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._live = Live()
        self._rubber: QRectF | None = None
        self._picking = False
        self._overlays: list[Overlay] = []
        self._tool: Tool | None = None
        self._found = ""
        #: The unit that the view is carried along with, "" while it stands still.
        self.following = ""
        #: Takes units that are lifted; None while nobody carries.
        self.carrier: Carrier | None = None

    # -- tools and overlays ------------------------------------------------------------------

    @property
    def picking(self) -> bool:
        """While on, every click chooses a place (`place_picked`) and the pointer is a cross."""
        return self._picking

    @picking.setter
    def picking(self, on: bool) -> None:
        self._picking = on
        self._point_shape(None)

    def lay(self, overlay: Overlay) -> None:
        """Add an overlay; later ones are drawn over earlier ones."""
        self._overlays.append(overlay)
        self.update()

    def lift(self, overlay: Overlay) -> None:
        """Take an overlay off."""
        if overlay in self._overlays:
            self._overlays.remove(overlay)
            self.update()

    @property
    def tool(self) -> Tool | None:
        """The tool in use."""
        return self._tool

    def use(self, tool: Tool | None) -> None:
        """Take up a tool, or put it away with None; the one before is told."""
        before, self._tool = self._tool, tool
        if before is not None and before is not tool:
            before.ended()
        self._point_shape(None)
        self.tool_changed.emit()
        self.update()

    def draw_box(self) -> None:
        """The next drag draws the box to zoom into, as with Shift."""
        self.hands.box_next = True
        self.setCursor(Qt.CursorShape.CrossCursor)

    def give_up(self) -> bool:
        """Put down what is in hand: a carried unit, a box, the tool. Whether there was any."""
        if self.hands.drop_all():
            self._point_shape(None)
            return True
        if self._tool is not None:
            self.use(None)
            return True
        return False

    def give_up_carrying(self) -> None:
        """What was carried is in nobody's hand any more: the press means nothing more."""
        if self.hands.carrying:
            self.hands.forget()
            self._point_shape(None)

    # -- what lies where ---------------------------------------------------------------------

    def pick(self, at: QPointF) -> str:
        """What lies under a canvas point: "incident/ID", "unit/ID", what an overlay names, or "".

        Incidents come first, then units, clusters of units ("cluster/NUMBER"), overlays from the
        top, and last the agency's places ("place/ID").
        """
        x, y = at.x(), at.y()
        found = self._live.pick(x, y)
        if found:
            return found
        shown = (overlay for overlay in reversed(self._overlays) if overlay.shown)
        return next(
            (name for overlay in shown if (name := overlay.pick(x, y))),
            self._live.pick_place(x, y),
        )

    def incident_near(self, at: QPointF, reach_px: float) -> str:
        """The id of the incident whose symbol is nearest to a canvas point, "" with none near."""
        return self._live.incidents.pick(at.x(), at.y(), reach_px) or ""

    def members_at(self, at: QPointF) -> tuple[Sequence[str], Sequence[str]]:
        """Ids of all incidents, and of all units, that lie under a canvas point: stacks and
        clusters with every member, the foremost first."""
        return self._live.members_at(at.x(), at.y())

    # -- what hands mean ---------------------------------------------------------------------

    def clicked(self, at: QPointF, *, picking: bool) -> None:
        if self._tool is not None:
            self._tool.clicked(*self.lonlat_at(at), at)
            return
        if picking or self._picking:
            self.place_picked.emit(*self.lonlat_at(at))
            return
        found = self.pick(at)
        if found.startswith(INCIDENT):
            self.incident_clicked.emit(found.removeprefix(INCIDENT))
        elif found.startswith(UNIT):
            self.unit_clicked.emit(found.removeprefix(UNIT))
        elif (crowd := self._live.crowd(found)) is not None:
            self._open_crowd(crowd, at)
        elif found:
            self.overlay_clicked.emit(found)

    def _open_crowd(self, crowd: Crowd, at: QPointF) -> None:
        """Look closer at a crowd; one that shares an address is listed instead."""
        if crowd.is_one_address or self.camera.zoom >= MAX_ZOOM:
            self.menu_asked.emit(at)
            return
        west, south, east, north = crowd.box
        corners = *lonlat_point(west, south), *lonlat_point(east, north)
        before = self.camera.zoom
        self.fit(corners, 64.0)
        if self.camera.zoom <= before:
            self.zoom_about(1.0, at)

    def double_clicked(self, at: QPointF) -> None:
        if self._tool is not None:
            self._tool.double_clicked(*self.lonlat_at(at), at)
            return
        found = self.pick(at)
        if found.startswith(INCIDENT):
            self.incident_activated.emit(found.removeprefix(INCIDENT))
        elif not found and not self._picking:
            self.zoom_about(1.0, at)

    def activate(self) -> None:
        if self._live.incidents.selected is not None:
            self.incident_activated.emit(self._live.incidents.selected)

    def asked(self, at: QPointF | None) -> None:
        self.menu_asked.emit(at)

    def pointed(self, at: QPointF | None) -> None:
        self.pointer_moved.emit(at)
        if self._tool is not None:
            if at is not None:
                self._tool.pointed(*self.lonlat_at(at), at)
            found = ""
        else:
            found = self.pick(at) if at is not None else ""
        if self._live.point_at(found) or found != self._found:
            self._found = found
            self._point_shape(found)
            self.hovered.emit(found)
            self.update()

    def tool_key(self, event: QKeyEvent) -> bool:
        """Whether the tool in use took a key; Escape puts it away."""
        if self._tool is None:
            return False
        if self._tool.key(event):
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.use(None)
            return True
        return False

    def stretched(self, box: QRectF | None) -> None:
        self._rubber = box
        if box is None:
            self._point_shape(None)
        self.update()

    def lift_at(self, at: QPointF) -> bool:
        found = self.pick(at) if self._tool is None and not self._picking else ""
        if not found or self.carrier is None or not self.carrier.lift(found, at):
            return False
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        return True

    def carry_to(self, at: QPointF) -> None:
        if self.carrier is not None:
            self.carrier.carry(at)

    def put_down(self, at: QPointF | None) -> None:
        if self.carrier is not None:
            self.carrier.put_down(at)
        self._point_shape(None)

    def _point_shape(self, found: str | None) -> None:
        if self._tool is not None:
            self.setCursor(self._tool.cursor)
        elif self._picking or self.hands.box_next:
            self.setCursor(Qt.CursorShape.CrossCursor)
        elif found:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()
