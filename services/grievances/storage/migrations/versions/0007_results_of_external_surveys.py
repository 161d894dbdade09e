"""Results of external surveys."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identifier, Json

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "survey",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=True),
        sa.Column("utility", sa.String(length=20), nullable=True),
        sa.Column("supply", sa.String(length=20), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("record", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("survey_newest", "survey", ["last_day", "id"], unique=False)
