"""Cases, their counter, calendar amendments and imports."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations

from libs.common.database.platform_steps import create_house_tables
from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    create_house_tables(Operations(op.get_context()))
    op.create_table(
        "calendar_amendment",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("source_document", sa.Text(), nullable=False),
        sa.Column("days", Json, nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "case_counter",
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix"),
    )
    op.create_table(
        "hookup_case",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("supply", sa.String(length=10), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("customer_ref", sa.String(length=64), nullable=False),
        sa.Column("length_class", sa.String(length=10), nullable=False),
        sa.Column("special", sa.Boolean(), nullable=False),
        sa.Column("open_stages", sa.String(length=120), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("running_due_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("on_time", sa.Boolean(), nullable=True),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(
        "hookup_case_customer", "hookup_case", ["customer_ref", "submitted_at", "id"], unique=False
    )
    op.create_index("hookup_case_district", "hookup_case", ["district", "submitted_at", "id"], unique=False)
    op.create_index("hookup_case_newest", "hookup_case", ["submitted_at", "id"], unique=False)
    op.create_index(
        "hookup_case_open",
        "hookup_case",
        ["submitted_at", "id"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "hookup_case_running",
        "hookup_case",
        ["running_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("running_due_at IS NOT NULL"),
        sqlite_where=sa.text("running_due_at IS NOT NULL"),
    )
    op.create_index("hookup_case_utility", "hookup_case", ["utility", "submitted_at", "id"], unique=False)
    op.create_table(
        "import_job",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("place_kind", sa.String(length=10), nullable=False),
        sa.Column("place_code", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("loaded", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("import_job_newest", "import_job", ["started_at", "id"], unique=False)
    op.create_index(
        "import_job_unfinished",
        "import_job",
        ["started_at", "id"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "import_finding",
        sa.Column("job_id", Identifier, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_bad", sa.Boolean(), nullable=False),
        sa.Column("column", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["import_job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "row", "position"),
    )
