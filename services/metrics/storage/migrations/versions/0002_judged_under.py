"""The policy versions by which cases are judged. Filled by what is folded from here on, or by a rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "judged_under",
        sa.Column("policy_version", sa.String(40), primary_key=True),
        sa.Column("reading", sa.String(20), primary_key=True),
    )
