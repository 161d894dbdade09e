"""PostgreSQL shows a customer who was merged to the units that see who stays: old ids stay resolvable there."""

from alembic import op

revision = "0015"
down_revision = "0014"

_KIND = "(SELECT current_setting('app.scope_kind', true))"
# By the accounts that are seen themselves, as in 0007; those of a merged one are the survivor's.
_SEEN = "EXISTS (SELECT FROM account WHERE account.customer_id = COALESCE(customer.survivor, customer.id))"


def upgrade() -> None:
    """Bring the tables forward."""
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute(
        f"ALTER POLICY scope ON customer USING (CASE WHEN {_KIND} IN ('utility', 'district') THEN {_SEEN} "
        "ELSE true END)"
    )
