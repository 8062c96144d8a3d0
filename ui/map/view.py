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

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from dispatch.region.pack import Pack
from dispatch.words import say
from ui.map.basemap import BaseMap
from ui.map.camera import MAX_ZOOM, MIN_ZOOM, Camera
from ui.map.furniture import Legend, ZoomButtons
from ui.map.glide import Glide
from ui.map.hands import ZOOM_STEP, HandledWidget
from ui.map.layers import (
    IncidentSymbol,
    PlaceSymbol,
    RouteLine,
    UnitLayer,
    ViewState,
)
from ui.map.live import INCIDENT, UNIT, Live
from ui.map.projection import lonlat_point, world_m, world_point
from ui.map.symbols import Symbols
from ui.map.tiles.grid import Box
from ui.map.tiles.source import Look, TileSource
from ui.theme.tokens import Theme

#: Vehicles are moved on between fixes so often, and not for less than this.
DRIVE_MS = 90
LEAST_STEP_PX = 0.7


class MapView(HandledWidget):
    """A map of one region. All coordinates at this door are longitude, latitude in degrees."""

    #: An incident's symbol was clicked (id).
    incident_clicked = Signal(str)
    #: A unit's symbol or label was clicked (id).
    unit_clicked = Signal(str)
    #: An incident was double-clicked, or Enter pressed with one selected (id).
    incident_activated = Signal(str)
    #: A place was chosen: Ctrl+click, or any click while `picking` (longitude, latitude).
    place_picked = Signal(float, float)
    #: What the pointer is over: "incident/ID", "unit/ID" or "".
    hovered = Signal(str)
    view_changed = Signal()
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
        self._pack = pack
        self._theme = theme
        self._language = language
        #: Whether zooming glides and vehicles move on between fixes. Off for reduced motion and
        #: for pictures.
        self.animate = animate
        self._live = Live()
        self._legend = Legend()
        self._rubber: QRectF | None = None
        self._picking = False
        west, south, east, north = pack.bounds
        self._camera = Camera((west + east) / 2, (south + north) / 2, 12.0)
        self._never_shown = True
        self._symbols = Symbols(theme, self.devicePixelRatioF())
        self._source = TileSource(self._look(), cache_dir, parent=self)
        self._base = BaseMap(self._source, _world_box(pack))
        self._source.changed.connect(self.update)
        self._source.trouble.connect(self.trouble)
        self._glide = Glide(self._camera, self._moved, self)
        self._drive = QTimer(self, interval=DRIVE_MS)
        self._drive.timeout.connect(self._drive_on)
        self._buttons = ZoomButtons(self)
        self._buttons.zoom_in.clicked.connect(self.zoom_in)
        self._buttons.zoom_out.clicked.connect(self.zoom_out)
        self._buttons.whole.clicked.connect(self.show_region)
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
        self._live.places.set_symbols(places)
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
    def picking(self) -> bool:
        """While on, every click chooses a place (`place_picked`) and the pointer is a cross."""
        return self._picking

    @picking.setter
    def picking(self, on: bool) -> None:
        self._picking = on
        self._point_shape(None)

    # -- where it looks ----------------------------------------------------------------------

    def centre_on(self, lon: float, lat: float, zoom: float | None = None) -> None:
        """Look at a point, at half-zoom `zoom` or the present one."""
        self._glide.stop()
        self._camera.x, self._camera.y = world_point(lon, lat)
        if zoom is not None:
            self._camera.zoom = min(MAX_ZOOM, max(MIN_ZOOM, round(zoom * 2) / 2))
        self._never_shown = False
        self._moved()

    def fit(self, bounds: tuple[float, float, float, float], margin_px: float = 48.0) -> None:
        """Show west, south, east, north (degrees) whole."""
        self._glide.stop()
        west, south = world_point(bounds[0], bounds[1])
        east, north = world_point(bounds[2], bounds[3])
        self._camera.fit((west, south, east, north), margin_px)
        self._never_shown = False
        self._moved()

    def show_region(self) -> None:
        """Show the whole region."""
        self.fit(self._pack.bounds, 12.0)

    def zoom_in(self) -> None:
        """Half a level closer, about the middle."""
        self.zoom_about(ZOOM_STEP, QPointF(self.width() / 2, self.height() / 2))

    def zoom_out(self) -> None:
        """Half a level away, about the middle."""
        self.zoom_about(-ZOOM_STEP, QPointF(self.width() / 2, self.height() / 2))

    def zoom_about(self, steps: float, at: QPointF) -> None:
        """Change the zoom by levels about a canvas point; ends on a half level."""
        target = min(MAX_ZOOM, max(MIN_ZOOM, round((self._glide.target + steps) * 2) / 2))
        if self.animate:
            self._glide.go(target, at)
        else:
            self._camera.zoom_about(target, at.x(), at.y())
            self._moved()

    def zoom_to(self, box: QRectF) -> None:
        """Show what lies in a box of the canvas."""
        if box.width() < 8 or box.height() < 8:
            return
        west, south = self._camera.to_world(box.left(), box.bottom())
        east, north = self._camera.to_world(box.right(), box.top())
        self._glide.stop()
        self._camera.fit((west, south, east, north), 0.0)
        self._moved()

    def pan(self, dx: float, dy: float) -> None:
        """Move the view by pixels, to the right and down."""
        self._camera.pan(dx, dy)
        self._moved()

    def view_state(self) -> ViewState:
        """Where the map looks, to be stored."""
        lon, lat = lonlat_point(self._camera.x, self._camera.y)
        return ViewState(lon=lon, lat=lat, zoom=self._glide.target)

    def restore_view(self, state: ViewState) -> None:
        """Look where a stored view looked."""
        self.centre_on(state.lon, state.lat, state.zoom)

    def view_bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the canvas, degrees."""
        west, south, east, north = self._camera.box
        return *lonlat_point(west, south), *lonlat_point(east, north)

    def lonlat_at(self, at: QPointF) -> tuple[float, float]:
        """Longitude, latitude under a canvas point."""
        return self._camera.to_lonlat(at.x(), at.y())

    def canvas_at(self, lon: float, lat: float) -> QPointF:
        """The canvas point of a longitude, latitude."""
        x, y = self._camera.to_canvas(world_m([[lon, lat]]))[0].tolist()
        return QPointF(x, y)

    @property
    def is_sharp(self) -> bool:
        """Whether the last paint had every tile."""
        return self._base.missing == 0

    def sizeHint(self) -> QSize:
        return QSize(900, 640)

    # -- what is in view ---------------------------------------------------------------------

    def pick(self, at: QPointF) -> str:
        """What lies under a canvas point: "incident/ID", "unit/ID" or ""; incidents first."""
        return self._live.pick(at.x(), at.y())

    def in_view(self) -> list[str]:
        """The map in words: incidents in view, the gravest first, then units.

        The accessible twin of the picture; at most 60 lines and one that says how many more.
        """
        return self._live.in_view(self._camera, self._language)

    # -- ending ------------------------------------------------------------------------------

    def close_tiles(self) -> None:
        """End the tile process; the widget keeps showing what it has."""
        self._source.close()

    @property
    def camera(self) -> Camera:
        """Where the map looks, in full; whoever moves it calls `update`."""
        return self._camera

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
            self._live.paint(painter, camera, symbols, self._language)
            self._legend.paint(painter, camera, self._theme, self._language, self._pack.attribution)
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

    # -- hands -------------------------------------------------------------------------------

    def clicked(self, at: QPointF, *, picking: bool) -> None:
        if picking or self._picking:
            self.place_picked.emit(*self.lonlat_at(at))
            return
        found = self.pick(at)
        if found.startswith(INCIDENT):
            self.incident_clicked.emit(found.removeprefix(INCIDENT))
        elif found.startswith(UNIT):
            self.unit_clicked.emit(found.removeprefix(UNIT))
        else:
            if self._live.units.pick_cluster(at.x(), at.y()) is not None:
                self.zoom_about(1.0, at)

    def double_clicked(self, at: QPointF) -> None:
        found = self.pick(at)
        if found.startswith(INCIDENT):
            self.incident_activated.emit(found.removeprefix(INCIDENT))
        elif not found and not self._picking:
            self.zoom_about(1.0, at)

    def activate(self) -> None:
        if self._live.incidents.selected is not None:
            self.incident_activated.emit(self._live.incidents.selected)

    def pointed(self, at: QPointF | None) -> None:
        found = self.pick(at) if at is not None else ""
        if self._live.point_at(found):
            self._point_shape(found)
            self.hovered.emit(found)
            self.update()

    def stretched(self, box: QRectF | None) -> None:
        self._rubber = box
        self.update()

    def _point_shape(self, found: str | None) -> None:
        if self._picking:
            self.setCursor(Qt.CursorShape.CrossCursor)
        elif found:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()

    # -- Qt's events -------------------------------------------------------------------------

    def hideEvent(self, event: QHideEvent) -> None:
        self._glide.stop()
        self._drive.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._camera.width = max(1, event.size().width())
        self._camera.height = max(1, event.size().height())
        if self._never_shown:
            # Before anybody has moved the map it shows the whole region at any size.
            self._camera.fit(_world_box(self._pack), 12.0)
        self.view_changed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._symbols = Symbols(self._theme, self.devicePixelRatioF())
            self._source.set_look(self._look())
            self._dress()
        return super().event(event)

    # -- inside ------------------------------------------------------------------------------

    def _look(self) -> Look:
        return Look(
            pack=self._pack.path,
            region_hash=self._pack.hash,
            theme=self._theme.name,
            language=self._language,
            ratio=self.devicePixelRatioF(),
        )

    def _dress(self) -> None:
        self._buttons.dress(self._theme, self._language, self.devicePixelRatioF())
        self.setAccessibleName(say("map.accessible.name", self._language))
        self.setAccessibleDescription(say("map.accessible.about", self._language))

    def _moved(self) -> None:
        self._never_shown = False
        self.update()
        self.view_changed.emit()

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
