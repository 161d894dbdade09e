"""An index for pages of live cases, which are few among all those that have ended."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring the tables forward."""
    live = sa.text("state IN ('OPEN', 'TURNED_ON')")
    op.create_index("case_fact_live_page", "case_fact", ["case_id"], postgresql_where=live, sqlite_where=live)
