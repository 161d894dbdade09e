"""The index of words, and the numbers of what is in it."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Bring the tables forward; the release before leaves the new column empty: its rows are indexed later."""
    op.create_table(
        "word_segment",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("is_stale", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "word_block",
        sa.Column("address", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_index(op.f("ix_word_block_segment"), "word_block", ["segment"], unique=False)
    op.add_column("grievance_words", sa.Column("number", sa.BigInteger(), nullable=True))
    op.create_index("grievance_words_number", "grievance_words", ["number"], unique=True)
    unindexed, erased = "number IS NULL AND words IS NOT NULL", "number IS NOT NULL AND words IS NULL"
    for name, column, condition in (
        ("grievance_words_unindexed", "id", unindexed),
        ("grievance_words_erased", "number", erased),
    ):
        op.create_index(
            name,
            "grievance_words",
            [column],
            unique=False,
            postgresql_where=sa.text(condition),
            sqlite_where=sa.text(condition),
        )
