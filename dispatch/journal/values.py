"""What goes in and out of the journal's door."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dispatch.domain.message import Problem

Realm = Literal["live", "exercise"]
ORIGINS = frozenset({"human", "ai", "feed", "system"})
STANDINGS = frozenset({"firm", "provisional"})
ROLES = ("dispatcher", "supervisor", "trainer", "administrator")

MAX_BODY_BYTES = 1_000_000
MAX_ENTRIES = 1_000
OWN_KINDS = "journal."
"""Prefix of the kinds that only the journal itself writes: its housekeeping."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact to be recorded. `body` is canonical JSON text, hashed and kept as given."""

    kind: str
    ver: int
    stream: str
    body: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """A unit given to an incident; while it is open, no second one for that unit can exist."""

    unit_id: str
    incident_id: str
    assignment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The facts of one command, recorded together or not at all.

    `closes` (assignment ids) are closed before `opens` are opened, so that a unit can change
    its incident in one command.
    """

    cmd_id: str
    t_us: int
    wall_us: int
    mono_us: int
    desk_id: str
    actor: str
    role: str
    origin: str
    standing: str
    entries: tuple[Entry, ...]
    opens: tuple[Commitment, ...] = ()
    closes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalInfo:
    """The genesis record: what this journal is, hashed as position 0."""

    journal_id: str
    realm: str
    schema: int
    hash_format: int
    region_id: str
    region_hash: str
    time_zone: str
    created_us: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stored picture after position `pos`. `data` is as given, its checksum already checked;
    `state_sha` is for the reader to compare after decoding."""

    pos: int
    t_us: int
    codec: str
    state_sha: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Witness:
    """The chain's head as somebody else saw it: catches truncation and a full re-hash."""

    station: str
    pos: int
    hash: str
    t_us: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the journal's own housekeeping takes its time from; injected in tests."""

    wall_us: Callable[[], int] = lambda: time.time_ns() // 1_000
    mono_us: Callable[[], int] = lambda: time.monotonic_ns() // 1_000


class HeadMoved(Exception):
    """Somebody (or the journal's housekeeping) recorded something since `expected`.

    Read after `expected`, fold, and decide again.
    """

    def __init__(self, expected: int, actual: int) -> None:
        super().__init__(f"expected head {expected}, found {actual}")
        self.expected = expected
        self.actual = actual


class AlreadyCommitted(Problem):
    """The unit is committed elsewhere: by `assignment_id`, to `incident_id`. Nothing was kept."""

    def __init__(self, unit_id: str, incident_id: str, assignment_id: str) -> None:
        super().__init__(
            "journal.already_committed",
            unit_id=unit_id,
            incident_id=incident_id,
            assignment_id=assignment_id,
        )
        self.unit_id = unit_id
        self.incident_id = incident_id
        self.assignment_id = assignment_id


class JournalFull(Problem):
    """The disk (or a quota) is full; nothing of the batch was kept."""


OUTSIDE = frozenset(
    f"journal.{what}"
    for what in ("full", "io_error", "folder_read_only", "cannot_open", "busy", "database_error")
)


def is_of_the_disk(problem: Problem) -> bool:
    """Whether the world outside kept a batch from being recorded: it may work a moment later."""
    return problem.message.id in OUTSIDE
