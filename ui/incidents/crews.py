"""What has been sent: alerted, acknowledged, under way; loud while no crew has answered."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dispatch.domain.assignment import UNIT_STATE, Assignment, AssignmentState
from dispatch.domain.incident import Incident
from dispatch.domain.message import Problem
from dispatch.words import say
from ui.incidents.durations import band_of, clock_text, span
from ui.incidents.head import address_of
from ui.incidents.limits import acknowledge_limit_s
from ui.incidents.pieces import Section, button, card, put, text_label
from ui.panel import PanelContext
from ui.theme.fonts import Size
from ui.theme.icons import draw_icon, has_icon


def radio_words(
    context: PanelContext, incident: Incident, unit_ids: list[str], text_id: str = "dispatch"
) -> str:
    """What is read on the radio, in the agency's language, in its own words where it has some.

    `text_id` is one of the agency's radio texts: `dispatch`, `acknowledge`, `recall`,
    `confirm_place`, `staging`.
    """
    agency = context.agency
    tongue = agency.languages[0] if agency is not None and agency.languages else context.language
    units = ", ".join(unit_ids)
    level = incident.level
    values = {
        "unit": units,
        "units": units,
        "incident": incident.number_text,
        "type": say(f"questions.type.{incident.type_id}", tongue) if incident.type_id else "",
        "level": say("queue.level", tongue, n=level.rank) if level is not None else "",
        "address": address_of(context, incident.place),
        "notes": say("incident.flag.staging", tongue) if "staging" in incident.flags else "",
    }
    own = agency.radio(text_id, tongue) if agency is not None else None
    if own is None:
        return say(f"incident.radio.{text_id}", tongue, **values).strip(" ,")
    for name, text in values.items():
        own = own.replace("{" + name + "}", text)
    return own.strip(" ,")


class StateIcon(QWidget):
    """A unit state as its icon."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._state = context, "assigned"
        self.setFixedSize(16, 16)

    def set_state(self, state: str) -> None:
        """Another state."""
        if state != self._state:
            self._state = state
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """In the state's ink."""
        if has_icon(self._state):
            ink = self._context.theme.state(self._state)
            draw_icon(QPainter(self), self._state, QRectF(1, 1, 14, 14), ink)


class CrewRow(QWidget):
    """One unit: its state with the time it was reached, when it should arrive, and Recall."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.held: Assignment | None = None
        self.icon = StateIcon(context, self)
        self.unit = text_label(self, "strong", wrap=False, bold=True)
        self.state = text_label(self)
        self.times = text_label(self, "small", size=Size.SMALL)
        self.acknowledge = button(self)
        self.recall = button(self)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.icon)
        line.addWidget(self.unit)
        line.addWidget(self.state, 1)
        below = QHBoxLayout()
        below.setSpacing(4)
        below.addWidget(self.times, 1)
        below.addWidget(self.acknowledge)
        below.addWidget(self.recall)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(line)
        rows.addLayout(below)

    def show_held(self, held: Assignment) -> None:
        """Everything anew."""
        self.held = held
        tell = self.context.say
        self.icon.set_state(UNIT_STATE[held.state].value)
        self.icon.setVisible(held.is_open)
        self.unit.setText(held.unit_id)
        self.recall.setText(tell("incident.recall"))
        self.recall.setAccessibleName(tell("incident.recall_unit", unit=self.unit.text()))
        self.recall.setVisible(held.is_open)
        self.acknowledge.setText(tell("incident.acknowledged"))
        self.acknowledge.setVisible(held.is_open and not held.state.is_told)
        put(self.times, self._times(held))
        self.tick(self.context.clock.now_us())

    def _times(self, held: Assignment) -> str:
        zone = self.context.time_zone
        reached = sorted(held.times.items(), key=lambda row: row[1])
        parts = []
        for name, at in reached:
            word = self.context.say(f"incident.assignment.{name}")
            parts.append(f"{word} {clock_text(at, zone, seconds=True)}")
        if held.reason:
            parts.append(held.reason)
        return " · ".join(parts)

    def tick(self, now_us: int) -> None:
        """Since when it stands so; loud when nobody has answered in time."""
        held = self.held
        if held is None:
            return
        tell = self.context.say
        name = tell(f"incident.assignment.{held.state.value}")
        since_us = held.times.get(held.state.value, held.confirmed_us)
        waited_s = (now_us - held.confirmed_us) / 1e6
        if held.is_open and not held.state.is_told:
            if waited_s > acknowledge_limit_s(self.context):
                put(self.state, tell("incident.no_answer", time=span(waited_s)), "late")
            else:
                put(self.state, tell("incident.waits_answer", state=name, time=span(waited_s)), "")
            return
        text = f"{name} {span((now_us - since_us) / 1e6)}" if held.is_open else name
        if held.state in (AssignmentState.ACKNOWLEDGED, AssignmentState.EN_ROUTE):
            due = band_of(held.eta_p50_s, held.eta_p90_s)
            if due:
                text = f"{text} · {tell('incident.was_told', time=due)}"
        put(self.state, text, "" if held.is_open else "faint")


class Crews(Section):
    """A row per unit sent, the words for the radio, and one key that recalls."""

    heading_id = "incident.crews"
    recalled = Signal(str)
    """The assignment a person calls off."""
    acknowledged = Signal(str)
    """The assignment whose crew answered by voice."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(context, parent)
        self._rows: dict[str, CrewRow] = {}
        self.list = QVBoxLayout()
        self.list.setSpacing(10)
        self.words, words = card(self)
        self.radio_heading = text_label(self.words, "small", size=Size.SMALL, wrap=False)
        self.radio = text_label(self.words)
        self.copy = button(self.words)
        self.copy.clicked.connect(self._copy)
        top = QHBoxLayout()
        top.addWidget(self.radio_heading, 1)
        top.addWidget(self.copy)
        words.addLayout(top)
        words.addWidget(self.radio)
        self.rows.addLayout(self.list)
        self.rows.addWidget(self.words)

    def open_ones(self) -> list[Assignment]:
        """Assignments that still stand."""
        if self.incident is None:
            return []
        held = self.context.board.assignments_of(self.incident.incident_id)
        return [each for each in held if each.is_open]

    def show_incident(self, incident: Incident) -> None:
        """Rows anew; those that stand are kept."""
        super().show_incident(incident)
        held = self.context.board.assignments_of(incident.incident_id)
        self.setVisible(bool(held))
        wanted = {each.assignment_id: each for each in held}
        for assignment_id in [each for each in self._rows if each not in wanted]:
            row = self._rows.pop(assignment_id)
            self.list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for assignment_id, each in wanted.items():
            row = self._rows.get(assignment_id)
            if row is None:
                row = CrewRow(self.context, self)
                row.recall.clicked.connect(lambda _=False, a=assignment_id: self.recalled.emit(a))
                row.acknowledge.clicked.connect(
                    lambda _=False, a=assignment_id: self.acknowledged.emit(a)
                )
                self._rows[assignment_id] = row
                self.list.addWidget(row)
            row.show_held(each)
        tell = self.context.say
        untold = [each.unit_id for each in held if each.is_open and not each.state.is_told]
        self.words.setVisible(bool(untold))
        put(self.radio_heading, tell("incident.radio.heading"))
        self.copy.setText(tell("incident.radio.copy"))
        late = self.late_ones(self.context.clock.now_us())
        text_id = "acknowledge" if len(late) == len(untold) else "dispatch"
        words = radio_words(self.context, incident, untold, text_id) if untold else ""
        put(self.radio, f"“{words}”" if words else "")
        key = self.context.commands.key_text
        tail = [tell("incident.crews_keys.recall", key=key("send.recall"))]
        if untold:
            tail.insert(0, tell("incident.crews_keys.heard", key=key("send.acknowledged")))
        self.aside.setText(" · ".join(tail) if any(e.is_open for e in held) else "")

    def tick(self, now_us: int) -> None:
        """States' ages."""
        for row in self._rows.values():
            row.tick(now_us)

    def late_ones(self, now_us: int) -> list[Assignment]:
        """Units whose crews should have answered by now."""
        limit_us = acknowledge_limit_s(self.context) * 1e6
        return [
            each
            for each in self.open_ones()
            if not each.state.is_told and now_us - each.confirmed_us > limit_us
        ]

    def one(self, unit_id: str | None, *, untold: bool) -> Assignment | list[Assignment]:
        """The assignment a command means: that of a unit, the only one, or those to ask about."""
        found = [each for each in self.open_ones() if not (untold and each.state.is_told)]
        if unit_id is not None:
            found = [each for each in found if each.unit_id == unit_id]
        if not found:
            raise Problem("incident.no_crew_waits" if untold else "incident.nobody_sent")
        return found[0] if len(found) == 1 else found

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.radio.text().strip("“”"))
