"""Tables of ratings: their rows, the links by which persons rate, and the reasons that persons write."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from libs.casework.storage.work_lists import index_work, work_columns
from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.columns import Level, Personal, sealed_columns
from libs.common.encryption.records import sealed_record
from services.grievances.domain.ratings.values import RatingTurn

HASH: Final = "设备或网络的带密钥摘要，不可还原"


def add_rating_table(metadata: MetaData) -> Table:
    """Add the table of ratings: one row a service and cycle (一次一评)."""
    table = Table(
        "rating",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("service", String(20), nullable=False),
        Column("thing_id", String(64), nullable=False, info=impersonal("办理件的系统编号")),
        Column("thing_number", String(40), nullable=False),
        Column("cycle", SmallInteger, nullable=False),
        Column("kind", String(40), nullable=False),
        Column("utility", String(20)),
        Column("district", String(12), nullable=False),
        Column("supply", String(20)),
        Column("owner", String(64), info=impersonal("用户的系统编号")),
        Column("handler", String(120)),
        Column("served_at", UtcDateTime, nullable=False),
        Column("expires_at", UtcDateTime, nullable=False),
        Column("policy_version", String(40), nullable=False),
        Column("rated_at", UtcDateTime),
        Column("grade", SmallInteger),
        Column("channel", String(20)),
        Column("device", String(40), info=impersonal(HASH)),
        Column("network", String(40), info=impersonal(HASH)),
        Column("of_staff", Boolean, nullable=False),
        Column("contacted", Boolean),
        Column("is_called", Boolean, nullable=False),
        Column("is_suspect", Boolean, nullable=False),
        Column("is_excluded", Boolean, nullable=False),
        Column("signals", Text, nullable=False, info=impersonal("存疑信号的代码")),
        *work_columns(RatingTurn),
        Column(
            "record",
            Json,
            nullable=False,
            info=sealed_record("评价办理的全部内容，含回访、整改和申诉的说明文字"),
        ),
        UniqueConstraint("service", "thing_id", "cycle"),
    )
    r = table.c
    Index("rating_newest", r.served_at, r.id)
    Index("rating_rated", r.rated_at, r.id)
    Index("rating_utility", r.utility, r.served_at, r.id)
    Index("rating_utility_rated", r.utility, r.rated_at)
    Index("rating_district", r.district, r.served_at, r.id)
    Index("rating_owner", r.owner, r.served_at)
    Index("rating_device", r.device, r.rated_at)
    Index("rating_network", r.network, r.rated_at)
    Index("rating_handler_rated", r.handler, r.rated_at)
    Index("rating_handler_served", r.handler, r.served_at)
    index_work(table, RatingTurn)
    return table


def add_rating_links(metadata: MetaData) -> Table:
    """Add the table of links: of the token only its keyed hash."""
    return Table(
        "rating_link",
        metadata,
        Column("token", String(40), primary_key=True, info=impersonal("链接令牌的带密钥摘要")),
        Column("rating_id", Identifier, nullable=False, index=True),
        Column("made_at", UtcDateTime, nullable=False),
        Column("device", String(40), nullable=False, info=impersonal(HASH)),
        Column("expires_at", UtcDateTime, nullable=False),
    )


def add_rating_exports(metadata: MetaData) -> Table:
    """Add the outbox of ratings on their way to the province: one row a rating whose last state is not there."""
    table = Table(
        "rating_export",
        metadata,
        Column("rating_id", Identifier, primary_key=True),
        # How often it changed since it is in the outbox.
        Column("changes", Integer, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_at", UtcDateTime, nullable=False),
    )
    Index("rating_export_next", table.c.next_at)
    return table


def add_rating_words(metadata: MetaData) -> Table:
    """Add the table of the reasons that persons write, under a data key of the rating."""
    return Table(
        "rating_words",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("subject", Identifier, nullable=False, index=True),
        *sealed_columns("words", Personal("评价理由", Level.SENSITIVE, "WORDS")),
    )
