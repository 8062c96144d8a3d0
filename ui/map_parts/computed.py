"""A layer that the engine computes: what is asked when, what stands meanwhile, what went wrong."""

from __future__ import annotations

import logging
import math
import time
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from itertools import count

from PySide6.QtCore import QObject, QTimer

from dispatch.advice import messages as m
from dispatch.domain.message import Message
from dispatch.domain.picture import Change
from dispatch.domain.unit import Unit
from dispatch.domain.value import Point
from ui.map.field import BadField, Colouring, Field
from ui.map.field_overlay import FieldOverlay
from ui.map.view import MapView
from ui.map_parts.part import LegendLine, MapPart
from ui.panel import PanelContext

log = logging.getLogger(__name__)

MOVED_M = 200.0
"""A unit that moved further than this is worth another picture."""
LOOK_S = 1.0
"""Positions are compared so often, and what changed on the board is gathered so long."""
REST_S = 4.0
"""Because units moved, a picture is asked anew no more often than this."""
SLOW_S = 1.0
"""An answer that takes longer is announced as being computed."""
DEAREST = 0.007
"""The share of the surface's time that questions may take: large fleets ask less often."""
LOOKED_AT = 400
"""Units compared in one turn; the others have theirs in the next."""
LOST_S = 30.0
"""An engine that has not answered by then is asked again."""


_numbers = count(1)


class ComputedLayer(MapPart):
    """Asks the engine for one layer while it is on. Subclasses say what (`_request`)."""

    #: Id of the layer, and of its switch.
    layer = ""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.on = False
        self.overlay = FieldOverlay(view)
        view.lay(self.overlay)
        self._asked_key = ""
        self._asked_s = 0.0
        self._answered = True
        self._counter = 0
        self._number = next(_numbers)
        self._where: dict[str, Point] = {}
        self._at = 0
        self._cost_s = 0.0
        self._looked_s = 0.0
        self._dirty = True
        self._share: float | None = None
        self._problem: Message | None = None
        self._waits_for_engine = False
        self._slow = QTimer(self, interval=int(SLOW_S * 1000) + 50, singleShot=True)
        self._slow.timeout.connect(self.legend_changed)
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(lambda: self.refresh(0))
        context.answered.connect(self._hear)
        context.changed.connect(self._on_changes)

    # -- for subclasses ------------------------------------------------------------------------

    @abstractmethod
    def _request(self, key: str) -> m.AskReach | m.AskCover | None:
        """What to ask now; None where there is nothing to ask about."""

    @abstractmethod
    def _take(self, answer: m.ReachFound | m.CoverFound) -> None:
        """Show an answer to the newest question."""

    @abstractmethod
    def _colouring(self) -> Colouring:
        """How the field is drawn in the present theme."""

    @abstractmethod
    def _nothing(self) -> None:
        """Show that there is nothing to show."""

    def _makes_old(self, change: Change) -> bool:
        """Whether a published change makes the picture old."""
        return change.noun == "unit"

    # -- turning -------------------------------------------------------------------------------

    def turn(self, on: bool) -> None:
        """Show the layer or take it away; what was being computed for it is let go."""
        if on == self.on:
            return
        self.on = self.overlay.shown = on
        self._problem = None
        if on:
            self.overlay.set_colouring(self._colouring())
            self.ask_anew()
        else:
            self.overlay.stop()
            self._let_go()
            self._show(None, (), ())
        self.view.update()
        self.legend_changed.emit()

    def ask_anew(self) -> None:
        """What is shown is old: ask at the next turn."""
        self._dirty = True
        if self.on:
            self._ask()

    @property
    def is_waiting(self) -> bool:
        """Whether the newest question is not answered yet, or its picture not made."""
        return self.on and (self._dirty or not self._answered or not self.overlay.is_ready)

    def _let_go(self) -> None:
        if not self._answered:
            self.context.ask_layer(m.DropLayer(layer=self._asked_layer))
        self._asked_key, self._answered, self._share = "", True, None

    @property
    def _asked_layer(self) -> str:
        # Two windows may show the same layer with other choices: each has its own.
        return f"{self.layer}-{self._number}"

    # -- when ----------------------------------------------------------------------------------

    def refresh(self, now_us: int) -> None:
        if not self.on:
            return
        now = time.monotonic()
        if self._dirty:
            left_s = self._asked_s + max(LOOK_S, self._cost_s / DEAREST) - now
            if left_s <= 0:
                self._ask()
            elif not self._later.isActive():
                # A paused replay brings no other turn.
                self._later.start(int(left_s * 1000) + 1)
        elif now - self._looked_s >= LOOK_S:
            self._looked_s = now
            if not self._answered:
                if now - self._asked_s > LOST_S and not self._waits_for_engine:
                    self._ask()
            elif now - self._asked_s >= REST_S and self._have_moved():
                self._ask()

    def replaced(self) -> None:
        self._let_go()
        self._dirty = True

    def restyle(self) -> None:
        if self.on:
            self.overlay.set_colouring(self._colouring())

    def shut(self) -> None:
        self.overlay.stop()
        self._slow.stop()
        self._later.stop()

    def _on_changes(self, changes: Iterable[Change]) -> None:
        if self.on and not self._dirty:
            self._dirty = any(self._makes_old(change) for change in changes)

    def _ask(self) -> None:
        self._dirty = False
        self._counter += 1
        key = f"{self._asked_layer}-{self._counter}"
        begun = time.perf_counter()
        request = self._request(key)
        self._cost_s = time.perf_counter() - begun
        if request is None:
            self._let_go()
            self._problem = None
            self._nothing()
            self.legend_changed.emit()
            return
        if self._waits_for_engine:
            self._dirty, self._asked_s = True, time.monotonic()
            return
        self._asked_key, self._answered = key, False
        self._asked_s = self._looked_s = time.monotonic()
        self._share = None
        self._slow.start()
        self.context.ask_layer(request)

    def _have_moved(self) -> bool:
        """Whether one of the units of the last question, some at a turn, is far from there."""
        names = list(self._where)[self._at : self._at + LOOKED_AT]
        self._at = self._at + LOOKED_AT if self._at + LOOKED_AT < len(self._where) else 0
        board = self.context.board
        return any(
            (unit := board.unit(name)) is not None and _far(self._place_of(unit), self._where[name])
            for name in names
        )

    def _place_of(self, unit: Unit) -> Point:
        fix = self.context.board.fix(unit.unit_id)
        return fix.point if fix is not None else unit.home

    def _starters(self, units: Iterable[Unit]) -> tuple[m.Starter, ...]:
        """Units as the engine is told of them; where they stand is remembered."""
        self._where = {unit.unit_id: self._place_of(unit) for unit in units}
        board = self.context.board
        return tuple(
            m.Starter(point=point, kind=unit.kind, state=unit.state)
            for name, point in self._where.items()
            if (unit := board.unit(name)) is not None
        )

    # -- hearing -------------------------------------------------------------------------------

    def _hear(self, answer: object) -> None:
        match answer:
            case m.Opened():
                self._waits_for_engine = False
                if self.on:
                    self.ask_anew()
            case m.Failed() if answer.request in m.LOST:
                self._waits_for_engine = True
                self._dirty, self._answered = True, True
                self._problem = Message("maplayers.engine_gone")
                self.legend_changed.emit()
            case m.RoadsClosed():
                self._dirty = True
                self.refresh(0)
            case m.LayerProgress() if answer.key == self._asked_key:
                self._share = answer.share
                self.legend_changed.emit()
            case m.LayerFailed() if answer.key == self._asked_key:
                self._answered, self._share = True, None
                self._problem = answer.message
                self._waits_for_engine = answer.message.id == "maplayers.not_open"
                self._dirty = self._waits_for_engine
                self.legend_changed.emit()
            case m.ReachFound() | m.CoverFound() if answer.key == self._asked_key and self.on:
                self._answered, self._share, self._problem = True, None, None
                self._take(answer)
                self.legend_changed.emit()

    def _show(
        self, packed: m.GroundField | None, limits_s: Sequence[float], words: Sequence[str]
    ) -> None:
        try:
            field = Field.of(packed) if packed is not None else None
        except BadField as error:
            log.error("layer %s: %s", self.layer, error)
            self._problem = Message("maplayers.failed", {"what": str(error)})
            field = None
        self.overlay.set_field(field, limits_s, words)

    def _status(self) -> tuple[LegendLine, ...]:
        """What the legend says of the computing itself, "" lines left out."""
        say = self.context.say
        if self._problem is not None:
            return (LegendLine(say(self._problem)),)
        if not self._answered and time.monotonic() - self._asked_s > SLOW_S:
            if self._share is None:
                return (LegendLine(say("maplayers.computing"), dim=True),)
            percent = round(100 * self._share)
            return (LegendLine(say("maplayers.computing_share", percent=percent), dim=True),)
        return ()


def _far(one: Point, other: Point) -> bool:
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(east, one.lat - other.lat) * 111_195.0 > MOVED_M


def clock(seconds: float) -> str:
    """Minutes and seconds, "8:00"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
