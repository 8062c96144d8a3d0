"""Closing an incident by keyboard: a disposition, then three taps about what was found."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from dispatch.domain.incident import Incident, Outcome
from dispatch.domain.level import Level
from ui.commands.key_filter import KEPT_PROPERTY
from ui.commands.keys import chord_of
from ui.incidents.chooser import DIGITS
from ui.incidents.pieces import FlowBox, button, put, text_label
from ui.panel import PanelContext
from ui.theme.fonts import Size
from ui.theme.stylesheet import set_look

DISPOSITIONS = ("completed", "advice", "false_alarm", "nobody_found", "passed_on", "cancelled")
NO_OUTCOME = frozenset({"nobody_found", "passed_on", "cancelled"})
"""Where nobody was seen the outcome is missing, which is not the same as mild."""
FOUND = ("as_called", "graver", "milder", "something_else", "nothing")


@dataclass
class _Step:
    name: str
    options: tuple[tuple[str, str], ...]
    picked: str | None = None


class Closing(QFrame):
    """Digits answer the marked step and go on to the next; Enter closes, Escape leaves."""

    closed = Signal(str, object)
    """Disposition and `Outcome | None`."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.incident: Incident | None = None
        self.setProperty("look", "attention")
        self.setProperty(KEPT_PROPERTY, f"{DIGITS} Enter Escape Up Down Backspace")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title = text_label(self, "strong", bold=True)
        self.blocked = text_label(self, "error")
        self.hint = text_label(self, "small", size=Size.SMALL)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 8, 12, 8)
        rows.setSpacing(4)
        rows.addWidget(self.title)
        rows.addWidget(self.blocked)
        self._labels: list[QLabel] = []
        self._boxes: list[FlowBox] = []
        for _ in range(4):
            label, box = text_label(self, "small", size=Size.SMALL), FlowBox(self)
            rows.addWidget(label)
            rows.addWidget(box)
            self._labels.append(label)
            self._boxes.append(box)
        rows.addWidget(self.hint)
        self._steps: list[_Step] = []
        self._at = 0
        self.hide()

    def open_for(self, incident: Incident) -> None:
        """Begin with the disposition."""
        self.incident = incident
        say = self.context.say
        self._steps = [
            _Step("disposition", tuple(
                (str(n), d) for n, d in enumerate(DISPOSITIONS, 1)
            )),
            _Step("level", (*((str(n), f"L{n}") for n in range(1, 6)), ("0", "unknown"))),
            _Step("found", tuple((str(n), f) for n, f in enumerate(FOUND, 1))),
            _Step("transported", (("1", "yes"), ("2", "no"), ("0", "unknown"))),
        ]  # fmt: skip
        self._at = 0
        put(self.title, say("incident.close.title", number=incident.number_text))
        put(self.hint, say("incident.close.hint"))
        self.setAccessibleName(self.title.text())
        self._show()
        self.show()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> bool:
        """Away with it; False where it was not open."""
        if self.isHidden():
            return False
        self.hide()
        return True

    def busy_units(self) -> list[str]:
        """Units still committed: they are recalled or cleared before it closes."""
        if self.incident is None:
            return []
        held = self.context.board.assignments_of(self.incident.incident_id)
        return [each.unit_id for each in held if each.is_open]

    def refresh(self) -> None:
        """The board changed: units may be clear now."""
        if not self.isHidden():
            self._show()

    def _asked(self) -> list[_Step]:
        """The steps that make sense: no outcome where nobody was seen."""
        if self._steps and self._steps[0].picked in NO_OUTCOME:
            return self._steps[:1]
        return self._steps

    def _show(self) -> None:
        say = self.context.say
        busy = self.busy_units()
        put(self.blocked, say("incident.close.busy", units=", ".join(busy)) if busy else "")
        asked = self._asked()
        for n, (label, box) in enumerate(zip(self._labels, self._boxes, strict=True)):
            step = self._steps[n]
            shown = step in asked
            box.setVisible(shown)
            put(label, say(f"incident.close.{step.name}") if shown else "")
            set_look(label, "strong" if n == self._at else "small")
            if shown:
                box.fill([self._chip(box, n, key, value) for key, value in step.options])

    def _chip(self, box: FlowBox, step: int, key: str, value: str) -> QPushButton:
        made = button(box, "chip")
        name = self._steps[step].name
        words = (
            value if value.startswith("L") else self.context.say(f"incident.close.{name}.{value}")
        )
        marked = step == self._at
        made.setText(f"{key}  {words}" if marked else words)
        made.setCheckable(True)
        made.setChecked(self._steps[step].picked == value)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.clicked.connect(lambda _=False: self._pick(step, value))
        return made

    def _pick(self, step: int, value: str) -> None:
        self._steps[step].picked = value
        self._at = min(step + 1, len(self._asked()) - 1)
        self._show()

    def _finish(self) -> None:
        disposition, level, found, transported = self._steps
        if disposition.picked is None:
            self._pick(0, "completed")
            return
        if self.busy_units():
            self._show()
            return
        outcome = None
        if disposition.picked not in NO_OUTCOME:
            known = level.picked is not None and level.picked.startswith("L")
            outcome = Outcome(
                level=Level(level.picked) if known else None,
                found=found.picked or "",
                transported={"yes": True, "no": False}.get(transported.picked or ""),
            )
        self.closed.emit(disposition.picked, outcome)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits, up and down between the steps, Enter, Escape."""
        chord = chord_of(event)
        key = str(chord) if chord is not None else ""
        value = next((v for k, v in self._steps[self._at].options if k == key), None)
        if value is not None:
            self._pick(self._at, value)
        elif key in ("Up", "Backspace"):
            self._at = max(0, self._at - 1)
            self._show()
        elif key == "Down":
            self._at = min(len(self._asked()) - 1, self._at + 1)
            self._show()
        elif key == "Enter":
            self._finish()
        elif key == "Escape":
            self.leave()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The focus ring while the keyboard is here."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(QColor(self.context.theme.ui.focus), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
