"""Data keys of the ledgers that are read in.

Files that the release before stored are read as they are, and gone when their job and its report are. The release
before fails a job whose file this one has sealed: while workers of both run, hand no ledger in.
"""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Identity64, UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Bring the tables forward."""
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
