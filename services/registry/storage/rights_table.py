"""Tables of what customers asked for by their rights in their data (PIPL §44–50), and of what they consented to."""

from sqlalchemy import Column, Index, Integer, MetaData, String, Table

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.records import sealed_record


def add_rights_table(metadata: MetaData) -> Table:
    """Add the table to those of the service."""
    table = Table(
        "rights_request",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("customer_id", Identifier, nullable=False),
        Column("owner", String(64), nullable=False, info=impersonal("用户的系统编号")),
        Column("kind", String(20), nullable=False),
        Column("asked_at", UtcDateTime, nullable=False),
        Column("actor", String(120), nullable=False),
        Column("unit", String(80), nullable=False),
        Column("document_ref", String(120), info=impersonal("文件编号，写入时检查不含个人信息")),
        Column("refusal", String(60)),
        Column("refusal_text", String(300), info=impersonal("规则的文字和日期")),
    )
    Index("rights_request_customer", table.c.customer_id, table.c.asked_at, table.c.id)
    return table


def add_consent_table(metadata: MetaData) -> Table:
    """Add the table of consents: which version of the notice was accepted when, by which way (PIPL §14, §15, §17)."""
    table = Table(
        "consent",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("customer_id", Identifier, nullable=False),
        Column("owner", String(64), nullable=False, info=impersonal("用户的系统编号")),
        Column("notice_version", String(40), nullable=False),
        Column("accepted_at", UtcDateTime, nullable=False),
        # The citizen's app, or WINDOW.
        Column("channel", String(20), nullable=False),
        Column("document_ref", String(120), info=impersonal("文件编号，写入时检查不含个人信息")),
        Column("withdrawn_at", UtcDateTime),
    )
    Index("consent_customer", table.c.customer_id, table.c.accepted_at, table.c.id)
    return table


def add_rights_cases(metadata: MetaData) -> Table:
    """Add the table of requests by a right that are answered within a time, not at once (PIPL §50)."""
    table = Table(
        "rights_case",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("kind", String(20), nullable=False),
        Column("customer_id", Identifier, nullable=False, index=True),
        Column("owner", String(64), nullable=False, index=True, info=impersonal("用户的系统编号")),
        Column("asked_at", UtcDateTime, nullable=False),
        Column("due_at", UtcDateTime, nullable=False),
        Column("finished_at", UtcDateTime),
        Column(
            "record",
            Json,
            nullable=False,
            info=sealed_record("请求的全部内容，含请求和答复的说明文字"),
        ),
    )
    Index("rights_case_due", table.c.state, table.c.due_at, table.c.id)
    Index("rights_case_newest", table.c.asked_at, table.c.id)
    is_over = table.c.finished_at.is_not(None)
    Index("rights_case_finished", table.c.finished_at, postgresql_where=is_over, sqlite_where=is_over)
    return table
