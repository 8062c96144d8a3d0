"""Where the hours stand on a time axis, in the region's own time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

STEPS_S = (
    *(1, 5, 10, 30, 60, 120, 300, 600, 900, 1_800),
    *(3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800),
)
"""Steps that people count time in, seconds."""
ROOM = 96
"""Pixels that a label wants."""


@dataclass(frozen=True)
class Tick:
    """A label of the axis. `is_day` where a new day begins."""

    t_us: int
    text: str
    is_day: bool


def step_s(span_s: float, width: int) -> int:
    """The finest step whose labels do not crowd an axis of so many pixels."""
    wanted = span_s * ROOM / max(1, width)
    return next((step for step in STEPS_S if step >= wanted), STEPS_S[-1])


def ticks(start_us: int, end_us: int, width: int, zone: ZoneInfo) -> list[Tick]:
    """Labels at round local times; the offset of the first moment is kept over a change of clocks,
    and each label says what the clocks on the wall showed."""
    step = step_s((end_us - start_us) / 1e6, width)
    offset = datetime.fromtimestamp(start_us // 1_000_000, UTC).astimezone(zone).utcoffset()
    shift_s = round(offset.total_seconds()) if offset is not None else 0
    first_s = -(-(start_us // 1_000_000 + shift_s) // step) * step - shift_s
    found = []
    for second in range(first_s, end_us // 1_000_000 + 1, step):
        local = datetime.fromtimestamp(second, UTC).astimezone(zone)
        is_day = local.hour == local.minute == local.second == 0
        pattern = "%H:%M:%S" if step < 60 else "%H:%M"
        text = local.strftime("%m-%d") if is_day else local.strftime(pattern)
        found.append(Tick(second * 1_000_000, text, is_day))
    return found
