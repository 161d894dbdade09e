"""The table of requests that channels sent by Open311."""

from sqlalchemy import Column, Index, MetaData, String, Table

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, UtcDateTime


def add_open311_table(metadata: MetaData) -> Table:
    """Add the table: whose request a grievance is, and a keyed hash by which its repetition is known."""
    table = Table(
        "open311_request",
        metadata,
        Column("grievance_id", Identifier, primary_key=True),
        Column("channel", String(64), nullable=False),
        Column("print", String(64), nullable=False, info=impersonal("请求内容的带密钥摘要，不可还原")),
        Column("requested_at", UtcDateTime, nullable=False),
    )
    Index("open311_request_print", table.c.channel, table.c.print, table.c.requested_at)
    return table
