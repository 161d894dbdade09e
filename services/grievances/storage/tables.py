"""The grievances service's own tables."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
)

from libs.casework.storage.staff import staff_lists
from libs.casework.storage.updates import updates_of
from libs.casework.storage.work_lists import index_work, work_columns
from libs.common.audit.tables import add_audit_tables
from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.columns import (
    Level,
    Personal,
    SealedColumn,
    add_indexes,
    add_key_table,
    inventory_of,
    sealed_columns,
)
from libs.common.encryption.records import sealed_record
from libs.common.events import topic_of
from libs.workbooks.jobs.export_tables import export_tables
from libs.workbooks.jobs.tables import import_tables
from services.grievances.domain.values.states import Turn
from services.grievances.storage.hotline_tables import add_hotline_tables
from services.grievances.storage.link_tables import add_call_links, add_link_messages
from services.grievances.storage.open311_tables import add_open311_table
from services.grievances.storage.rating_tables import (
    add_rating_exports,
    add_rating_links,
    add_rating_table,
    add_rating_words,
)
from services.grievances.storage.round_tables import add_round_tables
from services.grievances.storage.word_tables import add_word_index, index_numbers, number_column

metadata = MetaData()

# `record` holds the aggregate whole; the other columns are what lists filter and sort by.
grievance = Table(
    "grievance",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("number", String(40), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("source", String(20), nullable=False),
    Column("category", String(20), nullable=False),
    Column("category_version", String(40), nullable=False),
    Column("limits_version", String(40)),
    Column("supply", String(20)),
    Column("utility", String(20)),
    Column("district", String(12), nullable=False),
    Column("site", String(12)),
    # The id of the customer as a citizen's scope has it: who told it sees it, also who asked to be kept confidential.
    Column("owner", String(64), info=impersonal("用户的系统编号")),
    Column("assignee", String(120)),
    Column("origin", String(80), unique=True),
    Column("repeats", Identifier),
    Column("cycle", SmallInteger, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("reply_by", UtcDateTime),
    Column("replied_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    # Null where it was never entered.
    Column("in_ledger", Boolean),
    Column("clear_by", UtcDateTime),
    *work_columns(Turn),
    # Findings, replies and notes are words of the staff; the reporter's own stand beside it, under their own key.
    Column(
        "record",
        Json,
        nullable=False,
        info=sealed_record("诉求办理的全部内容，含核实、答复、备注等说明文字"),
    ),
)
_g = grievance.c
Index("grievance_newest", _g.received_at, _g.id)
Index("grievance_utility", _g.utility, _g.received_at, _g.id)
Index("grievance_district", _g.district, _g.received_at, _g.id)
Index("grievance_owner", _g.owner, _g.received_at)
Index("grievance_place", _g.site, _g.category, _g.received_at)
Index("grievance_first", _g.repeats)
_is_entered = _g.in_ledger.is_not(None)
Index(
    "grievance_ledger",
    _g.clear_by,
    _g.id,
    postgresql_where=_is_entered,
    sqlite_where=_is_entered,
)
index_work(grievance, Turn)
UPDATES: Final = updates_of(metadata, grievance, topic_of("grievances"))

# The utilities that see a grievance: who works on it and who helps.
grievance_unit = Table(
    "grievance_unit",
    metadata,
    Column("unit", String(20), nullable=False),
    Column("grievance_id", Identifier, nullable=False, index=True),
    PrimaryKeyConstraint("unit", "grievance_id"),
)
grievance_counter = Table(
    "grievance_counter",
    metadata,
    Column("prefix", String(40), primary_key=True),
    Column("last", Integer, nullable=False),
)
# What the reporter said, and how to reach them, under a data key of the grievance: it can be erased alone.
grievance_words = Table(
    "grievance_words",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("subject", Identifier, nullable=False, index=True),
    *sealed_columns("words", Personal("诉求内容", Level.SENSITIVE, "WORDS")),
    *sealed_columns("name", Personal("诉求人姓名", Level.PERSONAL, "NAME")),
    *sealed_columns("phone", Personal("联系电话", Level.PERSONAL, "PHONE", is_found=True)),
    *sealed_columns("place", Personal("诉求地点", Level.PERSONAL, "ADDRESS")),
    number_column(),
)
add_indexes(grievance_words)
index_numbers(grievance_words)
WORD_INDEX: Final = add_word_index(metadata)
WORDS: Final[list[SealedColumn]] = list(inventory_of(grievance_words))
TOLD: Final = next(column for column in WORDS if column.name == "words")
data_key = add_key_table(metadata)
# Replies in their comparison form, by utility: many alike are told to who supervises.
reply_print = Table(
    "reply_print",
    metadata,
    Column("utility", String(20), nullable=False),
    Column("print", String(64), nullable=False, info=impersonal("答复文字的摘要")),
    Column("replied_at", UtcDateTime, nullable=False),
    Column("grievance_id", Identifier, nullable=False),
    PrimaryKeyConstraint("utility", "print", "grievance_id"),
)
rating = add_rating_table(metadata)
rating_link = add_rating_links(metadata)
rating_export = add_rating_exports(metadata)
rating_words = add_rating_words(metadata)
RATING_WORDS: Final[list[SealedColumn]] = list(inventory_of(rating_words))
call_link = add_call_links(metadata)
link_message = add_link_messages(metadata)
LINK: Final[list[SealedColumn]] = list(inventory_of(link_message))
STAFF: Final = staff_lists(metadata)
AUDIT = add_audit_tables(metadata)
ROUND_TABLES: Final = add_round_tables(metadata)
# Ledgers 3 and 4 of the office (清零台账, 满意度回访台账), written for who asks.
LEDGER_EXPORTS: Final = export_tables(metadata, "ledger_export")
CLEARING_IMPORTS: Final = import_tables(metadata, "clearing_import", is_sealed=True)
CALL_IMPORTS: Final = import_tables(metadata, "call_import", is_sealed=True)
HOTLINE: Final = add_hotline_tables(metadata)
HOTLINE_IMPORTS: Final = import_tables(metadata, "hotline_import", is_sealed=True)
# Results of external surveys: never mixed with what we ask ourselves.
survey = Table(
    "survey",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("number", String(40), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    # Null of the whole city, of all utilities and of all services.
    Column("district", String(12)),
    Column("utility", String(20)),
    Column("supply", String(20)),
    Column("last_day", Date, nullable=False),
    Column("record", Json, nullable=False, info=sealed_record("第三方测评结果，含测评机构和更正原因")),
)
Index("survey_newest", survey.c.last_day, survey.c.id)
OPEN311: Final = add_open311_table(metadata)
CONTENT: Final[list[SealedColumn]] = list(inventory_of(HOTLINE.content))
