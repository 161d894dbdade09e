"""The tables by which customers are compared."""

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, UniqueConstraint

from libs.common.database.personal import impersonal
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.records import sealed_record


def matching_tables(metadata: MetaData) -> tuple[Table, Table, Table]:
    """Add the tables of pairs, of keys and of who is to be compared."""
    # Two customers who may be one; `first` has the smaller id, `score` counts thousandths.
    duplicate_pair = Table(
        "duplicate_pair",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("version", Integer, nullable=False),
        Column("state", String(20), nullable=False),
        Column("first", Identifier, nullable=False),
        Column("second", Identifier, nullable=False, index=True),
        Column("score", Integer, nullable=False),
        Column("found_at", UtcDateTime, nullable=False),
        Column(
            "record",
            Json,
            nullable=False,
            info=sealed_record("疑似重复的全部内容，含核实和合并的理由"),
        ),
        UniqueConstraint("first", "second", name="duplicate_pair_once"),
    )
    Index("duplicate_pair_likeliest", duplicate_pair.c.state, duplicate_pair.c.score, duplicate_pair.c.id)
    # Keyed hashes of what customers are compared by; `basis` names the keys and policies that they were made with.
    match_key = Table(
        "match_key",
        metadata,
        Column("key_hash", String(40), primary_key=True),
        Column("customer_id", Identifier, primary_key=True, index=True),
        Column("basis", String(200), nullable=False, info=impersonal("密钥编号和规则版本")),
    )
    # Customers whose particulars changed since they were compared.
    match_pending = Table(
        "match_pending",
        metadata,
        Column("customer_id", Identifier, primary_key=True),
        Column("marked_at", UtcDateTime, nullable=False, index=True),
    )
    return duplicate_pair, match_key, match_pending
