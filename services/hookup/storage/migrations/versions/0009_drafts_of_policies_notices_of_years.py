"""Drafts of policies, notices of years."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations

from libs.common.database.platform_steps import add_calendar_years, add_policy_drafts
from libs.common.database.types import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Bring the tables forward."""
    house = Operations(op.get_context())
    add_policy_drafts(house)
    add_calendar_years(house)
    op.add_column("calendar_amendment", sa.Column("year", sa.Integer(), nullable=True))
    op.add_column("calendar_amendment", sa.Column("withdrawn_by", sa.String(length=120), nullable=True))
    op.add_column("calendar_amendment", sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
