"""The tables of the figures, and of the facts behind them. A cell that counts nothing has no row."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    false,
)

from libs.common.database.types import Identity64, Json, UtcDateTime
from services.metrics.domain.activities import ActivityCell
from services.metrics.domain.facts import CASE_COUNTS, LIVE_STATES, CaseCell, PauseCell, StageCell
from services.metrics.domain.widths import WIDTHS

metadata = MetaData()

SUM_DIMS = ("district", "utility", "supply", "stage", "month")
# The counts that the first release had; the release before one that adds to them writes none of the later ones.
_FIRST_COUNTS = CASE_COUNTS[: CASE_COUNTS.index("refused") + 1]


def _text(name: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, String(WIDTHS[name]), primary_key=primary_key, nullable=False)


def _texts(*names: str) -> list[Column[str]]:
    return [_text(name) for name in names]


def _counts(*names: str) -> list[Column[int]]:
    return [Column(name, Identity64, nullable=False) for name in names]


watermark = Table(
    "watermark",
    metadata,
    Column("topic", String(120), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("folded", Identity64, nullable=False),
    Column("latest_event_at", UtcDateTime),
    Column("folded_at", UtcDateTime),
)

# The policy versions by which cases have due times, and the reading of a day that each judges by.
judged_under = Table(
    "judged_under",
    metadata,
    _text("policy_version", primary_key=True),
    _text("reading", primary_key=True),
)

case_fact = Table(
    "case_fact",
    metadata,
    _text("case_id", primary_key=True),
    *_texts("case_number", "district", "utility", "supply", "length_class"),
    Column("special", Boolean, nullable=False),
    Column("state", String(12), nullable=False),
    _text("open_stages"),
    Column("accepted_at", UtcDateTime),
    Column("receipt_date", Date),
    Column("due_at", UtcDateTime),
    _text("basis"),
    Column("pauses", Json, nullable=False),
    Column("stopped_at", UtcDateTime),
    Column("gap_since", UtcDateTime),
    Column("agent_in_time", Boolean),
    Column("act_recorded_at", UtcDateTime),
    Column("ended_overdue", Boolean, nullable=False, server_default=false()),
    Column("special_overdue", Boolean, nullable=False, server_default=false()),
    Column("score", Integer),
    Column("ended_at", UtcDateTime),
    Column("month", String(7)),
    Column("on_time", Boolean),
    Column("gaps", Integer, nullable=False),
    Column("outcome", Json),
    sqlite_with_rowid=False,
)
Index("case_fact_cell", case_fact.c.month, case_fact.c.utility)
_live = case_fact.c.state.in_(LIVE_STATES)
Index("case_fact_live", case_fact.c.utility, postgresql_where=_live, sqlite_where=_live)
# For pages of live cases, which are few among all those that have ended.
Index("case_fact_live_page", case_fact.c.case_id, postgresql_where=_live, sqlite_where=_live)

# Each round of a stage; that of a whole case is 1.
stage_time = Table(
    "stage_time",
    metadata,
    *_texts("case_id", *StageCell._fields),
    Column("round", Integer, nullable=False),
    *_counts("elapsed", "working"),
    PrimaryKeyConstraint("case_id", "stage", "round"),
    sqlite_with_rowid=False,
)
Index(
    "stage_time_cell",
    stage_time.c.month,
    stage_time.c.utility,
    stage_time.c.stage,
    stage_time.c.length_class,
)

# Written by the release before `stage_time`, which had no rounds; read by nobody. The next migration drops it.
stage_fact = Table(
    "stage_fact",
    metadata,
    *_texts("case_id", *StageCell._fields),
    *_counts("elapsed", "working"),
    PrimaryKeyConstraint("case_id", "stage"),
    sqlite_with_rowid=False,
)
Index(
    "stage_fact_cell",
    stage_fact.c.month,
    stage_fact.c.utility,
    stage_fact.c.stage,
    stage_fact.c.length_class,
)

stage_figure = Table(
    "stage_figure",
    metadata,
    *_texts(*StageCell._fields),
    *_counts("count"),
    *_counts(*(f"{measure}_{of}" for measure in ("elapsed", "working") for of in ("sum", "min", "max"))),
    PrimaryKeyConstraint(*StageCell._fields),
    sqlite_with_rowid=False,
)

stage_histogram = Table(
    "stage_histogram",
    metadata,
    *_texts(*StageCell._fields),
    Column("measure", String(8), nullable=False),
    Column("bucket", Integer, nullable=False),
    *_counts("count"),
    PrimaryKeyConstraint(*StageCell._fields, "measure", "bucket"),
    sqlite_with_rowid=False,
)

# The histograms added up over length classes and either months or utilities, so that a board reads few rows.
ALL = ""
histogram_sum = Table(
    "histogram_sum",
    metadata,
    *_texts(*SUM_DIMS),
    Column("measure", String(8), nullable=False),
    Column("bucket", Integer, nullable=False),
    *_counts("count"),
    PrimaryKeyConstraint(*SUM_DIMS, "measure", "bucket"),
    sqlite_with_rowid=False,
)

case_figure = Table(
    "case_figure",
    metadata,
    *_texts(*CaseCell._fields),
    *_counts(*_FIRST_COUNTS),
    *(
        Column(name, Identity64, nullable=False, server_default="0")
        for name in CASE_COUNTS[len(_FIRST_COUNTS) :]
    ),
    PrimaryKeyConstraint(*CaseCell._fields),
    sqlite_with_rowid=False,
)

pause_figure = Table(
    "pause_figure",
    metadata,
    *_texts(*PauseCell._fields),
    *_counts("count", "days"),
    PrimaryKeyConstraint(*PauseCell._fields),
    sqlite_with_rowid=False,
)

activity_figure = Table(
    "activity_figure",
    metadata,
    *_texts(*ActivityCell._fields),
    *_counts("count", "amount"),
    PrimaryKeyConstraint(*ActivityCell._fields),
    sqlite_with_rowid=False,
)

# The same by case. Its key begins with what the cases behind a figure are looked for by.
_BY_ACTIVITY = ("activity", "utility", "month", "district", "supply", "case_id")
activity_fact = Table(
    "activity_fact",
    metadata,
    *_texts("case_id", *ActivityCell._fields),
    *_counts("count", "amount"),
    PrimaryKeyConstraint(*_BY_ACTIVITY),
    sqlite_with_rowid=False,
)
