"""How bad: rule, model and person apart, and whose level the queue shows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from dispatch.domain.advice import Assessment
from dispatch.domain.incident import Incident
from dispatch.domain.level import Level, most_severe
from ui.commands.key_filter import KEPT_PROPERTY
from ui.incidents.pieces import LevelSymbol, Section, ai_mark, key_cap, put, text_label
from ui.incidents.question_book import book_of
from ui.incidents.queue_lines import person_name
from ui.panel import PanelContext
from ui.theme.fonts import Size

REASONS_SHOWN = 5


def rule_words(context: PanelContext, incident: Incident) -> str:
    """What the rules say of an incident: "L1, by rule: not breathing"."""
    tell, said = context.say, incident.assessment
    if said is None:
        return tell("incident.rule.none" if incident.type_id else "incident.rule.no_type")
    floor, protocol = said.floor, said.protocol
    if floor is not None and said.floor_rules:
        binding = protocol is None or floor.is_at_least(protocol)
        if binding:
            why = tell(said.floor_rules[0])
            return tell("incident.rule.floor", n=floor.rank, why=why)
    if protocol is not None:
        return tell("incident.rule.protocol", n=protocol.rank)
    return tell("incident.rule.default", n=said.shown.rank)


class _Reason(QLineEdit):
    """A line that Escape leaves."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the level as it is."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


class Severity(Section):
    """The level's symbol; the rule in words; the model in frequencies; the person's own."""

    heading_id = "incident.severity"
    reasoned = Signal(object, str)
    """Level (None returns to rule and model) and the reason a person gave."""
    left = Signal()
    """Nobody wants to give a reason after all."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(context, parent)
        self.symbol = LevelSymbol(context, self, 36)
        self.rule = text_label(self, "strong", size=Size.LARGE, bold=True)
        self.mark: QLabel = ai_mark(self)
        self.model = text_label(self)
        self.up = text_label(self, "small", size=Size.SMALL)
        self.down = text_label(self, "small", size=Size.SMALL)
        self.person = text_label(self)
        self.keys = key_cap(self, "Alt+1–5")
        self.because = QFrame(self)
        self.because.setProperty("look", "attention")
        self.prompt = text_label(self.because, "strong", bold=True)
        self.reason = _Reason(self.because)
        self.reason.setMaxLength(200)
        self.reason.setProperty(KEPT_PROPERTY, "Enter Escape")
        box = QVBoxLayout(self.because)
        box.setContentsMargins(12, 8, 12, 8)
        box.addWidget(self.prompt)
        box.addWidget(self.reason)
        self.because.hide()
        self._wanted: Level | None = None
        self.reason.returnPressed.connect(self._given)
        self.reason.left.connect(self._leave)
        model = QHBoxLayout()
        model.setSpacing(8)
        model.addWidget(self.mark)
        model.addWidget(self.model, 1)
        person = QHBoxLayout()
        person.setSpacing(8)
        person.addWidget(self.person, 1)
        person.addWidget(self.keys)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.rule)
        words.addLayout(model)
        words.addWidget(self.up)
        words.addWidget(self.down)
        words.addLayout(person)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.symbol, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.setStretch(1, 1)
        self.rows.addLayout(row)
        self.rows.addWidget(self.because)
        self._row = row

    # -- the person's own level ----------------------------------------------------------------

    def ask_reason(self, level: Level) -> None:
        """Going below what stands wants a reason: asked here, in a line, not in a dialog."""
        self._wanted = level
        put(self.prompt, self.context.say("incident.level_reason", n=level.rank))
        self.reason.setPlaceholderText(self.context.say("incident.level_reason_hint"))
        self.reason.setAccessibleName(self.prompt.text())
        self.reason.clear()
        self.because.show()
        self.reason.setFocus()

    def stop_asking(self) -> bool:
        """Put the line away; False where it was not open."""
        if self.because.isHidden():
            return False
        self.because.hide()
        self._wanted = None
        return True

    def _leave(self) -> None:
        self.stop_asking()
        self.left.emit()

    def _given(self) -> None:
        text = self.reason.text().strip()
        if text and self._wanted is not None:
            level = self._wanted
            self.stop_asking()
            self.reasoned.emit(level, text)

    # -- showing -------------------------------------------------------------------------------

    def show_incident(self, incident: Incident) -> None:
        """Everything anew."""
        if self.incident is not None and self.incident.incident_id != incident.incident_id:
            self.stop_asking()
        super().show_incident(incident)
        said, level = incident.assessment, incident.level
        self.symbol.set_rank(level.rank if level is not None else None)
        put(self.rule, rule_words(self.context, incident))
        self._show_model(said)
        self._show_person(incident, said)
        self.aside.setText(self._whose(incident, said))

    def _whose(self, incident: Incident, said: Assessment | None) -> str:
        tell = self.context.say
        if incident.level is None:
            return ""
        if incident.person_level is not None:
            name = person_name(self.context, incident.person_by)
            return tell("incident.queue_shows.person", name=name)
        if said is not None and said.model_upgrade:
            return tell("incident.queue_shows.model")
        return tell("incident.queue_shows.rule")

    def _show_model(self, said: Assessment | None) -> None:
        tell, picture = self.context.say, self.context.board.picture
        text, up, down = "", "", ""
        if not picture.ai_on:
            text = tell("incident.model.off")
        elif said is not None and said.at_least:
            text = self._model(said)
            up = self._reasons(said, raising=True)
            down = self._reasons(said, raising=False)
        elif said is not None and said.abstained is not None:
            text = tell(said.abstained)
            question = book_of(self.context).question(said.next_question or "")
            if question is not None:
                text = tell("incident.model.ask", why=text, question=tell(question.message))
        elif picture.banner:
            text = tell(picture.banner)
        put(self.model, text)
        self.mark.setVisible(bool(text))
        put(self.up, up)
        put(self.down, down)

    def _model(self, said: Assessment) -> str:
        tell = self.context.say
        often = tell("incident.model.of_100", n=said.of_100_critical or 0)
        assert said.model_level is not None
        rules = most_severe(said.floor, said.protocol)
        if said.model_upgrade:
            return tell("incident.model.raises", n=said.model_level.rank, often=often)
        if rules is not None and said.model_level is not rules:
            return tell("incident.model.milder", n=said.model_level.rank, often=often)
        return tell("incident.model.agrees", often=often)

    def _reasons(self, said: Assessment, *, raising: bool) -> str:
        shown = [r for r in said.reasons[:REASONS_SHOWN] if (r.weight > 0) == raising]
        if not shown:
            return ""
        mark = "▲" if raising else "▽"
        word = self.context.say("incident.raises" if raising else "incident.lowers")
        return f"{mark} {word}: " + ", ".join(self.context.say(r.message) for r in shown)

    def _show_person(self, incident: Incident, said: Assessment | None) -> None:
        tell = self.context.say
        if incident.person_level is None:
            put(self.person, tell("incident.person.none"), "dim")
        else:
            name = person_name(self.context, incident.person_by)
            text = tell("incident.person.level", name=name, n=incident.person_level.rank)
            if incident.person_reason:
                text = tell("incident.person.because", said=text, reason=incident.person_reason)
            put(self.person, text, "strong")
        self.keys.setVisible(incident.is_open)
