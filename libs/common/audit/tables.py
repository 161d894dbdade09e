"""The tables of the audit record, and what the database itself refuses to do to them."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Index,
    MetaData,
    String,
    Table,
    event,
)

from libs.common.audit.entries import WRITTEN
from libs.common.database.personal import impersonal, unsealed
from libs.common.database.types import Identifier, Identity64, Json, UtcDateTime

_REFUSAL: Final = "audit entries are neither changed nor deleted"


@dataclass(frozen=True, slots=True, eq=False)
class AuditTables:
    """The entries; and the ranges of the chain that are rightly not there."""

    entry: Table
    absence: Table


def add_audit_tables(metadata: MetaData) -> AuditTables:
    """Add the tables of the audit record to those of a service; `steps.create_audit_tables` is their migration."""
    entry = Table(
        "audit_entry",
        metadata,
        Column("id", Identifier, primary_key=True),
        # Null until it is sealed: then its place in the chain, counted from 1.
        Column("sequence", Identity64, unique=True),
        Column("occurred_at", UtcDateTime, nullable=False),
        Column("recorded_at", UtcDateTime, nullable=False),
        Column("actor", String(120), nullable=False),
        Column("roles", Json, nullable=False, info=impersonal("角色代码")),
        Column("unit", String(80), nullable=False),
        Column(
            "source_address",
            String(45),
            nullable=False,
            info=unsealed("来源网络地址", "依法留存的日志须能查到来源"),
        ),
        Column("purpose", String(60), nullable=False),
        Column("subject", String(64)),
        Column("fields", Json, nullable=False, info=impersonal("字段名")),
        Column("action", String(20), nullable=False),
        Column("result", String(10), nullable=False),
        Column("slug", String(60)),
        Column("mac", String(60), nullable=False),
        Column("previous_hash", String(60)),
        Column("hash", String(60)),
    )
    c = entry.c
    waiting = c.sequence.is_(None)
    Index("audit_entry_unsealed", c.recorded_at, c.id, postgresql_where=waiting, sqlite_where=waiting)
    Index("audit_entry_newest", c.recorded_at, c.id)
    for column in (c.actor, c.subject, c.purpose, c.action):
        Index(f"audit_entry_{column.name}", column, c.recorded_at, c.id)
    absence = Table(
        "audit_absence",
        metadata,
        Column("first_sequence", Identity64, primary_key=True, autoincrement=False),
        Column("last_sequence", Identity64, nullable=False),
        # The hash of the last of them, on which the chain goes on.
        Column("hash", String(60), nullable=False),
        Column("kind", String(10), nullable=False),
        Column("recorded_at", UtcDateTime, nullable=False),
        Column("mac", String(60), nullable=False),
    )
    event.listen(absence, "after_create", _protect)
    return AuditTables(entry, absence)


def audit_tables_of(metadata: MetaData) -> AuditTables | None:
    """Return the audit tables among a service's tables; None where it keeps no audit record."""
    entry = metadata.tables.get("audit_entry")
    return None if entry is None else AuditTables(entry, metadata.tables["audit_absence"])


def _protect(_table: Table, connection: Connection, **_options: Any) -> None:
    for statement in protection(connection.dialect.name):
        connection.exec_driver_sql(statement)


def protection(dialect: str) -> tuple[str, ...]:
    """Return the statements by which a database refuses changes.

    An entry is changed once, when it is sealed, and deleted below a range that is recorded as purged. They stop a
    mistake and a stolen account of the service; who may alter the table itself is found by `verify`.
    """
    return _POSTGRESQL if dialect == "postgresql" else _SQLITE


_POSTGRESQL: Final = (
    f"""CREATE FUNCTION audit_protect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'audit_entry' AND TG_OP = 'UPDATE' THEN
    IF OLD.sequence IS NULL AND NEW.sequence IS NOT NULL
      AND to_jsonb(NEW) - ARRAY['sequence', 'previous_hash', 'hash']
        = to_jsonb(OLD) - ARRAY['sequence', 'previous_hash', 'hash'] THEN
      RETURN NEW;
    END IF;
  ELSIF TG_TABLE_NAME = 'audit_entry' AND TG_OP = 'DELETE' THEN
    IF OLD.sequence <= (SELECT max(last_sequence) FROM audit_absence WHERE kind = 'PURGED') THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '{_REFUSAL}';
END $$""",  # noqa: S608 - constants
    *(
        f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION audit_protect()"
        for table in ("audit_entry", "audit_absence")
    ),
    *(
        f"CREATE TRIGGER {table}_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_protect()"
        for table in ("audit_entry", "audit_absence")
    ),
)
_SQLITE: Final = (
    "CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry WHEN OLD.sequence IS NOT NULL "
    "OR NEW.sequence IS NULL OR "
    + " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in (*WRITTEN, "mac"))
    + f" BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    "CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry WHEN OLD.sequence IS NULL OR "  # noqa: S608
    "OLD.sequence > coalesce((SELECT max(last_sequence) FROM audit_absence WHERE kind = 'PURGED'), 0) "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    *(
        f"CREATE TRIGGER audit_absence_{verb.lower()} BEFORE {verb} ON audit_absence "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("UPDATE", "DELETE")
    ),
)
