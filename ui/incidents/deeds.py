"""What a person does to the chosen incident, as commands: answer, level, send, recall, close."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QTimer

from dispatch.desk.dispatching import ConfirmDispatch, Recall, ReportProgress
from dispatch.desk.incidents import (
    AddNote,
    AnswerQuestion,
    CloseIncident,
    SetCallBack,
    SetFlag,
    SetLevel,
    TakeIncident,
)
from dispatch.domain.assignment import Assignment, AssignmentState
from dispatch.domain.incident import Flag, Incident
from dispatch.domain.level import Level
from dispatch.domain.message import Message, Problem
from ui.incidents.choice import (
    arrival_of,
    choices_of,
    is_changed,
    plan_units,
    why_not_confirm,
)
from ui.incidents.chooser import Choice
from ui.incidents.durations import band
from ui.incidents.pieces import by_pointer
from ui.incidents.radio_now import RadioNow

if TYPE_CHECKING:
    from ui.incidents.panel import IncidentPanel

CALL_BACK_MINUTES = (5, 10, 15, 30, 60)


class Deeds:
    """Binds the commands of incident and send to the panel."""

    def __init__(self, panel: IncidentPanel) -> None:
        self._panel = panel
        self._context = panel.context
        self._view = panel.view
        self._shown: dict[str, float] = {}
        self._bind()
        view = self._view
        for signal, handler in (
            (view.caller.answered, self._answer),
            (view.severity.reasoned, self._reasoned),
            (view.notes.written, lambda text: self._note(text=text)),
            (view.crews.recalled, self._recall_assignment),
            (view.crews.acknowledged, self._acknowledge_assignment),
            (view.send.picked, view.send.toggle),
            (view.closing.closed, self._closed),
        ):
            signal.connect(by_pointer(self._context, handler))
        view.severity.left.connect(panel.take_focus_back)
        # Once the table has its new height.
        view.send.walked.connect(lambda: QTimer.singleShot(0, view.send, self._see_table))
        view.footer.button.clicked.connect(lambda: self._context.commands.run("send.confirm"))
        self._radio = RadioNow(panel)

    def _bind(self) -> None:
        panel, send = self._panel, self._view.send

        def bind(command_id: str, handler: Any) -> None:
            self._context.commands.bind(command_id, handler, owner=panel)

        bind("incident.note", self._note)
        bind("incident.flags", self._flags)
        for n in range(1, 6):
            bind(f"incident.level_{n}", lambda n=n, **kw: self._level(n, **kw))
        for n in range(10):
            bind(f"incident.answer_{n}", lambda n=n: self._answer(*self._caller().digit(n)))
        bind("incident.question_next", lambda: self._caller().step(1))
        bind("incident.question_previous", lambda: self._caller().step(-1))
        bind("incident.card", self._card)
        bind("incident.close", self._close)
        bind("incident.take_over", self._take_over)
        bind("call.call_back", self._call_back)
        bind("send.why_not", send.toggle_everybody)
        bind("send.radio_now", lambda: self._radio.ask())
        bind("send.next_candidate", lambda: send.walk(1))
        bind("send.previous_candidate", lambda: send.walk(-1))
        bind("send.pick_candidate", send.toggle)
        bind("send.recall", self._recall)
        bind("send.acknowledged", self._acknowledged)
        commands = self._context.commands
        commands.bind(
            "send.confirm",
            self.confirm,
            owner=panel,
            enabled=lambda: why_not_confirm(self._context, panel.incident) or True,
        )

    def _incident(self, incident_id: str | None = None) -> Incident:
        if incident_id is None:
            return self._panel.needed()
        incident = self._context.board.incident(incident_id)
        if incident is None:
            raise Problem("incident.none_chosen")
        return incident

    def _submit(self, verb: Any) -> None:
        self._context.commands.submit(verb)

    def tick(self, now_us: int) -> None:
        """Remember since when an advice has been looked at."""
        incident = self._panel.incident
        if incident is not None and incident.recommendation_id is not None:
            self._shown.setdefault(incident.recommendation_id, time.monotonic())

    def _see_table(self) -> None:
        send = self._view.send
        if self._view.is_pinned:
            return
        at = send.pos().y()
        bar, tall = self._view.scroll.verticalScrollBar(), self._view.scroll.viewport().height()
        if not bar.value() <= at <= bar.value() + tall - min(tall, send.height()):
            bar.setValue(at)

    # -- asking the caller ---------------------------------------------------------------------

    def _caller(self) -> Any:
        incident = self._panel.needed()
        caller = self._view.caller
        if caller.incident is None or caller.incident.incident_id != incident.incident_id:
            caller.show_incident(incident)
        return caller

    def _answer(self, question_id: str, option_id: str) -> None:
        incident, caller = self._panel.needed(), self._view.caller
        verb = AnswerQuestion(
            incident_id=incident.incident_id, question_id=question_id, option_id=option_id
        )

        def refused(problem: Problem) -> None:
            caller.answer_refused(question_id)
            self._context.commands.refused.emit(problem.message)

        caller.answer_sent(question_id)
        self._context.commands.submit(verb, None, refused)

    def _card(self) -> None:
        """Bring the card into sight; once it is, the next card, or fold it away."""
        card, scroll = self._view.caller.card, self._view.scroll
        bar, tall = scroll.verticalScrollBar(), scroll.viewport().height()
        at = card.mapTo(scroll.widget(), QPoint(0, 0)).y()
        hidden = at < bar.value() or at + min(card.height(), tall - 8) > bar.value() + tall
        if card.isVisible() and hidden:
            bar.setValue(at - 8)
        elif not card.turn(self._context.clock.now_us()):
            raise Problem("incident.no_card")

    # -- level, flags, notes -------------------------------------------------------------------

    def _level(self, n: int, incident_id: str | None = None, reason: str = "") -> None:
        incident, level = self._incident(incident_id), Level.of_rank(n)
        shown = incident.assessment.shown if incident.assessment is not None else None
        if incident.person_level is level and not reason:
            self._set_level(None, "", incident)
        elif shown is not None and level.rank > shown.rank and not reason:
            self._view.severity.ask_reason(level)
            self._view.scroll.ensureWidgetVisible(self._view.severity.because)
        else:
            self._set_level(level, reason, incident)

    def _set_level(
        self, level: Level | None, reason: str, incident: Incident | None = None
    ) -> None:
        incident = incident or self._panel.needed()
        self._submit(SetLevel(incident_id=incident.incident_id, level=level, reason=reason))

    def _reasoned(self, level: Level, reason: str) -> None:
        """The reason was given in its own line: the keyboard goes back to the panel."""
        self._set_level(level, reason)
        self._panel.take_focus_back()

    def _flags(self) -> None:
        incident, say = self._panel.needed(), self._context.say
        raised = incident.flags
        choices = [
            Choice(str(n), say(f"incident.flag.{flag.value}"), flag, flag.value in raised)
            for n, flag in enumerate(Flag, 1)
        ]
        self._view.footer.chooser.ask(say("incident.flags"), choices, self._toggle_flag)

    def _toggle_flag(self, flag: object) -> None:
        assert isinstance(flag, Flag)
        incident = self._panel.needed()
        on = flag.value not in incident.flags
        self._submit(SetFlag(incident_id=incident.incident_id, flag=flag, on=on))

    def _note(self, incident_id: str | None = None, text: str = "") -> None:
        incident = self._incident(incident_id)
        notes = self._view.notes
        if not text:
            self._view.scroll.ensureWidgetVisible(notes.field)
            notes.field.setFocus()
            return
        typed_here = notes.field.text().strip() == text
        self._context.commands.submit(
            AddNote(incident_id=incident.incident_id, text=text),
            (lambda done: self._noted()) if typed_here else None,
        )

    def _noted(self) -> None:
        """The note is in the log; the next digit answers a question again."""
        notes = self._view.notes
        had_keyboard = notes.field.hasFocus()
        notes.wrote()
        if had_keyboard:
            self._panel.take_focus()

    def _take_over(self) -> None:
        self._submit(TakeIncident(incident_id=self._panel.needed().incident_id))

    def _call_back(self) -> None:
        incident, say = self._panel.needed(), self._context.say
        choices = [
            Choice(str(n), say("incident.in_minutes", n=minutes), minutes)
            for n, minutes in enumerate(CALL_BACK_MINUTES, 1)
        ]
        if incident.no_unit_needed:
            choices.append(Choice("0", say("incident.no_call_back"), 0))

        def picked(minutes: object) -> None:
            assert isinstance(minutes, int)
            due = self._context.clock.now_us() + minutes * 60_000_000 if minutes else None
            self._submit(SetCallBack(incident_id=incident.incident_id, due_us=due))

        self._view.footer.chooser.ask(say("incident.call_back"), choices, picked)

    # -- sending -------------------------------------------------------------------------------

    def confirm(self) -> None:
        """Sign what the button says. What cannot go is said at once, with who has it."""
        context, incident = self._context, self._panel.needed()
        why = why_not_confirm(context, incident)
        if why is not None:
            raise Problem(why.id, **why.values)
        advised = context.board.recommendation(incident.incident_id)
        plan = advised.plan() if advised is not None else None
        shown_s = self._shown.get(advised.recommendation_id) if advised is not None else None
        verb = ConfirmDispatch(
            incident_id=incident.incident_id,
            units=choices_of(context, incident),
            recommendation_id=advised.recommendation_id if advised is not None else None,
            plan_kind=plan.kind if plan is not None else "",
            changed=is_changed(context, incident),
            shown_ms=None if shown_s is None else round((time.monotonic() - shown_s) * 1e3),
        )
        self._view.footer.say_refused("", "")
        context.commands.submit(
            verb,
            lambda done: self._confirmed(incident.incident_id, done),
            lambda problem: self._refused(incident.incident_id, [problem]),
        )

    def _confirmed(self, incident_id: str, done: Any) -> None:
        self._context.selection.propose(incident_id, None)
        if done is not None and done.refused:
            self._refused(incident_id, done.refused)

    def _refused(self, incident_id: str, problems: list[Problem]) -> None:
        """Name the unit that was refused and who has it; the next best stands ready."""
        say = self._context.say
        lines = []
        for problem in problems:
            message = problem.message
            unit = message.values.get("unit")
            if isinstance(unit, str):
                label = unit
                message = Message(message.id, {**message.values, "unit": label})
            lines.append(say("incident.confirm.refused", why=say(message)))
        following = self._next_best(incident_id, problems)
        self._view.footer.say_refused("\n".join(lines), following)
        self._panel.refresh()

    def _next_best(self, incident_id: str, problems: list[Problem]) -> str:
        context = self._context
        advised = context.board.recommendation(incident_id)
        if advised is None:
            return ""
        gone = {str(problem.message.values.get("unit")) for problem in problems}
        planned = {planned.unit_id for planned in plan_units(advised)}
        free = [
            candidate
            for candidate in advised.candidates
            if candidate.verdict.passed
            and candidate.arrival is not None
            and candidate.unit_id not in gone | planned
            and context.board.picture.open_assignment_of(candidate.unit_id) is None
        ]
        if not free:
            return ""
        best = min(free, key=lambda c: c.arrival.p50_s if c.arrival else 0.0)
        return context.say(
            "incident.confirm.next_best",
            unit=best.unit_id,
            time=band(arrival_of(advised, best.unit_id)),
        )

    def _recall(self, unit_id: str | None = None) -> None:
        if unit_id is not None:
            held = self._context.board.picture.open_assignment_of(unit_id)
            if held is None:
                raise Problem("incident.nobody_sent")
            self._recall_assignment(held.assignment_id)
            return
        self._panel.needed()
        found = self._view.crews.one(self._selected_unit(untold=False), untold=False)
        if isinstance(found, Assignment):
            self._recall_assignment(found.assignment_id)
        else:
            self._ask_which("incident.recall_which", found, self._recall_assignment)

    def _selected_unit(self, *, untold: bool) -> str | None:
        """The unit chosen on the board or the map, where it is one of these crews."""
        chosen = self._context.selection.unit_id
        held = {each.unit_id: each for each in self._view.crews.open_ones()}
        if chosen in held and not (untold and held[chosen].state.is_told):
            return chosen
        return None

    def _ask_which(self, prompt: str, found: list[Assignment], then: Any) -> None:
        say = self._context.say
        self._view.footer.chooser.ask(
            say(prompt),
            [
                Choice(str(n % 10), held.unit_id, held.assignment_id)
                for n, held in enumerate(found[:10], 1)
            ],
            then,
        )

    def _recall_assignment(self, assignment_id: object) -> None:
        self._submit(Recall(assignment_id=str(assignment_id)))

    def _acknowledged(self, unit_id: str | None = None) -> None:
        self._panel.needed()
        wanted = unit_id or self._selected_unit(untold=True)
        found = self._view.crews.one(wanted, untold=True)
        if isinstance(found, Assignment):
            self._acknowledge_assignment(found.assignment_id)
        else:
            self._ask_which("incident.heard_which", found, self._acknowledge_assignment)

    def _acknowledge_assignment(self, assignment_id: object) -> None:
        self._submit(
            ReportProgress(
                assignment_id=str(assignment_id),
                state=AssignmentState.ACKNOWLEDGED,
                source="radio",
            )
        )

    # -- closing -------------------------------------------------------------------------------

    def _close(self) -> None:
        incident = self._panel.needed()
        if not incident.is_open:
            raise Problem("incident.closed_already", number=incident.number_text)
        self._view.scroll.verticalScrollBar().setValue(0)
        self._view.closing.open_for(incident)

    def _closed(self, disposition: str, outcome: object) -> None:
        incident = self._panel.needed()
        verb = CloseIncident(
            incident_id=incident.incident_id,
            disposition=disposition,
            outcome=outcome,  # type: ignore[arg-type]
        )
        self._context.commands.submit(verb, lambda done: self._after_closing())

    def _after_closing(self) -> None:
        self._view.closing.leave()
        self._panel.take_focus_back()
