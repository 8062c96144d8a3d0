"""A zoom that glides: short enough not to be waited for, long enough to be followed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt, QTimer

from ui.map.camera import Camera

GLIDE_MS = 130
FRAME_MS = 15
#: Share of what is left that one frame covers.
EASE = 0.38


class Glide(QObject):
    """Moves a camera's zoom to a target about a canvas point, frame by frame."""

    def __init__(self, camera: Camera, moved: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._camera = camera
        self._moved = moved
        self._target = camera.zoom
        self._at = QPointF()
        self._anchor = (0.0, 0.0)
        self._left = 0
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)

    @property
    def target(self) -> float:
        """The zoom at which the camera comes to rest."""
        return self._target if self._timer.isActive() else self._camera.zoom

    def go(self, zoom: float, at: QPointF) -> None:
        """Glide to a zoom about a canvas point, from wherever the camera is."""
        # Taken once: steps are aligned to whole pixels, and a point taken anew at each would creep.
        if not self._timer.isActive() or at != self._at:
            self._anchor = self._camera.to_world(at.x(), at.y())
        self._target, self._at = zoom, at
        self._left = GLIDE_MS // FRAME_MS
        self._timer.start()

    def stop(self) -> None:
        """Be there at once."""
        if self._timer.isActive():
            self._timer.stop()
            self._show(self._target)

    def _step(self) -> None:
        if self._left <= 1:
            self._timer.stop()
            zoom = self._target
        else:
            zoom = self._camera.zoom + (self._target - self._camera.zoom) * EASE
            self._left -= 1
        self._show(zoom)
        self._moved()

    def _show(self, zoom: float) -> None:
        self._camera.hold(*self._anchor, zoom, self._at.x(), self._at.y())
