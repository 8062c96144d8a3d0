"""Fingers on the map: pinch and two-finger pan on a touch pad or a screen, tap, long press."""

from __future__ import annotations

import math
import time
from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QEventPoint, QNativeGestureEvent, QTouchEvent

#: A finger is broader than a pointer: a touch that moves less is a tap.
TAP_PX = 12.0
LONG_PRESS_MS = 500
DOUBLE_TAP_S = 0.35
#: Fingers nearer than this give no sure scale.
LEAST_SPREAD_PX = 24.0


class Touched(Protocol):
    """What fingers can do to a map."""

    def taken(self) -> None: ...
    def pan(self, dx: float, dy: float) -> None: ...
    def zoom_freely(self, steps: float, at: QPointF) -> None: ...
    def zoom_about(self, steps: float, at: QPointF) -> None: ...
    def settle(self, at: QPointF) -> None: ...
    def clicked(self, at: QPointF, *, picking: bool) -> None: ...
    def double_clicked(self, at: QPointF) -> None: ...
    def asked(self, at: QPointF) -> None: ...


class Touch:
    """Turns touches and a touch pad's gestures into what they mean."""

    def __init__(self, target: Touched) -> None:
        self._map = target
        self._began = QPointF()
        self._middle = QPointF()
        self._spread = 0.0
        self._count = 0
        #: The touch is more than a tap: it moved, had two fingers, or opened the menu.
        self._spent = False
        self._zoomed = False
        self._tapped_s = 0.0
        self._tapped_at = QPointF()
        self._long = QTimer(interval=LONG_PRESS_MS, singleShot=True)
        self._long.timeout.connect(self._pressed_long)

    def pad(self, event: QNativeGestureEvent) -> bool:
        """A gesture that a touch pad itself has read; whether it meant something."""
        at = event.position()
        match event.gestureType():
            case Qt.NativeGestureType.BeginNativeGesture:
                self._map.taken()
                self._zoomed = False
            case Qt.NativeGestureType.ZoomNativeGesture:
                if not self._zoomed:
                    self._map.taken()
                self._zoomed = True
                self._map.zoom_freely(math.log2(max(0.1, 1.0 + event.value())), at)
            case Qt.NativeGestureType.PanNativeGesture:
                self._map.pan(-event.delta().x(), -event.delta().y())
            case Qt.NativeGestureType.SmartZoomNativeGesture:
                self._map.taken()
                self._map.zoom_about(1.0, at)
            case Qt.NativeGestureType.EndNativeGesture:
                if self._zoomed:
                    self._map.settle(at)
                self._zoomed = False
            case _:
                return False
        return True

    def screen(self, event: QTouchEvent) -> bool:
        """Touches of a screen; whether they meant something."""
        if event.type() == QEvent.Type.TouchCancel:
            self._end(tapped=False)
            return True
        down = [p for p in event.points() if p.state() != QEventPoint.State.Released]
        if event.type() == QEvent.Type.TouchBegin:
            self._map.taken()
            self._spent = self._zoomed = False
            self._began = event.points()[0].position()
            self._count = 0
            self._long.start()
        if not down:
            self._middle = event.points()[0].position() if not self._zoomed else self._middle
            self._end(tapped=True)
            return True
        middle, spread = _measure(down)
        if len(down) != self._count:  # a finger came or went: measure from here
            self._count, self._middle, self._spread = len(down), middle, spread
            if len(down) > 1:
                self._spent = True
                self._long.stop()
            return True
        if not self._spent and _length(middle - self._began) >= TAP_PX:
            self._spent = True
            self._long.stop()
        if self._spent:
            step = middle - self._middle
            self._map.pan(-step.x(), -step.y())
            if min(spread, self._spread) >= LEAST_SPREAD_PX and spread != self._spread:
                self._zoomed = True
                self._map.zoom_freely(math.log2(spread / self._spread), middle)
            self._middle, self._spread = middle, spread
        return True

    def _end(self, *, tapped: bool) -> None:
        self._long.stop()
        self._count = 0
        if self._zoomed:
            self._map.settle(self._middle)
        elif tapped and not self._spent:
            now, at = time.monotonic(), self._middle
            twice = now - self._tapped_s < DOUBLE_TAP_S
            if twice and _length(at - self._tapped_at) < 2 * TAP_PX:
                self._tapped_s = 0.0
                self._map.double_clicked(at)
            else:
                self._tapped_s, self._tapped_at = now, at
                self._map.clicked(at, picking=False)
        self._spent, self._zoomed = True, False

    def _pressed_long(self) -> None:
        if not self._spent:
            self._spent = True
            self._map.asked(self._began)


def _measure(points: list[QEventPoint]) -> tuple[QPointF, float]:
    """The middle of the fingers, and how far the first two are apart."""
    middle = QPointF()
    for point in points:
        middle += point.position()
    middle /= len(points)
    if len(points) < 2:
        return middle, 0.0
    return middle, _length(points[0].position() - points[1].position())


def _length(step: QPointF) -> float:
    return math.hypot(step.x(), step.y())
