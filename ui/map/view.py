"""The map: one widget that paints a region and what lives on it, and says what was meant.

A plain `QWidget`, painted in software. The base map comes as tiles from a process of its own, so
painting never waits. Nothing here moves the view by itself: only `pan`, `zoom_*`, `centre_on`,
`fit`, `restore_view` and the user's hands do. No OpenGL, Quick or web widget may share its window:
one such child makes Qt compose the whole window through a texture.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dispatch.region.pack import Pack
from dispatch.words import say
from ui.map.basemap import BaseMap
from ui.map.furniture import Legend, ZoomButtons
from ui.map.inventory import listed
from ui.map.layers import (
    IncidentSymbol,
    PlaceSymbol,
    RouteLine,
    UnitLayer,
)
from ui.map.live import CLUSTER
from ui.map.pointing import PointingWidget
from ui.map.projection import lonlat_point, world_point
from ui.map.strips import Strips
from ui.map.symbols import Symbols
from ui.map.tiles.grid import Box
from ui.map.tiles.messages import Raster
from ui.map.tiles.source import Look, TileSource
from ui.map.units import Units
from ui.theme.tokens import Theme

#: Vehicles are moved on between fixes so often, and not for less than this.
DRIVE_MS = 90
LEAST_STEP_PX = 0.7


class MapView(PointingWidget):
    """A map of one region. All coordinates at this door are longitude, latitude in degrees."""

    #: Something went wrong with the tiles (`Message`); the map works on.
    trouble = Signal(object)

    def __init__(
        self,
        pack: Pack,
        *,
        theme: Theme,
        language: str,
        cache_dir: Path,
        animate: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.animate = animate
        self._pack = pack
        self._theme = theme
        self._language = language
        self._legend = Legend()
        self._places: tuple[PlaceSymbol, ...] = ()
        self._shown_places = (True, True)
        self._symbols = Symbols(theme, self.devicePixelRatioF())
        self._camera.ratio = self.devicePixelRatioF()
        self._raster: Raster | None = None
        self._raster_by = ""
        self._source = TileSource(self._look(), cache_dir, parent=self)
        self._base = BaseMap(self._source, _world_box(pack))
        self._source.changed.connect(self.update)
        self._source.trouble.connect(self.trouble)
        self._drive = QTimer(self, interval=DRIVE_MS)
        self._drive.timeout.connect(self._drive_on)
        self._buttons = ZoomButtons(self)
        self._buttons.zoom_in.clicked.connect(self.zoom_in)
        self._buttons.zoom_out.clicked.connect(self.zoom_out)
        self._buttons.whole.clicked.connect(self.show_region)
        #: What goes on, in words on the glass.
        self.strips = Strips(self)
        # The whole surface is painted every time; Qt need not clear it first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)
        self._dress()

    # -- what it shows -----------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Change colours; tiles of the other theme are kept."""
        self._theme = theme
        self._symbols = Symbols(theme, self.devicePixelRatioF())
        self._source.set_look(self._look())
        self._dress()
        self.update()

    def set_language(self, language: str) -> None:
        """Change the language of the words."""
        self._language = language
        self._source.set_look(self._look())
        self._dress()
        self.update()

    def set_region(self, pack: Pack) -> None:
        """Another region; the view goes to the whole of it, all layers are emptied."""
        self._pack = pack
        self._base.set_region(_world_box(pack))
        self._source.set_look(self._look())
        self._live.clear()
        self.show_region()

    def set_underlay(self, raster: Raster | None, attribution: str = "") -> None:
        """Lay pictures of the land under roads and words, or take them away (None)."""
        self._raster = raster
        self._raster_by = f" · {attribution}" if raster is not None and attribution else ""
        self._source.set_look(self._look())
        self.update()

    def set_units(self, layer: UnitLayer) -> None:
        """Replace all units. Nothing is painted where nothing has changed."""
        if not layer.same_as(self._live.units.layer):
            at_s = time.monotonic() if self.animate and self.isVisible() else None
            if self._live.units.set_layer(layer, at_s):
                self._drive.start()
            self.update()

    def set_incidents(self, incidents: Sequence[IncidentSymbol]) -> None:
        """Replace all incidents."""
        if self._live.incidents.set_symbols(incidents):
            self.update()

    def set_routes(self, routes: Sequence[RouteLine]) -> None:
        """Replace all routes."""
        if self._live.routes.set_lines(routes):
            self.update()

    def set_places(self, places: Sequence[PlaceSymbol]) -> None:
        """Replace stations and hospitals."""
        self._places = tuple(places)
        self._set_places()

    def show_places(self, *, stations: bool, hospitals: bool) -> None:
        """Show or hide either sort."""
        self._shown_places = (stations, hospitals)
        self._set_places()

    def _set_places(self) -> None:
        stations, hospitals = self._shown_places
        self._live.places.set_symbols(
            [p for p in self._places if (hospitals if p.kind == "hospital" else stations)]
        )
        self.update()

    def select_incident(self, incident_id: str | None) -> None:
        """Mark one incident with a halo. The view stays where it is."""
        if self._live.incidents.selected != incident_id:
            self._live.incidents.selected = incident_id
            self.update()

    def select_unit(self, unit_id: str | None) -> None:
        """Mark one unit and keep its label shown. The view stays where it is."""
        if self._live.units.selected != unit_id:
            self._live.units.selected = unit_id
            self.update()

    def pin_units(self, unit_ids: Sequence[str]) -> None:
        """Units of the plan at hand: never clustered, always labelled."""
        if self._live.units.pinned != frozenset(unit_ids):
            self._live.units.pinned = frozenset(unit_ids)
            self.update()

    @property
    def units(self) -> Units:
        """The unit layer as it is drawn, to be read."""
        return self._live.units

    def place_of_unit(self, unit_id: str) -> tuple[float, float] | None:
        """Longitude and latitude of where a unit is drawn now, None where it is not."""
        at = self._live.units.place_of(unit_id)
        return lonlat_point(*at) if at is not None else None

    def units_of_cluster(self, found: str) -> Sequence[str]:
        """Ids of the units in what `pick` named "cluster/NUMBER"."""
        return self._live.units.members_of(int(found.removeprefix(CLUSTER)))

    def levels_of_crowd(self, found: str) -> Sequence[int]:
        """Levels of the incidents in what `pick` named "incidents/NUMBER"; 0 is not assessed."""
        crowd = self._live.crowd(found)
        members = crowd.members if crowd is not None else ()
        known = (self._live.incidents.find(one) for one in members)
        return [symbol.level for symbol in known if symbol is not None]

    @property
    def is_sharp(self) -> bool:
        """Whether the last paint had every tile."""
        return self._base.missing == 0

    def sizeHint(self) -> QSize:
        return QSize(900, 640)

    # -- what is in view ---------------------------------------------------------------------

    def in_view(self) -> list[str]:
        """The map in words: incidents in view, the gravest first, then units.

        The accessible twin of the picture; at most 60 lines and one that says how many more.
        """
        return [words for _, words in self.listed()]

    def listed(self) -> list[tuple[str, str]]:
        """The same with what each line is found as (see `pick`), "" for what only counts."""
        return listed(self._live, self._camera, self._language)

    def zoom_to_units(self, unit_ids: Sequence[str]) -> None:
        """Show units whole, closer than now."""
        places = [at for unit_id in unit_ids if (at := self.place_of_unit(unit_id))]
        if places:
            lons, lats = zip(*places, strict=True)
            zoom = self.view_state().zoom
            self.fit((min(lons), min(lats), max(lons), max(lats)), 80.0)
            if self.view_state().zoom <= zoom:
                self.zoom_in()

    # -- ending ------------------------------------------------------------------------------

    def close_tiles(self) -> None:
        """End the tile process; the widget keeps showing what it has."""
        self._source.close()

    @property
    def tiles(self) -> TileSource:
        """The source of tiles, for benches and tests."""
        return self._source

    # -- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        camera, symbols = self._camera, self._symbols
        painter = QPainter(self)
        try:
            self._base.paint(painter, camera, QColor(self._theme.map.land))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._lay_on(painter, above=False)
            more = self._live.paint(painter, camera, symbols, self._language, in_haste=self.animate)
            self._lay_on(painter, above=True)
            credits = self._pack.attribution + self._raster_by
            self._legend.paint(painter, camera, self._theme, self._language, credits)
            if self._rubber is not None:
                painter.setPen(QPen(QColor(self._theme.ui.focus), 1.4))
                fill = QColor(self._theme.ui.focus)
                fill.setAlphaF(0.14)
                painter.setBrush(fill)
                painter.drawRect(self._rubber)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(self._theme.ui.focus), 2))
                painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        finally:
            painter.end()
        if more:
            self.update()

    def _lay_on(self, painter: QPainter, *, above: bool) -> None:
        for overlay in self._overlays:
            if overlay.shown and overlay.above == above:
                painter.save()
                overlay.paint(painter, self._camera, self._theme, self._language)
                painter.restore()

    # -- Qt's events -------------------------------------------------------------------------

    def hideEvent(self, event: QHideEvent) -> None:
        self._drive.stop()
        super().hideEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._camera.ratio = self.devicePixelRatioF()
            self._symbols = Symbols(self._theme, self.devicePixelRatioF())
            self._source.set_look(self._look())
            self._dress()
        return super().event(event)

    # -- inside ------------------------------------------------------------------------------

    def region_bounds(self) -> tuple[float, float, float, float]:
        return self._pack.bounds

    def _look(self) -> Look:
        return Look(
            pack=self._pack.path,
            region_hash=self._pack.hash,
            theme=self._theme.name,
            language=self._language,
            ratio=self.devicePixelRatioF(),
            raster=self._raster,
        )

    def _dress(self) -> None:
        self._buttons.dress(self._theme, self._language, self.devicePixelRatioF())
        self.setAccessibleName(say("map.accessible.name", self._language))
        self.setAccessibleDescription(say("map.accessible.about", self._language))

    def _drive_on(self) -> None:
        """Move vehicles on between fixes, only as often as it can be seen."""
        drive = self._live.units.drive
        step = drive.furthest_m() / self._camera.metres_per_pixel
        if not drive.advance(time.monotonic()):
            self._drive.stop()
        if step >= LEAST_STEP_PX:
            self.update()


def _world_box(pack: Pack) -> Box:
    west, south = world_point(pack.bounds[0], pack.bounds[1])
    east, north = world_point(pack.bounds[2], pack.bounds[3])
    return west, south, east, north
