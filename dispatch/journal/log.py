"""The log: one writer, gapless positions, a chain, and commitments nobody can double."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, and_, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.message import Problem
from dispatch.journal.chain import EVENT_INTEGERS, EVENT_TEXTS, event_hash
from dispatch.journal.database import driver, named_errors
from dispatch.journal.tables import ASSIGNMENT, COMMAND, EVENT, LOG_HEAD
from dispatch.journal.values import (
    MAX_BODY_BYTES,
    MAX_ENTRIES,
    ORIGINS,
    OWN_KINDS,
    STANDINGS,
    AlreadyCommitted,
    Batch,
    Clock,
    Entry,
    HeadMoved,
)

READ_CHUNK = 2_000
"""Positions fetched at a time: no reader holds a transaction that would stop a checkpoint."""

ENVELOPE_COLUMNS = tuple(EVENT.c[name] for name in Envelope.__struct_fields__)

_HEAD = select(LOG_HEAD.c.pos, LOG_HEAD.c.hash, LOG_HEAD.c.epoch, EVENT.c.high_us).select_from(
    LOG_HEAD.outerjoin(EVENT, EVENT.c.pos == LOG_HEAD.c.pos)
)
_COMMAND = select(COMMAND.c.pos).where(COMMAND.c.id == bindparam("cmd_id"))
_OF_COMMAND = (
    select(*ENVELOPE_COLUMNS).where(EVENT.c.cmd_id == bindparam("cmd_id")).order_by(EVENT.c.n)
)
_RANGE = (
    select(*ENVELOPE_COLUMNS)
    .where(EVENT.c.pos > bindparam("after"), EVENT.c.pos <= bindparam("upto"))
    .order_by(EVENT.c.pos)
)
_INSERT_EVENT = insert(EVENT)
_INSERT_COMMAND = insert(COMMAND)
_MOVE_HEAD = update(LOG_HEAD).values(pos=bindparam("new_pos"), hash=bindparam("new_hash"))
_OPEN = insert(ASSIGNMENT)
_CLOSE = (
    update(ASSIGNMENT)
    .where(
        ASSIGNMENT.c.assignment_id == bindparam("closing"),
        ASSIGNMENT.c.closed_pos.is_(None),
    )
    .values(closed_pos=bindparam("at_pos"))
)
_HOLDER = select(ASSIGNMENT.c.incident_id, ASSIGNMENT.c.assignment_id).where(
    and_(ASSIGNMENT.c.unit_id == bindparam("unit"), ASSIGNMENT.c.closed_pos.is_(None))
)


class CommandResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a command did, kept beside the log without its kinds (the `command` table's JSON)."""

    first: int
    last: int
    opens: tuple[tuple[str, str, str], ...] = ()
    """(unit id, incident id, assignment id)"""
    closes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log, and the highest operational time up to there (None when empty)."""

    pos: int
    hash: str
    epoch: int
    high_us: int | None


def read_head(connection: Connection, path: Path) -> Head:
    """The head row. Raises `Problem("journal.corrupt")` when there is none."""
    row = connection.execute(_HEAD).one_or_none()
    if row is None:
        raise Problem("journal.corrupt", file=str(path), pos=0, what="log_head")
    return Head(*row)


def read_range(connection: Connection, after: int, upto: int) -> list[Envelope]:
    """The facts of positions `after < pos <= upto`, in order."""
    return _envelopes(connection.execute(_RANGE, {"after": after, "upto": upto}))


def _envelopes(rows: Iterable[Sequence[Any]]) -> list[Envelope]:
    # Spelt out: half the cost of a replay is here, and keywords by name take twice as long.
    return [
        Envelope(
            pos=pos,
            cmd_id=cmd_id,
            n=n,
            t_us=t_us,
            wall_us=wall_us,
            mono_us=mono_us,
            desk_id=desk_id,
            actor=actor,
            role=role,
            origin=origin,
            standing=standing,
            kind=kind,
            ver=ver,
            stream=stream,
            body=body,
            prev=prev,
            hash=hash_,
        )
        for (
            pos,
            cmd_id,
            n,
            t_us,
            wall_us,
            mono_us,
            desk_id,
            actor,
            role,
            origin,
            standing,
            kind,
            ver,
            stream,
            body,
            prev,
            hash_,
        ) in rows
    ]


class Log:
    """The writing side of one open journal. Every method may be called from any thread."""

    def __init__(self, path: Path, engine: Engine, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self._lock = threading.RLock()
        self._engine = engine
        self._connection = engine.connect()
        self._closed = False
        self._suspect = False
        with named_errors(path), self._connection.begin():
            self._connection.execute(update(LOG_HEAD).values(epoch=LOG_HEAD.c.epoch + 1))
            self._head = read_head(self._connection, path)
        self._epoch = self._head.epoch
        self._files = _identity(path)

    @property
    def head(self) -> Head:
        """The head as last committed by this writer."""
        return self._head

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Connection]:
        """One transaction of the writer, durable at its end.

        With `durable=False` it outlives this process but perhaps not a power cut, until the next
        durable one: for position frames only. Raises `Problem` for full disks and the like.
        """
        with self._lock, named_errors(self.path):
            self._require_usable()
            connection = self._connection
            if not durable:
                driver(connection).execute("PRAGMA synchronous = NORMAL")
            before = self._head
            try:
                with connection.begin():
                    yield connection
                self._require_files()
            except BaseException as error:
                self._head = before
                self._note_failure(error)
                raise
            finally:
                if not durable:
                    driver(connection).execute("PRAGMA synchronous = FULL")

    def append(self, batch: Batch, expected_pos: int | None) -> list[Envelope]:
        """Record a command's facts in a transaction of its own; see `Journal.append`."""
        _check(batch)
        if any(entry.kind.startswith(OWN_KINDS) for entry in batch.entries):
            raise ValueError(f"kinds under {OWN_KINDS!r} belong to the journal")
        with self.writing() as connection:
            return self.append_within(connection, batch, expected_pos)

    def note_within(
        self, connection: Connection, kind: str, key: str, body: str, t_us: int | None = None
    ) -> Envelope:
        """Record one fact of housekeeping in a transaction already open.

        `key` makes it idempotent: the same kind and key are recorded once. Without `t_us` the
        operational time of the last fact stands, since the journal has no operational clock.
        """
        if t_us is None:
            t_us = self._head.high_us if self._head.high_us is not None else self.clock.wall_us()
        batch = Batch(
            cmd_id=f"{OWN_KINDS}{kind}:{key}",
            t_us=t_us,
            wall_us=self.clock.wall_us(),
            mono_us=self.clock.mono_us(),
            desk_id="journal",
            actor="journal",
            role="system",
            origin="system",
            standing="firm",
            entries=(Entry(OWN_KINDS + kind, 1, "journal", body),),
        )
        return self.append_within(connection, batch, None)[0]

    def append_within(
        self, connection: Connection, batch: Batch, expected_pos: int | None
    ) -> list[Envelope]:
        """The append itself, inside a transaction of `writing()`."""
        head = read_head(connection, self.path)
        if head.epoch != self._epoch:
            raise Problem("journal.taken_over", file=str(self.path))
        if connection.execute(_COMMAND, {"cmd_id": batch.cmd_id}).first() is not None:
            return _envelopes(connection.execute(_OF_COMMAND, {"cmd_id": batch.cmd_id}))
        if expected_pos is not None and expected_pos != head.pos:
            raise HeadMoved(expected_pos, head.pos)
        envelopes = _chained(batch, head)
        last = envelopes[-1]
        self._commit_units(connection, batch, last.pos)
        high_us = batch.t_us if head.high_us is None else max(head.high_us, batch.t_us)
        connection.execute(
            _INSERT_EVENT,
            [{**msgspec.structs.asdict(fact), "high_us": high_us} for fact in envelopes],
        )
        result = CommandResult(
            first=envelopes[0].pos,
            last=last.pos,
            opens=tuple((c.unit_id, c.incident_id, c.assignment_id) for c in batch.opens),
            closes=batch.closes,
        )
        connection.execute(
            _INSERT_COMMAND,
            {
                "id": batch.cmd_id,
                "result": msgspec.json.encode(result).decode(),
                "pos": last.pos,
            },
        )
        connection.execute(_MOVE_HEAD, {"new_pos": last.pos, "new_hash": last.hash})
        self._head = Head(last.pos, last.hash, head.epoch, high_us)
        return envelopes

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file and empty it, as far as readers allow."""
        with self._lock, named_errors(self.path):
            self._require_usable()
            driver(self._connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Close the writer; SQLite checkpoints at this last closing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._connection.close()
                self._engine.dispose()

    def _commit_units(self, connection: Connection, batch: Batch, pos: int) -> None:
        for assignment_id in batch.closes:
            done = connection.execute(_CLOSE, {"closing": assignment_id, "at_pos": pos})
            if done.rowcount != 1:
                raise Problem(
                    "journal.commitment_unknown",
                    file=str(self.path),
                    assignment_id=assignment_id,
                )
        for opening in batch.opens:
            try:
                connection.execute(
                    _OPEN,
                    {
                        "assignment_id": opening.assignment_id,
                        "unit_id": opening.unit_id,
                        "incident_id": opening.incident_id,
                        "opened_pos": pos,
                        "closed_pos": None,
                    },
                )
            except IntegrityError as error:
                holder = connection.execute(_HOLDER, {"unit": opening.unit_id}).first()
                if holder is None:
                    raise Problem(
                        "journal.assignment_reused",
                        file=str(self.path),
                        assignment_id=opening.assignment_id,
                    ) from error
                raise AlreadyCommitted(opening.unit_id, holder[0], holder[1]) from error

    def _require_usable(self) -> None:
        if self._closed:
            raise Problem("journal.closed", file=str(self.path))
        if self._suspect:
            # After a failed write or fsync the kernel may have dropped pages it reported lost.
            # A full checkpoint writes them once more through the file; only then go on.
            done = driver(self._connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._suspect = bool(done[0])  # a reader in the way: once more at the next append

    def _require_files(self) -> None:
        """Never acknowledge what was written into a file that somebody removed or replaced."""
        if _identity(self.path) != self._files:
            raise Problem("journal.file_lost", file=str(self.path))

    def _note_failure(self, error: BaseException) -> None:
        original = getattr(error, "orig", error)
        if getattr(original, "sqlite_errorcode", 0) & 0xFF == 10:  # SQLITE_IOERR
            self._suspect = True


def _identity(path: Path) -> tuple[int, ...]:
    """Which files on the disk these names stand for now; zeros where there is none."""
    found: list[int] = []
    for name in (path, path.with_name(path.name + "-wal")):
        try:
            status = os.stat(name)
            found += (status.st_dev, status.st_ino)
        except OSError:
            found += (0, 0)
    return tuple(found)


def _chained(batch: Batch, head: Head) -> list[Envelope]:
    envelopes: list[Envelope] = []
    prev = head.hash
    for n, entry in enumerate(batch.entries):
        fields: dict[str, int | str] = {
            "pos": head.pos + 1 + n,
            "cmd_id": batch.cmd_id,
            "n": n,
            "t_us": batch.t_us,
            "wall_us": batch.wall_us,
            "mono_us": batch.mono_us,
            "desk_id": batch.desk_id,
            "actor": batch.actor,
            "role": batch.role,
            "origin": batch.origin,
            "standing": batch.standing,
            "kind": entry.kind,
            "ver": entry.ver,
            "stream": entry.stream,
            "body": entry.body,
            "prev": prev,
        }
        try:
            prev = event_hash(
                [int(fields[name]) for name in EVENT_INTEGERS],
                [str(fields[name]) for name in EVENT_TEXTS],
            )
        except struct.error as error:
            raise ValueError(f"a number does not fit into 64 bits: {fields}") from error
        envelopes.append(Envelope(**fields, hash=prev))  # type: ignore[arg-type]
    return envelopes


def _check(batch: Batch) -> None:
    if not 0 < len(batch.entries) <= MAX_ENTRIES:
        raise ValueError(f"a batch holds 1 to {MAX_ENTRIES} facts, not {len(batch.entries)}")
    if not batch.cmd_id:
        raise ValueError("a batch needs a command id")
    if batch.origin not in ORIGINS or batch.standing not in STANDINGS:
        raise ValueError(f"unknown origin {batch.origin!r} or standing {batch.standing!r}")
    for entry in batch.entries:
        if not entry.kind or not entry.stream:
            raise ValueError(f"a fact needs a kind and a stream: {entry}")
        if len(entry.body) > MAX_BODY_BYTES:
            raise ValueError(f"the body of a {entry.kind} has {len(entry.body)} characters")
