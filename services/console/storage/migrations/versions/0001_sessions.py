"""The table of sessions."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "session",
        sa.Column("id", Identifier, primary_key=True),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("issuer_session", sa.Text),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("reason", sa.String(20)),
        sa.Column("content", sa.Text),
    )
    op.create_index("session_started", "session", ["started_at"])
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "session_open", "session", ["subject"], postgresql_where=still_open, sqlite_where=still_open
    )
