"""A field on the map: its pictures, made between two frames, and the minutes along its lines."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from ui.map.camera import Camera
from ui.map.field import Colouring, Field, FieldPictures
from ui.map.minutes import Minutes
from ui.map.overlay import Overlay
from ui.theme.tokens import Theme

SHOW_MS = 60
"""While squares are made, the map is painted anew so often."""


class FieldOverlay(Overlay):
    """Laid on `view`, whose camera stands still or moves as it likes."""

    def __init__(self, view: QWidget) -> None:
        self._view = view
        self._pictures = FieldPictures()
        self._minutes = Minutes()
        self._camera: Camera | None = None
        self._showed_s = 0.0
        self._timer = QTimer(view, interval=0)
        self._timer.timeout.connect(self._work)
        self.shown = False

    @property
    def field(self) -> Field | None:
        """What is drawn."""
        return self._pictures.field

    @property
    def is_ready(self) -> bool:
        """Whether all that is in view stands."""
        return not self._pictures.wants_work

    def set_field(
        self, field: Field | None, limits_s: Sequence[float], words: Sequence[str]
    ) -> None:
        """Draw another field; the one before stands until the new one is made."""
        self._pictures.set_field(field)
        self._minutes.set_field(field, limits_s, words)
        self._view.update()

    def set_colouring(self, colouring: Colouring) -> None:
        """Draw in other colours."""
        self._pictures.set_colouring(colouring)
        self._view.update()

    def paint(self, painter: QPainter, camera: Camera, theme: Theme, language: str) -> None:
        self._camera = camera
        self._pictures.paint(painter, camera)
        self._minutes.paint(painter, camera, theme.layers.reach_line, theme.map.halo)
        if _rests(camera) and (self._pictures.wants_work or self._minutes.wants(camera)):
            self._timer.start()

    def stop(self) -> None:
        """Make nothing more."""
        self._timer.stop()

    def _work(self) -> None:
        if not self.shown or self._camera is None or not _rests(self._camera):
            self._timer.stop()
            return
        done = self._pictures.work()
        if done and self._minutes.wants(self._camera):
            self._minutes.choose(self._camera)
        if done:
            self._timer.stop()
        now = time.monotonic()
        if done or now - self._showed_s > SHOW_MS / 1000:
            self._showed_s = now
            self._view.update()


def _rests(camera: Camera) -> bool:
    """Whether the zoom stands: squares of a level one only passes through are not worth making."""
    return camera.zoom * 2 % 1 == 0
