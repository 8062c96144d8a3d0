"""The incident's log: notes as people wrote them, and its history in short."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from dispatch.domain.incident import Incident
from ui.commands.key_filter import KEPT_PROPERTY
from ui.incidents.durations import clock_text, initials
from ui.incidents.pieces import Section, put, text_label
from ui.incidents.question_book import book_of
from ui.incidents.queue_lines import person_name
from ui.panel import PanelContext
from ui.theme.fonts import Size

HISTORY_SHOWN = 40


class Notes(Section):
    """Notes, newest last, and a field that adds one with Enter."""

    heading_id = "incident.notes"
    written = Signal(str)

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(context, parent)
        self.text = text_label(self)
        self.field = QLineEdit(self)
        self.field.setMaxLength(2_000)
        self.field.setProperty("look", "quiet")
        self.field.setProperty(KEPT_PROPERTY, "Enter")
        self.field.returnPressed.connect(self._write)
        self.rows.addWidget(self.text)
        self.rows.addWidget(self.field)
        self._kept: dict[str, str] = {}

    def _write(self) -> None:
        text = self.field.text().strip()
        if text:
            self.written.emit(text)

    def wrote(self) -> None:
        """What was typed is in the log now; Ctrl+Z in the field must not bring it back."""
        self.field.setText("")

    def show_incident(self, incident: Incident) -> None:
        """Notes anew; a half-written one stays with its incident."""
        before = self.incident
        if before is not None and before.incident_id != incident.incident_id:
            self._kept[before.incident_id] = self.field.text()
            self.field.setText(self._kept.pop(incident.incident_id, ""))
        super().show_incident(incident)
        context = self.context
        hidden = QLineEdit.EchoMode.NoEcho if context.locked else QLineEdit.EchoMode.Normal
        if self.field.echoMode() != hidden:
            self.field.setEchoMode(hidden)
        lines = []
        for note in incident.notes:
            at = clock_text(note.t_us, context.time_zone)
            who = initials(person_name(context, note.by))
            text = context.plain(note.text) or context.say("incident.note_gone")
            lines.append(f"{at} {who}  {text}")
        put(self.text, "\n".join(lines))
        key = context.commands.key_text("incident.note")
        self.field.setPlaceholderText(context.say("incident.note_hint", key=key))
        self.field.setAccessibleName(context.say("incident.notes"))


class History(Section):
    """What happened and when, from the facts on the board."""

    heading_id = "incident.history"

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(context, parent)
        self.text = text_label(self, "small", size=Size.SMALL)
        self.rows.addWidget(self.text)

    def show_incident(self, incident: Incident) -> None:
        """Everything anew."""
        super().show_incident(incident)
        context = self.context
        events = sorted(set(self._events(incident)))[-HISTORY_SHOWN:]
        lines = [
            f"{clock_text(at, context.time_zone, seconds=True)}  {what}" for at, what in events
        ]
        put(self.text, "\n".join(lines))

    def _events(self, incident: Incident) -> list[tuple[int, str]]:
        context, say = self.context, self.context.say
        found: list[tuple[int, str]] = []
        for call_id in incident.call_ids:
            call = context.board.call(call_id)
            if call is None:
                continue
            found.append((call.received_us, say("incident.event.rang", line=call.line)))
            if call.answered_us is not None:
                name = person_name(context, call.answered_by)
                found.append((call.answered_us, say("incident.event.answered", name=name)))
        opened_by = person_name(context, incident.opened_by)
        found.append((incident.opened_us, say("incident.event.opened", name=opened_by)))
        book = book_of(context)
        for question_id, answer in incident.answers.items():
            question = book.question(question_id)
            option = question.option(answer.option_id) if question is not None else None
            if option is not None:
                found.append((answer.t_us, say("incident.event.said", text=say(option.reason))))
        for held in context.board.assignments_of(incident.incident_id):
            unit = held.unit_id
            for name, at in held.times.items():
                state = say(f"incident.assignment.{name}")
                found.append((at, say("incident.event.unit", unit=unit, state=state)))
        if incident.closed_us is not None:
            found.append((incident.closed_us, say("incident.event.closed")))
        return found
