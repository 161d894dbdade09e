"""The tables of the figures, the same for every source. A cell that counts nothing has no row."""

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from libs.common.database.personal import impersonal
from libs.common.database.types import Identity64, Json, UtcDateTime

metadata = MetaData()


def _text(name: str, length: int) -> Column[str]:
    return Column(name, String(length), nullable=False)


def _place() -> list[Column[str]]:
    """Return to whom a row belongs, apart from the list of all its dimensions: for conditions and indexes."""
    return [_text("district", 12), _text("utility", 40)]


# How far each shard of a source is folded, and by which transaction. Its row is locked while it is.
shard = Table(
    "shard",
    metadata,
    _text("source", 20),
    Column("shard", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("version", Identity64, nullable=False),
    Column("folded", Identity64, nullable=False),
    Column("latest_event_at", UtcDateTime),
    Column("folded_at", UtcDateTime),
    PrimaryKeyConstraint("source", "shard"),
    sqlite_with_rowid=False,
)

# The policy versions by which subjects have due times, and the reading of a day that each judges by.
judged = Table(
    "judged",
    metadata,
    _text("source", 20),
    _text("policy_version", 40),
    _text("reading", 20),
    PrimaryKeyConstraint("source", "policy_version", "reading"),
    sqlite_with_rowid=False,
)

subject = Table(
    "subject",
    metadata,
    _text("source", 20),
    _text("subject_id", 64),
    _text("number", 64),
    *_place(),
    Column("dims", Json, nullable=False, info=impersonal("分类代码")),
    Column("is_live", Boolean, nullable=False),
    Column("facts", Json, nullable=False, info=impersonal("日期、时限与代码")),
    PrimaryKeyConstraint("source", "subject_id"),
    sqlite_with_rowid=False,
)
_live: ColumnElement[bool] = subject.c.is_live
for _name, _column in (("subject_live", subject.c.utility), ("subject_live_page", subject.c.subject_id)):
    Index(_name, subject.c.source, _column, postgresql_where=_live, sqlite_where=_live)

# What is behind the cells, by subject: its counts of one table and cell in `counts`, or how much the events that
# `code` counts have added (`number`). `cell` is the list of its dimensions, the further one and the month.
contribution = Table(
    "contribution",
    metadata,
    _text("source", 20),
    _text("code", 40),
    _text("subject_id", 64),
    Column("cell", Json, nullable=False, info=impersonal("分类代码与月份")),
    *_place(),
    _text("month", 7),
    Column("number", Identity64, nullable=False),
    Column("counts", Json, nullable=False, info=impersonal("计数")),
    PrimaryKeyConstraint("source", "code", "subject_id", "cell"),
    sqlite_with_rowid=False,
)
Index("contribution_cell", *(contribution.c[name] for name in ("source", "code", "month", "utility")))

# Each value of a duration.
duration = Table(
    "duration",
    metadata,
    _text("source", 20),
    _text("code", 40),
    _text("subject_id", 64),
    _text("by", 40),
    Column("round", Integer, nullable=False),
    Column("shard", Integer, nullable=False),
    *_place(),
    Column("dims", Json, nullable=False, info=impersonal("分类代码")),
    _text("month", 7),
    Column("elapsed", Identity64, nullable=False),
    Column("working", Identity64, nullable=False),
    PrimaryKeyConstraint("source", "code", "subject_id", "by", "round"),
    sqlite_with_rowid=False,
)
Index("duration_cell", *(duration.c[name] for name in ("source", "code", "by", "utility", "month")))

# One row a cell and shard; `cell` is its key as a JSON text, `content` all that it counts, buckets included.
cell = Table(
    "cell",
    metadata,
    _text("source", 20),
    Column("cell", Text, nullable=False, info=impersonal("分类代码与月份")),
    Column("shard", Integer, nullable=False),
    _text("level", 44),
    *_place(),
    _text("month", 7),
    Column("content", Text, nullable=False, info=impersonal("计数")),
    PrimaryKeyConstraint("source", "cell", "shard"),
    sqlite_with_rowid=False,
)
Index("cell_level", *(cell.c[name] for name in ("source", "level", "month", "utility")))
