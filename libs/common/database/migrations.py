"""The runner of every service's alembic migrations."""

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text

from libs.common.database.engine import Database
from libs.common.database.tables import house

LOCK_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 300_000
# The advisory lock of migrations, the same for all services: two jobs must not run at once.
_ADVISORY_LOCK = 4_915_202_249


class SchemaError(Exception):
    """The database has another schema than this code needs; the text says which is older."""


class Migrations:
    """One service's alembic chain: a folder with `versions/`."""

    def __init__(self, folder: Path) -> None:
        self._script = ScriptDirectory(str(folder), version_locations=[str(folder / "versions")])
        head = self._script.get_current_head()
        if head is None:
            raise SchemaError(f"no migrations in {folder}")
        self.head = head

    async def upgrade(self, database: Database) -> None:
        """Bring a database to this code's schema, from empty or from any earlier version, in one transaction.

        Raises SchemaError when the database is newer than this code.
        """
        async with database.migrating() as connection:
            await connection.run_sync(self.bring_forward)

    def bring_forward(self, connection: Connection) -> None:
        """Do what `upgrade` does, on a connection inside a transaction. Raises SchemaError."""
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}"))
            # Before the lock timeout is set, since another migration job may take longer than that.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
            connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
        present = _revision(connection)
        if present == self.head:
            return
        self._check_known(present)

        def steps(revision: Any, _context: MigrationContext) -> Any:
            return self._script._upgrade_revs(self.head, revision)

        context = MigrationContext.configure(
            connection, opts={"fn": steps, "script": self._script, "render_as_batch": True}
        )
        with Operations.context(context):
            context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise SchemaError(f"after the migration rows refer to rows that are not there: {broken[:5]}")

    async def check(self, database: Database) -> None:
        """Raise SchemaError unless the database is at this code's schema."""
        async with database.reading() as connection:
            present = await connection.run_sync(_revision)
        self._check_known(present)
        if present != self.head:
            raise SchemaError(
                f"the database is at {present or 'nothing'}, this code needs {self.head}: run migrate"
            )

    def _check_known(self, present: str | None) -> None:
        revisions = {script.revision for script in self._script.walk_revisions()}
        if present is not None and present not in revisions:
            raise SchemaError(f"the database is at {present}, which this code does not know: it is newer")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def differences(connection: Connection, *metadata: MetaData) -> list[Any]:
    """Return the differences between a database and the declared tables; empty when they agree."""
    both = MetaData()
    for schema in (house, *metadata):
        for table in schema.tables.values():
            table.to_metadata(both)
    return list(compare_metadata(comparing(connection), both))


def comparing(connection: Connection) -> MigrationContext:
    """Return a context that compares tables, but for indexes of a kind that only PostgreSQL has on another engine."""

    def is_compared(item: Any, _name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        only_postgres = kind == "index" and item.dialect_options["postgresql"]["using"]
        return not only_postgres or connection.dialect.name == "postgresql"

    return MigrationContext.configure(connection, opts={"include_object": is_compared})
