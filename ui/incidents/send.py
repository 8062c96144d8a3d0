"""Whom to send: the plan with its times, what is lacking, and why not the others."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dispatch.desk.dispatching import why_not_now
from dispatch.domain.incident import Incident
from dispatch.domain.message import Problem
from ui.incidents.candidates import CandidateTable
from ui.incidents.choice import (
    CandidateRow,
    chosen_units,
    hidden_count,
    plan_units,
    rows_of,
)
from ui.incidents.pieces import Section, ai_mark, button, put, text_label
from ui.panel import PanelContext
from ui.theme.fonts import Size


class Send(Section):
    """The table under the plan; arrows walk it and draw routes, Space takes a unit in or out."""

    heading_id = "incident.send"
    picked = Signal(str)
    """A unit was double-clicked: in or out."""
    refreshed = Signal()
    """The table stands for other units, or for all of them."""
    walked = Signal()
    """The arrows went to another unit: the table wants to be seen."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(context, parent)
        self.everybody = False
        self.mark = ai_mark(self)
        self.top.addWidget(self.mark)
        self.table = CandidateTable(context, self)
        self.nothing = text_label(self, "dim")
        self.chosen_why = text_label(self, "small", size=Size.SMALL)
        self.lacking = text_label(self, "strong", bold=True)
        self.notes = text_label(self, "small", size=Size.SMALL)
        self.more = button(self)
        more = QHBoxLayout()
        more.setContentsMargins(0, 0, 0, 0)
        more.addWidget(self.more)
        more.addWidget(self.notes, 1)
        self.rows.addWidget(self.nothing)
        self.rows.addWidget(self.table)
        self.rows.addWidget(self.chosen_why)
        self.rows.addLayout(more)
        self.rows.addWidget(self.lacking)
        self.more.clicked.connect(lambda: context.commands.run("send.why_not"))
        self.table.picked.connect(self.picked)
        self.table.hovered.connect(context.selection.hover_candidate)
        context.selection.candidate_changed.connect(lambda _: self._show_hovered())
        context.selection.proposal_changed.connect(self.refresh)

    # -- doing ---------------------------------------------------------------------------------

    def walk(self, step: int) -> None:
        """The next or previous unit of the table: its route is drawn."""
        rows = self.table.rows_model.rows
        if not rows:
            raise Problem("incident.no_candidates")
        ids = [row.unit_id for row in rows]
        hovered = self.context.selection.candidate_id
        if hovered in ids:
            at = max(0, min(len(ids) - 1, ids.index(hovered) + step))
        else:
            at = 0 if step > 0 else len(ids) - 1
        self.context.selection.hover_candidate(ids[at])
        self.walked.emit()

    def toggle(self, unit_id: str | None = None) -> None:
        """Take a unit into what would be sent, or out of it."""
        incident = self.incident
        unit_id = unit_id or self.context.selection.candidate_id
        if incident is None or unit_id is None:
            raise Problem("incident.no_candidate_chosen")
        chosen = list(chosen_units(self.context, incident))
        held = why_not_now(self.context.board.picture, unit_id)
        if held is not None and unit_id not in chosen:
            why = self.context.say(held.message)
            raise Problem("incident.cannot_go", unit=unit_id, why=why)
        if unit_id in chosen:
            chosen.remove(unit_id)
        else:
            chosen.append(unit_id)
        advised = self.context.board.recommendation(incident.incident_id)
        plan = tuple(planned.unit_id for planned in plan_units(advised))
        same = set(chosen) == set(plan)
        self.context.selection.propose(incident.incident_id, None if same else tuple(chosen))

    def toggle_everybody(self) -> None:
        """All units with their verdicts, or only those that matter."""
        if self.incident is None:
            raise Problem("incident.no_candidates")
        self.everybody = not self.everybody
        self.refresh()

    def radio_unit(self) -> str:
        """The unit to ask for its place: the one under the arrow, else the first stale one."""
        incident = self.incident
        advised = self.context.board.recommendation(incident.incident_id) if incident else None
        hovered = self.context.selection.candidate_id
        if hovered is not None:
            return hovered
        if advised is None or not advised.radio_now:
            raise Problem("incident.no_radio_now")
        return advised.radio_now[0]

    # -- showing -------------------------------------------------------------------------------

    def show_incident(self, incident: Incident) -> None:
        """Everything anew."""
        if self.incident is None or self.incident.incident_id != incident.incident_id:
            self.everybody = False
        super().show_incident(incident)
        self.setVisible(incident.is_open)
        self.refresh()

    def refresh(self) -> None:
        """The table from board and proposal as they stand."""
        incident, say = self.incident, self.context.say
        if incident is None:
            return
        advised = self.context.board.recommendation(incident.incident_id)
        rows = rows_of(self.context, incident, everybody=self.everybody)
        self.table.show_rows(rows)
        self.table.setAccessibleName(say("incident.send"))
        put(self.nothing, self._nothing(incident) if not rows else "")
        hidden = hidden_count(self.context, incident)
        key = self.context.commands.key_text("send.why_not")
        word = "incident.send.fewer" if self.everybody else "incident.send.more"
        self.more.setText(say(word, n=hidden, key=key))
        self.more.setVisible(hidden > 0)
        plan = advised.plan() if advised is not None else None
        self.mark.setVisible(plan is not None)
        lacks = plan.shortfalls if plan is not None else ()
        lines = [say("incident.send.lacks", what=say(s.label), why=say(s.why)) for s in lacks]
        put(self.lacking, "\n".join(lines))
        notes = [say(note) for note in (plan.notes if plan is not None else ())]
        uncalibrated = plan is not None and any(not p.arrival.calibrated for p in plan.units)
        if uncalibrated:
            notes.append(say("incident.send.uncalibrated"))
        put(self.notes, " · ".join(notes))
        own = self.context.selection.proposal(incident.incident_id) is not None
        kind = say(f"incident.plan.{plan.kind}") if plan is not None and plan.units else ""
        self.aside.setText(say("incident.plan.own") if own else kind)
        self._show_hovered()
        self.refreshed.emit()

    def _nothing(self, incident: Incident) -> str:
        if self.context.board.recommendation(incident.incident_id) is not None:
            return ""
        if incident.place.point is None:
            return self.context.say("incident.send.needs_place")
        if not incident.type_id:
            return self.context.say("incident.send.needs_type")
        return self.context.say("incident.send.thinking")

    def _show_hovered(self) -> None:
        """The whole reason of the row under the arrow: the table may have cut it."""
        hovered = self.context.selection.candidate_id
        row: CandidateRow | None = next(
            (r for r in self.table.rows_model.rows if r.unit_id == hovered), None
        )
        put(self.chosen_why, f"{row.label}: {row.why}" if row is not None else "")
        self.table.viewport().update()
