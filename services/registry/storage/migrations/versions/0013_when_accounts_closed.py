"""When an account was closed, and the orders of the list of accounts by it and of a district's by its utilities."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import UtcDateTime

revision = "0013"
down_revision = "0012"

_SINCE = {
    # As UtcDateTime stores an instant: without its zone, to the microsecond.
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', json_extract(record, '$.state_since'))",
    "postgresql": "(record ->> 'state_since')::timestamptz",
}


def upgrade() -> None:
    """Bring the tables forward."""
    # What the release before closes meanwhile has its time when its account is saved next.
    op.add_column("account", sa.Column("closed_at", UtcDateTime(), nullable=True))
    since = _SINCE[op.get_context().dialect.name]
    op.execute(f"UPDATE account SET closed_at = {since} WHERE state = 'CLOSED'")  # noqa: S608 - a constant
    by_utility = ["district", "utility", "opened_at", "id"]
    op.create_index("account_district_utility", "account", by_utility, unique=False)
    op.create_index("account_closed", "account", ["closed_at", "id"], unique=False)
    op.create_index("account_utility_closed", "account", ["utility", "closed_at", "id"], unique=False)
