"""Figures as they are declared: tables that are the same for every source.

They are filled by reading the topic from its start: the new release folds under another subscription and consumer
group, which are new, so that nothing has to be done by hand. The release before goes on with its own tables, marks
and group, which the next migration drops. Dropped here is what that release only kept for the one before it, and its
open dead letters, which the new reading meets again.
"""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identity64, Json, UtcDateTime

revision = "0008"
down_revision = "0007"


def _text(name: str, length: int) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length), nullable=False)


def _place() -> "list[sa.Column[str]]":
    return [_text("district", 12), _text("utility", 40)]


def upgrade() -> None:
    """Bring the tables forward."""
    op.drop_table("stage_fact")
    op.execute("DELETE FROM dead_letter WHERE subscription = 'hookup' AND resolved_at IS NULL")
    op.create_table(
        "shard",
        _text("source", 20),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("version", Identity64, nullable=False),
        sa.Column("folded", Identity64, nullable=False),
        sa.Column("latest_event_at", UtcDateTime),
        sa.Column("folded_at", UtcDateTime),
        sa.PrimaryKeyConstraint("source", "shard"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "judged",
        _text("source", 20),
        _text("policy_version", 40),
        _text("reading", 20),
        sa.PrimaryKeyConstraint("source", "policy_version", "reading"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subject",
        _text("source", 20),
        _text("subject_id", 64),
        _text("number", 64),
        *_place(),
        sa.Column("dims", Json, nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.PrimaryKeyConstraint("source", "subject_id"),
        sqlite_with_rowid=False,
    )
    live = sa.text("is_live")
    for name, column in (("subject_live", "utility"), ("subject_live_page", "subject_id")):
        op.create_index(name, "subject", ["source", column], postgresql_where=live, sqlite_where=live)
    op.create_table(
        "contribution",
        _text("source", 20),
        _text("code", 40),
        _text("subject_id", 64),
        sa.Column("cell", Json, nullable=False),
        *_place(),
        _text("month", 7),
        sa.Column("number", Identity64, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.PrimaryKeyConstraint("source", "code", "subject_id", "cell"),
        sqlite_with_rowid=False,
    )
    op.create_index("contribution_cell", "contribution", ["source", "code", "month", "utility"])
    op.create_table(
        "duration",
        _text("source", 20),
        _text("code", 40),
        _text("subject_id", 64),
        _text("by", 40),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        *_place(),
        sa.Column("dims", Json, nullable=False),
        _text("month", 7),
        sa.Column("elapsed", Identity64, nullable=False),
        sa.Column("working", Identity64, nullable=False),
        sa.PrimaryKeyConstraint("source", "code", "subject_id", "by", "round"),
        sqlite_with_rowid=False,
    )
    op.create_index("duration_cell", "duration", ["source", "code", "by", "utility", "month"])
    op.create_table(
        "cell",
        _text("source", 20),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        _text("level", 44),
        *_place(),
        _text("month", 7),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "cell", "shard"),
        sqlite_with_rowid=False,
    )
    op.create_index("cell_level", "cell", ["source", "level", "month", "utility"])
