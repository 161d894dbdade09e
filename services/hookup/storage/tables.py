"""The hookup service's own tables."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    and_,
    text,
    true,
)
from sqlalchemy.event import listens_for

from libs.casework.storage.updates import updates_of
from libs.casework.storage.work_lists import index_work, work_columns
from libs.common.database.personal import impersonal, unsealed
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.columns import add_key_table
from libs.common.encryption.records import sealed_record
from libs.common.events import topic_of
from libs.common.http.buckets import bucket_table
from libs.workbooks.jobs.tables import import_tables
from services.hookup.domain.values.work import Whose

metadata = MetaData()


@listens_for(metadata, "before_create")
def _extend(_metadata: MetaData, connection: Connection, **_options: Any) -> None:
    """Have PostgreSQL index parts of numbers, as the migration has it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))


# `record` holds the aggregate whole; the other columns are what lists filter and sort by.
hookup_case = Table(
    "hookup_case",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("number", String(40), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("supply", String(10), nullable=False),
    Column("district", String(12), nullable=False),
    Column("utility", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("customer_ref", String(64), nullable=False, info=impersonal("用户编号，离开用户底数无从得知是谁")),
    Column("length_class", String(10), nullable=False),
    Column("special", Boolean, nullable=False),
    Column("open_stages", String(120), nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    # The judged due time while the clock runs; null without one, while paused, and after the end.
    Column("running_due_at", UtcDateTime),
    # The judged due time as lists show it, also of a case that is paused or over; null where no rule sets one.
    Column("due_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("on_time", Boolean),
    Column("agent", String(120)),
    Column("assignee", String(120)),
    Column("joint_id", Identifier),
    # One column per work list: when the case or its task on it is due first, null without any task; and all tasks.
    *work_columns(Whose),
    # Digest of the imported ledger row, to recognise the same row or another one with its number.
    Column("source_hash", String(64)),
    Column(
        "record",
        Json,
        nullable=False,
        info=sealed_record("办件的全部内容，含问题、原因、备注等说明文字"),
    ),
)
_case = hookup_case.c
Index("hookup_case_newest", _case.submitted_at, _case.id)
Index("hookup_case_utility", _case.utility, _case.submitted_at, _case.id)
Index("hookup_case_district", _case.district, _case.submitted_at, _case.id)
Index("hookup_case_customer", _case.customer_ref, _case.submitted_at, _case.id)
_open = _case.finished_at.is_(None)
Index("hookup_case_open", _case.submitted_at, _case.id, postgresql_where=_open, sqlite_where=_open)
_running = _case.running_due_at.is_not(None)
Index("hookup_case_running", _case.running_due_at, _case.id, postgresql_where=_running, sqlite_where=_running)
# For the list of overdue cases, the newest first.
Index(
    "hookup_case_running_newest",
    _case.submitted_at,
    _case.id,
    postgresql_where=_running,
    sqlite_where=_running,
)

index_work(hookup_case, [turn for turn in Whose if turn is not Whose.AGENT])
# An agent's list is its own, and has every open case that the agent helps with.
_helped = and_(_case.agent.is_not(None), _open)
Index(
    "hookup_case_work_agent",
    _case.agent,
    _case.agent_due_at,
    _case.id,
    postgresql_where=_helped,
    sqlite_where=_helped,
)
# For lists of one person's cases; in the order of the clerks' work list.
_assigned = _case.assignee.is_not(None)
Index(
    "hookup_case_assignee",
    _case.assignee,
    _case[f"{Whose.CLERK}_due_at"],
    _case.id,
    postgresql_where=_assigned,
    sqlite_where=_assigned,
)
_joint = _case.joint_id.is_not(None)
Index("hookup_case_joint", _case.joint_id, postgresql_where=_joint, sqlite_where=_joint)
# For forecasts: the latest closed cases of a cohort.
_ended = _case.on_time.is_not(None)
Index(
    "hookup_case_ended",
    _case.supply,
    _case.length_class,
    _case.finished_at,
    postgresql_where=_ended,
    sqlite_where=_ended,
)
Index(
    "hookup_case_ended_of_utility",
    _case.utility,
    _case.length_class,
    _case.finished_at,
    postgresql_where=_ended,
    sqlite_where=_ended,
)
# For the orders of lists, of all cases and of a utility's. Every command that moves a case on a work list writes to
# each index, so an order has one index for both where its column has few values: of a utility's cases it reads one
# stretch for each value.
Index("hookup_case_due", _case.due_at, _case.id)
Index("hookup_case_utility_due", _case.utility, _case.due_at, _case.id)
# For what-if, too: cases by the month in which they ended.
Index("hookup_case_finished", _case.finished_at, _case.id)
Index("hookup_case_utility_finished", _case.utility, _case.finished_at, _case.id)
Index("hookup_case_utility_number", _case.utility, _case.number)
# Parts of numbers; SQLite reads all numbers instead.
Index(
    "hookup_case_number_parts",
    _case.number,
    postgresql_using="gin",
    postgresql_ops={"number": "gin_trgm_ops"},
).ddl_if(dialect="postgresql")
for _column in (_case.supply, _case.state, _case.length_class):
    Index(f"hookup_case_{_column.name}", _column, _case.utility, _case.submitted_at, _case.id)

# The authority's view: its own items, never the cases.
permit_item = Table(
    "permit_item",
    metadata,
    Column("id", Identifier, nullable=False),
    Column("case_id", Identifier, ForeignKey("hookup_case.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("authority", String(40), nullable=False),
    # Null in rows that the release before wrote, until their record is sealed.
    Column("kind", String(40)),
    Column("utility", String(20), nullable=False),
    Column("district", String(12), nullable=False),
    Column("number", String(40), nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    # When its authority has to act next (decide, check); null when nothing is to do.
    Column("act_by", UtcDateTime),
    Column("objected_at", UtcDateTime),
    Column(
        "record",
        Json,
        nullable=False,
        info=sealed_record("审批事项的全部内容，含意见与原因", filled=("kind",)),
    ),
    PrimaryKeyConstraint("id", "case_id"),
)
_item = permit_item.c
Index("permit_item_case", _item.case_id)
Index("permit_item_newest", _item.authority, _item.filed_at, _item.id)
_pending = _item.act_by.is_not(None)
Index(
    "permit_item_pending",
    _item.authority,
    _item.act_by,
    _item.id,
    postgresql_where=_pending,
    sqlite_where=_pending,
)
_objected = _item.objected_at.is_not(None)
Index(
    "permit_item_objected",
    _item.objected_at,
    _item.id,
    _item.case_id,
    postgresql_where=_objected,
    sqlite_where=_objected,
)

# NC-04, NC-07: legal persons that may not commit until their credit is repaired.
commitment_bar = Table(
    "commitment_bar",
    metadata,
    Column("party", String(64), primary_key=True),
    Column("case_id", Identifier, nullable=False),
    Column("item_id", Identifier, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

# The staff of each utility, and under `CITY` of the city: `subjects` are its 帮办人员, `names` the display names of
# all by the subjects of their accounts; null in rows of the release before.
agents_of = Table(
    "agents_of",
    metadata,
    Column("utility", String(20), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("subjects", Json, nullable=False, info=impersonal("账号编号")),
    Column("names", Json, info=unsealed("工作人员姓名", "与其所办事项一并显示")),
)

case_counter = Table(
    "case_counter",
    metadata,
    Column("prefix", String(40), primary_key=True),
    Column("last", Integer, nullable=False),
    # False while only imported ledgers have used numbers of this prefix.
    Column("issued", Boolean, nullable=False, server_default=true()),
)

calendar_amendment = Table(
    "calendar_amendment",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("source_document", Text, nullable=False, info=impersonal("依据文件的名称或文号")),
    # The year that the notice settles; null for single days.
    Column("year", Integer),
    Column("days", Json, nullable=False, info=impersonal("日期与节日名称")),
    Column("asked_by", String(120), nullable=False, info=impersonal("账号编号")),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("approved_by", String(120), info=impersonal("账号编号")),
    Column("approved_at", UtcDateTime),
    Column("withdrawn_by", String(120), info=impersonal("账号编号")),
    Column("withdrawn_at", UtcDateTime),
)

UPDATES = updates_of(metadata, hookup_case, topic_of("hookup"))

# Import jobs, and the utilities' ledger layouts.
# The jobs that read ledgers in; their files are sealed, each under a data key of its own.
IMPORTS = import_tables(metadata, is_sealed=True)
data_key = add_key_table(metadata)
QUOTA_BUCKETS = bucket_table(metadata)
