"""Requests by a right that wait for their answer, and the day of the figures that an enterprise's size rests on."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "rights_case",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_rights_case_customer_id"), "rights_case", ["customer_id"], unique=False)
    op.create_index(op.f("ix_rights_case_owner"), "rights_case", ["owner"], unique=False)
    op.create_index("rights_case_due", "rights_case", ["state", "due_at", "id"], unique=False)
    op.create_index("rights_case_newest", "rights_case", ["asked_at", "id"], unique=False)
    op.add_column("customer", sa.Column("size_as_of", sa.Date(), nullable=True))
    known = sa.table(
        "customer",
        sa.column("id", Identifier),
        sa.column("size"),
        sa.column("size_as_of", sa.Date()),
        sa.column("record", Json),
    )
    # Those classified before, by their records.
    day: Any = known.c.record["basis"]["as_of"].as_string()
    if op.get_context().dialect.name == "postgresql":
        day = sa.cast(day, sa.Date())
    op.execute(sa.update(known).where(known.c.size.is_not(None)).values(size_as_of=day))
    op.create_index(
        "customer_sized",
        "customer",
        ["size_as_of", "id"],
        unique=False,
        postgresql_where=sa.text("size_as_of IS NOT NULL"),
        sqlite_where=sa.text("size_as_of IS NOT NULL"),
    )
