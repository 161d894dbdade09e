"""Accounts of a street in the order in which a search looks through them; what is rare in the lists of accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Bring the tables forward."""
    op.drop_index("account_street", table_name="account")
    op.create_index("account_street", "account", ["street", "utility", "id"], unique=False)
    op.create_index("account_street_newest", "account", ["street", "opened_at", "id"], unique=False)
    for column in ("state", "category", "price_class"):
        op.create_index(f"account_{column}", "account", [column, "opened_at", "id"], unique=False)
    for name, on_postgresql, on_sqlite in (
        ("account_incomplete", "NOT is_complete", "is_complete = 0"),
        ("account_small_or_micro", "small_or_micro", "small_or_micro = 1"),
    ):
        op.create_index(
            name,
            "account",
            ["opened_at", "id"],
            unique=False,
            postgresql_where=sa.text(on_postgresql),
            sqlite_where=sa.text(on_sqlite),
        )
