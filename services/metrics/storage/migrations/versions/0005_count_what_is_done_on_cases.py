"""Count what is done on cases. What was folded before comes in by a rebuild: its events were passed over."""

import sqlalchemy as sa
from alembic import op

from libs.common.database.types import Identity64

revision = "0005"
down_revision = "0004"

_CELL = ("district", "utility", "supply", "month", "activity")
_WIDTHS = (12, 40, 8, 7, 30)


def upgrade() -> None:
    """Bring the tables forward."""
    _create("activity_figure", _CELL)
    _create(
        "activity_fact",
        ("activity", "utility", "month", "district", "supply", "case_id"),
        sa.Column("case_id", sa.String(64), nullable=False),
    )
    op.add_column("case_fact", sa.Column("agent_in_time", sa.Boolean(), nullable=True))


def _create(table: str, key: tuple[str, ...], *more: "sa.Column[str]") -> None:
    op.create_table(
        table,
        *more,
        *(
            sa.Column(name, sa.String(width), nullable=False)
            for name, width in zip(_CELL, _WIDTHS, strict=True)
        ),
        sa.Column("count", Identity64, nullable=False),
        sa.Column("amount", Identity64, nullable=False),
        sa.PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
    )
