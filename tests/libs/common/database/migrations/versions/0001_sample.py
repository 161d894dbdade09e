import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations

from libs.common.database.house_steps import create_house_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_house_tables(Operations(op.get_context()))
    op.create_table(
        "effect",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("aggregate_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
