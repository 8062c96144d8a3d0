"""The strip in which a closure gets its reason, end and note: over the map's lower edge, not modal.

Arrows go along a row of choices, Tab to the next row, Enter chooses and, when all is said, closes
the road; Escape puts everything away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from dispatch.domain.closure import NOTE_CAP, ClosureReason
from ui.commands.key_filter import CONTEXT_PROPERTY, KEPT_PROPERTY
from ui.map_parts.closure_words import (
    HOURS,
    End,
    end_of_shift_us,
    minute_of,
    moment_of,
    next_time_us,
)
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.stylesheet import set_look

WIDE_PX = 620
SIDE_PX, UP_PX = 12, 46
HOUR_US = 3_600_000_000
KEYS = "Left Right Up Down Enter Escape Space"


@dataclass(frozen=True)
class Said:
    """What the form says when it is done."""

    reason: ClosureReason
    end: End
    note: str
    one_way: bool


class ClosureForm(QFrame):
    """One form for a new closure and for one that is changed."""

    done = Signal(object)
    """`Said`."""
    cancelled = Signal()
    one_way_changed = Signal(bool)

    def __init__(self, context: PanelContext, over: QWidget) -> None:
        super().__init__(over)
        self._context, self._over = context, over
        self.setProperty("look", "overlay")
        self.setProperty(CONTEXT_PROPERTY, "form")
        self.title, self.aside = QLabel(self), QLabel(self)
        self.title.setFont(font(Size.LARGE, bold=True))
        set_look(self.title, "strong")
        set_look(self.aside, "dim")
        self.reasons = _Row(self, [reason.value for reason in ClosureReason])
        self.ends = _Row(self, [*(f"plus_{h}" for h in HOURS), "shift", "reopened", "at"])
        self.at = QLineEdit(self)
        self.at.setFont(font(Size.BODY))
        self.at.setFixedWidth(76)
        self.at.setMaxLength(5)
        self.note = QLineEdit(self)
        self.note.setFont(font(Size.BODY))
        self.note.setMaxLength(NOTE_CAP)
        self.one_way = QPushButton(self)
        self.one_way.setCheckable(True)
        self.one_way.setAutoDefault(False)
        self.one_way.setFont(font(Size.SMALL))
        set_look(self.one_way, "chip")
        self.close_it = QPushButton(self)
        self.cancel = QPushButton(self)
        set_look(self.close_it, "primary")
        set_look(self.cancel, "quiet")
        self.trouble = QLabel(self)
        set_look(self.trouble, "error")
        self._why, self._until, self._noted = QLabel(self), QLabel(self), QLabel(self)
        self._changes = False
        self._kept = End(None)
        self._lay_out()
        self._connect()
        over.installEventFilter(self)
        self.hide()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 12, 12, 12)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title)
        head.addWidget(self.aside, 1)
        grid.addLayout(head, 0, 0, 1, 2)
        ends = QHBoxLayout()
        ends.setSpacing(4)
        ends.addLayout(self.ends.row)
        ends.addWidget(self.at)
        ends.addStretch(1)
        for number, (label, field) in enumerate(
            ((self._why, self.reasons.row), (self._until, ends)), start=1
        ):
            set_look(label, "dim")
            label.setFont(font(Size.SMALL))
            grid.addWidget(label, number, 0)
            grid.addLayout(field, number, 1)
        set_look(self._noted, "dim")
        self._noted.setFont(font(Size.SMALL))
        grid.addWidget(self._noted, 3, 0)
        grid.addWidget(self.note, 3, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.one_way)
        foot.addWidget(self.trouble, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.close_it)
        grid.addLayout(foot, 4, 0, 1, 2)

    def _connect(self) -> None:
        self.reasons.chosen = lambda key: self._chose(self.reasons)
        self.ends.chosen = lambda key: self._chose(self.ends)
        self.at.textEdited.connect(lambda text: self.ends.choose("at"))
        self.close_it.clicked.connect(self.submit)
        self.cancel.clicked.connect(self.cancelled)
        self.one_way.toggled.connect(self.one_way_changed)
        for field in (self.at, self.note):
            field.setProperty(KEPT_PROPERTY, "Enter Escape")
            field.installEventFilter(self)

    # -- opening -------------------------------------------------------------------------------

    def open_new(self, title: str, aside: str, *, one_way: bool) -> None:
        """Ask everything of a road that was just drawn."""
        self._changes = False
        self.one_way.setVisible(True)
        self.one_way.setChecked(one_way)
        self.note.clear()
        self.at.clear()
        self.reasons.choose("")
        self.ends.choose(f"plus_{HOURS[-1]}")
        self._open(title, aside)
        self.reasons.take_focus()

    def open_change(self, title: str, aside: str, said: Said) -> None:
        """Ask what is to be otherwise."""
        self._changes = True
        self.one_way.setVisible(False)
        self.note.setText(said.note)
        self.reasons.choose(said.reason.value)
        self.ends.choose("reopened" if said.end.reopened else "at")
        until_us = said.end.until_us
        self.at.setText(moment_of(self._context, until_us)[-5:] if until_us is not None else "")
        self._kept = said.end
        self._open(title, aside)
        self.ends.take_focus()

    def _open(self, title: str, aside: str) -> None:
        self.retranslate()
        self.title.setText(title)
        self.aside.setText(aside)
        self.trouble.clear()
        self._place()
        self.show()
        self.raise_()

    def say_aside(self, aside: str) -> None:
        """What was drawn is another length now."""
        self.aside.setText(aside)

    # -- words ---------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """All words in the language of the surface; the ends with the times they mean now."""
        say, now_us = self._context.say, self._context.clock.now_us()
        self._why.setText(say("closures.form.why"))
        self._until.setText(say("closures.form.until"))
        self._noted.setText(say("closures.form.note"))
        self.note.setPlaceholderText(say("closures.form.note_hint"))
        self.at.setPlaceholderText(say("closures.form.at_hint"))
        self.at.setAccessibleName(say("closures.form.at"))
        self.note.setAccessibleName(say("closures.form.note"))
        self.one_way.setText(say("closures.form.one_way"))
        self.cancel.setText(say("closures.form.cancel"))
        done = "closures.form.change" if self._changes else "closures.form.close"
        self.close_it.setText(say(done))
        for reason in ClosureReason:
            self.reasons.say(reason.value, say(f"closures.reason.{reason.value}"))
        for hours in HOURS:
            time = moment_of(self._context, now_us + hours * HOUR_US)
            words = say("closures.form.plus", n=hours)
            self.ends.say(f"plus_{hours}", words, time)
        shift = moment_of(self._context, self._shift_us())
        self.ends.say("shift", say("closures.form.shift"), shift)
        self.ends.say("reopened", say("closures.until_reopened"))
        self.ends.say("at", say("closures.form.at"))

    def _shift_us(self) -> int:
        context = self._context
        return end_of_shift_us(context.clock.now_us(), context.time_zone, context.agency)

    # -- answering -----------------------------------------------------------------------------

    def _end(self) -> End | None:
        """The end that is chosen; None where a time cannot be read."""
        now_us, chosen = self._context.clock.now_us(), self.ends.value
        if chosen == "reopened":
            return End(None, reopened=True)
        if chosen == "shift":
            return End(self._shift_us())
        if chosen.startswith("plus_"):
            return End(now_us + int(chosen.removeprefix("plus_")) * HOUR_US)
        minute = minute_of(self.at.text())
        if minute is None:
            return None
        kept = self._kept.until_us if self._changes else None
        if kept is not None and moment_of(self._context, kept)[-5:] == self.at.text():
            return End(kept)  # untouched: it may lie on another day
        return End(next_time_us(now_us, ZoneInfo(self._context.time_zone), minute))

    def submit(self) -> None:
        """Hand over what was said, or say what is missing and go there."""
        say = self._context.say
        if not self.reasons.value:
            self.trouble.setText(say("closures.form.no_reason"))
            self.reasons.take_focus()
            return
        end = self._end()
        if end is None:
            self.trouble.setText(say("closures.form.no_time"))
            self.at.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        reason = ClosureReason(self.reasons.value)
        self.done.emit(Said(reason, end, self.note.text(), self.one_way.isChecked()))

    def _chose(self, row: _Row) -> None:
        self.trouble.clear()
        if row is self.ends and row.value == "at":
            self.at.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- Qt ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        event.accept()

    def _enter(self) -> None:
        """Enter on a reason chooses it and goes on to the end; anywhere else it is done."""
        focus = self.focusWidget()
        if focus is self.cancel:
            self.cancelled.emit()
        elif self.reasons.holds(focus) and not self.reasons.value:
            self.reasons.press(focus)
            self.ends.take_focus()
        else:
            self.reasons.press(focus)
            self.ends.press(focus)
            self.submit()

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        if target is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        elif target is not self._over and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
                self.keyPressEvent(event)
                return True
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # a click on it is not a click on the map

    def _place(self) -> None:
        wide = min(max(WIDE_PX, self.sizeHint().width()), self._over.width() - 2 * SIDE_PX)
        self.setFixedWidth(max(200, wide))
        self.adjustSize()
        x = (self._over.width() - self.width()) // 2
        self.move(x, max(SIDE_PX, self._over.height() - UP_PX - self.height()))


class _Row:
    """Chips of which one is chosen."""

    def __init__(self, form: QWidget, keys: list[str]) -> None:
        self.value = ""
        self.chosen: Callable[[str], None] = lambda key: None
        self.row = QHBoxLayout()
        self.row.setSpacing(4)
        self._chips: dict[str, _Chip] = {}
        for key in keys:
            chip = self._chips[key] = _Chip(form)
            chip.clicked.connect(lambda on, key=key: self.choose(key, told=True))
            chip.stepped = self._step
            self.row.addWidget(chip)
        if "at" not in keys:
            self.row.addStretch(1)

    def say(self, key: str, words: str, tip: str = "") -> None:
        """Words of a chip; a time stands behind them."""
        self._chips[key].setText(f"{words}  {tip}" if tip else words)

    def choose(self, key: str, *, told: bool = False) -> None:
        """Choose one; "" chooses none."""
        self.value = key
        for own, chip in self._chips.items():
            chip.setChecked(own == key)
        if told:
            self.chosen(key)

    def holds(self, widget: QWidget | None) -> bool:
        """Whether a widget is one of the chips."""
        return widget in self._chips.values()

    def press(self, widget: QWidget | None) -> None:
        """Choose the chip that has the keyboard."""
        for key, chip in self._chips.items():
            if chip is widget:
                self.choose(key)

    def take_focus(self) -> None:
        """The keyboard to the chosen chip, else the first."""
        chip = self._chips.get(self.value) or next(iter(self._chips.values()))
        chip.setFocus(Qt.FocusReason.OtherFocusReason)

    def _step(self, chip: _Chip, by: int) -> None:
        chips = list(self._chips.values())
        chips[(chips.index(chip) + by) % len(chips)].setFocus(Qt.FocusReason.TabFocusReason)


class _Chip(QPushButton):
    """One chip: arrows go to its neighbours."""

    def __init__(self, form: QWidget) -> None:
        super().__init__(form)
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setFont(font(Size.SMALL))
        self.setProperty(KEPT_PROPERTY, KEYS)
        set_look(self, "chip")
        self.stepped: Callable[[_Chip, int], None] = lambda chip, by: None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self.stepped(self, 1)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self.stepped(self, -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            event.ignore()  # the form's
        else:
            super().keyPressEvent(event)
