"""All tasks of a case, for work lists of one kind; when an authority objected to a permit item."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import UtcDateTime

revision = "0012"
down_revision = "0011"

_OBJECTED = {
    # As UtcDateTime stores an instant: without its zone, to the microsecond.
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', json_extract(record, '$.objection.at'))",
    "postgresql": "(record -> 'objection' ->> 'at')::timestamptz",
}


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("hookup_case", sa.Column("open_tasks", sa.Text(), nullable=True))
    # Tasks follow from rules that no statement holds: this release's worker fills the column page by page, and the
    # one of the release before leaves this timer alone. What that release stores later is filled when its case is
    # saved next.
    op.execute(
        "INSERT INTO timer (kind, aggregate_id, due_at) SELECT 'fill_open_tasks', '', MIN(submitted_at) "
        "FROM hookup_case HAVING COUNT(*) > 0"
    )
    op.add_column("permit_item", sa.Column("objected_at", UtcDateTime(), nullable=True))
    objected = _OBJECTED[op.get_context().dialect.name]
    op.execute(
        f"UPDATE permit_item SET objected_at = {objected} WHERE {objected} IS NOT NULL"  # noqa: S608 - a constant
    )
    op.create_index(
        "permit_item_objected",
        "permit_item",
        ["objected_at", "id", "case_id"],
        postgresql_where=sa.text("objected_at IS NOT NULL"),
        sqlite_where=sa.text("objected_at IS NOT NULL"),
    )
