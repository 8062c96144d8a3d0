"""An overlay with buttons: Enter presses the one in focus, Escape closes unless it stays."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from ui.commands.key_filter import KEPT_PROPERTY
from ui.panel import PanelContext
from ui.shell.overlay import Overlay
from ui.theme.fonts import Size, font

TOP = 104
KEPT = "Enter Escape Up Down Left Right PageUp PageDown Home End Space"


class Sheet(Overlay):
    """What brief and score share."""

    def __init__(self, context: PanelContext, window: QWidget, width: int) -> None:
        super().__init__(context, window, width)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.buttons.addStretch(1)
        self.first: QWidget = self

    def line(self, look: str = "", *, size: Size = Size.BODY) -> QLabel:
        """A line of words at the end of the sheet."""
        label = QLabel(self)
        label.setProperty("look", look)
        label.setFont(font(size))
        label.setWordWrap(True)
        self.rows.addWidget(label)
        return label

    def button(self, look: str, pressed: Callable[[], None]) -> QPushButton:
        """A button at the foot."""
        button = QPushButton(self)
        button.setProperty("look", look)
        button.setProperty(KEPT_PROPERTY, KEPT)
        button.clicked.connect(pressed)
        self.buttons.addWidget(button)
        return button

    def take_focus(self) -> None:
        """The keyboard where the work is."""
        self.first.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Below the trainer's strip, which stays in sight."""
        super().place()
        self.setMaximumHeight(self.parentWidget().height() - TOP - 32)
        self.move(self.x(), TOP)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Escape; nothing goes on to what lies under the sheet."""
        focus = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if isinstance(focus, QPushButton):
                focus.click()
        elif event.key() == Qt.Key.Key_Escape and not self.stays:
            self.close_it()
        event.accept()
