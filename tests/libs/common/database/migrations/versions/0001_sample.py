import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations

from libs.common.database.platform_steps import (
    add_calendar_years,
    add_policy_drafts,
    create_house_tables,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    house = Operations(op.get_context())
    create_house_tables(house)
    add_policy_drafts(house)
    add_calendar_years(house)
    op.create_table(
        "effect",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("aggregate_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
