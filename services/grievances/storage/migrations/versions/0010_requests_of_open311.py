"""Requests of channels by Open311."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "open311_request",
        sa.Column("grievance_id", Identifier, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("print", sa.String(length=64), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("grievance_id"),
    )
    op.create_index(
        "open311_request_print", "open311_request", ["channel", "print", "requested_at"], unique=False
    )
