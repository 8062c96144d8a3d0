"""Adding a person who may sign on: the first one of a new centre, and others later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QPushButton, QWidget

from dispatch.domain.message import Message, Problem
from ui.panel import PanelContext
from ui.shell.overlay import Overlay

ROLES = ("dispatcher", "supervisor", "trainer", "administrator")
MAX_NAME, MAX_PIN = 80, 64

AddPerson = Callable[[str, str, str, str], Any]
"""User id, name, role, PIN; raises `Problem` for a PIN too short or a known id."""


def user_id_of(name: str) -> str:
    """An id from a name: `A. Seitkali` is `a.seitkali`; letters of any script stay."""
    words = "".join(char if char.isalnum() else " " for char in name.casefold()).split()
    return ".".join(words)[:60]


class PeopleForm(Overlay):
    """Name, role, PIN twice. The hash takes a tenth of a second, beside the surface."""

    added = Signal(str)
    """The id of the person who was added."""
    _answered = Signal(object)

    def __init__(self, context: PanelContext, window: QWidget, add: AddPerson) -> None:
        super().__init__(context, window, 420)
        self._add = add
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.about.setProperty("look", "dim")
        self.name = QLineEdit(self, maxLength=MAX_NAME)
        self.role = QComboBox(self)
        self.pin = QLineEdit(self, maxLength=MAX_PIN, echoMode=QLineEdit.EchoMode.Password)
        self.again = QLineEdit(self, maxLength=MAX_PIN, echoMode=QLineEdit.EchoMode.Password)
        self.button = QPushButton(self)
        self.button.setProperty("look", "primary")
        self.answer = QLabel(self)
        self.answer.setProperty("look", "error")
        self.answer.setWordWrap(True)
        self.answer.setTextFormat(Qt.TextFormat.PlainText)
        self.answer.hide()
        self._labels = [QLabel(self) for _ in range(4)]
        form = QFormLayout()
        form.setSpacing(8)
        fields = (self.name, self.role, self.pin, self.again)
        for label, field in zip(self._labels, fields, strict=True):
            form.addRow(label, field)
        self.rows.addWidget(self.about)
        self.rows.addLayout(form)
        self.rows.addWidget(self.answer)
        self.rows.addWidget(self.button)
        self.button.clicked.connect(self._ask)
        for field in (self.name, self.pin, self.again):
            field.returnPressed.connect(self._ask)
        self._answered.connect(self._on_answer)
        self.retranslate()

    def retranslate(self) -> None:
        """Every word anew."""
        say = self.context.say
        self.title.setText(say("shell.people.title"))
        self.about.setText(say("shell.people.about"))
        names = ("name", "role", "pin", "again")
        fields = (self.name, self.role, self.pin, self.again)
        for label, key, field in zip(self._labels, names, fields, strict=True):
            label.setText(say(f"shell.people.{key}"))
            field.setAccessibleName(label.text())
        role = self.role.currentData() or "supervisor"
        self.role.clear()
        for known in ROLES:
            self.role.addItem(say(f"shell.role.{known}"), known)
        self.role.setCurrentIndex(ROLES.index(role))
        self.button.setText(say("shell.people.add"))

    def take_focus(self) -> None:
        """The name comes first."""
        self.name.setFocus()

    def _ask(self) -> None:
        user_id = user_id_of(self.name.text())
        if not user_id:
            self._complain(Message("shell.people.no_name"))
            self.name.setFocus()
        elif self.pin.text() != self.again.text():
            self._complain(Message("shell.people.pins_differ"))
            self.again.setFocus()
        elif not self.pin.text():
            self.pin.setFocus()
        else:
            self.setEnabled(False)
            name, role, pin = self.name.text().strip(), self.role.currentData(), self.pin.text()
            threading.Thread(
                target=self._work, args=(user_id, name, role, pin), name="people", daemon=True
            ).start()

    def _work(self, user_id: str, name: str, role: str, pin: str) -> None:
        try:
            self._add(user_id, name, role, pin)
        except Problem as problem:
            self._answered.emit(problem)
        else:
            self._answered.emit(user_id)

    def _on_answer(self, answer: object) -> None:
        self.setEnabled(True)
        self.pin.clear()
        self.again.clear()
        if isinstance(answer, Problem):
            self._complain(answer.message)
            self.pin.setFocus()
            return
        self.name.clear()
        self.answer.hide()
        self.close_it()
        self.added.emit(str(answer))

    def _complain(self, message: Message) -> None:
        self.answer.setText(self.context.say(message))
        self.answer.show()
        self.place()
