"""The table of sessions, which all replicas of the console share."""

from sqlalchemy import Column, Index, MetaData, String, Table, Text

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, UtcDateTime

metadata = MetaData()

session = Table(
    "session",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("subject", String(120), nullable=False),
    # The issuer's id of the sign-in, by which it ends the session.
    Column("issuer_session", Text, info=impersonal("认证系统的会话编号")),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("reason", String(20)),
    # Who it is and the tokens, sealed; nothing is left of it when the session has ended.
    Column("content", Text, info=impersonal("账号和令牌，以控制台的密钥加密，会话结束即清空")),
)
Index("session_started", session.c.started_at)
Index(
    "session_open",
    session.c.subject,
    postgresql_where=session.c.ended_at.is_(None),
    sqlite_where=session.c.ended_at.is_(None),
)
