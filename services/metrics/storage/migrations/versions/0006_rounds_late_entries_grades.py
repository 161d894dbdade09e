"""Rounds of stages, late entries, grades, and what leaves the rate while it is overdue.

What was folded before has one round of each stage and none of the new counts: these come in by a rebuild. Tables and
columns of the release before stay as they are; it does not write `stage_time`.
"""

from datetime import datetime, time, timedelta

import sqlalchemy as sa
from alembic import op

from libs.common.clock import SHANGHAI, local
from libs.common.database.types import Identity64, Json, UtcDateTime

revision = "0006"
down_revision = "0005"

_CELL = ("district", "utility", "supply", "stage", "length_class", "month")
_WIDTHS = (12, 40, 8, 20, 20, 7)
_COUNTS = (
    *("withdrawn_overdue", "refused_overdue", "special_overdue"),
    *("limit_by_late_entry", "agreed_by_late_entry", "planned_by_late_entry"),
    *("ceiling", "ceiling_kept"),
    *("rated_5", "rated_4", "rated_3", "rated_2", "rated_1"),
    *("closed_ledger", "limit_judged_ledger", "limit_working_ledger", "limit_calendar_roll_ledger"),
    *("limit_calendar_strict_ledger", "agreed_ledger", "planned_ledger", "ceiling_ledger", "rated_ledger"),
)
_OF_BEFORE = """
INSERT INTO stage_time
    (case_id, district, utility, supply, stage, length_class, month, round, elapsed, working)
SELECT case_id, district, utility, supply, stage, length_class, month, 1, elapsed, working FROM stage_fact
"""


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "stage_time",
        sa.Column("case_id", sa.String(64), nullable=False),
        *(
            sa.Column(name, sa.String(width), nullable=False)
            for name, width in zip(_CELL, _WIDTHS, strict=True)
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("elapsed", Identity64, nullable=False),
        sa.Column("working", Identity64, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "stage", "round"),
        sqlite_with_rowid=False,
    )
    op.execute(_OF_BEFORE)
    op.create_index("stage_time_cell", "stage_time", ["month", "utility", "stage", "length_class"])
    for column in (
        sa.Column("act_recorded_at", UtcDateTime(), nullable=True),
        sa.Column("ended_overdue", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("special_overdue", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
    ):
        op.add_column("case_fact", column)
    for name in _COUNTS:
        op.add_column("case_figure", sa.Column(name, Identity64, server_default=sa.text("0"), nullable=False))
    _keep_when_clocks_stop()


def _keep_when_clocks_stop() -> None:
    """Keep of each open pause when the clock stops, in place of when it began."""
    case = sa.table("case_fact", sa.column("case_id"), sa.column("pauses", Json), sa.column("stopped_at"))
    connection = op.get_bind()
    paused = connection.execute(
        sa.select(case.c.case_id, case.c.pauses).where(case.c.stopped_at.is_not(None))
    )
    for case_id, pauses in paused.all():
        stops = {name: _end_of_day(start) for name, start in pauses.items()}
        connection.execute(sa.update(case).where(case.c.case_id == case_id).values(pauses=stops))


def _end_of_day(start: str) -> str:
    day = local(datetime.fromisoformat(start)).date() + timedelta(days=1)
    return datetime.combine(day, time(), SHANGHAI).isoformat()
