"""Revision 1 makes what the table classes say, and an older file is brought up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from dispatch.domain.message import Problem
from dispatch.journal import schema, verify
from dispatch.journal.database import reader_engine
from dispatch.journal.tables import TABLES
from tests.journal.sample import batch, new_journal, reopen


def test_that_the_migrations_and_the_table_classes_agree(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    journal = new_journal(tmp_path)
    journal.close()
    engine = reader_engine(journal.path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        made = dict(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").fetchall())
    engine.dispose()
    for table in TABLES:
        assert made[table.name].rstrip().endswith("STRICT")
        for constraint in table.constraints:
            if "Check" in type(constraint).__name__:
                assert str(constraint.sqltext) in made[table.name]  # type: ignore[attr-defined]
    assert "WHERE closed_pos IS NULL" in made["assignment_unit_open"]


SECOND = '''
"""A revision to come."""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.add_column("snapshot", sa.Column("note", sa.Text(), nullable=True))
'''


def test_that_an_older_journal_is_brought_up_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = new_journal(tmp_path)
    journal.append(batch(1), 0)
    journal.close()
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    (migrations / "versions" / "r0002_note.py").write_text(SECOND)
    upgrade = schema.upgrade
    with monkeypatch.context() as later:
        later.setattr("dispatch.journal.journal.SCHEMA", 2)
        later.setattr(
            "dispatch.journal.journal.upgrade",
            lambda connection: upgrade(connection, to=2, migrations=migrations),
        )
        later.setattr(
            "dispatch.journal.opening.require_known",
            lambda found, path: schema.require_known(found, path, newest=2),
        )
        with pytest.raises(Problem, match="older_schema"):
            reopen(journal, read_only=True)
        with reopen(journal) as again:
            facts = list(again.read())
            assert [fact.kind for fact in facts] == ["incident.noted", "journal.upgraded"]
            assert facts[1].body == '{"from":1,"to":2}'
            assert again.info.schema == 1  # the genesis record is never changed
        reopen(journal).close()
    with pytest.raises(Problem, match="newer_schema"):
        verify(journal.path)
