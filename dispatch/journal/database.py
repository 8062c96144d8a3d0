"""How the journal's SQLite file is opened, and what its errors are called.

One writer connection, which is also the only checkpointer (SQLite before 3.51.3 can corrupt a
database when two connections checkpoint at once). Readers open with `mode=ro`: SQLite then refuses
them any checkpoint, also the one at closing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from dispatch.domain.message import Problem
from dispatch.journal.values import JournalFull

APPLICATION_ID = 0x56474C4A  # "VGLJ", in the file's header: what `file` and we know it by
BUSY_S = 5.0
WAL_PAGES = 1_000

_EVERY_CONNECTION = (
    "PRAGMA trusted_schema = OFF",  # a crafted file must not run functions from its schema
    "PRAGMA cell_size_check = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
)


def _uri(path: Path, query: str) -> str:
    return f"{path.absolute().as_uri()}?{query}"


def _connect(path: Path, query: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        _uri(path, query),
        uri=True,
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        for pragma in (*_EVERY_CONNECTION, *pragmas):
            connection.execute(pragma).close()
    except BaseException:
        connection.close()
        raise
    return connection


def writer_engine(path: Path, *, create: bool = False) -> Engine:
    """An engine with exactly one connection, whose transactions take the write lock at once."""
    pragmas = (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA fullfsync = ON",  # only macOS knows the difference
        "PRAGMA checkpoint_fullfsync = ON",
        "PRAGMA secure_delete = ON",  # an erased key leaves no bytes behind
        f"PRAGMA wal_autocheckpoint = {WAL_PAGES}",
    )
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(path, "mode=rwc" if create else "mode=rw", pragmas),
        poolclass=StaticPool,
    )
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def reader_engine(path: Path) -> Engine:
    """An engine for reading beside the writer; it never checkpoints and cannot write."""

    def connect() -> sqlite3.Connection:
        pragmas = ("PRAGMA query_only = ON",)
        connection = _connect(path, "mode=ro", pragmas)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            # A folder without write permission: SQLite cannot make its shared-memory file. With
            # no write-ahead log left behind the file alone is the whole truth.
            connection.close()
            wal = path.with_name(path.name + "-wal")
            if not _is_about_the_folder(error) or (wal.exists() and wal.stat().st_size > 0):
                raise
            return _connect(path, "immutable=1", pragmas)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=2, max_overflow=6
    )
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))
    return engine


def _is_about_the_folder(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


def driver(connection: Connection) -> sqlite3.Connection:
    """The plain connection underneath, for pragmas that must stand outside a transaction."""
    plain = connection.connection.driver_connection
    assert isinstance(plain, sqlite3.Connection)
    return plain


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite raises into a `Problem` that names the file; other errors pass."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise problem_of(error.orig, path) from error
        raise
    except sqlite3.Error as error:
        raise problem_of(error, path) from error


def problem_of(error: sqlite3.Error, path: Path) -> Problem:
    """The `Problem` for one SQLite error."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    values: dict[str, str] = {"file": str(path), "what": str(error)}
    if code == sqlite3.SQLITE_FULL:
        return JournalFull("journal.full", **values)
    problem_id = {
        sqlite3.SQLITE_IOERR: "journal.io_error",
        sqlite3.SQLITE_CORRUPT: "journal.corrupt_file",
        sqlite3.SQLITE_NOTADB: "journal.not_a_journal",
        sqlite3.SQLITE_READONLY: "journal.folder_read_only",
        sqlite3.SQLITE_PERM: "journal.folder_read_only",
        sqlite3.SQLITE_CANTOPEN: "journal.cannot_open",
        sqlite3.SQLITE_BUSY: "journal.busy",
        sqlite3.SQLITE_LOCKED: "journal.busy",
    }.get(code, "journal.database_error")
    return Problem(problem_id, **values)
