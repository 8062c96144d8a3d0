"""Journals and batches for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dispatch.journal import Batch, Clock, Commitment, Entry, FixFrame, Journal

START_US = 1_800_000_000_000_000
SECOND_US = 1_000_000


class HandClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.now_us = START_US

    def clock(self) -> Clock:
        return Clock(wall_us=lambda: self.now_us, mono_us=lambda: self.now_us - START_US)


def new_journal(folder: Path, name: str = "day.journal", **changes: Any) -> Journal:
    given: dict[str, Any] = {
        "realm": "exercise",
        "region_id": "town",
        "region_hash": "ab" * 32,
        "time_zone": "Asia/Almaty",
        "keys_dir": folder / "keys",
        "created_us": START_US,
        "clock": HandClock().clock(),
    }
    return Journal.create(folder / name, **{**given, **changes})


def reopen(journal: Journal, **options: Any) -> Journal:
    return Journal.open(journal.path, journal.path.parent / "keys", **options)


def batch(cmd: int | str, facts: int = 1, **changes: Any) -> Batch:
    number = cmd if isinstance(cmd, int) else 0
    given: dict[str, Any] = {
        "cmd_id": f"cmd-{cmd}",
        "t_us": START_US + number * SECOND_US,
        "wall_us": START_US + number * SECOND_US + 7,
        "mono_us": number * SECOND_US,
        "desk_id": "desk-1",
        "actor": "asel",
        "role": "dispatcher",
        "origin": "human",
        "standing": "firm",
        "entries": tuple(
            Entry("incident.noted", 1, f"incident-{number % 7}", f'{{"n":{n},"text":"Ырыс 서울"}}')
            for n in range(facts)
        ),
    }
    return Batch(**{**given, **changes})


def commit(cmd: int | str, unit: str, assignment: str, *, closes: tuple[str, ...] = ()) -> Batch:
    opening = Commitment(unit, f"incident-of-{assignment}", assignment)
    return batch(cmd, opens=(opening,), closes=closes)


def frame(units: int, seconds: int, *, first: int = 0) -> FixFrame:
    """Units moving east, each at its own speed."""
    number = np.arange(first, first + units)
    t_us = START_US + seconds * SECOND_US
    return FixFrame(
        tuple(f"U{n}" for n in number),
        (714_000_000 + number * 100 + seconds * (number % 9) * 130).astype(np.int32),
        (511_000_000 - number * 70).astype(np.int32),
        np.full(units, 90, dtype=np.int32),
        ((number % 9) * 1_000).astype(np.int32),
        np.full(units, t_us, dtype=np.int64),
    )


def same_frame(one: FixFrame | None, other: FixFrame) -> bool:
    return (
        one is not None
        and one.unit_ids == other.unit_ids
        and all(
            np.array_equal(getattr(one, name), getattr(other, name))
            for name in ("lon_e7", "lat_e7", "heading_deg", "speed_cms", "fix_t_us")
        )
    )
