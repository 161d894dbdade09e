"""Tables of policies and years."""

from alembic import op
from alembic.operations import Operations

from libs.common.database.platform_steps import add_calendar_years, add_policy_drafts

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Bring the tables forward."""
    house = Operations(op.get_context())
    add_policy_drafts(house)
    add_calendar_years(house)
