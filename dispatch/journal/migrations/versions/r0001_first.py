"""Revision 1: the first journal.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not taken from the table classes: those move on, a revision stays.
_BIG: Any = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _integer(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, _BIG, nullable=options.pop("nullable", False), **options)


def _text(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False, **options)


def _key(name: str) -> sa.Column[Any]:
    return _integer(name, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Make every table of an empty journal."""
    op.create_table(
        "journal_info",
        _text("journal_id", primary_key=True),
        _text("realm"),
        _integer("schema"),
        _integer("hash_format"),
        _text("region_id"),
        _text("region_hash"),
        _text("time_zone"),
        _integer("created_us"),
        sa.CheckConstraint("realm IN ('live', 'exercise')", name="realm"),
        sqlite_strict=True,
    )
    op.create_table(
        "log_head",
        _key("id"),
        _integer("pos"),
        _text("hash"),
        _integer("epoch"),
        sa.CheckConstraint("id = 1", name="one_row"),
        sqlite_strict=True,
    )
    op.create_table(
        "event",
        _key("pos"),
        _text("cmd_id"),
        _integer("n"),
        _integer("t_us"),
        _integer("wall_us"),
        _integer("mono_us"),
        _text("desk_id"),
        _text("actor"),
        _text("role"),
        _text("origin"),
        _text("standing"),
        _text("kind"),
        _integer("ver"),
        _text("stream"),
        _text("body"),
        _text("prev"),
        _text("hash"),
        _integer("high_us"),
        sa.UniqueConstraint("cmd_id", "n", name="event_cmd"),
        sa.CheckConstraint("pos > 0", name="pos"),
        sa.CheckConstraint("n >= 0", name="n"),
        sa.CheckConstraint("ver > 0", name="ver"),
        sa.CheckConstraint("origin IN ('human', 'ai', 'feed', 'system')", name="origin"),
        sa.CheckConstraint("standing IN ('firm', 'provisional')", name="standing"),
        sa.CheckConstraint("length(hash) = 64 AND length(prev) = 64", name="hash"),
        sqlite_strict=True,
    )
    op.create_index("event_high_us", "event", ["high_us"])
    op.create_index("event_stream", "event", ["stream", "pos"])
    op.create_table(
        "command",
        _text("id", primary_key=True),
        _text("result"),
        _integer("pos"),
        sqlite_strict=True,
    )
    op.create_table(
        "assignment",
        _text("assignment_id", primary_key=True),
        _text("unit_id"),
        _text("incident_id"),
        _integer("opened_pos"),
        _integer("closed_pos", nullable=True),
        sa.CheckConstraint("closed_pos IS NULL OR closed_pos >= opened_pos", name="closed_pos"),
        sqlite_strict=True,
    )
    op.create_index(
        "assignment_unit_open",
        "assignment",
        ["unit_id"],
        unique=True,
        sqlite_where=sa.text("closed_pos IS NULL"),
        postgresql_where=sa.text("closed_pos IS NULL"),
    )
    op.create_table(
        "snapshot",
        _key("pos"),
        _integer("t_us"),
        _text("codec"),
        _text("state_sha"),
        _text("data_sha"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "avl_frame",
        _key("t_us"),
        _integer("key"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("key IN (0, 1)", name="key"),
        sqlite_strict=True,
    )
    op.create_index(
        "avl_frame_key",
        "avl_frame",
        ["t_us"],
        sqlite_where=sa.text("key = 1"),
        postgresql_where=sa.text("key = 1"),
    )
    op.create_table(
        "avl_minute",
        _key("first_us"),
        _integer("last_us"),
        _integer("frames"),
        _text("sha"),
        _integer("pos"),
        sa.CheckConstraint("last_us >= first_us", name="span"),
        sqlite_strict=True,
    )
    op.create_table(
        "witness",
        _text("station", primary_key=True),
        _key("pos"),
        _text("hash"),
        _integer("t_us"),
        sqlite_strict=True,
    )
    op.create_table(
        "app_user",
        _text("user_id", primary_key=True),
        _text("name"),
        _text("role"),
        _integer("created_us"),
        sa.CheckConstraint(
            "role IN ('dispatcher', 'supervisor', 'trainer', 'administrator')", name="role"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "credential",
        sa.Column("user_id", sa.Text(), sa.ForeignKey("app_user.user_id"), primary_key=True),
        _text("pin_hash"),
        _integer("failures"),
        _integer("failed_us"),
        sqlite_strict=True,
    )
    op.create_table(
        "retention_rule",
        _text("subject", primary_key=True),
        _integer("keep_days"),
        _integer("changed_pos"),
        sa.CheckConstraint("keep_days >= 0", name="keep_days"),
        sqlite_strict=True,
    )
    op.create_table(
        "pii_key",
        _text("subject_id", primary_key=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        _integer("erased_pos", nullable=True),
        sa.CheckConstraint("(wrapped IS NULL) = (erased_pos IS NOT NULL)", name="erased"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """There is no way back: an older program refuses a newer journal instead."""
    raise NotImplementedError
