"""Following one unit on the map: only where a person asked, said on the glass, ended by any hand.

The view is carried so that the unit stays in its middle, four times a second at most. Whatever
else moves the view - a drag, the wheel, a key, going to a place - ends it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QTimer

from dispatch.domain.message import Message, Problem
from ui.map.view import MapView
from ui.map_parts.part import Choice, MapPart, Spot
from ui.panel import PanelContext

EVERY_MS = 250
#: From farther away than this zoom one goes closer first.
LEAST_ZOOM = 13.0
CLOSER_ZOOM = 15.0
STRIP = "follow"


class Follow(MapPart):
    """Carries the view along with a unit."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.unit_id: str | None = None
        self._seen: tuple[float, float, float] | None = None
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._carry)
        view.view_changed.connect(self._view_changed)
        context.commands.bind("map.follow", self.toggle, owner=self.owner, enabled=self._possible)

    # -- who ---------------------------------------------------------------------------------

    def first_unit(self, incident_id: str | None) -> str | None:
        """The unit of an incident that was sent first and is still on it."""
        if incident_id is None:
            return None
        held = self.context.board.assignments_of(incident_id)
        return next((a.unit_id for a in held if a.is_open), None)

    def _wanted(self) -> str | None:
        """The chosen unit, else the first one on the chosen incident."""
        choice = self.context.selection
        return choice.unit_id or self.first_unit(choice.incident_id)

    def _possible(self) -> bool | Message:
        if self.unit_id is not None or self._wanted() is not None:
            return True
        return Message("hands.follow.whom")

    # -- beginning and ending ----------------------------------------------------------------

    def toggle(self, unit_id: str | None = None) -> None:
        """Follow a unit (the chosen one), or stop where it is followed already."""
        wanted = unit_id or (None if self.unit_id is not None else self._wanted())
        if wanted is None or wanted == self.unit_id:
            self.stop()
            return
        self.start(wanted)

    def start(self, unit_id: str) -> None:
        """Follow a unit. Raises `Problem` where nobody knows where it is."""
        at = self.view.place_of_unit(unit_id)
        if at is None:
            raise Problem("hands.follow.nowhere", unit=unit_id)
        self.stop()
        self.unit_id = unit_id
        self.view.following = unit_id
        near = self.view.view_state().zoom >= LEAST_ZOOM
        self._hold(at, None if near else CLOSER_ZOOM)
        self._say()
        self._timer.start()

    def stop(self) -> None:
        """Let the view stand."""
        self._timer.stop()
        self.unit_id = None
        self.view.following = ""
        self._seen = None
        self.view.strips.take_away(STRIP)

    def _hold(self, at: tuple[float, float], zoom: float | None = None) -> None:
        self._seen = None  # what changes now is this
        self.view.centre_on(*at, zoom)
        self._seen = self._looked()

    def _looked(self) -> tuple[float, float, float]:
        camera = self.view.camera
        return camera.x, camera.y, camera.zoom

    def _view_changed(self) -> None:
        if self.unit_id is not None and self._seen is not None and self._looked() != self._seen:
            self.stop()

    def _carry(self) -> None:
        if self.unit_id is None or not self.view.isVisible():
            return
        at = self.view.place_of_unit(self.unit_id)
        if at is None:
            self.context.commands.refused.emit(
                Message("hands.follow.nowhere", {"unit": self.unit_id})
            )
            self.stop()
            return
        away = self.view.canvas_at(*at) - QPointF(self.view.width() / 2, self.view.height() / 2)
        if max(abs(away.x()), abs(away.y())) >= 1.0:
            self._hold(at)

    def _say(self) -> None:
        if self.unit_id is None:
            return
        say, key = self.context.say, self.context.commands.key_text("window.escape")
        self.view.strips.show_words(
            STRIP,
            say("hands.follow.on", unit=self.unit_id),
            say("hands.stops", key=key),
            on_close=self.stop,
            close_words=say("hands.follow.stop"),
        )

    # -- the part ----------------------------------------------------------------------------

    def choices(self, spot: Spot) -> tuple[Choice, ...]:
        noun, _, found = spot.found.partition("/")
        if noun == "unit":
            unit_id: str | None = found
        elif noun == "incident":
            unit_id = self.first_unit(found)
            if unit_id is None:
                return ()
        else:
            return ()
        assert unit_id is not None
        if unit_id == self.unit_id:
            return (Choice(Message("hands.follow.stop"), self.stop, command_id="map.follow"),)
        title = Message("hands.follow.start", {"unit": unit_id})
        return (Choice(title, lambda: self.toggle(unit_id), command_id="map.follow"),)

    def escape(self) -> bool:
        had = self.unit_id is not None
        self.stop()
        return had

    def replaced(self) -> None:
        self.stop()

    def retranslate(self) -> None:
        self._say()

    def shut(self) -> None:
        self._timer.stop()
