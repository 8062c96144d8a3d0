"""What others may lay on the map and do with it: overlays that are drawn, tools that take clicks.

A feature that is not one of the map's own layers (closures, reach, trails, measuring ...) is an
`Overlay` and, where it needs the hands, a `Tool`. `MapView.lay` and `MapView.use` take them. What
changes in an overlay is drawn after `MapView.update()`; an overlay keeps whatever it projected for
as long as the camera has not changed.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from ui.map.camera import Camera
from ui.theme.tokens import Theme


class Overlay:
    """Something drawn on the map: subclass and paint. The painter is antialiased."""

    #: Drawn over units and incidents; otherwise between the base map and what lives.
    above = False
    #: Hidden overlays are neither painted nor picked.
    shown = True

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        """Draw on the canvas (logical pixels). Called in every frame: it must take under 1 ms."""
        raise NotImplementedError

    def pick(self, x: float, y: float) -> str:
        """What of it lies under a canvas pixel, as "noun/ID", or ""."""
        return ""


class Tool:
    """Takes the clicks and keys of the map while it is in use; dragging and the wheel still move
    the view. Points are longitude, latitude in degrees; `at` is the canvas point."""

    cursor = Qt.CursorShape.CrossCursor

    def clicked(self, lon: float, lat: float, at: QPointF) -> None:
        """A click that was not a drag."""

    def double_clicked(self, lon: float, lat: float, at: QPointF) -> None:
        """The second click of a double click; the first came as `clicked`."""

    def pointed(self, lon: float, lat: float, at: QPointF) -> None:
        """The pointer moved without a button."""

    def key(self, event: QKeyEvent) -> bool:
        """Whether a key meant something; Escape that means nothing puts the tool away."""
        return False

    def ended(self) -> None:
        """Put away: by Escape, by another tool, or by its owner."""
