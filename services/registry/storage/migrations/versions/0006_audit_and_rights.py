"""Who read or did what with personal data, exceptions that are confirmed, alarms, and what customers asked for."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations

from libs.common.audit.steps import create_audit_tables
from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Bring the tables forward."""
    create_audit_tables(Operations(op.get_context()))
    op.create_table(
        "break_glass",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("account_id", Identifier, nullable=True),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("shown_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("opinion", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("break_glass_newest", "break_glass", ["state", "shown_at", "id"])
    op.create_table(
        "reveal_alarm",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("period", sa.String(length=8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reveal_alarm_newest", "reveal_alarm", ["raised_at", "id"])
    op.create_table(
        "rights_request",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=80), nullable=False),
        sa.Column("document_ref", sa.String(length=120), nullable=True),
        sa.Column("refusal", sa.String(length=60), nullable=True),
        sa.Column("refusal_text", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rights_request_customer", "rights_request", ["customer_id", "asked_at", "id"])
    op.create_table(
        "consent",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("notice_version", sa.String(length=40), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("document_ref", sa.String(length=120), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("consent_customer", "consent", ["customer_id", "accepted_at", "id"])
