"""Where a map looks: centre and zoom, and every way to change them. Only hands and calls do."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui.map.camera import MAX_ZOOM, MIN_ZOOM, Camera
from ui.map.glide import Glide
from ui.map.hands import ZOOM_STEP, HandledWidget
from ui.map.layers import ViewState
from ui.map.projection import lonlat_point, world_m, world_point


class LookingWidget(HandledWidget):
    """A widget with a camera. All coordinates at this door are longitude, latitude in degrees."""

    view_changed = Signal()
    #: Back (-1) or forward (1) through views was asked for by a mouse's own buttons.
    views_stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        #: Whether zooming glides and vehicles move on between fixes. Off for reduced motion and
        #: for pictures.
        self.animate = True
        self._camera = Camera(0.0, 0.0, 12.0)
        self._glide = Glide(self._camera, self._moved, self)
        self._never_shown = True

    def region_bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of what there is to see."""
        raise NotImplementedError

    @property
    def camera(self) -> Camera:
        """Where the map looks, in full; whoever moves it calls `update`."""
        return self._camera

    def centre_on(self, lon: float, lat: float, zoom: float | None = None) -> None:
        """Look at a point, at half-zoom `zoom` or the present one."""
        self._momentum.stop()
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
        self.fit(self.region_bounds(), 12.0)

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

    def zoom_freely(self, steps: float, at: QPointF) -> None:
        """Change the zoom by any part of a level about a canvas point; `settle` ends it."""
        self._glide.stop()
        self._camera.zoom_about(self._camera.zoom + steps, at.x(), at.y())
        self._moved()

    def settle(self, at: QPointF) -> None:
        """Go to the nearest half level, where tiles are sharp."""
        self.zoom_about(0.0, at)

    def pan(self, dx: float, dy: float) -> None:
        """Move the view by pixels, to the right and down."""
        self._glide.stop()
        self._camera.pan(dx, dy)
        self._moved()

    def _run_on(self, dx: float, dy: float) -> None:
        if dx or dy:
            self.pan(dx, dy)

    def taken(self) -> None:
        """A hand takes the map: it stands still."""
        self._momentum.stop()

    def let_go(self) -> None:
        """The hand that dragged let go: a map that was thrown runs on a little."""
        if self.animate:
            self._momentum.throw()

    def step_views(self, step: int) -> None:
        """Back (-1) or forward (1) through the views one has had."""
        self.views_stepped.emit(step)

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

    # -- Qt's events -------------------------------------------------------------------------

    def hideEvent(self, event: QHideEvent) -> None:
        self._momentum.stop()
        self._glide.stop()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._camera.width = max(1, event.size().width())
        self._camera.height = max(1, event.size().height())
        if self._never_shown:
            # Before anybody has moved the map it shows the whole region at any size.
            west, south, east, north = self.region_bounds()
            box = *world_point(west, south), *world_point(east, north)
            self._camera.fit(box, 12.0)
        self.view_changed.emit()

    def _moved(self) -> None:
        self._never_shown = False
        self.update()
        self.view_changed.emit()
