"""The world every source of calls shares: planned calls ring, crews do what crews do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dispatch.domain.level import Level
from dispatch.region.roads import RoadTimes
from dispatch.simulation import events as w
from dispatch.simulation.agenda import Agenda
from dispatch.simulation.crews import Crews
from dispatch.simulation.planned import PlannedCall

FIX_STRIDE_US = 2_000_000
"""Positions are reported at least this often of simulated time, as far as time is advanced."""


class CityWorld:
    """Implements `World`: planned calls (in order of time), injects and crews over one agenda.

    `roads` are those with nothing closed.
    """

    def __init__(
        self,
        agenda: Agenda,
        crews: Crews,
        calls: Iterator[PlannedCall],
        *,
        start_us: int,
        end_us: int | None,
        injects: tuple[w.InjectHappens, ...] = (),
        events: list[w.Event],
        roads: RoadTimes,
    ) -> None:
        self._roads = roads
        self._agenda, self._crews, self._calls = agenda, crews, calls
        self._now_us, self._end_us = start_us, end_us
        self._events = events
        self._known: dict[str, PlannedCall] = {}
        self._waiting: set[str] = set()
        self._ended = False
        self._new = True
        for inject in injects:
            agenda.at(inject.t_us, partial(self._inject, inject))
        self._plan_next()

    def advance(self, to_us: int) -> list[w.Event]:
        """Let time run and collect what happened, in order of time."""
        if self._new:
            self._new = False
            first = self._crews.fixes(self._now_us, everyone=True)
            if first is not None:
                self._events.append(first)
        while self._now_us < to_us:
            self._now_us = min(to_us, self._now_us + FIX_STRIDE_US)
            self._agenda.run_until(self._now_us)
        fixes = self._crews.fixes(self._now_us)
        if fixes is not None:
            self._events.append(fixes)
        if self._end_us is not None and self._now_us >= self._end_us and not self._ended:
            self._ended = True
            self._events.append(w.WorldEnds(t_us=self._now_us, reason="time"))
        happened = list(self._events)
        self._events.clear()
        return happened

    def order(self, order: w.Order) -> None:
        """What the desk did; an order dated before now counts from now."""
        t_us = max(order.t_us, self._now_us)
        match order:
            case w.CallTaken():
                self._taken(order.call_id, t_us)
            case w.UnitSent():
                truth = self._truth(order)
                level = truth.truth_level if truth else order.level or Level.L3
                kind = truth.truth_type if truth else order.type_id
                self._crews.send(order, t_us, level, kind)
            case w.UnitCalledOff():
                self._crews.call_off(order.unit_id, t_us)
            case w.RoadsOrdered():
                shut = order.roads
                roads = self._roads.without(shut.edges, shut.along, shut.against)
                self._crews.close_roads(roads, t_us)
            case w.UnitStateOrdered():
                self._crews.set_state(order.unit_id, order.state, t_us)

    def _truth(self, order: w.UnitSent) -> PlannedCall | None:
        return next((self._known[c] for c in order.call_ids if c in self._known), None)

    def _inject(self, inject: w.InjectHappens, t_us: int) -> None:
        self._events.append(inject)

    def _plan_next(self) -> None:
        call = next(self._calls, None)
        if call is not None:
            self._agenda.at(call.t_us, lambda t_us: self._ring(call))

    def _ring(self, call: PlannedCall) -> None:
        self._plan_next()
        if self._end_us is not None and call.t_us >= self._end_us:
            return
        self._known[call.call_id] = call
        self._waiting.add(call.call_id)
        self._events.append(
            w.CallRings(
                t_us=call.t_us,
                call_id=call.call_id,
                line=call.line,
                number=call.number,
                language=call.language,
                where=call.where,
                accuracy_m=call.accuracy_m,
                script=call.script,
                truth_type=call.truth_type,
                truth_level=call.truth_level,
                truth_point=call.truth_point,
                same_as_call=call.same_as_call,
            )
        )
        self._agenda.at(
            call.t_us + round(call.patience_s * 1e6), lambda t_us: self._gives_up(call, t_us)
        )

    def _gives_up(self, call: PlannedCall, t_us: int) -> None:
        if call.call_id in self._waiting:
            self._waiting.discard(call.call_id)
            self._events.append(w.CallerLeaves(t_us=t_us, call_id=call.call_id))

    def _taken(self, call_id: str, t_us: int) -> None:
        self._waiting.discard(call_id)
        call = self._known.get(call_id)
        if call is None:
            return

        def leaves(now_us: int) -> None:
            self._events.append(w.CallerLeaves(t_us=now_us, call_id=call_id))

        self._agenda.at(t_us + round(call.talk_s * 1e6), leaves)
