"""Bindings and authorisations."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "authorisation",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("agent_owner", sa.String(length=64), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "authorisation_agent", "authorisation", ["agent_owner", "state", "granted_at", "id"], unique=False
    )
    op.create_index(
        "authorisation_customer", "authorisation", ["customer_id", "granted_at", "id"], unique=False
    )
    op.create_index("authorisation_newest", "authorisation", ["granted_at", "id"], unique=False)
    op.create_index("authorisation_owner", "authorisation", ["owner", "granted_at", "id"], unique=False)
    op.create_table(
        "binding",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("account_id", Identifier, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("bound_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("binding_account", "binding", ["account_id", "bound_at", "id"], unique=False)
    op.create_index(
        "binding_open",
        "binding",
        ["account_id", "owner"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("binding_owner", "binding", ["owner", "bound_at", "id"], unique=False)
    op.create_table(
        "binding_attempt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("whose", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "whose", "code"),
    )
    op.add_column("login", sa.Column("linked_level", sa.SmallInteger(), nullable=True))
