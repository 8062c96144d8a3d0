"""What the sections of the incident panel are made of: labels, key caps, rows that wrap."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dispatch.domain.incident import Incident
from dispatch.domain.message import Message, Problem
from ui.commands.key_filter import KEPT_PROPERTY
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.icons import draw_level
from ui.theme.stylesheet import set_look

SIDE = 16
"""Left and right margin of a section."""


def text_label(parent: QWidget, look: str = "", *, size: Size = Size.BODY, wrap: bool = True,
               bold: bool = False) -> QLabel:  # fmt: skip
    """A label in a role of the style sheet; its text is plain and can be picked up by pointer."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(font(size, bold=bold))
    label.setWordWrap(wrap)
    if look:
        label.setProperty("look", look)
    if wrap:
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
        label.setMinimumWidth(40)
    return label


def put(label: QLabel, text: str, look: str | None = None) -> None:
    """A label's text (and role); an empty one is hidden, an equal one left alone."""
    if look is not None:
        set_look(label, look)
    if label.text() != text:
        label.setText(text)
    if label.isHidden() == bool(text):
        label.setVisible(bool(text))


def key_cap(parent: QWidget, key: str = "") -> QLabel:
    """A key drawn as a cap."""
    cap = QLabel(key, parent)
    cap.setProperty("look", "key")
    cap.setFont(font(Size.SMALL))
    cap.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return cap


def ai_mark(parent: QWidget) -> QLabel:
    """The mark of what a model or an algorithm produced."""
    mark = QLabel("AI", parent)
    mark.setProperty("look", "ai")
    mark.setFont(font(Size.SMALL, bold=True))
    mark.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return mark


def button(parent: QWidget, look: str = "quiet") -> QPushButton:
    """A button that answers Space and Enter itself while it has the keyboard."""
    made = QPushButton(parent)
    made.setProperty("look", look)
    made.setProperty(KEPT_PROPERTY, "Space Enter")
    made.setAutoDefault(True)
    return made


def by_pointer(context: PanelContext, handler: Callable[..., None]) -> Callable[..., None]:
    """A slot that says as a notice why it cannot be done, as a command does; nothing in a replay.

    Arguments that a handler does not take (a button's `checked`) are for the caller to drop.
    """

    def heard(*values: object) -> None:
        if context.mode == "replay":
            context.commands.refused.emit(Message("incident.confirm.replay"))
            return
        try:
            handler(*values)
        except Problem as problem:
            context.commands.refused.emit(problem.message)

    return heard


class Elided(QLabel):
    """A line that is cut with an ellipsis where it has no room, and says the rest in a tool tip."""

    def setText(self, text: str) -> None:
        """The whole line is the tool tip."""
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """It gives way to what stands beside it."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """As much as fits."""
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment()), text)


class Section(QWidget):
    """A part of the incident panel: a heading with an aside, and what follows under it.

    `show_incident` puts everything anew; `tick` what changes with time alone.
    """

    heading_id = ""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.incident: Incident | None = None
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(SIDE, 10, SIDE, 10)
        self.rows.setSpacing(6)
        self.heading = QLabel(self)
        self.heading.setProperty("look", "heading")
        self.heading.setFont(font(Size.SMALL, bold=True, spaced=True))
        self.aside = Elided(self)
        self.aside.setProperty("look", "small")
        self.aside.setFont(font(Size.SMALL))
        self.aside.setTextFormat(Qt.TextFormat.PlainText)
        self.aside.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.aside.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if self.heading_id:
            self.top = QHBoxLayout()
            self.top.setSpacing(8)
            self.top.addWidget(self.heading)
            self.top.addWidget(self.aside, 1)
            self.rows.addLayout(self.top)
        else:
            self.heading.hide()
            self.aside.hide()

    def show_incident(self, incident: Incident) -> None:
        """Everything anew for an incident."""
        self.incident = incident
        if self.heading_id:
            self.heading.setText(self.context.say(self.heading_id))

    def tick(self, now_us: int) -> None:
        """What changes with time alone."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hairline above."""
        ui = self.context.theme.ui
        QPainter(self).fillRect(0, 0, self.width(), 1, QColor(ui.hairline))


class LevelSymbol(QWidget):
    """A level as shape, digit and colour; a ring with a question mark where none is known."""

    def __init__(self, context: PanelContext, parent: QWidget, side: int = 28) -> None:
        super().__init__(parent)
        self._context, self._rank, self._side = context, None, side
        self.setFixedSize(side, side)

    def set_rank(self, rank: int | None) -> None:
        """Show the level of a rank 1..5, or none."""
        self._rank: int | None = rank
        self.setAccessibleName(self._context.say("queue.level", n=rank) if rank else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The symbol of the map and the queue."""
        painter = QPainter(self)
        painter.setFont(font(Size.BODY, bold=True))
        box = QRectF(1, 1, self._side - 2, self._side - 2)
        if self._rank is not None:
            level = self._context.theme.level(self._rank)
            draw_level(painter, self._rank, box, level.fill, level.ink, level.line)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._context.theme.ui.control), 2))
        painter.drawEllipse(box.adjusted(3, 3, -3, -3))
        painter.setPen(QColor(self._context.theme.ui.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "?")


class Flow(QLayout):
    """Widgets one after the other, wrapped into as many rows as the width needs."""

    def __init__(self, gap: int = 8, row_gap: int = 4) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap, self._row_gap = gap, row_gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item in at the end."""
        self._items.append(item)

    def count(self) -> int:
        """How many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        """An item by its place."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        """An item, taken out."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """It takes no more room than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height at a width."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Put every item in its place."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        """The widest item, and the height of one row."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """No item is cut."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        x, y, tall = rect.x(), rect.y(), 0
        for item in self._items:
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            hint = item.sizeHint()
            wide = min(hint.width(), max(1, rect.width()))
            if x + wide > rect.right() + 1 and tall:
                x, y, tall = rect.x(), y + tall + self._row_gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), QSize(wide, hint.height())))
            x += wide + self._gap
            tall = max(tall, hint.height())
        return y + tall - rect.y()


class FlowBox(QWidget):
    """A widget whose children flow."""

    def __init__(self, parent: QWidget, gap: int = 8) -> None:
        super().__init__(parent)
        self.flow = Flow(gap)
        self.setLayout(self.flow)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def fill(self, widgets: Iterable[QWidget]) -> None:
        """Other children than before."""
        while (item := self.flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for widget in widgets:
            self.flow.addWidget(widget)
            widget.show()
        self.flow.invalidate()
        self.updateGeometry()


def card(parent: QWidget, look: str = "card") -> tuple[QFrame, QVBoxLayout]:
    """A frame with a ground of its own, and its rows."""
    frame = QFrame(parent)
    frame.setProperty("look", look)
    rows = QVBoxLayout(frame)
    rows.setContentsMargins(12, 8, 12, 8)
    rows.setSpacing(4)
    return frame, rows
