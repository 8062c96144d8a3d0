"""Every table of the journal, once. Revision 1 in `migrations/` makes the same ones.

Times are BIGINT microseconds UTC; bodies canonical JSON text; hashes lower-case hex text. On SQLite
the tables are STRICT, so that text can never sit in an integer column.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Integer, Table, Text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint, text

# BIGINT is not a type of SQLite's STRICT tables; its INTEGER already has 64 bits.
BIGINT: Any = BigInteger().with_variant(Integer(), "sqlite")
STRICT = {"sqlite_strict": True}


class JournalInfoRow(SQLModel, table=True):
    """The genesis record, one row, never changed: hashed as position 0."""

    __tablename__ = "journal_info"
    __table_args__ = (CheckConstraint("realm IN ('live', 'exercise')", name="realm"), STRICT)

    journal_id: str = Field(primary_key=True, sa_type=Text)
    realm: str = Field(sa_type=Text)
    schema_: int = Field(sa_column_kwargs={"name": "schema"}, sa_type=BIGINT)
    hash_format: int = Field(sa_type=BIGINT)
    region_id: str = Field(sa_type=Text)
    region_hash: str = Field(sa_type=Text)
    time_zone: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BIGINT)


class LogHead(SQLModel, table=True):
    """The end of the log: one row, the lock under which positions are given.

    `epoch` grows with every writer that opens; a writer of an older epoch is refused.
    """

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), STRICT)

    id: int = Field(primary_key=True, sa_type=BIGINT)
    pos: int = Field(sa_type=BIGINT)
    hash: str = Field(sa_type=Text)
    epoch: int = Field(sa_type=BIGINT)


class Event(SQLModel, table=True):
    """The facts. `high_us` is derived: the highest `t_us` up to here, so that the operational
    clock can be searched although it may step back; it is not hashed but audited."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("cmd_id", "n", name="event_cmd"),
        Index("event_high_us", "high_us"),
        Index("event_stream", "stream", "pos"),
        CheckConstraint("pos > 0", name="pos"),
        CheckConstraint("n >= 0", name="n"),
        CheckConstraint("ver > 0", name="ver"),
        CheckConstraint("origin IN ('human', 'ai', 'feed', 'system')", name="origin"),
        CheckConstraint("standing IN ('firm', 'provisional')", name="standing"),
        CheckConstraint("length(hash) = 64 AND length(prev) = 64", name="hash"),
        STRICT,
    )

    pos: int = Field(primary_key=True, sa_type=BIGINT, sa_column_kwargs={"autoincrement": False})
    cmd_id: str = Field(sa_type=Text)
    n: int = Field(sa_type=BIGINT)
    t_us: int = Field(sa_type=BIGINT)
    wall_us: int = Field(sa_type=BIGINT)
    mono_us: int = Field(sa_type=BIGINT)
    desk_id: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    standing: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    ver: int = Field(sa_type=BIGINT)
    stream: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    prev: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)
    high_us: int = Field(sa_type=BIGINT)


class CommandRow(SQLModel, table=True):
    """What became of a command: its positions and commitments (JSON), so that a retry after a
    lost answer gets the same answer, and the `assignment` projection can be rebuilt."""

    __tablename__ = "command"
    __table_args__ = (STRICT,)

    id: str = Field(primary_key=True, sa_type=Text)
    result: str = Field(sa_type=Text)
    pos: int = Field(sa_type=BIGINT)


class Assignment(SQLModel, table=True):
    """Which unit is given to which incident. The partial unique index makes a double
    commitment impossible, whatever the program above does."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "assignment_unit_open",
            "unit_id",
            unique=True,
            sqlite_where=text("closed_pos IS NULL"),
            postgresql_where=text("closed_pos IS NULL"),
        ),
        CheckConstraint("closed_pos IS NULL OR closed_pos >= opened_pos", name="closed_pos"),
        STRICT,
    )

    assignment_id: str = Field(primary_key=True, sa_type=Text)
    unit_id: str = Field(sa_type=Text)
    incident_id: str = Field(sa_type=Text)
    opened_pos: int = Field(sa_type=BIGINT)
    closed_pos: int | None = Field(default=None, nullable=True, sa_type=BIGINT)


class SnapshotRow(SQLModel, table=True):
    """Pictures at some positions: a projection, dropped and made again at will."""

    __tablename__ = "snapshot"
    __table_args__ = (STRICT,)

    pos: int = Field(primary_key=True, sa_type=BIGINT, sa_column_kwargs={"autoincrement": False})
    t_us: int = Field(sa_type=BIGINT)
    codec: str = Field(sa_type=Text)
    state_sha: str = Field(sa_type=Text)
    data_sha: str = Field(sa_type=Text)
    data: bytes


class AvlFrame(SQLModel, table=True):
    """Vehicle positions: one columnar frame a moment (see `frames.py`)."""

    __tablename__ = "avl_frame"
    __table_args__ = (
        Index(
            "avl_frame_key",
            "t_us",
            sqlite_where=text("key = 1"),
            postgresql_where=text("key = 1"),
        ),
        CheckConstraint("key IN (0, 1)", name="key"),
        STRICT,
    )

    t_us: int = Field(primary_key=True, sa_type=BIGINT, sa_column_kwargs={"autoincrement": False})
    key: int = Field(sa_type=BIGINT)
    data: bytes


class AvlMinute(SQLModel, table=True):
    """A sealed run of frames, at most a minute of them; its hash is the fact at `pos`."""

    __tablename__ = "avl_minute"
    __table_args__ = (CheckConstraint("last_us >= first_us", name="span"), STRICT)

    first_us: int = Field(
        primary_key=True, sa_type=BIGINT, sa_column_kwargs={"autoincrement": False}
    )
    last_us: int = Field(sa_type=BIGINT)
    frames: int = Field(sa_type=BIGINT)
    sha: str = Field(sa_type=Text)
    pos: int = Field(sa_type=BIGINT)


class WitnessRow(SQLModel, table=True):
    """The chain's head as other stations saw it."""

    __tablename__ = "witness"
    __table_args__ = (STRICT,)

    station: str = Field(primary_key=True, sa_type=Text)
    pos: int = Field(primary_key=True, sa_type=BIGINT, sa_column_kwargs={"autoincrement": False})
    hash: str = Field(sa_type=Text)
    t_us: int = Field(sa_type=BIGINT)


class AppUser(SQLModel, table=True):
    """A person who may sign on."""

    __tablename__ = "app_user"
    __table_args__ = (
        CheckConstraint(
            "role IN ('dispatcher', 'supervisor', 'trainer', 'administrator')", name="role"
        ),
        STRICT,
    )

    user_id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BIGINT)


class Credential(SQLModel, table=True):
    """The argon2id hash of a person's PIN, and the failures since it was last right."""

    __tablename__ = "credential"
    __table_args__ = (STRICT,)

    user_id: str = Field(primary_key=True, sa_type=Text, foreign_key="app_user.user_id")
    pin_hash: str = Field(sa_type=Text)
    failures: int = Field(default=0, sa_type=BIGINT)
    failed_us: int = Field(default=0, sa_type=BIGINT)


class RetentionRule(SQLModel, table=True):
    """How long a kind of record is kept."""

    __tablename__ = "retention_rule"
    __table_args__ = (CheckConstraint("keep_days >= 0", name="keep_days"), STRICT)

    subject: str = Field(primary_key=True, sa_type=Text)
    keep_days: int = Field(sa_type=BIGINT)
    changed_pos: int = Field(sa_type=BIGINT)


class PiiKey(SQLModel, table=True):
    """The key of one subject's personal fields, wrapped by the journal's master key."""

    __tablename__ = "pii_key"
    __table_args__ = (
        CheckConstraint("(wrapped IS NULL) = (erased_pos IS NOT NULL)", name="erased"),
        STRICT,
    )

    subject_id: str = Field(primary_key=True, sa_type=Text)
    wrapped: bytes | None = Field(default=None, nullable=True)
    erased_pos: int | None = Field(default=None, nullable=True, sa_type=BIGINT)


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


# The log is read and written by Core statements on these: ORM objects cost ten times as much.
JOURNAL_INFO = _table("journal_info")
LOG_HEAD = _table("log_head")
EVENT = _table("event")
COMMAND = _table("command")
ASSIGNMENT = _table("assignment")
SNAPSHOT = _table("snapshot")
AVL_FRAME = _table("avl_frame")
AVL_MINUTE = _table("avl_minute")
WITNESS = _table("witness")
APP_USER = _table("app_user")
CREDENTIAL = _table("credential")
RETENTION_RULE = _table("retention_rule")
PII_KEY = _table("pii_key")
TABLES = (
    JOURNAL_INFO,
    LOG_HEAD,
    EVENT,
    COMMAND,
    ASSIGNMENT,
    SNAPSHOT,
    AVL_FRAME,
    AVL_MINUTE,
    WITNESS,
    APP_USER,
    CREDENTIAL,
    RETENTION_RULE,
    PII_KEY,
)
