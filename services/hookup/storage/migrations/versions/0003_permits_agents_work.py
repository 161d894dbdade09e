"""Permit items, bars of commitments, agents, and what the work lists sort by."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "agents_of",
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subjects", Json, nullable=False),
        sa.PrimaryKeyConstraint("utility"),
    )
    op.create_table(
        "commitment_bar",
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("case_id", Identifier, nullable=False),
        sa.Column("item_id", Identifier, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("party"),
    )
    op.create_table(
        "permit_item",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("case_id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.Column("act_by", UtcDateTime(), nullable=True),
        sa.Column("record", Json, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["hookup_case.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "case_id"),
    )
    op.create_index("permit_item_case", "permit_item", ["case_id"], unique=False)
    op.create_index("permit_item_newest", "permit_item", ["authority", "filed_at", "id"], unique=False)
    op.create_index(
        "permit_item_pending",
        "permit_item",
        ["authority", "act_by", "id"],
        unique=False,
        postgresql_where=sa.text("act_by IS NOT NULL"),
        sqlite_where=sa.text("act_by IS NOT NULL"),
    )
    op.add_column("hookup_case", sa.Column("agent", sa.String(length=120), nullable=True))
    op.add_column("hookup_case", sa.Column("joint_id", Identifier, nullable=True))
    op.add_column("hookup_case", sa.Column("awaits", sa.String(length=80), server_default="", nullable=False))
    op.add_column("hookup_case", sa.Column("work_due_at", UtcDateTime(), nullable=True))
    op.create_index(
        "hookup_case_ended",
        "hookup_case",
        ["supply", "length_class", "finished_at"],
        unique=False,
        postgresql_where=sa.text("on_time IS NOT NULL"),
        sqlite_where=sa.text("on_time IS NOT NULL"),
    )
    op.create_index(
        "hookup_case_joint",
        "hookup_case",
        ["joint_id"],
        unique=False,
        postgresql_where=sa.text("joint_id IS NOT NULL"),
        sqlite_where=sa.text("joint_id IS NOT NULL"),
    )
    op.create_index(
        "hookup_case_work",
        "hookup_case",
        ["work_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("work_due_at IS NOT NULL"),
        sqlite_where=sa.text("work_due_at IS NOT NULL"),
    )
    # What a case waits for exactly is known when it is saved next; until then it stands where a clerk finds it.
    op.execute(
        "UPDATE hookup_case SET awaits = ',clerk,', work_due_at = COALESCE(running_due_at, submitted_at) "
        "WHERE state IN ('SUBMITTED', 'ACCEPTED', 'IN_PROGRESS')"
    )
