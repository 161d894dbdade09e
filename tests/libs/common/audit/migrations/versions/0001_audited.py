from alembic import op
from alembic.operations import Operations

from libs.common.audit.steps import create_audit_tables
from libs.common.database.platform_steps import add_calendar_years, add_policy_drafts, create_house_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    house = Operations(op.get_context())
    create_house_tables(house)
    add_policy_drafts(house)
    add_calendar_years(house)
    create_audit_tables(house)
