"""PostgreSQL itself shows a utility and a district their rows alone, where a read says whose it is."""

from alembic import op

revision = "0007"
down_revision = "0006"

_KIND = "(SELECT current_setting('app.scope_kind', true))"
_CODE = "(SELECT current_setting('app.scope_code', true))"
# Reads of the city, citizens, commands and jobs set neither utility nor district, and see what they ask for.
_SEEN = {
    "account": (f"utility = {_CODE}", f"district = {_CODE}"),
    "account_particulars": (
        f"utility = {_CODE}",
        "EXISTS (SELECT FROM account WHERE account.id = account_particulars.id)",
    ),
    # By the accounts that are seen themselves.
    "customer": ("EXISTS (SELECT FROM account WHERE account.customer_id = customer.id)",) * 2,
}


def upgrade() -> None:
    """Bring the tables forward."""
    if op.get_context().dialect.name != "postgresql":
        return
    for table, (of_utility, of_district) in _SEEN.items():
        op.execute(
            f"CREATE POLICY scope ON {table} USING (CASE {_KIND} WHEN 'utility' THEN {of_utility} "
            f"WHEN 'district' THEN {of_district} ELSE true END) WITH CHECK (true)"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # The service owns its tables, and owners are exempt unless it is forced.
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
