"""The tables of a kind of import: jobs, findings, and utilities' layouts."""

from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
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
class ImportTables:
    """The three tables of a kind of import."""

    job: Table
    finding: Table
    layout: Table


def import_tables(metadata: MetaData, prefix: str = "import", *, is_sealed: bool = False) -> ImportTables:
    """Define the tables in a service's metadata; a second kind of ledger has another prefix.

    `is_sealed` says that the service keeps files and reports sealed (`jobs.keeping.Sealed`).
    """
    sealed = impersonal("以任务的数据密钥加密，任务和报告结束后密钥销毁") if is_sealed else None
    job = Table(
        f"{prefix}_job",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("file_name", String(200), nullable=False, info=unsealed("上传文件的名称", "由上传人命名")),
        # Emptied when the job is finished: a paper ledger contains personal data.
        Column(
            "content",
            LargeBinary,
            nullable=False,
            info=sealed or unsealed("台账文件", "纸质台账含个人信息；导入结束即清空"),
        ),
        Column("mode", String(10), nullable=False),
        Column("state", String(10), nullable=False),
        Column("asked_by", String(120), nullable=False, info=impersonal("账号编号")),
        Column("place_kind", String(10), nullable=False),
        Column("place_code", String(64), nullable=False),
        Column("rows", Integer, nullable=False),
        Column("checked", Integer, nullable=False),
        Column("taken", Integer, nullable=False),
        Column("loaded", Integer, nullable=False),
        Column("repeated", Integer, nullable=False),
        Column("bad", Integer, nullable=False),
        Column("warnings", Integer, nullable=False),
        Column("started_at", UtcDateTime, nullable=False),
        Column("finished_at", UtcDateTime),
        Column("error", Text, info=impersonal("导入中断的原因")),
        # Rows in which something was found, as a workbook; emptied after a week.
        Column("report", LargeBinary, info=sealed or unsealed("有问题的行", "供下载更正；一周后清空")),
        # The layout at the upload: a job that continues after a crash reads the same rows.
        Column("layout", Json, info=impersonal("列名与其含义")),
    )
    Index(f"{prefix}_job_newest", job.c.started_at, job.c.id)
    unfinished = job.c.finished_at.is_(None)
    Index(
        f"{prefix}_job_unfinished",
        job.c.started_at,
        job.c.id,
        postgresql_where=unfinished,
        sqlite_where=unfinished,
    )
    finding = Table(
        f"{prefix}_finding",
        metadata,
        Column("job_id", Identifier, ForeignKey(job.c.id, ondelete="CASCADE"), nullable=False),
        Column("row", Integer, nullable=False),
        Column("position", Integer, nullable=False),
        Column("is_bad", Boolean, nullable=False),
        Column("column", String(80), nullable=False),
        Column("code", String(60), nullable=False),
        Column(
            "reason",
            Text,
            nullable=False,
            info=sealed or unsealed("问题的说明", "引用所查单元格的前三十个字"),
        ),
        Column("remedy", Text, nullable=False, info=impersonal("更正的办法")),
        PrimaryKeyConstraint("job_id", "row", "position"),
    )
    layout = Table(
        f"{prefix}_layout",
        metadata,
        Column("utility", String(20), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("layout", Json, nullable=False, info=impersonal("列名与其含义")),
        Column("updated_at", UtcDateTime, nullable=False),
        Column("updated_by", String(120), nullable=False, info=impersonal("账号编号")),
    )
    return ImportTables(job, finding, layout)
