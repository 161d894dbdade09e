"""Tables of the links to call-backs and of the messages that carry links: of a token only its keyed hash."""

from sqlalchemy import Column, Index, Integer, MetaData, SmallInteger, String, Table

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, UtcDateTime
from libs.common.encryption.columns import Level, Personal, sealed_columns
from services.grievances.domain.hotline.values import MessageState
from services.grievances.storage.rating_tables import HASH


def add_call_links(metadata: MetaData) -> Table:
    """Add the table of links: those that were answered say from where, as ratings do."""
    table = Table(
        "call_link",
        metadata,
        Column("token", String(40), primary_key=True, info=impersonal("链接令牌的带密钥摘要")),
        Column("grievance_id", Identifier, nullable=False),
        Column("cycle", SmallInteger, nullable=False),
        Column("made_at", UtcDateTime, nullable=False),
        # Of who had it sent; empty where the policy did.
        Column("maker", String(40), nullable=False, info=impersonal(HASH)),
        Column("expires_at", UtcDateTime, nullable=False),
        Column("answered_at", UtcDateTime),
        Column("device", String(40), info=impersonal(HASH)),
        Column("network", String(40), info=impersonal(HASH)),
    )
    Index("call_link_cycle", table.c.grievance_id, table.c.cycle, unique=True)
    Index("call_link_device", table.c.device, table.c.answered_at)
    Index("call_link_network", table.c.network, table.c.answered_at)
    return table


def add_link_messages(metadata: MetaData) -> Table:
    """Add the outbox of messages; the link is sealed under the grievance's key, and dropped once it went out."""
    table = Table(
        "link_message",
        metadata,
        Column("id", Identifier, primary_key=True),
        # The grievance, whose words have the number that it goes to.
        Column("subject", Identifier, nullable=False),
        Column("number", String(40), nullable=False),
        Column("district", String(12), nullable=False),
        Column("template", String(20), nullable=False),
        # Of a call-back its cycle, of a rating its id.
        Column("cycle", SmallInteger),
        Column("rating_id", Identifier),
        Column("made_at", UtcDateTime, nullable=False),
        Column("expires_at", UtcDateTime, nullable=False),
        Column("state", String(20), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", UtcDateTime, nullable=False),
        Column("sent_at", UtcDateTime),
        Column("error", String(80), info=impersonal("未送达的原因代码")),
        *sealed_columns("link", Personal("短信中的链接", Level.SENSITIVE, "WORDS")),
    )
    m, is_waiting = table.c, table.c.state == MessageState.WAITING
    Index("link_message_waiting", m.due_at, m.id, postgresql_where=is_waiting, sqlite_where=is_waiting)
    Index("link_message_newest", m.made_at, m.id)
    Index("link_message_grievance", m.subject, m.id)
    return table
