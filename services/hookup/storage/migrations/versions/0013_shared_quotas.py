"""Quotas that all processes of the service count together."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "quota_bucket",
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("full_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "subject"),
    )
    op.create_index("quota_bucket_full", "quota_bucket", ["full_at"], unique=False)
