"""The board's incidents and callers as symbols, each read again only when something about it may
have changed: two thousand open incidents cost milliseconds and not a frame.
"""

from __future__ import annotations

from typing import NamedTuple

from dispatch.board import Board
from dispatch.domain.advice import Recommendation
from dispatch.domain.assignment import Assignment
from dispatch.domain.call import CallState
from dispatch.domain.incident import Incident
from dispatch.domain.queue import QueueRow, needs_units, row_of
from ui.map.layers import IncidentSymbol

CALL = "call/"
"""Symbols of calls that have no incident yet carry this before their id."""
LOOK_AGAIN_S = 10
"""Whatever is said of a change, each incident is read anew so often."""


class _Known(NamedTuple):
    incident: Incident
    assignments: list[Assignment]
    advice: Recommendation | None
    due_us: int
    symbol: IncidentSymbol | None


class IncidentSymbols:
    """Reads a board into symbols."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def forget(self) -> None:
        """Another board."""
        self._known.clear()

    def read(self, board: Board, now_us: int) -> list[IncidentSymbol]:
        """All open incidents that have a place, and callers without an incident."""
        picture = board.picture
        known, self._known = self._known, {}
        symbols = []
        for incident in picture.open_incidents():
            key = incident.incident_id
            assignments = picture.assignments_of(key)
            advice = picture.recommendations.get(key)
            before = known.get(key)
            if (
                before is None
                or before.incident is not incident
                or before.advice is not advice
                or now_us >= before.due_us
                or before.assignments != assignments
            ):
                row = row_of(picture, board.targets, incident, now_us)
                due_us = _due_us(row, now_us)
                before = _Known(incident, assignments, advice, due_us, _symbol(row))
            self._known[key] = before
            if before.symbol is not None:
                symbols.append(before.symbol)
        return [*symbols, *_callers(board)]


def _due_us(row: QueueRow, now_us: int) -> int:
    """When its symbol may change by the clock alone: it turns late; and now and then anyway."""
    # Not all in the same second.
    again_us = now_us + (LOOK_AGAIN_S - row.incident.number % 5) * 1_000_000
    target = row.target
    if target is not None and target.stopped_us is None and target.left_s > 0:
        return min(again_us, now_us + int(target.left_s * 1e6) + 1)
    return again_us


def _symbol(row: QueueRow) -> IncidentSymbol | None:
    place = row.incident.place
    if place.point is None:
        return None
    return IncidentSymbol(
        id=row.incident.incident_id,
        lon=place.point.lon,
        lat=place.point.lat,
        level=row.level.rank if row.level is not None else 0,
        label=row.incident.number_text,
        radius_m=place.accuracy_m,
        late=bool(row.target and row.target.late and row.target.stopped_us is None),
        waiting=not row.incident.no_unit_needed and needs_units(row),
    )


def _callers(board: Board) -> list[IncidentSymbol]:
    """Where calls without an incident come from: a query with the circle of its accuracy."""
    return [
        IncidentSymbol(
            id=CALL + call.call_id,
            lon=call.where.lon,
            lat=call.where.lat,
            level=0,
            radius_m=call.accuracy_m,
            waiting=True,
        )
        for call in board.picture.calls.values()
        if call.state in (CallState.RINGING, CallState.OPEN)
        and call.incident_id is None
        and call.where is not None
    ]
