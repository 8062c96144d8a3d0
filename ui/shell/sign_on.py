"""Signing on at the desk, in the window: who, and a PIN. The same panel unlocks a locked desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from dispatch.domain.message import Message, Problem
from ui.commands.key_filter import KEPT_PROPERTY
from ui.panel import PanelContext
from ui.shell.overlay import Overlay
from ui.theme.fonts import Size, font

ROWS_SHOWN = 6


class Person(Protocol):
    """Somebody who may sign on."""

    @property
    def user_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...


class SignOn(Overlay):
    """The people of this centre and a field for the PIN; Enter signs on."""

    asked = Signal(str, str)
    """User id and PIN. The PIN is kept nowhere."""

    def __init__(
        self,
        context: PanelContext,
        window: QWidget,
        people: Callable[[], Sequence[Person]],
        hint: Message | None = None,
    ) -> None:
        super().__init__(context, window, 420)
        self._people = people
        self._hint = hint
        self._locked_by: str | None = None
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.about.setProperty("look", "dim")
        self.list = QListWidget(self)
        self.list.setProperty("look", "plain")
        self.list.setFont(font(Size.BODY))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setProperty(KEPT_PROPERTY, "Up Down Home End Enter Space")
        self.pin = QLineEdit(self)
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setMaxLength(64)
        self.pin.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.pin.setProperty(KEPT_PROPERTY, "Up Down Enter")
        self.button = QPushButton(self)
        self.button.setProperty("look", "primary")
        self.answer = QLabel(self)
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.PlainText)
        self.answer.setProperty("look", "error")
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("look", "dim")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.pin, 1)
        row.addWidget(self.button)
        for widget in (self.about, self.list):
            self.rows.addWidget(widget)
        self.rows.addLayout(row)
        self.rows.addWidget(self.answer)
        self.rows.addWidget(self.hint)
        self.button.clicked.connect(self._ask)
        self.pin.returnPressed.connect(self._ask)
        self.pin.textEdited.connect(lambda: self.answer.hide())
        self.list.itemActivated.connect(lambda item: self.pin.setFocus())
        self.list.itemClicked.connect(lambda item: self.pin.setFocus())
        self.pin.installEventFilter(self)
        self.answer.hide()
        self.retranslate()

    def retranslate(self) -> None:
        """Every word anew."""
        say = self.context.say
        locked = self._locked_by is not None
        self.title.setText(say("shell.sign_on.locked" if locked else "shell.sign_on.title"))
        self.about.setText(say("shell.sign_on.about_locked" if locked else "shell.sign_on.about"))
        self.list.setAccessibleName(say("shell.sign_on.people"))
        self.pin.setPlaceholderText(say("shell.sign_on.pin"))
        self.pin.setAccessibleName(say("shell.sign_on.pin"))
        self.button.setText(say("shell.sign_on.unlock" if locked else "shell.sign_on.go"))
        self.hint.setVisible(self._hint is not None)
        if self._hint is not None:
            self.hint.setText(say(self._hint))
        self._fill()

    def open_for(self, locked_by: str | None) -> None:
        """Open to sign on, or (with a user id) to unlock the desk that this person locked."""
        self._locked_by = locked_by
        self.answer.hide()
        self.pin.clear()
        self.setEnabled(True)
        self.retranslate()
        self.open()

    def take_focus(self) -> None:
        """The PIN of whoever is marked; arrows choose another person."""
        self.pin.setFocus(Qt.FocusReason.PopupFocusReason)

    def refused(self, problem: Problem) -> None:
        """Say why, and let it be tried again."""
        self.setEnabled(True)
        self.answer.setText(self.context.say(problem.message))
        self.answer.show()
        self.pin.clear()
        self.place()
        self.take_focus()

    def accepted(self) -> None:
        """Close; the PIN does not stay in the field."""
        self.setEnabled(True)
        self.pin.clear()
        self.stays = False
        self.close_it()

    def _fill(self) -> None:
        marked = self.list.currentItem()
        user_id = marked.data(Qt.ItemDataRole.UserRole) if marked is not None else None
        self.list.clear()
        people = [
            person
            for person in self._people()
            if self._locked_by is None or person.user_id == self._locked_by
        ]
        for person in people:
            role = self.context.say(f"shell.role.{person.role}")
            item = QListWidgetItem(f"{person.name}  ·  {role}")
            item.setData(Qt.ItemDataRole.UserRole, person.user_id)
            self.list.addItem(item)
            if person.user_id == user_id:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.list.setFixedHeight(28 * min(ROWS_SHOWN, max(1, len(people))) + 4)

    def eventFilter(self, target: object, event: object) -> bool:
        """Arrows in the PIN field choose the person."""
        if (
            target is self.pin
            and isinstance(event, QKeyEvent)
            and event.type() == QKeyEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        ):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            row = self.list.currentRow() + step
            self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
            return True
        return super().eventFilter(target, event)  # type: ignore[arg-type]

    def _ask(self) -> None:
        item = self.list.currentItem()
        if item is None or not self.pin.text():
            self.take_focus()
            return
        self.answer.hide()
        self.setEnabled(False)
        self.asked.emit(str(item.data(Qt.ItemDataRole.UserRole)), self.pin.text())
