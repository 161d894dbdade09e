"""Customers compared with each other, and merged."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "duplicate_pair",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("first", Identifier, nullable=False),
        sa.Column("second", Identifier, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("first", "second", name="duplicate_pair_once"),
    )
    op.create_index("duplicate_pair_likeliest", "duplicate_pair", ["state", "score", "id"], unique=False)
    op.create_index(op.f("ix_duplicate_pair_second"), "duplicate_pair", ["second"], unique=False)
    op.create_table(
        "match_key",
        sa.Column("key_hash", sa.String(length=40), nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", "customer_id"),
    )
    op.create_index(op.f("ix_match_key_customer_id"), "match_key", ["customer_id"], unique=False)
    op.create_table(
        "match_pending",
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_index(op.f("ix_match_pending_marked_at"), "match_pending", ["marked_at"], unique=False)
    op.add_column("customer", sa.Column("survivor", Identifier, nullable=True))
    op.create_index(op.f("ix_customer_survivor"), "customer", ["survivor"], unique=False)
    # Those from before are compared once.
    pending = sa.table("match_pending", sa.column("customer_id"), sa.column("marked_at"))
    known = sa.table("customer", sa.column("id"), sa.column("opened_at"))
    op.execute(
        sa.insert(pending).from_select(["customer_id", "marked_at"], sa.select(known.c.id, known.c.opened_at))
    )
