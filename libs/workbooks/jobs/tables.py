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

from libs.common.database.types import Identifier, Json, UtcDateTime


@dataclass(frozen=True, slots=True)
class ImportTables:
    """The three tables of a kind of import."""

    job: Table
    finding: Table
    layout: Table


def import_tables(metadata: MetaData, prefix: str = "import") -> ImportTables:
    """Define the tables in a service's metadata; a second kind of ledger has another prefix."""
    job = Table(
        f"{prefix}_job",
        metadata,
        Column("id", Identifier, primary_key=True),
        Column("file_name", String(200), nullable=False),
        # Emptied when the job is finished: a paper ledger contains personal data.
        Column("content", LargeBinary, nullable=False),
        Column("mode", String(10), nullable=False),
        Column("state", String(10), nullable=False),
        Column("asked_by", String(120), nullable=False),
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
        Column("error", Text),
        # Rows in which something was found, as a workbook; emptied after a week.
        Column("report", LargeBinary),
        # The layout at the upload: a job that continues after a crash reads the same rows.
        Column("layout", Json),
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
        Column("reason", Text, nullable=False),
        Column("remedy", Text, nullable=False),
        PrimaryKeyConstraint("job_id", "row", "position"),
    )
    layout = Table(
        f"{prefix}_layout",
        metadata,
        Column("utility", String(20), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("layout", Json, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
        Column("updated_by", String(120), nullable=False),
    )
    return ImportTables(job, finding, layout)
