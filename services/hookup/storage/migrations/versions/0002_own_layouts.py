"""Each utility's own layout of ledgers."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Json, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "import_layout",
        sa.Column("utility", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("layout", Json, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("updated_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("utility"),
    )
    op.add_column("import_job", sa.Column("layout", Json, nullable=True))
