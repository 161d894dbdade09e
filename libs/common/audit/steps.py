"""Migration steps of the audit record, called by a service's migrations. A released step is never changed."""

import sqlalchemy as sa
from alembic.operations import Operations

from libs.common.audit.tables import protection
from libs.common.database.types import Identifier, Identity64, Json, UtcDateTime


def create_audit_tables(op: Operations) -> None:
    """Create the first version of the tables of `libs.common.audit.tables`, and what protects them."""
    op.create_table(
        "audit_entry",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("sequence", Identity64, nullable=True),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("source_address", sa.String(length=45), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("fields", Json, nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=True),
        sa.Column("mac", sa.String(length=60), nullable=False),
        sa.Column("previous_hash", sa.String(length=60), nullable=True),
        sa.Column("hash", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sequence"),
    )
    op.create_index(
        "audit_entry_unsealed",
        "audit_entry",
        ["recorded_at", "id"],
        postgresql_where=sa.text("sequence IS NULL"),
        sqlite_where=sa.text("sequence IS NULL"),
    )
    op.create_index("audit_entry_newest", "audit_entry", ["recorded_at", "id"])
    for column in ("actor", "subject", "purpose", "action"):
        op.create_index(f"audit_entry_{column}", "audit_entry", [column, "recorded_at", "id"])
    op.create_table(
        "audit_absence",
        sa.Column("first_sequence", Identity64, autoincrement=False, nullable=False),
        sa.Column("last_sequence", Identity64, nullable=False),
        sa.Column("hash", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("mac", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("first_sequence"),
    )
    connection = op.get_bind()
    for statement in protection(connection.dialect.name):
        connection.exec_driver_sql(statement)
