"""References in their one form: numbers and customers that ledgers wrote in small letters; a party as long as these.

The release before reads capitals as it reads any letters. A number whose capitals another case has stays as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# Constants in statements: there is nothing of a caller in them.
_SET = {
    "sqlite": "json_set(record, '$.{field}', upper({field}))",
    "postgresql": "jsonb_set(record, '{{{field}}}', to_jsonb(upper({field})))",
}


def upgrade() -> None:
    """Bring the tables forward."""
    with op.batch_alter_table("commitment_bar") as table:
        table.alter_column("party", existing_type=sa.String(40), type_=sa.String(64), existing_nullable=False)
    record = _SET[op.get_context().dialect.name]
    op.execute(
        f"UPDATE hookup_case SET record = {record.format(field='customer_ref')}, "  # noqa: S608
        "customer_ref = upper(customer_ref) WHERE customer_ref <> upper(customer_ref)"
    )
    op.execute(
        f"UPDATE hookup_case SET record = {record.format(field='number')}, number = upper(number) "  # noqa: S608
        "WHERE number <> upper(number) "
        "AND NOT EXISTS (SELECT 1 FROM hookup_case other WHERE other.id <> hookup_case.id "
        "AND upper(other.number) = upper(hookup_case.number))"
    )
    op.execute(
        "UPDATE permit_item SET number = upper(number) WHERE number <> upper(number) "
        "AND EXISTS (SELECT 1 FROM hookup_case c WHERE c.id = permit_item.case_id "
        "AND c.number = upper(permit_item.number))"
    )
    op.execute(
        "UPDATE commitment_bar SET party = upper(party) WHERE party <> upper(party) "
        "AND NOT EXISTS (SELECT 1 FROM commitment_bar other WHERE other.party = upper(commitment_bar.party))"
    )
