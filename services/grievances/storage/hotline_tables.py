"""The tables of the hotline's orders: each version, what it says, words that were learnt, and messages out."""

from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.columns import Level, Personal, sealed_columns
from libs.common.encryption.records import sealed_record
from services.grievances.domain.hotline.values import MessageState, OrderState


@dataclass(frozen=True, slots=True)
class HotlineTables:
    """The tables of the hotline."""

    number: Table
    order: Table
    content: Table
    word: Table
    message: Table


def add_hotline_tables(metadata: MetaData) -> HotlineTables:
    """Define the tables in the service's metadata."""
    # Who takes a version of a number in holds its row until the end: versions never overtake each other.
    number = Table(
        "hotline_number",
        metadata,
        Column("system", String(20), nullable=False),
        Column("number", String(40), nullable=False),
        # The newest version that holds; null until one was taken over.
        Column("newest", Integer),
        Column("grievance_id", Identifier),
        PrimaryKeyConstraint("system", "number"),
    )
    order = Table(
        "hotline_order",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("system", String(20), nullable=False),
        Column("number", String(40), nullable=False),
        Column("order_version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("district", String(12)),
        Column("grievance_id", Identifier, index=True),
        Column("arrived_at", UtcDateTime, nullable=False),
        Column("record", Json, nullable=False, info=sealed_record("热线工单的代码用语和核对情况")),
        UniqueConstraint("system", "number", "order_version"),
    )
    is_parked = order.c.state == OrderState.PARKED
    Index("hotline_order_newest", order.c.arrived_at, order.c.id)
    Index(
        "hotline_order_parked",
        order.c.arrived_at,
        order.c.id,
        postgresql_where=is_parked,
        sqlite_where=is_parked,
    )
    # Under the data key of the grievance; of what is parked, under one of its own.
    content = Table(
        "hotline_content",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("subject", Identifier, nullable=False, index=True),
        *sealed_columns("content", Personal("热线工单的全部内容", Level.SENSITIVE, "WORDS")),
    )
    word = Table(
        "hotline_word",
        metadata,
        Column("system", String(20), nullable=False),
        Column("stands_for", String(20), nullable=False),
        Column("word", String(80), nullable=False, info=impersonal("热线的种类、状态、等级等用语")),
        Column("code", String(20), nullable=False),
        Column("said_by", String(120), nullable=False, info=impersonal("账号编号")),
        Column("said_at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("system", "stands_for", "word"),
    )
    message = Table(
        "hotline_message",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("system", String(20), nullable=False),
        Column("number", String(40), nullable=False),
        Column("order_version", Integer, nullable=False),
        Column("grievance_id", Identifier, nullable=False),
        Column("district", String(12), nullable=False),
        Column("kind", String(20), nullable=False),
        Column("cycle", SmallInteger, nullable=False),
        Column("happened_at", UtcDateTime, nullable=False),
        Column("state", String(20), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", UtcDateTime, nullable=False),
        Column("sent_at", UtcDateTime),
        Column("error", String(80), info=impersonal("未送达的原因代码")),
    )
    is_waiting = message.c.state == MessageState.WAITING
    Index(
        "hotline_message_waiting",
        message.c.due_at,
        message.c.id,
        postgresql_where=is_waiting,
        sqlite_where=is_waiting,
    )
    Index("hotline_message_newest", message.c.happened_at, message.c.id)
    Index("hotline_message_grievance", message.c.grievance_id, message.c.id)
    return HotlineTables(number, order, content, word, message)
