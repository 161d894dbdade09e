"""The tables of rounds and symposia, and what the registry says of the accounts of which samples are drawn."""

from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
)

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.records import sealed_record


@dataclass(frozen=True, slots=True, eq=False)
class RoundTables:
    """Accounts and customers who are not asked, rounds and who sees them, visits and calls, and symposia."""

    account: Table
    withheld: Table
    campaign: Table
    campaign_district: Table
    interview: Table
    symposium: Table


def add_round_tables(metadata: MetaData) -> RoundTables:
    """Add the tables to those of the service."""
    # An account as the registry's events tell of it: codes alone.
    account = Table(
        "registry_account",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("customer_id", Identifier, nullable=False, index=True),
        Column("utility", String(20), nullable=False),
        Column("district", String(12), nullable=False),
        Column("supply", String(20), nullable=False),
        Column("category", String(10), nullable=False),
        # Only these are asked: neither closed nor suspended.
        Column("is_active", Boolean, nullable=False),
    )
    # Customers who are only stored, or erased: nobody asks them.
    withheld = Table(
        "registry_withheld",
        metadata,
        Column("customer_id", Identifier, primary_key=True),
    )
    campaign = Table(
        "round",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("number", String(40), nullable=False, unique=True),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("purpose", String(20), nullable=False),
        Column("district", String(12)),
        Column("starts_on", Date, nullable=False),
        Column("ends_on", Date, nullable=False),
        Column("prepared_at", UtcDateTime, nullable=False),
        Column("record", Json, nullable=False, info=sealed_record("回访、走访方案，含标题和问卷文字")),
    )
    _c = campaign.c
    Index("round_newest", _c.prepared_at, _c.id)
    # The districts that see a round: whose it is, and where its customers are.
    campaign_district = Table(
        "round_district",
        metadata,
        Column("district", String(12), nullable=False),
        Column("round_id", Identifier, ForeignKey(_c.id), nullable=False, index=True),
        PrimaryKeyConstraint("district", "round_id"),
    )
    interview = Table(
        "round_interview",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("round_id", Identifier, ForeignKey(_c.id), nullable=False),
        Column("position", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("stratum", Integer, nullable=False),
        Column("utility", String(20), nullable=False),
        Column("district", String(12), nullable=False),
        Column("supply", String(20), nullable=False),
        Column("category", String(10), nullable=False),
        Column("account_id", Identifier, nullable=False),
        Column("assignee", String(120), info=impersonal("账号编号")),
        Column("attempts", SmallInteger, nullable=False),
        # Codes in the order of the questions; words stand in the record alone.
        Column("answers", Json, info=impersonal("评分和选项的代码")),
        Column("tried_at", UtcDateTime),
        Column("ended_at", UtcDateTime),
        Column("record", Json, nullable=False, info=sealed_record("访问记录，含文字回答")),
    )
    _i = interview.c
    Index("round_interview_asked", _i.round_id, _i.account_id, unique=True)
    Index("round_interview_next", _i.round_id, _i.state, _i.position, _i.id)
    symposium = Table(
        "symposium",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("number", String(40), nullable=False, unique=True),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("district", String(12)),
        Column("held_at", UtcDateTime, nullable=False),
        Column("record", Json, nullable=False, info=sealed_record("座谈纪要和问题的文字")),
    )
    _s = symposium.c
    Index("symposium_newest", _s.held_at, _s.id)
    return RoundTables(account, withheld, campaign, campaign_district, interview, symposium)
