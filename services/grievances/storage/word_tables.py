"""The tables of the index of words: segments, and their blocks, which tell nothing without the key (ADR 17)."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    false,
)

from libs.common.database.personal import sealed_index
from libs.common.database.types import UtcDateTime


class SegmentState(StrEnum):
    """Whether a segment is written, searched, or to be deleted."""

    WRITING = "WRITING"
    READY = "READY"
    DROPPED = "DROPPED"


@dataclass(frozen=True, slots=True)
class WordTables:
    """The two tables of the index."""

    segment: Table
    block: Table


def add_word_index(metadata: MetaData) -> WordTables:
    """Add the tables of the index of words."""
    segment = Table(
        "word_segment",
        metadata,
        # Random: it is never that of another segment, or blocks of both could be linked.
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        # The numbers of its documents, those of the ends included; some may have left.
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("blocks", Integer, nullable=False),
        Column("state", String(10), nullable=False),
        Column("key_id", String(8), nullable=False),
        # Something of it was erased since it was written.
        Column("is_stale", Boolean, nullable=False, server_default=false()),
        Column("written_at", UtcDateTime, nullable=False),
    )
    block = Table(
        "word_block",
        metadata,
        Column("address", BigInteger, primary_key=True, autoincrement=False),
        Column("segment", BigInteger, nullable=False, index=True),
        Column(
            "sealed", LargeBinary, nullable=False, info=sealed_index("诉求内容（已隐去号码和链接）的索引")
        ),
    )
    return WordTables(segment, block)


def number_column() -> Column[int]:
    """Return the column of the number that a grievance has in the index of words; null until it is indexed."""
    return Column("number", BigInteger)


def index_numbers(words: Table) -> None:
    """Add the indexes by which numbers are found: all, those that are due, and those of what was erased."""
    number, text = words.c.number, words.c.words
    is_due, is_erased = (
        and_(number.is_(None), text.is_not(None)),
        and_(number.is_not(None), text.is_(None)),
    )
    Index("grievance_words_number", number, unique=True)
    for name, column, condition in (
        ("grievance_words_unindexed", words.c.id, is_due),
        ("grievance_words_erased", number, is_erased),
    ):
        Index(name, column, postgresql_where=condition, sqlite_where=condition)
