"""The tables of a kind of export: its jobs, and their files in pieces."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from libs.common.database.personal import impersonal, unsealed
from libs.common.database.types import Identifier, Json, UtcDateTime


@dataclass(frozen=True, slots=True)
class ExportTables:
    """The two tables of a kind of export."""

    job: Table
    piece: Table


def export_tables(metadata: MetaData, prefix: str = "export") -> ExportTables:
    """Define the tables in a service's metadata; files are kept sealed (`jobs.keeping.Sealed`) until they expire."""
    job = Table(
        f"{prefix}_job",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("number", String(40), nullable=False, unique=True),
        Column("state", String(10), nullable=False),
        Column("purpose", String(60), nullable=False),
        Column("fields", Json, nullable=False, info=impersonal("字段名")),
        Column("filters", Json, nullable=False, info=impersonal("筛选条件的代码和编号")),
        Column("asked_by", String(120), nullable=False, info=impersonal("账号编号")),
        Column("roles", Json, nullable=False, info=impersonal("角色代码")),
        Column(
            "source_address",
            String(45),
            nullable=False,
            info=unsealed("来源网络地址", "导出完成时写入审计记录"),
        ),
        Column("place_kind", String(10), nullable=False),
        Column("place_code", String(64), nullable=False),
        # The limits in force when it was asked for.
        Column("policy_version", String(40), nullable=False),
        Column("most_rows", Integer, nullable=False),
        Column("most_downloads", Integer, nullable=False),
        Column("valid_minutes", Integer, nullable=False),
        # Null until they are counted.
        Column("rows", Integer),
        Column("written", Integer, nullable=False),
        # How often a process has begun to write the file: it fences an earlier one that is overtaken.
        Column("attempts", Integer, nullable=False),
        Column("size", BigInteger),
        Column("asked_at", UtcDateTime, nullable=False),
        Column("finished_at", UtcDateTime),
        Column("expires_at", UtcDateTime),
        Column("downloads", Integer, nullable=False),
        Column("error", Text, info=impersonal("导出中断的原因")),
    )
    c = job.c
    Index(f"{prefix}_job_newest", c.asked_at, c.id)
    Index(f"{prefix}_job_of", c.asked_by, c.asked_at, c.id)
    unfinished, there = c.finished_at.is_(None), c.state == "done"
    Index(f"{prefix}_job_unfinished", c.asked_at, c.id, postgresql_where=unfinished, sqlite_where=unfinished)
    Index(f"{prefix}_job_expiry", c.expires_at, postgresql_where=there, sqlite_where=there)
    piece = Table(
        f"{prefix}_piece",
        metadata,
        Column("job_id", Identifier, ForeignKey(c.id, ondelete="CASCADE"), nullable=False),
        Column("position", Integer, nullable=False),
        Column(
            "content",
            LargeBinary,
            nullable=False,
            info=impersonal("以任务的数据密钥加密，到期后连同密钥销毁"),
        ),
        PrimaryKeyConstraint("job_id", "position"),
    )
    return ExportTables(job, piece)
