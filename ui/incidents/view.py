"""All sections of one incident under each other, and the signature that stands below them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dispatch.domain.incident import Flag, Incident
from ui.incidents.caller import Caller
from ui.incidents.choice import chosen_units
from ui.incidents.chooser import Chooser
from ui.incidents.closing import Closing
from ui.incidents.crews import Crews
from ui.incidents.head import Head
from ui.incidents.notes import History, Notes
from ui.incidents.pieces import SIDE, FlowBox, Section, card, put, text_label
from ui.incidents.send import Send
from ui.incidents.severity import Severity
from ui.incidents.sign import SignButton
from ui.panel import PanelContext

PIN_FROM = 720
"""From this height on the table of units is kept in sight."""


class Footer(QWidget):
    """What stands where the confirm is: flags, what was refused, choices, and the button."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self._drawn: tuple[str, ...] = ()
        self.flags = FlowBox(self)
        self.refused, refused = card(self, "trouble")
        self.refused_text = text_label(self.refused, "error", bold=True)
        self.refused_next = text_label(self.refused)
        refused.addWidget(self.refused_text)
        refused.addWidget(self.refused_next)
        self.refused.hide()
        self.chooser = Chooser(context, self)
        self.button = SignButton(context, self)
        flags = QHBoxLayout()
        flags.setSpacing(8)
        flags.addWidget(self.flags, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(SIDE, 8, SIDE, 12)
        rows.setSpacing(8)
        rows.addLayout(flags)
        rows.addWidget(self.refused)
        rows.addWidget(self.chooser)
        rows.addWidget(self.button)

    def show_incident(self, incident: Incident | None) -> None:
        """Flags and button as they stand."""
        raised = [flag for flag in Flag if incident is not None and flag.value in incident.flags]
        drawn = (self.context.language, *(flag.value for flag in raised))
        if drawn != self._drawn:
            self._drawn = drawn
            self._mark(raised)
        self.flags.setVisible(bool(raised))
        self.button.show_incident(incident)
        self.setVisible(incident is not None)

    def _mark(self, raised: list[Flag]) -> None:
        marks = []
        for flag in raised:
            mark = text_label(self.flags, "strong", wrap=False, bold=True)
            mark.setText(f"⚠ {self.context.say(f'incident.flag.{flag.value}')}")
            marks.append(mark)
        self.flags.fill(marks)

    def say_refused(self, text: str, following: str) -> None:
        """A confirm that failed for a unit: who has it, and who stands ready."""
        put(self.refused_text, text)
        put(self.refused_next, following)
        self.refused.setVisible(bool(text))


class _Column(QWidget):
    """As wide as the panel, never wider: words wrap instead."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)  # its height follows from its width


class IncidentView(QWidget):
    """One incident."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.incident: Incident | None = None
        self.scroll = QScrollArea(self)
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = _Column(self.scroll)
        self.head = Head(context, inside)
        self.closing = Closing(context, inside)
        self.caller = Caller(context, inside)
        self.severity = Severity(context, inside)
        self.crews = Crews(context, inside)
        self.send = Send(context, inside)
        self.notes = Notes(context, inside)
        self.history = History(context, inside)
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        # How bad it is stands right under what and where: a long card never hides it.
        self.sections: tuple[Section, ...] = (
            self.head,
            self.severity,
            self.caller,
            self.crews,
            self.send,
            self.notes,
            self.history,
        )
        for section in self.sections:
            self.column.addWidget(section)
            if section is self.head:
                margin = QHBoxLayout()
                margin.setContentsMargins(SIDE, 0, SIDE, 0)
                margin.addWidget(self.closing)
                self.column.addLayout(margin)
        self.column.addStretch(1)
        self.scroll.setWidget(inside)
        self.footer = Footer(context, self)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.scroll, 1)
        rows.addWidget(self.footer)
        self._rows = rows
        self.is_pinned = False
        self.send.refreshed.connect(self._pin)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is room, the table stands beside its signature."""
        super().resizeEvent(event)
        self._pin()

    def _pin(self) -> None:
        """Keep the table in sight above the button while it waits for a signature.

        In a low window, with every unit listed, or with nothing to sign it scrolls with the rest.
        """
        incident = self.incident
        waits = incident is not None and bool(chosen_units(self.context, incident))
        pinned = waits and not self.send.everybody and self.height() >= PIN_FROM
        if pinned == self.is_pinned:
            return
        self.is_pinned = pinned
        if pinned:
            self._rows.insertWidget(1, self.send)
        else:
            self.column.insertWidget(self.column.indexOf(self.crews) + 1, self.send)
        self.send.setVisible(incident is not None and incident.is_open)

    def turn_page(self, way: int) -> None:
        """A page down (1) or up (-1)."""
        bar = self.scroll.verticalScrollBar()
        bar.setValue(bar.value() + way * max(60, self.scroll.viewport().height() - 40))

    def put_above(self, widget: QWidget) -> None:
        """Stand a widget over the sections, in the same scrolled column (the call form)."""
        self.column.insertWidget(0, widget)

    def show_incident(self, incident: Incident | None) -> None:
        """Every section anew; none of them without an incident."""
        before, self.incident = self.incident, incident
        if incident is None:
            for section in self.sections:
                section.hide()
            self.closing.leave()
            self.footer.show_incident(None)
            return
        if before is None or before.incident_id != incident.incident_id:
            self.closing.leave()
            self.footer.chooser.leave()
            self.footer.say_refused("", "")
            self.scroll.verticalScrollBar().setValue(0)
        for section in self.sections:
            section.show()
            section.show_incident(incident)
        self.closing.refresh()
        self.footer.show_incident(incident)
        self._pin()

    def tick(self, now_us: int) -> None:
        """What changes with time alone."""
        if self.incident is not None and self.isVisible():
            for section in self.sections:
                section.tick(now_us)
