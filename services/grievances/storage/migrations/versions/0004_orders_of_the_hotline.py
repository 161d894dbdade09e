"""Orders of the hotline."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "hotline_content",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("subject", Identifier, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_hotline_content_subject"), "hotline_content", ["subject"], unique=False)
    op.create_table(
        "hotline_import_job",
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
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.Column("layout", Json, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("hotline_import_job_newest", "hotline_import_job", ["started_at", "id"], unique=False)
    op.create_index(
        "hotline_import_job_unfinished",
        "hotline_import_job",
        ["started_at", "id"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "hotline_import_layout",
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("layout", Json, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("utility"),
    )
    op.create_table(
        "hotline_message",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("system", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("grievance_id", Identifier, nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("hotline_message_grievance", "hotline_message", ["grievance_id", "id"], unique=False)
    op.create_index("hotline_message_newest", "hotline_message", ["happened_at", "id"], unique=False)
    op.create_index(
        "hotline_message_waiting",
        "hotline_message",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'WAITING'"),
        sqlite_where=sa.text("state = 'WAITING'"),
    )
    op.create_table(
        "hotline_number",
        sa.Column("system", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=True),
        sa.Column("grievance_id", Identifier, nullable=True),
        sa.PrimaryKeyConstraint("system", "number"),
    )
    op.create_table(
        "hotline_order",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=True),
        sa.Column("grievance_id", Identifier, nullable=True),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("system", "number", "order_version"),
    )
    op.create_index("hotline_order_newest", "hotline_order", ["arrived_at", "id"], unique=False)
    op.create_index(
        "hotline_order_parked",
        "hotline_order",
        ["arrived_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'PARKED'"),
        sqlite_where=sa.text("state = 'PARKED'"),
    )
    op.create_index(op.f("ix_hotline_order_grievance_id"), "hotline_order", ["grievance_id"], unique=False)
    op.create_table(
        "hotline_word",
        sa.Column("system", sa.String(length=20), nullable=False),
        sa.Column("stands_for", sa.String(length=20), nullable=False),
        sa.Column("word", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("said_by", sa.String(length=120), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("system", "stands_for", "word"),
    )
    op.create_table(
        "hotline_import_finding",
        sa.Column("job_id", Identifier, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_bad", sa.Boolean(), nullable=False),
        sa.Column("column", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["hotline_import_job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "row", "position"),
    )
