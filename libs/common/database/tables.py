"""The platform tables of every service's database: outbox, inbox, timers, leases, policies, calendar."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from libs.common.database.personal import impersonal, unsealed
from libs.common.database.types import Identifier, Identity64, Json, UtcDateTime

house = MetaData()

outbox = Table(
    "outbox",
    house,
    Column("seq", Identity64, primary_key=True, autoincrement=True),
    Column("event_id", Identifier, nullable=False, unique=True),
    Column("topic", String(120), nullable=False),
    Column("key", String(64), nullable=False),
    Column("aggregate_seq", Integer, nullable=False),
    Column("type", String(120), nullable=False),
    Column("payload", LargeBinary, nullable=False, info=impersonal("事件，按约定不含个人信息")),
    Column("traceparent", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    UniqueConstraint("topic", "key", "aggregate_seq", name="outbox_aggregate_seq"),
)
Index(
    "outbox_unpublished",
    outbox.c.seq,
    postgresql_where=outbox.c.published_at.is_(None),
    sqlite_where=outbox.c.published_at.is_(None),
)
Index(
    "outbox_published",
    outbox.c.published_at,
    postgresql_where=outbox.c.published_at.is_not(None),
    sqlite_where=outbox.c.published_at.is_not(None),
)

inbox = Table(
    "inbox",
    house,
    Column("subscription", String(80), nullable=False),
    Column("aggregate_id", String(64), nullable=False),
    Column("seq", Integer, nullable=False),
    PrimaryKeyConstraint("subscription", "aggregate_id"),
)

dead_letter = Table(
    "dead_letter",
    house,
    Column("id", Identity64, primary_key=True, autoincrement=True),
    Column("subscription", String(80), nullable=False),
    Column("topic", String(120), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", Identity64, nullable=False),
    Column("aggregate_id", String(64), nullable=False),
    Column("aggregate_seq", Integer),
    Column("headers", Json, nullable=False, info=impersonal("事件的属性")),
    Column("value", LargeBinary, nullable=False, info=impersonal("事件，按约定不含个人信息")),
    Column("reason", String(40), nullable=False),
    Column("detail", Text, nullable=False, info=impersonal("事件不能处理的原因，不含其值")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolution", String(20)),
    UniqueConstraint("subscription", "topic", "partition", "offset", name="dead_letter_position"),
)
Index(
    "dead_letter_open",
    dead_letter.c.subscription,
    dead_letter.c.aggregate_id,
    dead_letter.c.aggregate_seq,
    postgresql_where=dead_letter.c.resolved_at.is_(None),
    sqlite_where=dead_letter.c.resolved_at.is_(None),
)

timer = Table(
    "timer",
    house,
    Column("kind", String(40), nullable=False),
    Column("aggregate_id", String(64), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("claimed_until", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text, info=impersonal("错误的类型")),
    PrimaryKeyConstraint("kind", "aggregate_id"),
)
Index("timer_due", timer.c.due_at)

idempotency = Table(
    "idempotency",
    house,
    Column("caller", String(120), nullable=False, info=impersonal("账号编号")),
    Column("key", String(128), nullable=False, info=impersonal("调用方给出的幂等键")),
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Json, nullable=False, info=impersonal("答复的版本与地址")),
    Column(
        "body",
        LargeBinary,
        nullable=False,
        info=unsealed("办理的答复", "留存七天，供重复提交时再答；有密钥的服务加密留存"),
    ),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("caller", "key"),
)
Index("idempotency_created", idempotency.c.created_at)

lease = Table(
    "lease",
    house,
    Column("name", String(80), primary_key=True, info=impersonal("职责名称")),
    Column("holder", String(80), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

policy_version = Table(
    "policy_version",
    house,
    Column("policy", String(40), nullable=False),
    Column("version", String(40), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source_document", Text, nullable=False, info=impersonal("依据文件的名称或文号")),
    Column("approved_by", String(120), nullable=False, info=impersonal("账号编号")),
    Column("approved_at", UtcDateTime, nullable=False),
    Column("body", Json, nullable=False, info=impersonal("规则的数值与清单")),
    # Cases accepted before its approval keep their version, although this one is valid from an earlier day.
    Column("retroactive", Boolean, nullable=False, server_default=false()),
    # Null for a version that was shipped in a file.
    Column("drafted_by", String(120), info=impersonal("账号编号")),
    Column("drafted_at", UtcDateTime),
    PrimaryKeyConstraint("policy", "version"),
)

policy_draft = Table(
    "policy_draft",
    house,
    Column("id", Identifier, primary_key=True),
    Column("policy", String(40), nullable=False),
    Column("version", String(40), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source_document", Text, nullable=False, info=impersonal("依据文件的名称或文号")),
    Column("retroactive", Boolean, nullable=False),
    Column("body", Json, nullable=False, info=impersonal("规则的数值与清单")),
    Column("drafted_by", String(120), nullable=False, info=impersonal("账号编号")),
    Column("drafted_at", UtcDateTime, nullable=False),
    Column("approved_by", String(120), info=impersonal("账号编号")),
    Column("approved_at", UtcDateTime),
    Column("withdrawn_by", String(120), info=impersonal("账号编号")),
    Column("withdrawn_at", UtcDateTime),
)

calendar_day = Table(
    "calendar_day",
    house,
    Column("date", Date, primary_key=True),
    Column("is_workday", Boolean, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("name", String(40), nullable=False, info=impersonal("节日名称")),
    Column("source_document", Text, nullable=False, info=impersonal("依据文件的名称或文号")),
    Column("version", Integer, nullable=False),
)

# The years whose holiday notice is loaded; every day of another year is provisional.
calendar_year = Table(
    "calendar_year",
    house,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("source_document", Text, nullable=False, info=impersonal("依据文件的名称或文号")),
    Column("version", Integer, nullable=False),
)
