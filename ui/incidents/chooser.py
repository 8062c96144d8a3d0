"""A line of numbered choices inside a panel: digits pick, Escape leaves; never a dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from ui.commands.key_filter import KEPT_PROPERTY
from ui.commands.keys import chord_of
from ui.incidents.pieces import FlowBox, button, text_label
from ui.panel import PanelContext
from ui.theme.fonts import Size

DIGITS = "1 2 3 4 5 6 7 8 9 0"


@dataclass(frozen=True)
class Choice:
    """One of them: the key that picks it, what it says, whether it is on."""

    key: str
    words: str
    value: object
    on: bool = False


class Chooser(QFrame):
    """Shows choices, takes the keyboard, and gives it back when one is picked or none.

    `stays`: a pick toggles and the choices stay (flags).
    """

    left = Signal()

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("look", "attention")
        self.setProperty(KEPT_PROPERTY, f"{DIGITS} Escape Enter Left Right")
        self.prompt = text_label(self, "strong", bold=True)
        self.choices_box = FlowBox(self)
        self.hint = text_label(self, "small", size=Size.SMALL)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 8, 12, 8)
        rows.setSpacing(6)
        rows.addWidget(self.prompt)
        rows.addWidget(self.choices_box)
        rows.addWidget(self.hint)
        self.choices: tuple[Choice, ...] = ()
        self._picked: Callable[[object], None] = lambda value: None
        self._back: QWidget | None = None
        self._stays = False
        self.hide()

    def ask(
        self,
        prompt: str,
        choices: Sequence[Choice],
        picked: Callable[[object], None],
        *,
        stays: bool = False,
    ) -> None:
        """Ask; `picked(value)` hears the answer."""
        focus = QApplication.focusWidget()
        if focus is not None and focus is not self and not self.isAncestorOf(focus):
            self._back = focus
        self._picked, self._stays = picked, stays
        self.prompt.setText(prompt)
        self.setAccessibleName(prompt)
        self.hint.setText(self.context.say("incident.choose_hint"))
        self.fill(choices)
        self.show()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def fill(self, choices: Sequence[Choice]) -> None:
        """Other choices than before."""
        self.choices = tuple(choices)
        widgets = []
        for choice in self.choices:
            made = button(self.choices_box, "chip")
            made.setText(f"{choice.key}  {choice.words}")
            made.setCheckable(True)
            made.setChecked(choice.on)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            made.clicked.connect(lambda _=False, value=choice.value: self._pick(value))
            widgets.append(made)
        self.choices_box.fill(widgets)

    def leave(self) -> None:
        """Away with it; the keyboard goes back to where it was."""
        if self.isHidden():
            return
        had = self.hasFocus()
        self.hide()
        if had and self._back is not None:
            try:
                self._back.setFocus(Qt.FocusReason.OtherFocusReason)
            except RuntimeError:  # its widget is gone
                self._back = None
        self._back = None
        self.left.emit()

    def _pick(self, value: object) -> None:
        if not self._stays:
            self.leave()
        self._picked(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A choice's key, whatever layout is on; Escape and Enter leave."""
        chord = chord_of(event)
        key = str(chord) if chord is not None else ""
        for choice in self.choices:
            if key == choice.key:
                self._pick(choice.value)
                return
        if key in ("Escape", "Enter"):
            self.leave()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The focus ring while the keyboard is here."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(self.context.theme.ui.focus), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
