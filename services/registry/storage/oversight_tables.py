"""Tables of the oversight of reveals: exceptions that a second person confirms, and alarms for the auditor."""

from dataclasses import dataclass

from sqlalchemy import Column, Index, Integer, MetaData, String, Table

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime


@dataclass(frozen=True, slots=True, eq=False)
class OversightTables:
    """Exceptions (应急访问), and accounts that had more shown than is in order."""

    break_glass: Table
    alarm: Table


def add_oversight_tables(metadata: MetaData) -> OversightTables:
    """Add the tables to those of the service."""
    break_glass = Table(
        "break_glass",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("customer_id", Identifier, nullable=False),
        Column("account_id", Identifier),
        # The district of whoever looked; "" of the city.
        Column("district", String(12), nullable=False),
        Column("actor", String(120), nullable=False),
        Column("fields", Json, nullable=False, info=impersonal("字段名")),
        Column("reason", String(200), nullable=False, info=impersonal("事由，写入时检查不含个人信息")),
        Column("shown_at", UtcDateTime, nullable=False),
        Column("due_at", UtcDateTime, nullable=False),
        Column("state", String(20), nullable=False),
        Column("decided_by", String(120), info=impersonal("账号的编号")),
        Column("decided_at", UtcDateTime),
        Column("opinion", String(200), info=impersonal("意见，写入时检查不含个人信息")),
    )
    Index("break_glass_newest", break_glass.c.state, break_glass.c.shown_at, break_glass.c.id)
    alarm = Table(
        "reveal_alarm",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("actor", String(120), nullable=False),
        Column("unit", String(80), nullable=False),
        # HOUR or DAY.
        Column("period", String(8), nullable=False),
        Column("count", Integer, nullable=False),
        Column("most", Integer, nullable=False),
        Column("raised_at", UtcDateTime, nullable=False),
    )
    Index("reveal_alarm_newest", alarm.c.raised_at, alarm.c.id)
    return OversightTables(break_glass, alarm)
