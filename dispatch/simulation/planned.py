"""A call that will come: the one shape that shift, recording and scenario share."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.domain.call import CallerScript
from dispatch.domain.level import Level
from dispatch.domain.value import Point


@dataclass(frozen=True, kw_only=True)
class PlannedCall:
    """When somebody rings, what they will say, and what it really is.

    `where` and `accuracy_m` are what the line shows about the caller; `truth_point` is where it
    happens. `patience_s` and `talk_s` are how long they let it ring and stay on the line.
    """

    t_us: int
    call_id: str
    line: str
    number: str
    language: str
    where: Point | None
    accuracy_m: float
    script: CallerScript
    truth_type: str
    truth_level: Level
    truth_point: Point
    same_as_call: str | None = None
    patience_s: float = 110.0
    talk_s: float = 150.0
