"""Turns key presses into commands, before any widget sees them and whatever layout is on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from ui.commands.catalogue import ANYWHERE
from ui.commands.keys import chord_of
from ui.commands.registry import Registry

CONTEXT_PROPERTY = "command_context"
"""Dynamic property of a panel's top widget: the context of its commands."""


KEPT_PROPERTY = "keeps_keys"
"""Dynamic property of a widget: chords it handles itself, such as "Up Down Enter Escape"."""
_LINE_KEYS = ("Up", "Down", "PageUp", "PageDown", "Enter")


def context_of(widget: QWidget | None) -> str:
    """The context of the panel a widget is in; "anywhere" outside all panels."""
    while widget is not None:
        context = widget.property(CONTEXT_PROPERTY)
        if context:
            return str(context)
        widget = widget.parentWidget()
    return ANYWHERE


def is_typing(widget: QWidget | None) -> bool:
    """Whether the widget takes text, so that letters and digits belong to it."""
    if isinstance(widget, (QLineEdit, QTextEdit, QPlainTextEdit)):
        return not widget.isReadOnly() and widget.isEnabled()
    return isinstance(widget, QAbstractSpinBox) or (
        isinstance(widget, QComboBox) and widget.isEditable()
    )


def keeps(widget: QWidget | None, chord: str) -> bool:
    """Whether a widget keeps a key for itself: a list that walks, a field with completions."""
    if isinstance(widget, (QTextEdit, QPlainTextEdit)) and chord in _LINE_KEYS:
        return True
    return widget is not None and chord in str(widget.property(KEPT_PROPERTY) or "").split()


class KeyFilter(QObject):
    """An event filter for the application: `app.installEventFilter(KeyFilter(registry))`."""

    def __init__(self, registry: Registry, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._registry = registry

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Consume a key press that is a command; leave every other event alone."""
        kind = event.type()
        if kind not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        focus = QApplication.focusWidget()
        if isinstance(target, QWindow):
            if focus is not None or kind is not QEvent.Type.KeyPress:
                return False  # it comes again, addressed to the widget in focus
        elif target is not focus:
            return False  # an ignored key on its way up through the parents
        assert isinstance(event, QKeyEvent)
        chord = chord_of(event)
        if chord is None:
            return False
        command = self._registry.of_chord(chord, context_of(focus))
        if command is None:
            return False
        if is_typing(focus) and chord.edits_text and not _has_nothing_to_undo(focus, str(chord)):
            return False
        if QApplication.activePopupWidget() is not None or keeps(focus, str(chord)):
            return False
        if kind is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.isAutoRepeat() and not command.repeats:
            return True
        self._registry.run(command.id)
        return True


def _has_nothing_to_undo(focus: QWidget | None, chord: str) -> bool:
    """Ctrl+Z in a field without changes of its own undoes the last deed instead."""
    return chord == "Ctrl+Z" and isinstance(focus, QLineEdit) and not focus.isUndoAvailable()
