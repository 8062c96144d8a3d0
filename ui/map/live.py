"""What lives on the map, as one: the layers together, their labels, and what is pointed at."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QPainter

from ui.map.camera import Camera
from ui.map.declutter import MARGIN_PX, Declutter, Layout, Placed
from ui.map.incidents import Incidents
from ui.map.layers import UnitLayer
from ui.map.marks import Anchors
from ui.map.places import Places
from ui.map.routes import Routes
from ui.map.symbols import Symbols
from ui.map.tiles.grid import Box, level_of
from ui.map.unit_labels import UnitLabels
from ui.map.units import Units

#: The widest label: a layout is used until one might be missing at the canvas's edge.
LABEL_REACH_PX = 150
#: Labels of units that only drove on are chosen anew this often at most.
CHOOSE_AGAIN_S = 0.4
#: Of one frame so much is spent on painting routes.
ROUTES_FOR_S = 0.0015
#: Of one frame so much is spent on choosing labels; the rest follows in the next frames.
CHOOSE_FOR_S = 0.0015
#: A crowd whose members lie nearer to each other than this is not parted by looking closer.
ONE_ADDRESS_M = 12.0
INCIDENT, UNIT, PLACE = "incident/", "unit/", "place/"
#: A crowd of units, and one of incidents, each with its number as last painted.
CLUSTER, INCIDENTS = "cluster/", "incidents/"


@dataclass(frozen=True)
class Crowd:
    """What is drawn as one: the ids of its members, the gravest first.

    `box` is west, south, east, north of them in world metres; `is_one_address` says that looking
    closer will not part them.
    """

    members: tuple[str, ...]
    box: Box
    is_one_address: bool


class Live:
    """Units, incidents, routes and places, drawn in that order of importance from below."""

    def __init__(self) -> None:
        self.units = Units()
        self.incidents = Incidents()
        self.routes = Routes()
        self.places = Places()
        self.unit_labels = UnitLabels()
        self._labels = Layout([])
        self._job: Iterator[None] | None = None
        self._laid_for: tuple[object, ...] = ()
        self._laid_at = (0.0, 0.0)
        self._laid_data: tuple[object, ...] = ()
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

    def paint(
        self,
        painter: QPainter,
        camera: Camera,
        symbols: Symbols,
        language: str,
        *,
        in_haste: bool = False,
    ) -> bool:
        """Draw everything that lives; in haste labels are chosen over several frames.

        Answers whether another frame is wanted for them.
        """
        at_s = time.monotonic() if in_haste else None
        self.incidents.arrange(level_of(camera.zoom) / 2)
        self.incidents.project(camera)
        # The frame in which positions came has work enough: what can wait is done in the next.
        busy = in_haste and self.units.is_fresh
        before = self.units.marks_version
        put_off = self.units.arrange(camera, self._anchors(), at_s)
        busy = busy or (in_haste and self.units.marks_version != before)
        self._lay_out(camera, symbols, language, at_s, busy=busy)
        self.incidents.paint_circles(painter, camera, symbols)
        until_s = None
        if in_haste:
            until_s = 0.0 if busy or self._job is not None else time.perf_counter() + ROUTES_FOR_S
        more = self.routes.paint(painter, camera, symbols, until_s=until_s)
        self.places.paint(painter, camera, symbols)
        self.units.paint_crowds(painter, camera, symbols)
        self.unit_labels.paint(painter, camera, self.units)
        self.units.paint(painter, camera, symbols)
        self.incidents.paint(painter, camera, symbols)
        self._labels.paint(painter, camera)
        return more or put_off or self._job is not None

    def _anchors(self) -> Anchors:
        return Anchors(
            version=self.incidents.places_version * 1_000_003 + self.places.version,
            scenes=self.incidents.world,
            stations=self.places.stations,
            hospitals=self.places.hospitals,
            chosen=self.incidents.row_of_selected,
        )

    def _lay_out(
        self,
        camera: Camera,
        symbols: Symbols,
        language: str,
        at_s: float | None,
        *,
        busy: bool,
    ) -> None:
        """Choose labels anew when anything but the pan has changed, or the pan went far."""
        units, incidents = self.units, self.incidents
        wanted = (
            (units.roster_version, self.places.version, self.routes.version),
            (units.selected, units.hovered, units.pinned, incidents.selected, incidents.hovered),
            (camera.width, camera.height, language, id(symbols)),
            camera.zoom,
        )
        # What came from vehicles and clocks alone waits a moment, and labels ride along.
        data = (units.version, units.marks_version, incidents.version)
        # Between two half levels the map is in motion: labels ride along and are chosen again
        # where it comes to rest.
        moving = camera.zoom * 2 % 1 != 0
        if not (moving and self._laid_for[:3] == wanted[:3]):
            west, north = camera.left_top
            reach = (MARGIN_PX - LABEL_REACH_PX) * camera.metres_per_pixel
            near = abs(west - self._laid_at[0]) < reach and abs(north - self._laid_at[1]) < reach
            rested = at_s is None or at_s - self._laid_s >= CHOOSE_AGAIN_S
            due = data != self._laid_data and rested and self._job is None
            if wanted != self._laid_for or not near or due:
                self._laid_for, self._laid_at, self._laid_data = wanted, (west, north), data
                self._laid_s = at_s or 0.0
                self._job = self._choose(copy.copy(camera), symbols, language)
        if self._job is not None and not busy:
            until = time.perf_counter() + CHOOSE_FOR_S
            for _ in self._job:
                if at_s is not None and time.perf_counter() > until:
                    return
            self._job = None

    def _choose(self, camera: Camera, symbols: Symbols, language: str) -> Iterator[None]:
        """Place labels, the most important first; they are shown when all have been placed."""
        room = Declutter(camera)
        self.places.block(camera, room)
        placed: list[Placed] = []
        yield from self.incidents.label_steps(camera, symbols, room, placed)
        placed += self.routes.lay_out(camera, symbols, room)
        yield from self.unit_labels.steps(self.units, camera, symbols, room, language)
        yield from self.places.label_steps(camera, symbols, room, placed)
        self._labels = Layout(placed)

    def pick(self, x: float, y: float) -> str:
        """What lies under a canvas point, or "".

        "incident/ID" comes first, then "unit/ID"; then crowds, "incidents/NUMBER" and
        "cluster/NUMBER" (of units).
        """
        incident = self.incidents.pick(x, y)
        if incident is not None:
            return INCIDENT + incident
        crowd = self.incidents.crowd_at(x, y)
        if crowd is not None:
            return f"{INCIDENTS}{crowd}"
        unit = self.units.pick(x, y) or self.unit_labels.layout.pick(x, y)
        if unit is not None:
            return UNIT + unit
        cluster = self.units.cluster_at(x, y)
        return f"{CLUSTER}{cluster}" if cluster is not None else ""

    def pick_place(self, x: float, y: float) -> str:
        """The station or hospital under a canvas point, "place/ID" or ""."""
        place = self.places.pick(x, y)
        return PLACE + place if place is not None else ""

    def crowd(self, found: str) -> Crowd | None:
        """Who is in a crowd that `pick` named; None for anything else."""
        noun, _, number = found.partition("/")
        if noun + "/" == INCIDENTS:
            rows = self.incidents.rows_of(int(number))
            ids, world = self.incidents.members_of(int(number)), self.incidents.world[rows]
        elif noun + "/" == CLUSTER:
            rows = self.units.rows_of(int(number))
            ids, world = self.units.members_of(int(number)), self.units.world[rows]
        else:
            return None
        if len(rows) == 0:
            return None
        (west, south), (east, north) = world.min(axis=0).tolist(), world.max(axis=0).tolist()
        one = max(east - west, north - south) < ONE_ADDRESS_M
        return Crowd(tuple(ids), (west, south, east, north), one)

    def members_at(self, x: float, y: float) -> tuple[list[str], list[str]]:
        """Ids of all incidents and of all units under a canvas point, stacks and crowds with
        every member, the foremost first."""
        units = self.units.members_at(x, y)
        if not units and (one := self.unit_labels.layout.pick(x, y)):
            units = self.units.behind(one)
        return self.incidents.all_at(x, y), units

    def point_at(self, found: str) -> bool:
        """Show the label of what `pick` found; whether that is something else than before."""
        incident = found.removeprefix(INCIDENT) if found.startswith(INCIDENT) else None
        unit = found.removeprefix(UNIT) if found.startswith(UNIT) else None
        if (incident, unit) == (self.incidents.hovered, self.units.hovered):
            return False
        self.incidents.hovered, self.units.hovered = incident, unit
        return True
