"""The command line in the top bar: type, see what it would do, Enter."""

from __future__ import annotations

from math import inf

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QVBoxLayout, QWidget

from dispatch.domain.message import Message
from dispatch.domain.unit import Unit
from ui.commands.key_filter import KEPT_PROPERTY
from ui.commands.line import Ask, Parsed, Ready, Words, complete, parse
from ui.map_parts.closure_words import street_of, until_of
from ui.panel import PanelContext
from ui.shell.street_finder import StreetFinder
from ui.theme.fonts import Size, font
from ui.theme.stylesheet import set_look

ROWS = 8
OPTION_HEIGHT = 25


def words_in_use(context: PanelContext) -> Words:
    """Numbers of open incidents and labels of units, as they stand on the board.

    Units that could reach the chosen incident come first, the nearest before all.
    """
    picture = context.board.picture
    chosen = context.selection.incident_id
    advised = picture.recommendations.get(chosen or "")
    reach = {
        candidate.unit_id: candidate.arrival.p50_s
        for candidate in (advised.candidates if advised is not None else ())
        if candidate.arrival is not None and candidate.verdict.passed
    }

    def order(unit: Unit) -> tuple[float, bool, str]:
        """Who could be there first, then who is free: completions come in this order."""
        return reach.get(unit.unit_id, inf), not unit.state.is_available, unit.unit_id

    return Words(
        incidents={i.number_text: i.incident_id for i in picture.open_incidents()},
        units={unit.unit_id: unit.unit_id for unit in sorted(picture.units.values(), key=order)},
        aliases={unit.label: unit.unit_id for unit in picture.units.values()},
        closures=_closed_streets(context),
        selected_incident=chosen,
    )


def _closed_streets(context: PanelContext) -> dict[str, str]:
    """Closed streets by name; of two in one street, the ends tell them apart."""
    found: dict[str, str] = {}
    for closure in context.board.closures():
        street = street_of(context, closure.names)
        label = f"{street} · {until_of(context, closure.until_us)}" if street in found else street
        found[label] = closure.closure_id
    return found


def preview(parsed: Ready) -> Message:
    """What Enter would do, in words."""
    return Message(
        f"commands.preview.{parsed.verb}",
        {
            "number": parsed.number,
            "units": ", ".join(parsed.labels),
            "level": parsed.level,
            "text": parsed.text,
            "state": parsed.state,
            "first": parsed.closing.first if parsed.closing is not None else "",
            "second": parsed.closing.second if parsed.closing is not None else "",
        },
    )


class CommandLine(QWidget):
    """A field with a hint under it. `entered` carries a complete line."""

    entered = Signal(object)
    """`Ready`: a complete line that was entered."""

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setMinimumWidth(180)
        self.setMaximumWidth(560)
        self.field = _Field(self)
        self.field.setFont(font(Size.BODY))
        self.field.setProperty("look", "quiet")
        self.field.setProperty(KEPT_PROPERTY, "Up Down Enter Tab Escape")
        self.field.textChanged.connect(self._typed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        self._drop = _Drop(context, self)
        self._drop.hide()
        self._drop.options.itemClicked.connect(lambda item: self._take(item.text()))
        self._past: list[str] = []
        self._back = 0
        self._streets = StreetFinder(context)
        self._came_from: QWidget | None = None
        context.language_changed.connect(self.retranslate)
        context.privacy_changed.connect(self.forget)
        self.retranslate()

    def forget(self) -> None:
        """Lines that were typed may name people: a locked desk does not bring them back."""
        self._past.clear()
        self._back = 0
        self.field.clear()

    def retranslate(self) -> None:
        """Placeholder and screen reader's name anew."""
        say = self._context.say
        key = self._context.commands.key_text("window.command_line")
        self.field.setPlaceholderText(say("shell.line.placeholder", key=key))
        self.field.setAccessibleName(say("shell.line.name"))

    def open(self, text: str = "") -> None:
        """Put the keyboard here; a later Escape gives it back to where it was."""
        focus = self.window().focusWidget()
        if focus is not self.field:
            self._came_from = focus
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if text:
            self.field.setText(text)
        self._typed(self.field.text())

    def leave(self) -> None:
        """Close the hints and give the keyboard back."""
        self._drop.hide()
        if self._came_from is not None:
            try:
                self._came_from.setFocus(Qt.FocusReason.OtherFocusReason)
            except RuntimeError:  # its widget is gone
                self.field.clearFocus()
        else:
            self.field.clearFocus()

    # -- typing --------------------------------------------------------------------------------

    def _parsed(self) -> Parsed:
        return self._ready(self.field.text())

    def _typed(self, text: str) -> None:
        if not self.field.hasFocus():
            self._drop.hide()
            return
        parsed = self._parsed()
        say = self._context.say
        if isinstance(parsed, Ready):
            message = preview(parsed)
            values = dict(message.values)
            if parsed.state:
                values["state"] = say(f"commands.state.{parsed.state}")
            if parsed.closing is not None:
                end = self._streets.end_of(parsed.closing)
                values["until"] = until_of(self._context, end.until_us)
                values["reason"] = say(f"closures.reason.{parsed.closing.reason}")
            confirm = self._context.commands.key_text("send.confirm")
            self._drop.show_hint(say(message.id, **values, confirm=confirm), (), good=True)
        else:
            lines = complete(text, words_in_use(self._context), ROWS) if text.strip() else ()
            lines = parsed.lines[:ROWS] or lines
            help_ = say(parsed.question) if text.strip() else say("shell.line.help")
            self._drop.show_hint(help_, lines, good=parsed.known)
        self._place_drop()

    def _place_drop(self) -> None:
        corner = self.mapTo(self.window(), QPoint(0, self.height() + 4))
        self._drop.place(corner, max(self.width(), 420))

    def moveEvent(self, event: QMoveEvent) -> None:
        """What stands beside the line grew or shrank: the hint stays under it."""
        super().moveEvent(event)
        if self._drop.isVisible():
            self._place_drop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As where it moves."""
        super().resizeEvent(event)
        if self._drop.isVisible():
            self._place_drop()

    def key(self, event: QKeyEvent) -> bool:
        """Keys of the field: True when taken."""
        key = event.key()
        options = self._drop.options
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            if options.count() and self._drop.isVisible():
                row = max(-1, min(options.count() - 1, options.currentRow() + step))
                options.setCurrentRow(row)
            elif self._past:
                self._back = max(0, min(len(self._past) - 1, self._back + step))
                self.field.setText(self._past[self._back])
            return True
        if key == Qt.Key.Key_Tab and options.count() and self._drop.isVisible():
            item = options.currentItem() or options.item(0)
            self._take(item.text())
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
            return True
        if key == Qt.Key.Key_Escape:
            if self.field.text():
                self.field.clear()
            else:
                self.leave()
            return True
        return False

    def _take(self, line: str) -> None:
        self.field.setText(line if isinstance(self._ready(line), Ready) else line + " ")
        self.field.setFocus()

    def _ready(self, line: str) -> Parsed:
        return self._streets.resolved(parse(line, words_in_use(self._context)), line)

    def _enter(self) -> None:
        parsed = self._parsed()
        if isinstance(parsed, Ask):
            item = self._drop.options.currentItem()
            if item is not None:
                self._take(item.text())
            return
        self._past.append(self.field.text())
        self._back = len(self._past)
        self.field.clear()
        self.leave()
        self.entered.emit(parsed)


class _Field(QLineEdit):
    """The field itself: Tab completes here, it does not move on while hints are open."""

    def __init__(self, line: CommandLine) -> None:
        super().__init__(line)
        self._line = line

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._line.key(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if forward and self._line._drop.isVisible() and self._line._drop.options.count():
            return False
        return super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._line._typed(self.text())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._line._drop.hide()


class _Drop(QWidget):
    """The hint and the completions, floating under the field inside the window."""

    def __init__(self, context: PanelContext, line: CommandLine) -> None:
        super().__init__(line)
        self._context = context
        self._line = line
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setObjectName("drop")
        self.hint = QLabel(self)
        self.hint.setFont(font(Size.BODY))
        self.hint.setWordWrap(True)
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.options = QListWidget(self)
        self.options.setFont(font(Size.BODY))
        self.options.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.options.setProperty("look", "plain")
        self.options.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(4)
        self._column.addWidget(self.hint)
        self._column.addWidget(self.options)
        context.theme_changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        ui = self._context.theme.ui
        self.setStyleSheet(
            f"#drop {{ background: {ui.raised}; border: 1px solid {ui.outline};"
            " border-radius: 4px; }"
        )

    def show_hint(self, text: str, lines: tuple[str, ...], *, good: bool) -> None:
        self.hint.setText(text)
        set_look(self.hint, "" if good else "late")
        self.options.clear()
        self.options.addItems(list(lines))
        self.options.setVisible(bool(lines))
        self.options.setFixedHeight(OPTION_HEIGHT * len(lines) if lines else 0)

    def place(self, corner: QPoint, width: int) -> None:
        window = self._line.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        # A child's size hint does not know that words wrap: it would cut off the second line.
        self.setFixedSize(width, self._column.totalHeightForWidth(width))
        self.move(corner)
        self.show()
        self.raise_()
