"""Proposing a unit for an incident by hand: the same whether it is dropped or chosen in a menu.

Proposing sends nobody: it changes what Ctrl+Enter would sign, and shows it.
"""

from __future__ import annotations

from dispatch.desk.dispatching import why_not_now
from dispatch.domain.incident import Incident
from dispatch.domain.message import Message, Problem
from ui.incidents.choice import chosen_units
from ui.incidents.durations import span
from ui.panel import PanelContext


class Proposing:
    """Adds units to what would be signed for an incident."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context

    def _barred(self) -> Message | None:
        """Why this person cannot propose anything here."""
        signed = self._context.board.signed_on
        if self._context.mode == "replay":
            return Message("incident.confirm.replay")
        if self._context.locked:
            return Message("commands.desk_locked")
        if signed is None:
            return Message("commands.sign_on_first")
        return None if signed.role.may_dispatch else Message("commands.not_your_role")

    def why_not(self, incident_id: str, unit_id: str) -> Message | None:
        """Why a unit cannot be proposed for an incident; None where it can."""
        board = self._context.board
        barred = self._barred()
        if barred is not None:
            return barred
        incident = board.incident(incident_id)
        if incident is None or not incident.is_open:
            return Message("hands.propose_closed")
        held = board.picture.open_assignment_of(unit_id)
        if held is not None and held.incident_id == incident_id:
            return Message("hands.propose_sent", {"unit": unit_id, "number": incident.number_text})
        busy = why_not_now(board.picture, unit_id)
        if busy is not None:
            return busy.message
        if unit_id in chosen_units(self._context, incident):
            return Message("hands.propose_again", {"unit": unit_id, "number": incident.number_text})
        return None

    def propose(self, incident_id: str, unit_id: str) -> None:
        """Add a unit to what would be signed, and show that incident. Raises `Problem`."""
        why = self.why_not(incident_id, unit_id)
        if why is not None:
            raise Problem(why.id, **why.values)
        incident = self._context.board.incident(incident_id)
        assert incident is not None
        selection = self._context.selection
        selection.choose_incident(incident_id)
        selection.propose(incident_id, (*chosen_units(self._context, incident), unit_id))

    def nearest(self, incident: Incident) -> tuple[str, str] | Message:
        """The unit that would be there first of those that may go and are not proposed yet, and
        its time as `m:ss`; a message that says why there is none."""
        advised = self._context.board.recommendation(incident.incident_id)
        if advised is None:
            return Message("incident.confirm.waiting" if incident.type_id else "hands.no_type")
        chosen = chosen_units(self._context, incident)
        free = [
            (candidate.arrival.p50_s, candidate.unit_id)
            for candidate in advised.candidates
            if candidate.arrival is not None
            and candidate.verdict.passed
            and candidate.unit_id not in chosen
            and self.why_not(incident.incident_id, candidate.unit_id) is None
        ]
        if not free:
            return self._barred() or Message("hands.nobody_free")
        seconds, unit_id = min(free)
        return unit_id, span(seconds)
