"""Mouse and keys on the map: drag, wheel, box zoom, carrying. Decides what a gesture means.

A drag moves the map, wherever it begins. Only a press that rests on a unit for `HOLD_MS` lifts the
unit, so that a quick drag over a crowded map is never mistaken for one of its vehicles.
"""

from __future__ import annotations

import math
from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ui.map.momentum import Momentum
from ui.map.touch import Touch, Touched

#: A press that moves less than this is a click.
CLICK_PX = 4.0
#: A press that rests so long on something that can be carried lifts it.
HOLD_MS = 150
PAN_STEP_PX = 90
WHEEL_NOTCH = 120
ZOOM_STEP = 0.5
#: Pixels that a notch scrolls where a touch pad gives no pixels.
NOTCH_PX = 60.0
#: A free zoom that has rested so long goes to the nearest half level.
SETTLE_MS = 180


class Moved(Touched, Protocol):
    """What hands can do to a map."""

    def zoom_in(self) -> None: ...
    def zoom_out(self) -> None: ...
    def show_region(self) -> None: ...
    def pointed(self, at: QPointF | None) -> None: ...
    def stretched(self, box: QRectF | None) -> None: ...
    def zoom_to(self, box: QRectF) -> None: ...
    def let_go(self) -> None: ...
    def activate(self) -> None: ...
    def tool_key(self, event: QKeyEvent) -> bool: ...
    def step_views(self, step: int) -> None: ...
    def lift_at(self, at: QPointF) -> bool: ...
    def carry_to(self, at: QPointF) -> None: ...
    def put_down(self, at: QPointF | None) -> None: ...


class Hands:
    """Turns the events of one map into what they mean."""

    def __init__(self, target: Moved, momentum: Momentum) -> None:
        self._map = target
        self._momentum = momentum
        self._pressed: QPointF | None = None
        self._button = Qt.MouseButton.NoButton
        self._last = QPointF()
        self._dragging = False
        self._boxing = False
        self._carrying = False
        self._wheel = 0.0
        self._scrolled_at = QPointF()
        self._hold = QTimer(interval=HOLD_MS, singleShot=True)
        self._hold.timeout.connect(self._held)
        self._settle = QTimer(interval=SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(lambda: self._map.settle(self._scrolled_at))
        #: The next drag draws a box, as with Shift.
        self.box_next = False

    @property
    def dragging(self) -> bool:
        """Whether a drag is going on."""
        return self._dragging

    @property
    def carrying(self) -> bool:
        """Whether something lifted off the map is in the hand."""
        return self._carrying

    def drop_all(self) -> bool:
        """Give up what is in hand: a box, a carried unit. Whether there was anything."""
        carried, boxed = self._carrying, self._boxing or self.box_next
        if carried or boxed:
            self.forget()
        if carried:
            self._map.put_down(None)
        if boxed:
            self._map.stretched(None)
        return carried or boxed

    def forget(self) -> None:
        """The press that goes on means nothing more."""
        self._hold.stop()
        self._carrying = self._boxing = self.box_next = self._dragging = False
        self._pressed = None

    # -- the mouse -----------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        self._map.taken()
        match event.button():
            case Qt.MouseButton.BackButton:
                self._map.step_views(-1)
                return
            case Qt.MouseButton.ForwardButton:
                self._map.step_views(1)
                return
            case Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton:
                pass
            case _:
                return
        if self._pressed is not None:
            return  # the other button holds the map already
        self._button = event.button()
        self._pressed = self._last = event.position()
        self._dragging = False
        left = self._button == Qt.MouseButton.LeftButton
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._boxing = left and (shift or self.box_next)
        if left and not self._boxing and not event.modifiers():
            self._hold.start()

    def _held(self) -> None:
        if self._pressed is not None and not self._dragging:
            self._carrying = self._map.lift_at(self._pressed)

    def move(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed is None:
            self._map.pointed(at)
            return
        if not self._dragging and _length(at - self._pressed) >= CLICK_PX:
            self._dragging = True
            self._hold.stop()
            self._map.pointed(None)
        if self._dragging and self._carrying:
            self._map.carry_to(at)
        elif self._dragging and self._boxing:
            self._map.stretched(QRectF(self._pressed, at).normalized())
        elif self._dragging:
            step = at - self._last
            self._momentum.note(at)
            self._map.pan(-step.x(), -step.y())
        self._last = at

    def release(self, event: QMouseEvent) -> None:
        if event.button() != self._button or self._pressed is None:
            return
        pressed, self._pressed = self._pressed, None
        self._hold.stop()
        dragged, boxed, carried = self._dragging, self._boxing, self._carrying
        self._dragging = self._boxing = self._carrying = False
        left = self._button == Qt.MouseButton.LeftButton
        if carried:
            self._map.put_down(event.position() if dragged else None)
        if boxed:
            self.box_next = False
            self._map.stretched(None)
        if boxed and dragged:
            self._map.zoom_to(QRectF(pressed, event.position()).normalized())
        elif not dragged and left:
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self._map.clicked(event.position(), picking=control)
        elif dragged and not carried and not boxed:
            self._map.let_go()

    def double_click(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._map.double_clicked(event.position())
        else:
            self.press(event)  # the second of two quick presses: back and back again

    def leave(self) -> None:
        self._map.pointed(None)

    # -- wheel and touch pad -------------------------------------------------------------------

    def wheel(self, event: QWheelEvent) -> None:
        """A mouse's wheel zooms by notches; two fingers on a touch pad pan, with Ctrl they zoom."""
        event.accept()
        held = event.modifiers()
        turned, pixels = event.angleDelta(), event.pixelDelta()
        if _is_pad(event):
            if held & Qt.KeyboardModifier.ControlModifier:
                self._map.taken()
                self._scrolled_at = event.position()
                self._map.zoom_freely(turned.y() / WHEEL_NOTCH * ZOOM_STEP, event.position())
                self._settle.start()
            elif not pixels.isNull():
                self._map.pan(-pixels.x(), -pixels.y())
            else:
                share = NOTCH_PX / WHEEL_NOTCH
                self._map.pan(-turned.x() * share, -turned.y() * share)
            return
        across = turned.x() or (turned.y() if held & Qt.KeyboardModifier.ShiftModifier else 0)
        if across:
            self._map.pan(-across / WHEEL_NOTCH * PAN_STEP_PX, 0)
            return
        turn = turned.y() / WHEEL_NOTCH
        if turn * self._wheel < 0:
            self._wheel = 0.0  # turned back: what was left over of the other way is void
        self._wheel += turn
        notches = int(self._wheel)
        if notches:
            self._wheel -= notches
            self._map.taken()
            self._map.zoom_about(notches * ZOOM_STEP, event.position())

    # -- keys ----------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Whether the key meant something here. Keys do the same under every layout."""
        if event.key() == Qt.Key.Key_Escape and self.drop_all():
            return True
        if self._map.tool_key(event):
            return True
        far = 4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        step = PAN_STEP_PX * far
        match event.key():
            case Qt.Key.Key_Left:
                self._map.pan(-step, 0)
            case Qt.Key.Key_Right:
                self._map.pan(step, 0)
            case Qt.Key.Key_Up:
                self._map.pan(0, -step)
            case Qt.Key.Key_Down:
                self._map.pan(0, step)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal | Qt.Key.Key_PageUp:
                self._map.zoom_in()
            case Qt.Key.Key_Minus | Qt.Key.Key_PageDown:
                self._map.zoom_out()
            case Qt.Key.Key_Home:
                self._map.show_region()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._map.activate()
            case _:
                return False
        return True


class HandledWidget(QWidget):
    """A widget whose mouse, fingers and keys go to its `Hands`; it does what they mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._momentum = Momentum(self._run_on, self)
        self._hands = Hands(self, self._momentum)  # type: ignore[arg-type]
        self._touch = Touch(self)  # type: ignore[arg-type]
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)

    @property
    def hands(self) -> Hands:
        """The hands on it."""
        return self._hands

    def _run_on(self, dx: float, dy: float) -> None:
        """The map that was thrown moves on by pixels."""
        raise NotImplementedError

    def asked(self, at: QPointF | None) -> None:
        """The menu is asked for, at a canvas point or (None) where the keyboard is."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            return self._touch.pad(event)
        if isinstance(event, QTouchEvent):
            event.accept()
            return self._touch.screen(event)
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hands.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._hands.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._hands.wheel(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the place under the pointer; of what is chosen where a key asks."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        self.asked(None if by_key else QPointF(event.pos()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._hands.key(event):
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hands.leave()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()  # the focus is always visible
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusOutEvent(event)


def _is_pad(event: QWheelEvent) -> bool:
    """Whether two fingers scroll: they say phases or pixels, or come from a touch pad."""
    if event.phase() != Qt.ScrollPhase.NoScrollPhase or not event.pixelDelta().isNull():
        return True
    return event.device().type() == QInputDevice.DeviceType.TouchPad


def _length(step: QPointF) -> float:
    return math.hypot(step.x(), step.y())
