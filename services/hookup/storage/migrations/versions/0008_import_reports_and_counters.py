"""Reports of imports; counters of case numbers past those that ledgers brought."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# As the system numbers cases: utility, day, count.
_OWN = re.compile(r"([A-Z]-[0-9]{6}-[0-9]{8})-([0-9]{4,9})")


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("case_counter", sa.Column("issued", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("import_job", sa.Column("report", sa.LargeBinary(), nullable=True))
    _move_counters()


def _move_counters() -> None:
    connection = op.get_bind()
    case = sa.table("hookup_case", sa.column("number"))
    counter = sa.table(
        "case_counter", sa.column("prefix"), sa.column("last"), sa.column("issued", sa.Boolean)
    )
    known = {row.prefix: row.last for row in connection.execute(sa.select(counter.c.prefix, counter.c.last))}
    highest: dict[str, int] = {}
    for number in connection.execute(sa.select(case.c.number)).scalars():
        if found := _OWN.fullmatch(number):
            highest[found[1]] = max(highest.get(found[1], 0), int(found[2]))
    if new := {prefix: last for prefix, last in highest.items() if prefix not in known}:
        connection.execute(
            sa.insert(counter), [{"prefix": each, "last": new[each], "issued": False} for each in sorted(new)]
        )
    if passed := [prefix for prefix, last in highest.items() if last > known.get(prefix, last)]:
        connection.execute(
            sa.update(counter).where(counter.c.prefix == sa.bindparam("of")).values(last=sa.bindparam("to")),
            [{"of": each, "to": highest[each]} for each in sorted(passed)],
        )
