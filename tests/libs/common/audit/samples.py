"""An audit record beside a table of personal data, on both engines; and what an intruder does to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import MetaData, select, text

from libs.common.audit.entries import Action, Entry, Result
from libs.common.audit.external import Anchor
from libs.common.audit.keys import AuditSettings
from libs.common.audit.log import AuditLog, open_audit
from libs.common.audit.tables import add_audit_tables
from libs.common.audit.verification import verify
from libs.common.database.engine import Database
from libs.common.database.tables import house
from tests.libs.common.database.samples import NOW
from tests.libs.common.encryption.samples import encoded

METADATA: Final = MetaData()
TABLES: Final = add_audit_tables(METADATA)
KEPT: Final = timedelta(days=1096)
SUBJECT: Final = "0190163d-8694-739b-aea5-966c26f8ad90"


def audit_log(folder: Path, keys: Sequence[str] = ("a1",), tables: Any = TABLES) -> AuditLog:
    """The audit record of a service whose anchors are kept in a folder; a key follows from its id."""
    settings = AuditSettings.model_validate(
        {
            "audit_keys": ",".join(f"{key}:{encoded(sum(key.encode()))}" for key in keys),
            "anchors_url": f"file://{folder}/anchors",
        }
    )
    return open_audit(tables, settings, "sample")


def entry(**changes: Any) -> Entry:
    about = {
        "action": Action.REVEAL,
        "actor": "clerk-1",
        "roles": ("clerk",),
        "unit": "utility:W-371502",
        "source_address": "192.0.2.7",
        "purpose": "billing",
        "occurred_at": NOW,
        "subject": SUBJECT,
        "fields": ("phone",),
        "result": Result.OK,
    }
    return Entry(**{**about, **changes})


async def create_tables(database: Database) -> None:
    async with database.migrating() as connection:
        await connection.run_sync(house.create_all)
        await connection.run_sync(METADATA.create_all)


async def add(
    database: Database, log: AuditLog, count: int = 1, *, at: datetime = NOW, **changes: Any
) -> None:
    """Record entries, one after the other, each a second later."""
    for number in range(count):
        async with database.unit_of_work(at + timedelta(seconds=number)) as uow:
            await log.append(uow, entry(**{"actor": f"clerk-{number}", **changes}))


async def rows(database: Database) -> list[Any]:
    async with database.reading() as connection:
        ordered = select(TABLES.entry).order_by(TABLES.entry.c.sequence, TABLES.entry.c.id)
        return list((await connection.execute(ordered)).mappings())


async def as_intruder(database: Database, *statements: Any) -> None:
    """Run statements as who owns the tables and may take their protection away."""
    async with database.unit_of_work(NOW) as uow:
        if database.is_sqlite:
            names = await uow.connection.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            )
            for name in names.all():
                await uow.connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            for table in ("audit_entry", "audit_absence"):
                await uow.connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            await uow.connection.execute(statement)


async def fault(database: Database, log: AuditLog, *logged: Anchor) -> str | None:
    """Return the first fault that a verification finds."""
    return (await verify(database, log, logged)).first
