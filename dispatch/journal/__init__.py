"""What happened, in what order, provably: the append-only log and what stands beside it."""

from dispatch.journal.audit import AuditReport, Finding, verify
from dispatch.journal.frames import FixFrame
from dispatch.journal.journal import Journal
from dispatch.journal.people import Person
from dispatch.journal.values import (
    AlreadyCommitted,
    Batch,
    Clock,
    Commitment,
    Entry,
    HeadMoved,
    JournalFull,
    JournalInfo,
    Snapshot,
    Witness,
    is_of_the_disk,
)

__all__ = [
    "AlreadyCommitted",
    "AuditReport",
    "Batch",
    "Clock",
    "Commitment",
    "Entry",
    "Finding",
    "FixFrame",
    "HeadMoved",
    "Journal",
    "JournalFull",
    "JournalInfo",
    "Person",
    "Snapshot",
    "Witness",
    "is_of_the_disk",
    "verify",
]
