"""Grievances."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations

from libs.common.audit.steps import create_audit_tables
from libs.common.database.platform_steps import add_calendar_years, add_policy_drafts, create_house_tables
from libs.common.database.types import Identifier, Identity64, Json, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Bring the tables forward."""
    house = Operations(op.get_context())
    create_house_tables(house)
    add_policy_drafts(house)
    add_calendar_years(house)
    create_audit_tables(house)
    op.create_table(
        "data_key",
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("version", Identity64, nullable=False),
        sa.Column("wrapping_id", sa.String(length=8), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "version"),
    )
    op.create_index(op.f("ix_data_key_wrapping_id"), "data_key", ["wrapping_id"], unique=False)
    op.create_table(
        "grievance",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("category_version", sa.String(length=40), nullable=False),
        sa.Column("limits_version", sa.String(length=40), nullable=True),
        sa.Column("supply", sa.String(length=20), nullable=True),
        sa.Column("utility", sa.String(length=20), nullable=True),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("site", sa.String(length=12), nullable=True),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("assignee", sa.String(length=120), nullable=True),
        sa.Column("origin", sa.String(length=80), nullable=True),
        sa.Column("repeats", Identifier, nullable=True),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("reply_by", UtcDateTime(), nullable=True),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("in_ledger", sa.Boolean(), nullable=True),
        sa.Column("clear_by", UtcDateTime(), nullable=True),
        sa.Column("screener_due_at", UtcDateTime(), nullable=True),
        sa.Column("handler_due_at", UtcDateTime(), nullable=True),
        sa.Column("county_due_at", UtcDateTime(), nullable=True),
        sa.Column("city_due_at", UtcDateTime(), nullable=True),
        sa.Column("caller_due_at", UtcDateTime(), nullable=True),
        sa.Column("open_tasks", sa.Text(), nullable=True),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("origin"),
    )
    op.create_index("grievance_district", "grievance", ["district", "received_at", "id"], unique=False)
    op.create_index("grievance_first", "grievance", ["repeats"], unique=False)
    op.create_index(
        "grievance_ledger",
        "grievance",
        ["clear_by", "id"],
        unique=False,
        postgresql_where=sa.text("in_ledger IS NOT NULL"),
        sqlite_where=sa.text("in_ledger IS NOT NULL"),
    )
    op.create_index("grievance_newest", "grievance", ["received_at", "id"], unique=False)
    op.create_index("grievance_owner", "grievance", ["owner", "received_at"], unique=False)
    op.create_index("grievance_place", "grievance", ["site", "category", "received_at"], unique=False)
    op.create_index("grievance_utility", "grievance", ["utility", "received_at", "id"], unique=False)
    op.create_index(
        "grievance_work_caller",
        "grievance",
        ["caller_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("caller_due_at IS NOT NULL"),
        sqlite_where=sa.text("caller_due_at IS NOT NULL"),
    )
    op.create_index(
        "grievance_work_city",
        "grievance",
        ["city_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("city_due_at IS NOT NULL"),
        sqlite_where=sa.text("city_due_at IS NOT NULL"),
    )
    op.create_index(
        "grievance_work_county",
        "grievance",
        ["county_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("county_due_at IS NOT NULL"),
        sqlite_where=sa.text("county_due_at IS NOT NULL"),
    )
    op.create_index(
        "grievance_work_handler",
        "grievance",
        ["handler_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("handler_due_at IS NOT NULL"),
        sqlite_where=sa.text("handler_due_at IS NOT NULL"),
    )
    op.create_index(
        "grievance_work_screener",
        "grievance",
        ["screener_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("screener_due_at IS NOT NULL"),
        sqlite_where=sa.text("screener_due_at IS NOT NULL"),
    )
    op.create_table(
        "grievance_counter",
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix"),
    )
    op.create_table(
        "grievance_unit",
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("grievance_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("unit", "grievance_id"),
    )
    op.create_index(op.f("ix_grievance_unit_grievance_id"), "grievance_unit", ["grievance_id"], unique=False)
    op.create_table(
        "grievance_words",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=40), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("grievance_words_phone_index", "grievance_words", ["phone_index"], unique=False)
    op.create_index(op.f("ix_grievance_words_subject"), "grievance_words", ["subject"], unique=False)
    op.create_table(
        "reply_print",
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("print", sa.String(length=64), nullable=False),
        sa.Column("replied_at", UtcDateTime(), nullable=False),
        sa.Column("grievance_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("utility", "print", "grievance_id"),
    )
    op.create_table(
        "staff_list",
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("names", Json, nullable=False),
        sa.PrimaryKeyConstraint("utility"),
    )
    op.create_table(
        "grievance_watcher",
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("case_id", Identifier, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("since_seq", sa.Integer(), nullable=False),
        sa.Column("seen_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["grievance.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("subject", "case_id"),
    )
    op.create_index("grievance_watcher_case", "grievance_watcher", ["case_id"], unique=False)
