"""The full check of a journal file: chain, gaps, commitments, positions, snapshots, witnesses."""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from dispatch.domain.message import Message, Problem, Value
from dispatch.journal.chain import EVENT_INTEGERS, EVENT_TEXTS, event_hash, segment_hash
from dispatch.journal.database import APPLICATION_ID, driver, named_errors, reader_engine
from dispatch.journal.fixes import Sealed
from dispatch.journal.log import CommandResult
from dispatch.journal.opening import genesis_hash_of, genesis_of
from dispatch.journal.schema import require_known, schema_of
from dispatch.journal.tables import (
    ASSIGNMENT,
    AVL_FRAME,
    AVL_MINUTE,
    COMMAND,
    EVENT,
    LOG_HEAD,
    PII_KEY,
    SNAPSHOT,
    WITNESS,
)
from dispatch.journal.values import OWN_KINDS, JournalInfo, Witness

MAX_FINDINGS = 50
CHUNK = 5_000

_INTS = len(EVENT_INTEGERS)
_HASHED = _INTS + len(EVENT_TEXTS)
_COLUMNS = [EVENT.c[name] for name in (*EVENT_INTEGERS, *EVENT_TEXTS, "hash", "high_us")]
_T_US = EVENT_INTEGERS.index("t_us")
_N = EVENT_INTEGERS.index("n")
_PREV, _CMD, _KIND, _BODY = (
    _INTS + EVENT_TEXTS.index(name) for name in ("prev", "cmd_id", "kind", "body")
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written. `pos` is where, 0 for the genesis record."""

    message: Message
    pos: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a full check found; `findings` in order of position, empty when all is well."""

    path: Path
    info: JournalInfo
    head_pos: int
    head_hash: str
    commands: int
    open_commitments: int
    sealed_minutes: int
    snapshots: int
    findings: tuple[Finding, ...]
    elapsed_s: float

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def first_bad_pos(self) -> int | None:
        return self.findings[0].pos if self.findings else None


@dataclass(slots=True)
class _Audit:
    connection: Connection
    path: Path
    findings: list[Finding] = field(default_factory=list)
    sealed: dict[int, tuple[int, Sealed]] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    """Hashes at the positions that somebody witnessed."""

    def find(self, code: str, pos: int, /, **values: Value) -> None:
        self.findings.append(Finding(Message(f"journal.audit.{code}", {"pos": pos, **values}), pos))


def verify(path: Path, witnesses: Iterable[Witness] = ()) -> AuditReport:
    """Check everything that can be checked in a journal, without changing a byte of it.

    `witnesses` are heads noted elsewhere: only they catch a chain cut short or hashed anew. Raises
    `Problem` when the file is missing, no journal, newer than this program or not readable.
    """
    path = Path(path)
    if not path.is_file():
        raise Problem("journal.missing", file=str(path))
    started = time.perf_counter()
    engine = reader_engine(path)
    try:
        with named_errors(path), engine.connect() as connection, connection.begin():
            if driver(connection).execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise Problem("journal.not_a_journal", file=str(path), what="application_id")
            require_known(schema_of(connection, path), path)
            audit = _Audit(connection, path)
            _check_file(audit)
            info = genesis_of(connection, path)
            seen = [*_kept_witnesses(connection), *witnesses]
            head_pos, head_hash = _check_chain(audit, info, {w.pos for w in seen})
            _check_head(audit, head_pos, head_hash)
            commands, open_commitments = _check_commands(audit)
            minutes = _check_minutes(audit)
            snapshots = _check_snapshots(audit, head_pos)
            _check_erased(audit)
            _check_witnesses(audit, seen, head_pos)
    finally:
        engine.dispose()
    return AuditReport(
        path=path,
        info=info,
        head_pos=head_pos,
        head_hash=head_hash,
        commands=commands,
        open_commitments=open_commitments,
        sealed_minutes=minutes,
        snapshots=snapshots,
        findings=tuple(sorted(audit.findings, key=lambda f: f.pos)[:MAX_FINDINGS]),
        elapsed_s=time.perf_counter() - started,
    )


def _check_file(audit: _Audit) -> None:
    for name in audit.connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')"
    ).scalars():
        audit.find("foreign_object", 0, name=str(name))
    # Indexes hold the promises (unique commands, one commitment a unit): they must agree.
    for table in ("assignment", "command", "log_head", "pii_key", "avl_minute"):
        said = audit.connection.exec_driver_sql(f"PRAGMA integrity_check('{table}')").scalar()
        if said != "ok":
            audit.find("file_damaged", 0, table=table, what=str(said))


def _rows(connection: Connection) -> Iterator[Sequence[Any]]:
    result = connection.execute(select(*_COLUMNS).order_by(EVENT.c.pos))
    for part in result.partitions(CHUNK):
        yield from part


def _check_chain(audit: _Audit, info: JournalInfo, watched: set[int]) -> tuple[int, str]:
    """Walk the chain; the last position and hash as found."""
    pos, hash_ = 0, genesis_hash_of(info)
    high_us: int | None = None
    command, n = "", 0
    if 0 in watched:
        audit.hashes[0] = hash_
    for row in _rows(audit.connection):
        at: int = row[0]
        if len(audit.findings) < MAX_FINDINGS:
            if at != pos + 1:
                audit.find("gap", pos + 1, next=at)
            if row[_PREV] != hash_:
                audit.find("unlinked", at)
            try:
                expected = event_hash(row[:_INTS], list(row[_INTS:_HASHED]))
            except (struct.error, TypeError, ValueError):
                expected = ""
            if row[_HASHED] != expected:
                audit.find("altered", at)
        t_us: int = row[_T_US]
        high_us = t_us if high_us is None else max(high_us, t_us)
        if row[_HASHED + 1] != high_us:
            audit.find("clock_index", at)
            high_us = row[_HASHED + 1]
        n = n + 1 if row[_CMD] == command else 0
        command = row[_CMD]
        if row[_N] != n:
            audit.find("split_command", at, command=command)
            n = row[_N]
        first = audit.spans.get(command, (at, at))[0]
        audit.spans[command] = (first, at)
        if row[_KIND].startswith(OWN_KINDS):
            _note_own(audit, at, row[_KIND], row[_BODY])
        pos, hash_ = at, row[_HASHED]
        if at in watched:
            audit.hashes[at] = hash_
    return pos, hash_


class _Erased(msgspec.Struct, frozen=True):
    subject: str


def _note_own(audit: _Audit, pos: int, kind: str, body: str) -> None:
    try:
        if kind == OWN_KINDS + "minute_sealed":
            sealed = msgspec.json.decode(body, type=Sealed)
            audit.sealed[sealed.first_us] = (pos, sealed)
        elif kind == OWN_KINDS + "key_erased":
            audit.erased[msgspec.json.decode(body, type=_Erased).subject] = pos
    except msgspec.MsgspecError as error:
        audit.find("housekeeping", pos, what=str(error))


def _check_head(audit: _Audit, pos: int, hash_: str) -> None:
    rows = audit.connection.execute(select(LOG_HEAD.c.pos, LOG_HEAD.c.hash)).all()
    if len(rows) != 1 or tuple(rows[0]) != (pos, hash_):
        said = rows[0][0] if len(rows) == 1 else 0
        audit.find("head_moved", min(pos, said) + 1, head=said, last=pos)


def _check_commands(audit: _Audit) -> tuple[int, int]:
    """Rebuild the commitments from what the commands did; (commands, open commitments)."""
    rebuilt: dict[str, tuple[str, str, int, int | None]] = {}
    holders: dict[str, str] = {}
    commands = 0
    for cmd_id, result, pos in audit.connection.execute(
        select(COMMAND.c.id, COMMAND.c.result, COMMAND.c.pos).order_by(COMMAND.c.pos)
    ):
        commands += 1
        try:
            done = msgspec.json.decode(result, type=CommandResult)
        except msgspec.MsgspecError as error:
            audit.find("command", pos, command=cmd_id, what=str(error))
            continue
        if audit.spans.pop(cmd_id, None) != (done.first, done.last) or done.last != pos:
            audit.find("command", pos, command=cmd_id, what=f"{done.first}-{done.last}")
        for assignment_id in done.closes:
            held = rebuilt.get(assignment_id)
            if held is None or held[3] is not None:
                audit.find("commitment", pos, assignment=assignment_id)
                continue
            rebuilt[assignment_id] = (held[0], held[1], held[2], pos)
            holders.pop(held[0], None)
        for unit_id, incident_id, assignment_id in done.opens:
            if unit_id in holders or assignment_id in rebuilt:
                audit.find("double_commitment", pos, unit=unit_id)
            rebuilt[assignment_id] = (unit_id, incident_id, pos, None)
            holders[unit_id] = assignment_id
    for cmd_id, (_first, last) in audit.spans.items():
        audit.find("command", last, command=cmd_id, what="-")
    for row in audit.connection.execute(select(ASSIGNMENT).order_by(ASSIGNMENT.c.opened_pos)):
        stands = (row.unit_id, row.incident_id, row.opened_pos, row.closed_pos)
        if rebuilt.pop(row.assignment_id, None) != stands:
            audit.find("commitment", row.opened_pos, assignment=row.assignment_id)
    for assignment_id, (_unit, _incident, pos, _closed) in rebuilt.items():
        audit.find("commitment", pos, assignment=assignment_id)
    return commands, len(holders)


def _check_minutes(audit: _Audit) -> int:
    frames = select(AVL_FRAME.c.t_us, AVL_FRAME.c.key, AVL_FRAME.c.data).order_by(AVL_FRAME.c.t_us)
    rows = {row.first_us: row for row in audit.connection.execute(select(AVL_MINUTE))}
    inside = 0
    last_us: int | None = None
    for first_us, (pos, sealed) in sorted(audit.sealed.items()):
        row = rows.pop(first_us, None)
        kept = (row.last_us, row.frames, row.sha, row.pos) if row is not None else None
        found = audit.connection.execute(
            frames.where(AVL_FRAME.c.t_us >= first_us, AVL_FRAME.c.t_us <= sealed.last_us)
        ).all()
        inside += len(found)
        last_us = sealed.last_us if last_us is None else max(last_us, sealed.last_us)
        if (
            kept != (sealed.last_us, sealed.frames, sealed.sha, pos)
            or len(found) != sealed.frames
            or segment_hash([(t, key, data) for t, key, data in found]) != sealed.sha
        ):
            audit.find("minute", pos, t_us=first_us)
    for first_us, row in rows.items():
        audit.find("minute", row.pos, t_us=first_us)
    if last_us is not None:
        count = select(func.count()).select_from(AVL_FRAME).where(AVL_FRAME.c.t_us <= last_us)
        strays = (audit.connection.execute(count).scalar() or 0) - inside
        if strays:
            audit.find("stray_frames", 0, n=strays)
    return len(audit.sealed)


def _check_snapshots(audit: _Audit, head_pos: int) -> int:
    count = 0
    for row in audit.connection.execute(
        select(SNAPSHOT.c.pos, SNAPSHOT.c.data_sha, SNAPSHOT.c.data).order_by(SNAPSHOT.c.pos)
    ).yield_per(1):
        count += 1
        if row.pos > head_pos or hashlib.sha256(row.data).hexdigest() != row.data_sha:
            audit.find("snapshot", row.pos)
    return count


def _check_erased(audit: _Audit) -> None:
    statement = select(PII_KEY.c.subject_id, PII_KEY.c.wrapped, PII_KEY.c.erased_pos)
    for subject_id, wrapped, erased_pos in audit.connection.execute(statement):
        pos = audit.erased.pop(subject_id, None)
        if erased_pos != pos or (pos is not None and wrapped is not None):
            audit.find("erased_key", pos or erased_pos or 0, subject=subject_id)


def _kept_witnesses(connection: Connection) -> list[Witness]:
    columns = (WITNESS.c.station, WITNESS.c.pos, WITNESS.c.hash, WITNESS.c.t_us)
    return [Witness(*row) for row in connection.execute(select(*columns))]


def _check_witnesses(audit: _Audit, witnesses: list[Witness], head_pos: int) -> None:
    for witness in witnesses:
        if witness.pos > head_pos:
            audit.find("cut_short", head_pos + 1, station=witness.station, seen=witness.pos)
        elif audit.hashes.get(witness.pos) != witness.hash:
            audit.find("not_as_witnessed", witness.pos, station=witness.station)
