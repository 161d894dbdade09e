"""Exports of accounts."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "account_export_job",
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
        "account_export_job_expiry",
        "account_export_job",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'done'"),
        sqlite_where=sa.text("state = 'done'"),
    )
    op.create_index("account_export_job_newest", "account_export_job", ["asked_at", "id"], unique=False)
    op.create_index(
        "account_export_job_of", "account_export_job", ["asked_by", "asked_at", "id"], unique=False
    )
    op.create_index(
        "account_export_job_unfinished",
        "account_export_job",
        ["asked_at", "id"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "account_export_piece",
        sa.Column("job_id", Identifier, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["account_export_job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position"),
    )
