"""A unit in the hand: lifted off the map or the unit board, dropped onto an incident.

Dropping proposes the unit for the incident and sends nobody: Ctrl+Enter signs, as ever. While it
is carried the ghost says what letting go would do. Escape, or letting go elsewhere, does nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from dispatch.domain.message import Problem
from ui.incidents.queue import QueuePanel
from ui.map.view import MapView
from ui.map_parts.card import CALL
from ui.map_parts.proposing import Proposing
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.icons import icon_pixmap

#: A symbol is met from so far: nobody aims to the pixel with something in the hand.
REACH_PX = 34.0
HALO_PX = 26
GHOST_PX = 30
PAD_PX = 10
OFF = QPoint(16, 14)


class Ghost(QWidget):
    """The unit beside the pointer, with what letting go would do."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(None)
        self._context = context
        self.icon, self.text, self.look = "", "", "text"
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(font(Size.BODY, bold=True))

    def put(self, icon: str, text: str, look: str) -> None:
        """A state's icon, words, and their ink (a token of `theme.ui`)."""
        self.icon, self.text, self.look = icon, text, look
        wide = QFontMetrics(self.font()).horizontalAdvance(text)
        self.resize(wide + 16 + 3 * PAD_PX, GHOST_PX)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        ui = self._context.theme.ui
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = ui.focus if self.look == "text_strong" else ui.outline
        painter.setPen(QPen(QColor(edge), 1.5))
        painter.setBrush(QColor(ui.raised))
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        ink, ratio = self._context.theme.state(self.icon), self.devicePixelRatioF()
        painter.drawPixmap(PAD_PX, (GHOST_PX - 16) // 2, icon_pixmap(self.icon, 16, ink, ratio))
        painter.setPen(QColor(getattr(ui, self.look)))
        words = self.rect().adjusted(2 * PAD_PX + 16, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text)


class Halo(QWidget):
    """The line round what a unit would be dropped on."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(None)
        self._context = context
        self.round = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        ui = self._context.theme.ui
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(ui.focus), 3))
        fill = QColor(ui.focus)
        fill.setAlphaF(0.12)
        painter.setBrush(fill)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        corner = box.height() / 2 if self.round else 4
        painter.drawRoundedRect(box, corner, corner)


class Carry(QObject):
    """What is in the hand of one person, wherever it was taken up. One for a context."""

    ended = Signal()
    """Dropped or given up."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self._context = context
        self._proposing = Proposing(context)
        self.unit_id = ""
        #: The incident that letting go would propose the unit for, "" for none.
        self.target = ""
        self.ghost = Ghost(context)
        self.halo = Halo(context)

    @staticmethod
    def of(context: PanelContext) -> Carry:
        """The one of a context."""
        found = context.findChild(Carry, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return found if found is not None else Carry(context)

    def take(self, unit_id: str) -> bool:
        """Take a unit up; False for one that nobody knows, or in a replay."""
        if self._context.board.unit(unit_id) is None or self._context.mode == "replay":
            return False
        self.unit_id, self.target = unit_id, ""
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)
        return True

    def move(self, at: QPoint) -> None:
        """The hand is at a point of the screen."""
        unit = self._context.board.unit(self.unit_id)
        if unit is None:
            self.give_up()
            return
        under = QApplication.widgetAt(at)
        found = self._target_at(under, at)
        self.target = ""
        text = self._context.say("hands.carry.where", unit=self.unit_id)
        look, rect = "text", None
        if found is not None:
            incident_id, rect, is_round = found
            incident = self._context.board.incident(incident_id)
            why = self._proposing.why_not(incident_id, self.unit_id)
            if why is not None:
                text, look, rect = self._context.say(why), "late_text", None
            elif incident is not None:
                self.target, look = incident_id, "text_strong"
                number = incident.number_text
                text = self._context.say("hands.propose", unit=self.unit_id, number=number)
                self.halo.round = is_round
        window = under.window() if under is not None else self.ghost.parentWidget()
        self.ghost.put(unit.state.value, text, look)
        self._stand(window, at, rect)

    def _stand(self, window: QWidget | None, at: QPoint, rect: QRect | None) -> None:
        if window is None:
            return
        for widget in (self.halo, self.ghost):
            if widget.parentWidget() is not window:
                widget.setParent(window)
        if rect is None:
            self.halo.hide()
        else:
            self.halo.setGeometry(QRect(window.mapFromGlobal(rect.topLeft()), rect.size()))
            self.halo.show()
            self.halo.raise_()
        here = window.mapFromGlobal(at) + OFF
        here.setX(max(4, min(here.x(), window.width() - self.ghost.width() - 4)))
        here.setY(max(4, min(here.y(), window.height() - GHOST_PX - 4)))
        self.ghost.move(here)
        self.ghost.show()
        self.ghost.raise_()

    def _target_at(self, under: QWidget | None, at: QPoint) -> tuple[str, QRect, bool] | None:
        while under is not None:
            if isinstance(under, MapView):
                near = under.incident_near(QPointF(under.mapFromGlobal(at)), REACH_PX)
                incident = self._context.board.incident(near)
                if near.startswith(CALL) or incident is None or incident.place.point is None:
                    return None
                point = incident.place.point
                middle = under.mapToGlobal(under.canvas_at(point.lon, point.lat).toPoint())
                size = QPoint(HALO_PX, HALO_PX)
                return near, QRect(middle - size, middle + size), True
            if isinstance(under, QueuePanel):
                found = under.incident_at(at)
                return (*found, False) if found is not None else None
            under = under.parentWidget()
        return None

    def drop(self, at: QPoint) -> None:
        """Let go at a point of the screen: propose, or nothing."""
        if not self.unit_id:
            return
        self.move(at)
        unit_id, target = self.unit_id, self.target
        self.give_up()
        if not target:
            return
        try:
            self._proposing.propose(target, unit_id)
        except Problem as problem:
            self._context.commands.refused.emit(problem.message)

    def give_up(self) -> None:
        """Put the unit back where it was."""
        if not self.unit_id:
            return
        self.unit_id = self.target = ""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        for widget in (self.halo, self.ghost):
            widget.hide()
            widget.setParent(None)
        self.ended.emit()

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Escape gives up, before it means anything else."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            assert isinstance(event, QKeyEvent)
            if event.key() == Qt.Key.Key_Escape:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    # After this event: what it removes is this very filter.
                    QTimer.singleShot(0, self, self.give_up)
                return True
        return False


class CarryFrom(QObject):
    """Lets rows of a list be carried: press one and draw it away. `unit_at` names the unit under
    a point of the list's viewport."""

    def __init__(
        self, context: PanelContext, viewport: QWidget, unit_at: Callable[[QPoint], str | None]
    ) -> None:
        super().__init__(viewport)
        self._carry = Carry.of(context)
        self._viewport, self._unit_at = viewport, unit_at
        self._pressed: QPoint | None = None
        self._unit_id: str | None = None
        viewport.installEventFilter(self)

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent):
            return False
        at = event.position().toPoint()
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() == Qt.MouseButton.LeftButton:
                self._pressed, self._unit_id = at, self._unit_at(at)
            case QEvent.Type.MouseMove if self._pressed is not None and self._unit_id:
                far = (at - self._pressed).manhattanLength() >= QApplication.startDragDistance()
                if not self._carry.unit_id and far:
                    self._carry.take(self._unit_id)
                if self._carry.unit_id:
                    self._carry.move(self._viewport.mapToGlobal(at))
                return True  # the list does not choose other rows on the way
            case QEvent.Type.MouseButtonRelease:
                pressed, self._pressed = self._pressed, None
                if self._carry.unit_id and pressed is not None:
                    self._carry.drop(self._viewport.mapToGlobal(at))
        return False
