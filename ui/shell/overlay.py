"""Panels that lie over the window without stopping it: calls ring, times tick, F2 works."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QVBoxLayout, QWidget

from ui.panel import PanelContext
from ui.theme.fonts import Size, font

MARGIN = 16


class Overlay(QFrame):
    """One of them: centred under the top bar, gives the keyboard back when it closes.

    `stays`: it cannot be closed by Escape (signing on while nobody is).
    """

    closed = Signal()

    def __init__(self, context: PanelContext, window: QWidget, width: int) -> None:
        super().__init__(window)
        self.context = context
        self.setProperty("look", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.stays = False
        self._wide = width
        self._came_from: QWidget | None = None
        self.title = QLabel(self)
        self.title.setProperty("look", "title")
        self.title.setFont(font(Size.TITLE, bold=True))
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.rows.setSpacing(8)
        self.rows.addWidget(self.title)
        self.hide()
        window.installEventFilter(self)
        context.language_changed.connect(self.retranslate)

    def retranslate(self) -> None:
        """Every word anew."""

    def open(self) -> None:
        """Show it and take the keyboard."""
        focus = QApplication.focusWidget()
        if not self.isVisible() and focus is not None and not self.isAncestorOf(focus):
            self._came_from = focus
        self.place()
        self.show()
        self.raise_()
        self.take_focus()

    def take_focus(self) -> None:
        """Where typing goes first."""
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_it(self) -> None:
        """Hide it and give the keyboard back to where it was."""
        if not self.isVisible():
            return
        had_focus = self.isAncestorOf(QApplication.focusWidget() or self.window())
        self.hide()
        if had_focus and self._came_from is not None:
            with contextlib.suppress(RuntimeError):  # its widget is gone
                self._came_from.setFocus(Qt.FocusReason.OtherFocusReason)
        self._came_from = None
        self.closed.emit()

    def place(self) -> None:
        """In the middle, below the top bar, never wider or taller than the window."""
        window = self.parentWidget()
        wide = min(self._wide, window.width() - 48)
        self.setFixedWidth(wide)
        self.setMaximumHeight(window.height() - 96)
        self.adjustSize()
        self.move(QPoint((window.width() - self.width()) // 2, 64))

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Nothing that reaches the overlay goes on to what lies under it."""
        event.accept()
