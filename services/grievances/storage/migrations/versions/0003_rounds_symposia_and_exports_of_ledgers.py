"""Rounds symposia and exports of ledgers."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "ledger_export_job",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("filters", Json, nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("source_address", sa.String(length=45), nullable=False),
        sa.Column("place_kind", sa.String(length=10), nullable=False),
        sa.Column("place_code", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("most_rows", sa.Integer(), nullable=False),
        sa.Column("most_downloads", sa.Integer(), nullable=False),
        sa.Column("valid_minutes", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "ledger_export_job_expiry",
        "ledger_export_job",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'done'"),
        sqlite_where=sa.text("state = 'done'"),
    )
    op.create_index("ledger_export_job_newest", "ledger_export_job", ["asked_at", "id"], unique=False)
    op.create_index("ledger_export_job_of", "ledger_export_job", ["asked_by", "asked_at", "id"], unique=False)
    op.create_index(
        "ledger_export_job_unfinished",
        "ledger_export_job",
        ["asked_at", "id"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "registry_account",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("supply", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=10), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_registry_account_customer_id"), "registry_account", ["customer_id"], unique=False
    )
    op.create_table(
        "registry_withheld",
        sa.Column("customer_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_table(
        "round",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("prepared_at", UtcDateTime(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("round_newest", "round", ["prepared_at", "id"], unique=False)
    op.create_table(
        "symposium",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=True),
        sa.Column("held_at", UtcDateTime(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("symposium_newest", "symposium", ["held_at", "id"], unique=False)
    op.create_table(
        "ledger_export_piece",
        sa.Column("job_id", Identifier, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["ledger_export_job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position"),
    )
    op.create_table(
        "round_district",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("round_id", Identifier, nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.PrimaryKeyConstraint("district", "round_id"),
    )
    op.create_index(op.f("ix_round_district_round_id"), "round_district", ["round_id"], unique=False)
    op.create_table(
        "round_interview",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("round_id", Identifier, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("stratum", sa.Integer(), nullable=False),
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("supply", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=10), nullable=False),
        sa.Column("account_id", Identifier, nullable=False),
        sa.Column("assignee", sa.String(length=120), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("answers", Json, nullable=True),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("record", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("round_interview_asked", "round_interview", ["round_id", "account_id"], unique=True)
    op.create_index(
        "round_interview_next", "round_interview", ["round_id", "state", "position", "id"], unique=False
    )
