"""The sampling service's own tables."""

from sqlalchemy import Column, Index, Integer, MetaData, String, Table

from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.records import sealed_record

metadata = MetaData()

# `record` holds the aggregate whole; the other columns are what lists filter and sort by.
specimen = Table(
    "specimen",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("district", String(12), nullable=False),
    Column("utility", String(20), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("record", Json, nullable=False, info=sealed_record("事项的全部内容")),
)
_c = specimen.c
Index("specimen_newest", _c.opened_at, _c.id)
Index("specimen_utility", _c.utility, _c.opened_at, _c.id)
Index("specimen_district", _c.district, _c.opened_at, _c.id)
