"""When requests by a right were answered, for their retention; timers of those that wait."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import UtcDateTime

revision = "0014"
down_revision = "0013"

_ENDED = {
    # As UtcDateTime stores an instant: without its zone, to the microsecond.
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', json_extract(record, '$.outcome.at'))",
    "postgresql": "(record -> 'outcome' ->> 'at')::timestamptz",
}
# As `Identifier` and the timers' text have an id.
_ID = {
    "sqlite": "substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || "
    "substr(id, 17, 4) || '-' || substr(id, 21)",
    "postgresql": "id::text",
}


def upgrade() -> None:
    """Bring the tables forward."""
    dialect = op.get_context().dialect.name
    op.add_column("rights_case", sa.Column("finished_at", UtcDateTime(), nullable=True))
    op.execute(f"UPDATE rights_case SET finished_at = {_ENDED[dialect]} WHERE state <> 'OPEN'")  # noqa: S608 - a constant
    op.create_index(
        "rights_case_finished",
        "rights_case",
        ["finished_at"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NOT NULL"),
        sqlite_where=sa.text("finished_at IS NOT NULL"),
    )
    op.execute(
        "INSERT INTO timer (kind, aggregate_id, due_at) "  # noqa: S608 - a constant
        f"SELECT 'RIGHTS_CASE_OVERDUE', {_ID[dialect]}, due_at FROM rights_case WHERE state = 'OPEN'"
    )
