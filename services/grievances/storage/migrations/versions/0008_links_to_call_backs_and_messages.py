"""Links to call-backs and the messages that carry links."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "call_link",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("grievance_id", Identifier, nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("maker", sa.String(length=40), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.Column("network", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("call_link_cycle", "call_link", ["grievance_id", "cycle"], unique=True)
    op.create_index("call_link_device", "call_link", ["device", "answered_at"], unique=False)
    op.create_index("call_link_network", "call_link", ["network", "answered_at"], unique=False)
    op.create_table(
        "link_message",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("template", sa.String(length=20), nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=True),
        sa.Column("rating_id", Identifier, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("link", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("link_message_grievance", "link_message", ["subject", "id"], unique=False)
    op.create_index("link_message_newest", "link_message", ["made_at", "id"], unique=False)
    op.create_index(
        "link_message_waiting",
        "link_message",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'WAITING'"),
        sqlite_where=sa.text("state = 'WAITING'"),
    )
