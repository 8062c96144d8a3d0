"""A city's recorded calls, played again: time, type and place as recorded.

Which units the city really sent is not in what comes out of here: advice must not see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.call import CallerScript
from dispatch.domain.message import Problem
from dispatch.recommend.observed import Recorded, RecordedCall
from dispatch.recommend.observed import read_recorded as read_file
from dispatch.simulation.planned import PlannedCall

NEVER_S = 3_600.0
"""A recorded caller was answered in truth: here they wait an hour before giving up."""


@dataclass(frozen=True)
class RecordedDay:
    """The calls of a window of a recording, in order of time."""

    calls: tuple[PlannedCall, ...]
    start_us: int
    recorded: Recorded


def read_recorded(path: Path, start_us: int, end_us: int | None) -> RecordedDay:
    """The calls received from `start_us` (0: from the first) up to `end_us` (None: to the last).

    Raises `Problem`: the file's own (`recommend.observed.*`), or `simulation.recording_empty`
    where the window holds no call.
    """
    recorded = read_file(path)
    calls = [
        _planned(call)
        for call in recorded.calls
        if call.received_us >= start_us and (end_us is None or call.received_us < end_us)
    ]
    if not calls:
        raise Problem("simulation.recording_empty", file=str(path))
    # Nobody waits years for a recording's first call.
    first_us = min(call.received_us for call in recorded.calls)
    return RecordedDay(tuple(calls), max(start_us, first_us), recorded)


def _planned(call: RecordedCall) -> PlannedCall:
    return PlannedCall(
        t_us=call.received_us,
        call_id=f"rec-{call.call_id}",
        line="recorded",
        number="",
        language="en",
        where=call.point,
        accuracy_m=0.0,
        script=CallerScript(
            statement=f"{call.recorded_type}. {call.address}",
            address=call.address,
            type_id=call.type_id,
        ),
        truth_type=call.type_id,
        truth_level=call.level,
        truth_point=call.point,
        patience_s=NEVER_S,
        talk_s=120.0,
    )
