"""Which revision a journal file has, and bringing an older one up.

Alembic is imported only when there is something to do: opening a current journal costs one query.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from dispatch.domain.message import Problem

SCHEMA = 1
"""The newest revision this program knows; revision ids are this number with four digits."""

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def schema_of(connection: Connection, path: Path) -> int:
    """The file's revision. Raises `Problem("journal.not_a_journal")` when it has none."""
    known = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    ).scalar()
    stamp = None
    if known:
        stamp = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if not isinstance(stamp, str) or not (stamp.isascii() and stamp.isdigit()):
        raise Problem("journal.not_a_journal", file=str(path), what="alembic_version")
    return int(stamp)


def require_known(found: int, path: Path, *, newest: int = SCHEMA) -> None:
    """Raises `Problem("journal.newer_schema")` for a journal made by a later program."""
    if found > newest:
        raise Problem("journal.newer_schema", file=str(path), found=found, known=newest)


def upgrade(connection: Connection, *, to: int = SCHEMA, migrations: Path = MIGRATIONS) -> None:
    """Run the revisions up to `to` inside the caller's transaction."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationContext, RevisionStep
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(migrations))
    target = f"{to:04d}"

    def steps(revision: object, _context: MigrationContext) -> list[RevisionStep]:
        return script._upgrade_revs(target, revision)  # type: ignore[arg-type]

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=target) as environment:
        environment.configure(connection=connection, transactional_ddl=False)
        environment.run_migrations()
