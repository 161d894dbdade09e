"""Find closed cases by the month in which they ended, and the last ones of a utility."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_index(
        "hookup_case_finished",
        "hookup_case",
        ["finished_at", "id"],
        unique=False,
        postgresql_where=sa.text("on_time IS NOT NULL"),
        sqlite_where=sa.text("on_time IS NOT NULL"),
    )
    op.create_index(
        "hookup_case_ended_of_utility",
        "hookup_case",
        ["utility", "length_class", "finished_at"],
        unique=False,
        postgresql_where=sa.text("on_time IS NOT NULL"),
        sqlite_where=sa.text("on_time IS NOT NULL"),
    )
