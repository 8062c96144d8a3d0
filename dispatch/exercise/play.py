"""Plays a whole exercise without a window: the automatic dispatcher at a clock that is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from dispatch.clock import Clock
from dispatch.desk import Desk
from dispatch.domain.call import CallState
from dispatch.domain.incident import Incident
from dispatch.domain.message import Problem
from dispatch.domain.picture import Picture
from dispatch.exercise.dispatcher import AutomaticDispatcher
from dispatch.exercise.hearing import Hearing

STRIDE_US = 2_000_000
CHUNK_US = 60_000_000
AFTER_US = 10 * 60_000_000
"""How long the dispatcher may go on after the world's end, for what rang in its last seconds."""

#: A crew's report may cross a dispatch or a recall on its way: refused, and right so.
CROSSINGS = frozenset({"desk.assignment_over", "desk.unit_moves_by_assignment"})


class SourceSeen(Protocol):
    """What is asked of the simulated world's end in the centre."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""

    @property
    def refusals(self) -> list[Problem]:
        """What the desk refused of the world's reports."""


class Headless(Protocol):
    """A centre with an inline engine and a clock of speed 0."""

    desk: Desk
    clock: Clock

    @property
    def source(self) -> SourceSeen | None:
        """The simulated world."""

    def run_until(self, t_us: int, *, stride_us: int = ..., each: Any = ...) -> None:
        """Move the clock in strides, calling `each(now_us)` after every one."""


def play(
    centre: Headless,
    hearing: Hearing,
    *,
    until_us: int,
    stride_us: int = STRIDE_US,
    progress: Callable[[int], None] = lambda now_us: None,
) -> AutomaticDispatcher:
    """Run to `until_us` or the world's end, then on until everybody who rang has been served.

    Returns the dispatcher, whose tally says what it did. `progress(now_us)` once a simulated
    minute.
    """
    auto = AutomaticDispatcher(
        centre.desk,
        locate=hearing.place_of,
        type_of=hearing.type_of,
        services_of=hearing.services_of,
    )
    now_us = centre.clock.now_us()
    while now_us < until_us and not _ended(centre):
        centre.run_until(min(until_us, now_us + CHUNK_US), stride_us=stride_us, each=auto.work)
        now_us = centre.clock.now_us()
        progress(now_us)
    last_us = now_us + AFTER_US
    while now_us < last_us and unserved(centre.desk.picture):
        centre.run_until(now_us + 10_000_000, stride_us=stride_us, each=auto.work)
        now_us = centre.clock.now_us()
    return auto


def _ended(centre: Headless) -> bool:
    return centre.source is not None and centre.source.ended


def unserved(picture: Picture) -> list[str]:
    """Calls without an answer, or whose incident got no unit, advice or recorded shortfall."""
    missed = []
    for call in picture.calls.values():
        if call.state in (CallState.RINGING, CallState.DROPPED):
            missed.append(call.call_id)
            continue
        incident = picture.incidents.get(call.incident_id or "")
        if incident is None or not _is_served(incident, picture):
            missed.append(call.call_id)
    return missed


def _is_served(incident: Incident, picture: Picture) -> bool:
    if incident.first_confirmed_us is not None or not incident.is_open:
        return True
    if incident.no_unit_needed or incident.callback_due_us is not None:
        return True
    advised = picture.recommendations.get(incident.incident_id)
    plan = advised.plan() if advised is not None else None
    return plan is not None and bool(plan.shortfalls)


def mistakes(refusals: Iterable[Problem]) -> list[Problem]:
    """Refusals that no crossing of reports explains."""
    return [refusal for refusal in refusals if refusal.message.id not in CROSSINGS]
