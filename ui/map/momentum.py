"""A map that was thrown runs on a little: short, and stopped by whatever the hand does next."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt, QTimer

FRAME_MS = 15
#: The way the hand had in this time is what throws the map.
LOOK_BACK_S = 0.08
#: Slower than this the map was put down, not thrown (pixels a second).
LEAST_SPEED = 420.0
MOST_SPEED = 2400.0
#: The speed falls to a third in this time: the map runs on by speed times this.
DECAY_S = 0.11
END_SPEED = 60.0


class Momentum(QObject):
    """Runs a pan on after the hand has let go. `pan` moves the view by pixels."""

    def __init__(self, pan: Callable[[float, float], None], parent: QObject) -> None:
        super().__init__(parent)
        self._pan = pan
        self._speed = QPointF()
        self._at_s = 0.0
        self._rest = QPointF()
        self._trace: deque[tuple[float, QPointF]] = deque(maxlen=32)
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)

    @property
    def running(self) -> bool:
        """Whether the map moves on by itself."""
        return self._timer.isActive()

    def stop(self) -> None:
        """Stand still at once."""
        self._timer.stop()
        self._trace.clear()

    def note(self, at: QPointF) -> None:
        """The hand is here while it drags."""
        self._trace.append((time.monotonic(), at))

    def throw(self) -> None:
        """The hand let go: run on if it was fast to the end."""
        now = time.monotonic()
        recent = [(t, at) for t, at in self._trace if now - t <= LOOK_BACK_S]
        self._trace.clear()
        if len(recent) < 3 or recent[-1][0] - recent[0][0] < 0.01:
            return
        took = recent[-1][0] - recent[0][0]
        speed = (recent[-1][1] - recent[0][1]) / took
        pace = math.hypot(speed.x(), speed.y())
        if pace < LEAST_SPEED:
            return
        self._speed = speed * min(1.0, MOST_SPEED / pace)
        self._rest = QPointF()
        self._at_s = now
        self._timer.start()

    def _step(self) -> None:
        now = time.monotonic()
        passed, self._at_s = min(0.05, now - self._at_s), now
        way = self._speed * passed + self._rest
        whole = QPointF(round(way.x()), round(way.y()))
        self._rest = way - whole
        self._speed *= math.exp(-passed / DECAY_S)
        if math.hypot(self._speed.x(), self._speed.y()) < END_SPEED:
            self._timer.stop()
        self._pan(-whole.x(), -whole.y())
