"""Requests on accounts."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "account_request",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("account_id", Identifier, nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("receiver_id", Identifier, nullable=True),
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("supply", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("assignee", sa.String(length=120), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("clerk_due_at", UtcDateTime(), nullable=True),
        sa.Column("approver_due_at", UtcDateTime(), nullable=True),
        sa.Column("applicant_due_at", UtcDateTime(), nullable=True),
        sa.Column("open_tasks", sa.Text(), nullable=True),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "account_request_account", "account_request", ["account_id", "submitted_at"], unique=False
    )
    op.create_index(
        "account_request_district", "account_request", ["district", "submitted_at", "id"], unique=False
    )
    op.create_index("account_request_newest", "account_request", ["submitted_at", "id"], unique=False)
    op.create_index(
        "account_request_open",
        "account_request",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_index("account_request_receiver", "account_request", ["receiver_id"], unique=False)
    op.create_index(
        "account_request_utility", "account_request", ["utility", "submitted_at", "id"], unique=False
    )
    op.create_index(
        "account_request_work_applicant",
        "account_request",
        ["applicant_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("applicant_due_at IS NOT NULL"),
        sqlite_where=sa.text("applicant_due_at IS NOT NULL"),
    )
    op.create_index(
        "account_request_work_approver",
        "account_request",
        ["approver_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("approver_due_at IS NOT NULL"),
        sqlite_where=sa.text("approver_due_at IS NOT NULL"),
    )
    op.create_index(
        "account_request_work_clerk",
        "account_request",
        ["clerk_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("clerk_due_at IS NOT NULL"),
        sqlite_where=sa.text("clerk_due_at IS NOT NULL"),
    )
    op.create_table(
        "request_counter",
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix"),
    )
    op.create_table(
        "request_particulars",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("texts", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_request_particulars_subject"), "request_particulars", ["subject"], unique=False)
    op.create_table(
        "request_party",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("request_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("owner", "request_id"),
    )
    op.create_index(op.f("ix_request_party_request_id"), "request_party", ["request_id"], unique=False)
    op.create_table(
        "staff_list",
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("names", Json, nullable=False),
        sa.PrimaryKeyConstraint("utility"),
    )
    op.create_table(
        "account_request_watcher",
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("case_id", Identifier, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("since_seq", sa.Integer(), nullable=False),
        sa.Column("seen_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["account_request.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subject", "case_id"),
    )
    op.create_index("account_request_watcher_case", "account_request_watcher", ["case_id"], unique=False)
