"""What lives on the map, as one: the layers together, their labels, and what is pointed at."""

from __future__ import annotations

import time

from PySide6.QtGui import QPainter

from ui.map.camera import Camera
from ui.map.declutter import MARGIN_PX, Declutter, Layout
from ui.map.incidents import Incidents
from ui.map.layers import UnitLayer
from ui.map.marks import Anchors
from ui.map.places import Places
from ui.map.routes import Routes
from ui.map.symbols import Symbols
from ui.map.tiles.grid import level_of
from ui.map.units import Units

#: The widest label: a layout is used until one might be missing at the canvas's edge.
LABEL_REACH_PX = 150
#: Labels of units that only drove on are chosen anew this often at most.
CHOOSE_AGAIN_S = 0.4
INCIDENT, UNIT, CLUSTER, PLACE = "incident/", "unit/", "cluster/", "place/"


class Live:
    """Units, incidents, routes and places, drawn in that order of importance from below."""

    def __init__(self) -> None:
        self.units = Units()
        self.incidents = Incidents()
        self.routes = Routes()
        self.places = Places()
        self._labels = Layout([])
        self._laid_for: tuple[object, ...] = ()
        self._laid_at = (0.0, 0.0)
        self._laid_units = -1
        self._laid_s = 0.0

    def clear(self) -> None:
        """Empty all layers."""
        self.units.set_layer(UnitLayer.of(()))
        self.incidents.set_symbols(())
        self.routes.set_lines(())
        self.places.set_symbols(())

    @property
    def labelled(self) -> frozenset[str]:
        """Ids of the incidents, routes and places whose label is shown."""
        return frozenset(one.id for one in self._labels.placed)

    def paint(self, painter: QPainter, camera: Camera, symbols: Symbols, language: str) -> None:
        """Draw everything that lives."""
        self.incidents.project(camera)
        # Between half levels units stay arranged as at the nearest one.
        self.units.arrange(level_of(camera.zoom) / 2, self._anchors())
        self._lay_out(camera, symbols, language)
        self.incidents.paint_circles(painter, camera, symbols)
        self.routes.paint(painter, camera, symbols)
        self.places.paint(painter, camera, symbols)
        self.units.paint(painter, camera, symbols)
        self.incidents.paint(painter, camera, symbols)
        self._labels.paint(painter, camera)

    def _anchors(self) -> Anchors:
        return Anchors(
            version=self.incidents.version * 1_000_003 + self.places.version,
            scenes=self.incidents.world,
            stations=self.places.stations,
            hospitals=self.places.hospitals,
            chosen=self.incidents.row_of_selected,
        )

    def _lay_out(self, camera: Camera, symbols: Symbols, language: str) -> None:
        """Choose labels anew when anything but the pan has changed, or the pan went far."""
        units, incidents = self.units, self.incidents
        data = (
            (units.words_version, incidents.version, self.places.version, self.routes.version),
            (units.selected, units.hovered, units.pinned, incidents.selected, incidents.hovered),
            (camera.width, camera.height, language, id(symbols)),
        )
        # Between two half levels the map is in motion: labels ride along and are chosen again
        # where it comes to rest.
        moving = camera.zoom * 2 % 1 != 0
        if moving and self._laid_for[:1] == (data,):
            return
        wanted = (data, camera.zoom)
        west, north = camera.left_top
        reach = (MARGIN_PX - LABEL_REACH_PX) * camera.metres_per_pixel
        near = abs(west - self._laid_at[0]) < reach and abs(north - self._laid_at[1]) < reach
        # Units that only drove on keep their labels for a moment: choosing anew costs a third of
        # a frame, and the labels ride along.
        moved = units.version != self._laid_units
        rested = time.monotonic() - self._laid_s >= CHOOSE_AGAIN_S
        if wanted == self._laid_for and near and not (moved and rested):
            return
        self._laid_for, self._laid_at = wanted, (west, north)
        self._laid_units, self._laid_s = units.version, time.monotonic()
        room = Declutter(camera)
        incidents.block(room)
        self.places.block(camera, room)
        units.lay_out(camera, symbols, room, language)
        self._labels = Layout(
            [
                *incidents.lay_out(camera, symbols, room),
                *self.routes.lay_out(camera, symbols, room),
                *self.places.lay_out(camera, symbols, room),
            ]
        )

    def pick(self, x: float, y: float) -> str:
        """What lies under a canvas point: "incident/ID", "unit/ID", "cluster/NUMBER" or "".

        Incidents come first, then units.
        """
        incident = self.incidents.pick(x, y)
        if incident is not None:
            return INCIDENT + incident
        unit = self.units.pick(x, y)
        if unit is not None:
            return UNIT + unit
        cluster = self.units.cluster_at(x, y)
        return f"{CLUSTER}{cluster}" if cluster is not None else ""

    def pick_place(self, x: float, y: float) -> str:
        """The station or hospital under a canvas point, "place/ID" or ""."""
        place = self.places.pick(x, y)
        return PLACE + place if place is not None else ""

    def point_at(self, found: str) -> bool:
        """Show the label of what `pick` found; whether that is something else than before."""
        incident = found.removeprefix(INCIDENT) if found.startswith(INCIDENT) else None
        unit = found.removeprefix(UNIT) if found.startswith(UNIT) else None
        if (incident, unit) == (self.incidents.hovered, self.units.hovered):
            return False
        self.incidents.hovered, self.units.hovered = incident, unit
        return True
