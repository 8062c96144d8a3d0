"""Where units drove in the last minutes: the chosen one always, all under way when turned on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QWidget

from dispatch.domain.message import Message
from ui.map.layers import STATE_CODE, UNIT_STATES
from ui.map.sprites import MOVING
from ui.map.trails import MAX_UNITS, TrailOverlay, Trails
from ui.map.view import MapView
from ui.map_parts.part import Choice, MapPart, Spot, Switch
from ui.panel import PanelContext

_UNDER_WAY = np.array([state in MOVING for state in UNIT_STATES])
assert _UNDER_WAY[STATE_CODE["en_route"]]


class TrailsPart(MapPart):
    """Keeps every unit's last places and shows the ways that are asked for."""

    def __init__(self, view: MapView, context: PanelContext, owner: QWidget) -> None:
        super().__init__(view, context, owner)
        self.trails = Trails()
        self.overlay = TrailOverlay(self.trails, view.units.place_of)
        self._all, self._own = False, True
        view.lay(self.overlay)
        bind = context.commands.bind
        bind("map.trail", lambda: self._turn_own(not self._own), owner=owner)
        bind("map.trails", lambda: self._turn(not self._all), owner=owner)
        context.selection.unit_changed.connect(lambda unit_id: self._show())

    def refresh(self, now_us: int) -> None:
        units = self.view.units
        self.trails.note(units.layer, units.world, now_us / 1e6)
        self._show()

    def replaced(self) -> None:
        """Another moment: what was driven before it is not known."""
        self.trails.clear()

    def switches(self) -> Sequence[Switch]:
        return [
            Switch(
                "trail",
                "maptrails.own",
                lambda: self._own,
                self._turn_own,
                command_id="map.trail",
                group="maplayers.group.live",
            ),
            Switch(
                "trails",
                "maptrails.all",
                lambda: self._all,
                self._turn,
                command_id="map.trails",
                group="maplayers.group.live",
            ),
        ]

    def choices(self, spot: Spot) -> Sequence[Choice]:
        """The menu of a unit: its trail, or away with it."""
        if not spot.found.startswith("unit/"):
            return ()
        unit_id = spot.found.removeprefix("unit/")
        shown = self._own and unit_id == self.context.selection.unit_id

        def turn() -> None:
            self._turn_own(not shown)
            if not shown:
                self.context.selection.choose_unit(unit_id)

        title = Message("maptrails.hide" if shown else "maptrails.own")
        return [Choice(title, turn, command_id="map.trail")]

    def _turn_own(self, on: bool) -> None:
        self._own = on
        self._show()
        self.legend_changed.emit()

    def _turn(self, on: bool) -> None:
        self._all = on
        self._show()
        self.legend_changed.emit()

    def _show(self) -> None:
        chosen = self.context.selection.unit_id
        unit_ids = [chosen] if chosen is not None and self._own else []
        if self._all:
            unit_ids += self._under_way()
        if self.overlay.show(unit_ids, self.context.clock.now_us() / 1e6):
            self.view.update()

    def _under_way(self) -> list[str]:
        """Units under way in view, those nearest to its middle first."""
        units, camera = self.view.units, self.view.camera
        west, south, east, north = camera.box
        x, y = units.world[:, 0], units.world[:, 1]
        seen = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        rows = np.flatnonzero(seen & _UNDER_WAY[units.layer.state])
        away = np.hypot(x[rows] - camera.x, y[rows] - camera.y)
        nearest = rows[np.argsort(away, kind="stable")[:MAX_UNITS]]
        return [units.layer.ids[row] for row in nearest.tolist()]
