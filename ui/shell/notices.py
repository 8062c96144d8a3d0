"""What the program has to say, one line each over the map: it stays until it is dealt with.

The lines lie over the map's upper edge, so that nothing under a hand or an eye ever jumps.

Alarms come from the board and stand until somebody takes them or their cause ends. A refusal of
the same thing replaces the one before, so that a key held down does not fill the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dispatch.domain.message import Message
from dispatch.domain.staff import Alarm
from ui.commands.key_filter import CONTEXT_PROPERTY
from ui.panel import PanelContext
from ui.shell.dock import HEADER_HEIGHT
from ui.shell.overlay import Overlay
from ui.theme.fonts import Size, font
from ui.theme.stylesheet import as_tip

SHOWN = 3
"""Lines at once; "4 more" opens the rest."""
PASSING_MS = 6_000
ROW_HEIGHT = 32
BUTTONS_WIDTH = 56
"""The map's own buttons stand at its left edge, this wide."""
WIDEST = 960
_MOVES = frozenset({QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide})


class Weight(Enum):
    """How much a notice matters."""

    PASSING = "passing"
    """The answer to the key just pressed; goes by itself, since nothing has to be done."""
    NOTICE = "notice"
    """To be read: stays until dismissed."""
    ALARM = "alarm"
    """From the board: stays until taken or over."""


@dataclass(frozen=True)
class Notice:
    """One line. `key` names what it is about: a newer notice of the same key replaces it."""

    key: str
    message: Message
    weight: Weight
    alarm_id: str = ""


class Notices(QWidget):
    """The lines. `over`: the widget whose upper edge they lie on, the map's dock."""

    def __init__(self, context: PanelContext, window: QWidget, over: QWidget | None) -> None:
        super().__init__(window)
        self._context = context
        self._over = over
        self._own: list[Notice] = []
        self._alarm_ids: tuple[str, ...] = ()
        self._all = False
        self._rows: list[_Line] = []
        self.setProperty(CONTEXT_PROPERTY, "notices")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(0)
        self._passing = QTimer(self, interval=PASSING_MS, singleShot=True)
        self._passing.timeout.connect(self.clear_passing)
        for watched in (window, over):
            if watched is not None:
                watched.installEventFilter(self)
        context.changed.connect(self._on_changes)
        context.replaced.connect(self.refresh)
        context.language_changed.connect(self.refresh)
        context.theme_changed.connect(self.refresh)
        self.hide()

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Follow the map wherever its dock goes."""
        if event.type() in _MOVES and self._rows:
            QTimer.singleShot(0, self, self.place)
        return False

    def place(self) -> None:
        """Over the map's upper edge, beside its buttons; over the window's where it floats."""
        window = self.parentWidget()
        left, right, top = 280, window.width() - 280, 76
        over = self._over
        if over is not None and over.isVisible() and over.window() is window:
            corner = over.mapTo(window, QPoint(0, 0))
            left, right = corner.x() + BUTTONS_WIDTH, corner.x() + over.width() - 12
            top = corner.y() + HEADER_HEIGHT + 8
        wide = max(280, min(WIDEST, right - left))
        self.setGeometry(left, top, wide, ROW_HEIGHT * len(self._rows) + 2)
        self.raise_()
        # What a person has opened, or must type a PIN into, stays above what comes meanwhile.
        for overlay in window.findChildren(
            Overlay, options=Qt.FindChildOption.FindDirectChildrenOnly
        ):
            if overlay.isVisible():
                overlay.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hairline round all lines, so that they stand off the map."""
        painter = QPainter(self)
        painter.setPen(QColor(self._context.theme.ui.outline))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def tell(self, message: Message, weight: Weight = Weight.NOTICE, key: str = "") -> None:
        """Say something."""
        key = key or message.id
        self._own = [notice for notice in self._own if notice.key != key]
        self._own.insert(0, Notice(key, message, weight))
        if weight is Weight.PASSING:
            self._passing.start()
        announce(self, self._context.say(message), urgent=weight is not Weight.PASSING)
        self.refresh()

    def dismiss(self, key: str) -> None:
        """It was read."""
        self._own = [notice for notice in self._own if notice.key != key]
        self.refresh()

    def standing(self) -> list[Notice]:
        """Everything to be shown, most pressing first."""
        # What reads alike is one line: twenty unanswered calls must not hide the sentence that
        # differs. Taking it brings up the next of its kind; the top bar counts them all.
        alarms: dict[tuple[str, str], Notice] = {}
        for alarm in self._context.board.alarms():
            if alarm.taken_us is None:
                alike = (alarm.message.id, repr(sorted(alarm.message.values.items())))
                notice = Notice(alarm.alarm_id, alarm.message, Weight.ALARM, alarm.alarm_id)
                alarms.setdefault(alike, notice)
        return [*alarms.values(), *self._own]

    def first_alarm(self) -> Alarm | None:
        """The alarm that F8 goes to: the oldest nobody has taken."""
        return next((a for a in self._context.board.alarms() if a.taken_us is None), None)

    def refresh(self) -> None:
        """Draw the lines anew."""
        standing = self.standing()
        shown = standing if self._all else standing[:SHOWN]
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        more = len(standing) - len(shown)
        for notice in shown:
            row = _Line(self._context, notice, self, more if notice is shown[-1] else 0)
            self._column.addWidget(row)
            self._rows.append(row)
        self.setVisible(bool(shown))
        if shown:
            self.place()

    def show_all(self) -> None:
        """Every line, not only the first few."""
        self._all = not self._all
        self.refresh()

    def take_focus(self) -> None:
        """Put the keyboard on the first line."""
        if self._rows:
            self._rows[0].button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def clear_passing(self) -> None:
        """What needed no answer goes."""
        self._own = [notice for notice in self._own if notice.weight is not Weight.PASSING]
        self.refresh()

    def _on_changes(self, changes: object) -> None:
        if not any(change.noun == "alarm" for change in changes):  # type: ignore[attr-defined]
            return
        standing = tuple(a.alarm_id for a in self._context.board.alarms() if a.taken_us is None)
        for alarm in self._context.board.alarms():
            if alarm.alarm_id in standing and alarm.alarm_id not in self._alarm_ids:
                announce(self, self._context.say(alarm.message), urgent=True)
        self._alarm_ids = standing
        self.refresh()


def announce(widget: QWidget, text: str, *, urgent: bool) -> None:
    """Have a screen reader say something without moving the focus."""
    event = QAccessibleAnnouncementEvent(widget, text)
    event.setPoliteness(
        QAccessible.AnnouncementPoliteness.Assertive
        if urgent
        else QAccessible.AnnouncementPoliteness.Polite
    )
    QAccessible.updateAccessibility(event)


class _Line(QWidget):
    """One notice: a mark, the words, and what can be done about it."""

    def __init__(self, context: PanelContext, notice: Notice, strip: Notices, more: int) -> None:
        super().__init__(strip)
        self._context = context
        self._notice = notice
        self.setFixedHeight(ROW_HEIGHT)
        words = QLabel(context.say(notice.message), self)
        words.setTextFormat(Qt.TextFormat.PlainText)  # values come from files and feeds
        words.setToolTip(as_tip(words.text()))
        words.setFont(font(Size.BODY, bold=notice.weight is Weight.ALARM))
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        words.setProperty("look", "error" if notice.weight is Weight.ALARM else "")
        self.button = QPushButton(self)
        self.button.setProperty("look", "quiet")
        say, commands = context.say, context.commands
        if notice.weight is Weight.ALARM:
            key = commands.key_text("alarm.acknowledge")
            self.button.setText(f"{say('shell.notice.take')} · {key}")
            self.button.clicked.connect(
                lambda: commands.run("alarm.acknowledge", alarm_id=notice.alarm_id)
            )
        else:
            self.button.setText(say("shell.notice.dismiss"))
            self.button.clicked.connect(lambda: strip.dismiss(notice.key))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(words, 1)
        if more:
            rest = QPushButton(say("shell.notice.more", n=more), self)
            rest.setProperty("look", "quiet")
            rest.clicked.connect(strip.show_all)
            row.addWidget(rest)
        row.addWidget(self.button)

    def paintEvent(self, event: QPaintEvent) -> None:
        ui = self._context.theme.ui
        alarm = self._notice.weight is Weight.ALARM
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(ui.error_fill if alarm else ui.attention))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(ui.hairline))
        painter.fillRect(0, 0, 3, self.height(), QColor(ui.alarm if alarm else ui.focus))
