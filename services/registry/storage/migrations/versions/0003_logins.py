"""Logins."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "login",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("realm", sa.String(length=64), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.LargeBinary(), nullable=True),
        sa.Column("user_id_index", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "realm", "user_id_index", name="login_once"),
    )
    op.create_index(op.f("ix_login_subject"), "login", ["subject"], unique=False)
    op.create_index("login_user_id_index", "login", ["user_id_index"], unique=False)
