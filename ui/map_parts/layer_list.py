"""The list of layers that opens beside its button: one line a layer, its key, its ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.commands.key_filter import CONTEXT_PROPERTY, KEPT_PROPERTY
from ui.map_parts.part import Option, Switch
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.stylesheet import set_look

WIDE_PX = 304
EDGE_PX = 12
ALARM_PX, LOW_PX = 56, 320
"""Room left for an alarm at the upper edge, where the map is not too low for that."""
MARGIN = 12
KEPT_KEYS = "Up Down Left Right Space Enter Escape"
INDENT = 28
ROW_PX, BOX_PX = 26, 15
GROUPS = ("maplayers.group.time", "maplayers.group.live", "maplayers.group.city")


class TickBox(QCheckBox):
    """A check box whose empty square can be seen in every theme."""

    def __init__(self, context: PanelContext, words: str, parent: QWidget) -> None:
        super().__init__(words, parent)
        self._context = context

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(INDENT + words + 8, ROW_PX)

    def hitButton(self, at: QPoint) -> bool:
        return self.rect().contains(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        ui = self._context.theme.ui
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(QColor(ui.focus), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        box = QRectF(4.5, (self.height() - BOX_PX) / 2 + 0.5, BOX_PX - 1, BOX_PX - 1)
        on, able = self.isChecked(), self.isEnabled()
        painter.setPen(QPen(QColor(ui.control if able else ui.outline), 1.2))
        painter.setBrush(QColor(ui.accent) if on else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        if on:
            draw_tick(painter, box, ui.accent_ink)
        painter.setPen(QColor(ui.text if able else ui.text_faint))
        words = QRectF(INDENT, 0, self.width() - INDENT, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())


def draw_tick(painter: QPainter, box: QRectF, ink: str) -> None:
    """A tick in a square."""
    pen = QPen(QColor(ink), 1.8)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    x, y, side = box.x(), box.y(), box.width()
    corners = ((0.22, 0.52), (0.42, 0.72), (0.78, 0.30))
    painter.drawPolyline([QPointF(x + a * side, y + b * side) for a, b in corners])


class LayerList(QFrame):
    """A child of the map; it takes the keyboard while it is open and gives it back.

    Up and Down go through everything that can be pressed, Space presses, Escape closes.
    """

    def __init__(
        self, context: PanelContext, over: QWidget, switches: Callable[[], Sequence[Switch]]
    ) -> None:
        super().__init__(over)
        self._context, self._over, self._switches = context, over, switches
        self._at = (0, 0)
        self._switched: list[tuple[QCheckBox, Switch]] = []
        set_look(self, "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setFixedWidth(WIDE_PX)
        # Letters and arrows are not the map's while the list has the keyboard.
        self.setProperty(CONTEXT_PROPERTY, "layers")
        self.setProperty(KEPT_PROPERTY, KEPT_KEYS)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(self._scroll)
        self.hide()
        over.installEventFilter(self)

    # -- opening and closing -------------------------------------------------------------------

    def open_at(self, x: int, y: int) -> None:
        """Show the list with its upper left corner here, and take the keyboard."""
        self._at = (x, y)
        self.fill()
        self.show()
        self.raise_()
        first = next(iter(self._pressable()), None)
        (first or self).setFocus(Qt.FocusReason.PopupFocusReason)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_went)

    def close_it(self) -> None:
        """Hide it; the keyboard goes back to the map."""
        if not self.isVisible():
            return
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.disconnect(self._focus_went)
        had = self.isAncestorOf(QApplication.focusWidget() or self._over)
        self.hide()
        if had:
            self._over.setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus_went(self, old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and new is not self and not self.isAncestorOf(new):
            self.close_it()

    # -- content -------------------------------------------------------------------------------

    def fill(self) -> None:
        """Every layer anew, the keyboard where it was."""
        held = self._named_focus()
        body = QWidget()
        body.setAutoFillBackground(False)
        rows = QVBoxLayout(body)
        rows.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        rows.setSpacing(4)
        self._switched = []
        ranked = sorted(
            self._switches(),
            key=lambda switch: GROUPS.index(switch.group) if switch.group in GROUPS else 9,
        )
        for group, switches in groupby(ranked, key=lambda switch: switch.group):
            heading = QLabel(self._context.say(group), body)
            set_look(heading, "heading")
            heading.setFont(font(Size.SMALL, bold=True, spaced=True))
            if rows.count():
                rows.addSpacing(8)
            rows.addWidget(heading)
            for switch in switches:
                self._add(body, rows, switch)
        rows.addStretch(1)
        self._scroll.setWidget(body)
        self._scroll.viewport().setAutoFillBackground(False)
        for widget in self._pressable():
            widget.setProperty(KEPT_PROPERTY, KEPT_KEYS)
            widget.installEventFilter(self)
        self._place()
        if held:
            again = next((w for w in self._pressable() if w.objectName() == held), None)
            if again is not None:
                again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add(self, body: QWidget, rows: QVBoxLayout, switch: Switch) -> None:
        say = self._context.say
        line = QHBoxLayout()
        line.setSpacing(8)
        box = TickBox(self._context, say(switch.title), body)
        box.setObjectName(switch.switch_id)
        box.setFont(font(Size.BODY))
        box.setChecked(switch.is_on())
        why = switch.why_not()
        box.setEnabled(why is None or switch.is_on())
        box.clicked.connect(lambda on, switch=switch: self._turn(switch, on))
        line.addWidget(box, 1)
        key = self._context.commands.key_text(switch.command_id) if switch.command_id else ""
        if key:
            cap = QLabel(key, body)
            set_look(cap, "key")
            cap.setFont(font(Size.SMALL))
            line.addWidget(cap)
        rows.addLayout(line)
        self._switched.append((box, switch))
        if why is not None:
            reason = QLabel(say(why), body)
            set_look(reason, "small")
            reason.setWordWrap(True)
            reason.setIndent(INDENT)
            rows.addWidget(reason)
        if switch.is_on():
            for _, options in groupby(switch.options(), key=lambda option: option.row):
                self._add_options(body, rows, switch, list(options))

    def _add_options(
        self, body: QWidget, rows: QVBoxLayout, switch: Switch, options: list[Option]
    ) -> None:
        line: QHBoxLayout | None = None
        room = 0
        for option in options:
            chip = QPushButton(self._context.say(option.title), body)
            set_look(chip, "chip")
            chip.setObjectName(f"{switch.switch_id}/{option.row}/{option.option_id}")
            chip.setFont(font(Size.SMALL))
            chip.setCheckable(True)
            chip.setChecked(option.is_on)
            chip.setAutoDefault(False)
            chip.clicked.connect(lambda on, option=option: self._choose(option))
            wide = chip.sizeHint().width() + 4
            if line is None or room < wide:
                line = QHBoxLayout()
                line.setSpacing(4)
                line.setContentsMargins(INDENT, 0, 0, 0)
                line.addStretch(1)
                rows.addLayout(line)
                room = WIDE_PX - 2 * MARGIN - INDENT - 10
            room -= wide
            line.insertWidget(line.count() - 1, chip)

    def _turn(self, switch: Switch, on: bool) -> None:
        switch.turn(on)
        self.fill()

    def _choose(self, option: Option) -> None:
        option.choose()
        self.fill()

    def renew(self) -> None:
        """Take up what keys or another panel switched meanwhile."""
        if self.isVisible() and any(box.isChecked() != s.is_on() for box, s in self._switched):
            self.fill()

    # -- place and keys ------------------------------------------------------------------------

    def _place(self) -> None:
        x, y = self._at
        body = self._scroll.widget()
        rows = body.layout() if body is not None else None
        wanted = 80
        if rows is not None:
            rows.activate()
            inner = WIDE_PX - 2
            tall = rows.totalHeightForWidth(inner) if rows.hasHeightForWidth() else -1
            wanted = max(tall, rows.totalSizeHint().height()) + 4
        room = self._over.height() - EDGE_PX
        top = ALARM_PX if room > LOW_PX else EDGE_PX
        tall = min(wanted, room - top)
        self.setFixedHeight(max(80, tall))
        self.move(x, max(top, min(y, room - tall)))

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        if target is self._over:
            if event.type() == QEvent.Type.Resize and self.isVisible():
                self._place()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            # Before a button takes the arrows for a walk of its own.
            return self._key(event.key())
        return False

    def _pressable(self) -> list[QWidget]:
        body = self._scroll.widget()
        if body is None:
            return []
        found = [*body.findChildren(QCheckBox), *body.findChildren(QPushButton)]
        shown = [widget for widget in found if widget.isEnabled()]
        return sorted(shown, key=lambda w: (w.mapTo(body, w.rect().topLeft()).y(), w.x()))

    def _named_focus(self) -> str:
        focus = QApplication.focusWidget()
        return focus.objectName() if focus is not None and self.isAncestorOf(focus) else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._key(event.key())
        event.accept()

    def _key(self, key: int) -> bool:
        if key == Qt.Key.Key_Escape:
            self.close_it()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self._step(1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self._step(-1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focus = QApplication.focusWidget()
            if isinstance(focus, QCheckBox | QPushButton):
                focus.click()
        else:
            return False
        return True

    def _step(self, by: int) -> None:
        pressable = self._pressable()
        focus = QApplication.focusWidget()
        at = pressable.index(focus) if focus in pressable else -by
        if pressable:
            going = pressable[(at + by) % len(pressable)]
            going.setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(going, 0, 24)
