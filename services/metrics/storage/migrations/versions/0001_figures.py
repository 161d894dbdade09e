"""The figures, the facts behind them, and how far they reach."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations

from libs.common.database.platform_steps import create_house_tables
from libs.common.database.types import Identity64, Json, UtcDateTime

revision = "0001"
down_revision = None

_TEXTS = {
    "district": 12,
    "utility": 40,
    "supply": 8,
    "stage": 20,
    "length_class": 20,
    "month": 7,
    "reason": 40,
}
_STAGE_CELL = ("district", "utility", "supply", "stage", "length_class", "month")
_CASE_CELL = ("district", "utility", "supply", "length_class", "month")
_LIVE = sa.text("state IN ('OPEN', 'TURNED_ON')")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(_TEXTS[name]), nullable=False) for name in names]


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, Identity64, nullable=False) for name in names]


def upgrade() -> None:
    create_house_tables(Operations(op.get_context()))
    watermark = op.create_table(
        "watermark",
        sa.Column("topic", sa.String(120), primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("folded", Identity64, nullable=False),
        sa.Column("latest_event_at", UtcDateTime),
        sa.Column("folded_at", UtcDateTime),
    )
    op.bulk_insert(watermark, [{"topic": "sqn.hookup.events", "generation": 1, "folded": 0}])
    op.create_table(
        "case_fact",
        sa.Column("case_id", sa.String(64), primary_key=True),
        sa.Column("case_number", sa.String(64), nullable=False),
        *_texts("district", "utility", "supply", "length_class"),
        sa.Column("special", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("open_stages", sa.String(120), nullable=False),
        sa.Column("accepted_at", UtcDateTime),
        sa.Column("receipt_date", sa.Date),
        sa.Column("due_at", UtcDateTime),
        sa.Column("basis", sa.String(12), nullable=False),
        sa.Column("pauses", Json, nullable=False),
        sa.Column("stopped_at", UtcDateTime),
        sa.Column("gap_since", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("month", sa.String(7)),
        sa.Column("on_time", sa.Boolean),
        sa.Column("gaps", sa.Integer, nullable=False),
        sa.Column("outcome", Json),
        sqlite_with_rowid=False,
    )
    op.create_index("case_fact_cell", "case_fact", ["month", "utility"])
    op.create_index("case_fact_live", "case_fact", ["utility"], postgresql_where=_LIVE, sqlite_where=_LIVE)
    op.create_table(
        "stage_fact",
        sa.Column("case_id", sa.String(64), nullable=False),
        *_texts(*_STAGE_CELL),
        *_counts("elapsed", "working"),
        sa.PrimaryKeyConstraint("case_id", "stage"),
        sqlite_with_rowid=False,
    )
    op.create_index("stage_fact_cell", "stage_fact", ["month", "utility", "stage", "length_class"])
    op.create_table(
        "stage_figure",
        *_texts(*_STAGE_CELL),
        *_counts("count", "elapsed_sum", "elapsed_min", "elapsed_max"),
        *_counts("working_sum", "working_min", "working_max"),
        sa.PrimaryKeyConstraint(*_STAGE_CELL),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stage_histogram",
        *_texts(*_STAGE_CELL),
        sa.Column("measure", sa.String(8), nullable=False),
        sa.Column("bucket", sa.Integer, nullable=False),
        *_counts("count"),
        sa.PrimaryKeyConstraint(*_STAGE_CELL, "measure", "bucket"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_figure",
        *_texts(*_CASE_CELL),
        *_counts("closed", "special", "limit_judged", "limit_judged_on_time"),
        *_counts("limit_working", "limit_working_on_time"),
        *_counts("limit_calendar_roll", "limit_calendar_roll_on_time"),
        *_counts("limit_calendar_strict", "limit_calendar_strict_on_time"),
        *_counts("agreed", "agreed_on_time", "planned", "planned_on_time", "unpromised"),
        *_counts("gaps", "gap_cases", "gap_workdays", "gap_minutes", "overlap_saved_minutes"),
        *_counts("violations", "withdrawn", "refused"),
        sa.PrimaryKeyConstraint(*_CASE_CELL),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pause_figure",
        *_texts(*_CASE_CELL, "reason"),
        *_counts("count", "days"),
        sa.PrimaryKeyConstraint(*_CASE_CELL, "reason"),
        sqlite_with_rowid=False,
    )
