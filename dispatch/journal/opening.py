"""What every opening checks, and how an empty journal is made."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DBAPIError

from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.message import Problem
from dispatch.journal import vault
from dispatch.journal.chain import (
    EVENT_INTEGERS,
    EVENT_TEXTS,
    HASH_FORMAT,
    event_hash,
    genesis_hash,
)
from dispatch.journal.database import APPLICATION_ID, driver, named_errors, writer_engine
from dispatch.journal.log import read_head, read_range
from dispatch.journal.schema import require_known, schema_of, upgrade
from dispatch.journal.tables import JOURNAL_INFO, LOG_HEAD
from dispatch.journal.values import JournalFull, JournalInfo

TAIL = 200
"""Facts whose chain is checked at every opening; `verify` checks all."""


def inspect(path: Path, readers: Engine) -> tuple[JournalInfo, int]:
    """The genesis record and the schema of a file, after the checks of every opening.

    Raises `Problem`: `journal.not_a_journal`, `journal.newer_schema`, `journal.corrupt`.
    """
    try:
        with readers.connect() as connection:
            if driver(connection).execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise Problem("journal.not_a_journal", file=str(path), what="application_id")
            found = schema_of(connection, path)
            require_known(found, path)
            for name in connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')"
            ).scalars():
                raise Problem("journal.corrupt", file=str(path), pos=0, what=str(name))
            info = genesis_of(connection, path)
            _check_tail(connection, path, info)
            return info, found
    except (DBAPIError, sqlite3.Error) as error:
        with named_errors(path):
            raise error


def genesis_of(connection: Connection, path: Path) -> JournalInfo:
    """The genesis record. Raises `Problem("journal.corrupt")` unless there is exactly one."""
    rows = connection.execute(select(JOURNAL_INFO)).all()
    if len(rows) != 1:
        raise Problem("journal.corrupt", file=str(path), pos=0, what="journal_info")
    info = JournalInfo(*rows[0])
    if info.hash_format != HASH_FORMAT:
        raise Problem(
            "journal.newer_schema", file=str(path), found=info.hash_format, known=HASH_FORMAT
        )
    return info


def genesis_hash_of(info: JournalInfo) -> str:
    """The hash at position 0."""
    return genesis_hash(**{name: getattr(info, name) for name in JournalInfo.__slots__})


def envelope_hash(fact: Envelope) -> str:
    """The hash a fact should have."""
    return event_hash(
        [getattr(fact, name) for name in EVENT_INTEGERS],
        [getattr(fact, name) for name in EVENT_TEXTS],
    )


def _check_tail(connection: Connection, path: Path, info: JournalInfo) -> None:
    """The end of the chain, where a torn or foreign write-ahead log would show."""
    head = read_head(connection, path)
    after = max(head.pos - TAIL, 0)
    pos = after
    hash_ = genesis_hash_of(info) if after == 0 else None
    for fact in read_range(connection, after, head.pos + 1):
        broken = hash_ is not None and fact.prev != hash_
        if fact.pos != pos + 1 or broken or envelope_hash(fact) != fact.hash:
            raise Problem("journal.corrupt", file=str(path), pos=pos + 1, what="chain")
        pos, hash_ = fact.pos, fact.hash
    if pos != head.pos or (hash_ is not None and hash_ != head.hash):
        raise Problem("journal.corrupt", file=str(path), pos=head.pos, what="log_head")


def build(path: Path, info: JournalInfo, master: bytes) -> None:
    """Write the empty journal under another name and let it appear at once."""
    building = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        building.unlink(missing_ok=True)
        engine = writer_engine(building, create=True)
        try:
            with named_errors(path), engine.connect() as connection:
                with connection.begin():
                    upgrade(connection)
                    row = {name: getattr(info, name) for name in JournalInfo.__slots__}
                    connection.execute(insert(JOURNAL_INFO).values(row))
                    connection.execute(
                        insert(LOG_HEAD).values(id=1, pos=0, hash=genesis_hash_of(info), epoch=0)
                    )
                    first = vault.first_key(master, info.journal_id)
                    vault.store_key(connection, vault.CHECK_SUBJECT, first)
                driver(connection).execute(f"PRAGMA application_id = {APPLICATION_ID}")
        finally:
            engine.dispose()
        os.rename(building, path)
        _sync_folder(path.parent)
    except BaseException as error:
        for left in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                building.with_name(building.name + left).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _unwritable(error, path) from error
        raise


def _unwritable(error: OSError, path: Path) -> Problem:
    values = {"file": str(path), "what": error.strerror or str(error)}
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return JournalFull("journal.full", **values)
    return Problem("journal.folder_read_only", **values)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system knows how."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
