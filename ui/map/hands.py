"""Mouse and keys on the map: drag, wheel, box zoom, arrows. Decides what a gesture means."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

#: A press that moves less than this is a click.
CLICK_PX = 4.0
PAN_STEP_PX = 90
WHEEL_NOTCH = 120
ZOOM_STEP = 0.5


class Moved(Protocol):
    """What hands can do to a map."""

    def pan(self, dx: float, dy: float) -> None: ...
    def zoom_about(self, steps: float, at: QPointF) -> None: ...
    def zoom_in(self) -> None: ...
    def zoom_out(self) -> None: ...
    def show_region(self) -> None: ...
    def clicked(self, at: QPointF, *, picking: bool) -> None: ...
    def double_clicked(self, at: QPointF) -> None: ...
    def pointed(self, at: QPointF | None) -> None: ...
    def stretched(self, box: QRectF | None) -> None: ...
    def zoom_to(self, box: QRectF) -> None: ...
    def activate(self) -> None: ...
    def tool_key(self, event: QKeyEvent) -> bool: ...


class Hands:
    """Turns the events of one map into what they mean."""

    def __init__(self, target: Moved) -> None:
        self._map = target
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._dragging = False
        self._boxing = False
        self._wheel = 0.0

    @property
    def dragging(self) -> bool:
        """Whether a drag is going on."""
        return self._dragging

    def press(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._last = event.position()
            self._dragging = False
            self._boxing = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)

    def move(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed is None:
            self._map.pointed(at)
            return
        if not self._dragging and _length(at - self._pressed) >= CLICK_PX:
            self._dragging = True
        if self._dragging and self._boxing:
            self._map.stretched(QRectF(self._pressed, at).normalized())
        elif self._dragging:
            step = at - self._last
            self._map.pan(-step.x(), -step.y())
        self._last = at

    def release(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        pressed, self._pressed = self._pressed, None
        if self._dragging and self._boxing:
            self._map.stretched(None)
            self._map.zoom_to(QRectF(pressed, event.position()).normalized())
        elif not self._dragging:
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self._map.clicked(event.position(), picking=control)
        self._dragging = self._boxing = False

    def double_click(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._map.double_clicked(event.position())

    def leave(self) -> None:
        self._map.pointed(None)

    def wheel(self, event: QWheelEvent) -> None:
        """A notch is half a level; a touch pad's small steps add up."""
        self._wheel += event.angleDelta().y() / WHEEL_NOTCH
        notches = int(self._wheel)
        if notches:
            self._wheel -= notches
            self._map.zoom_about(notches * ZOOM_STEP, event.position())
        event.accept()

    def key(self, event: QKeyEvent) -> bool:
        """Whether the key meant something here. Keys do the same under every layout."""
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
    """A widget whose mouse and keys go to its `Hands`; it does what they mean (`Moved`)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hands = Hands(self)  # type: ignore[arg-type]

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


def _length(step: QPointF) -> float:
    return float((step.x() ** 2 + step.y() ** 2) ** 0.5)
