"""Entries are appended in the transaction of what they record; a refusal, which changes nothing, in its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import uuid_utils
from fastapi import Request
from sqlalchemy import BindParameter, Insert, bindparam, insert

from libs.common.audit.entries import WRITTEN, Action, Entry, Result, canonical
from libs.common.audit.external import ExternalRecords
from libs.common.audit.keys import AuditKeys, AuditSettings
from libs.common.audit.tables import AuditTables
from libs.common.auth.callers import Caller
from libs.common.database.unit_of_work import FEW, UnitOfWork
from libs.common.objects import open_store
from libs.common.problems import Problem
from libs.common.rules import RuleError

_LONGEST_ADDRESS: Final = 45


@dataclass(frozen=True, slots=True, eq=False)
class AuditLog:
    """The audit record of a service: its tables, its keys, what of it is kept elsewhere, and for how long."""

    tables: AuditTables
    keys: AuditKeys
    external: ExternalRecords
    kept: timedelta
    insertion: Insert

    async def append(self, uow: UnitOfWork, *entries: Entry) -> None:
        """Add entries to a transaction. Raises RetryAloneError in a shared one for more than a few."""
        rows = [self._row(entry, uow.now) for entry in entries]
        if len(rows) <= FEW:
            for row in rows:
                uow.write(self.insertion, row)
        else:
            await uow.connection.execute(self.insertion, rows)

    def _row(self, entry: Entry, now: datetime) -> dict[str, Any]:
        row = {
            "id": str(uuid_utils.uuid7()),
            "occurred_at": entry.occurred_at.astimezone(UTC),
            "recorded_at": now.astimezone(UTC),
            "actor": entry.actor,
            "roles": sorted(entry.roles),
            "unit": entry.unit,
            "source_address": entry.source_address[:_LONGEST_ADDRESS],
            "purpose": entry.purpose,
            "subject": entry.subject,
            "fields": list(entry.fields),
            "action": str(entry.action),
            "result": str(entry.result),
            "slug": entry.slug,
        }
        return {**row, "mac": self.keys.code("entry", canonical(row))}


def open_audit(tables: AuditTables, settings: AuditSettings, service: str) -> AuditLog:
    """Return the audit record of a service by its settings. Raises KeysError and ValueError."""
    keys = settings.audit_ring()
    external = ExternalRecords(open_store(settings.anchors_url), service, keys)
    columns: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in (*WRITTEN, "mac")}
    return AuditLog(tables, keys, external, settings.audit_kept, insert(tables.entry).values(columns))


async def recorded(
    uow: UnitOfWork,
    caller: Caller,
    request: Request,
    action: Action,
    *,
    purpose: str,
    subjects: Sequence[str] = (),
    fields: Sequence[str] = (),
    slug: str | None = None,
) -> None:
    """Record in this transaction what a caller does: one entry a person, or one where nobody is found.

    `slug` is the reason of a refusal whose attempt this transaction keeps.
    """
    log: AuditLog = request.app.state.audit
    await log.append(
        uow,
        *(
            _entry(uow.now, caller, request, action, purpose, subject, fields, slug)
            for subject in subjects or (None,)
        ),
    )


async def file_recorded(
    uow: UnitOfWork,
    caller: Caller,
    request: Request,
    *,
    purpose: str,
    subjects: Sequence[str] = (),
    fields: Sequence[str] = (),
) -> None:
    """Record in this transaction that a caller takes a file, where the service keeps an audit record."""
    if request.app.state.audit is not None:
        await recorded(uow, caller, request, Action.EXPORT, purpose=purpose, subjects=subjects, fields=fields)


@asynccontextmanager
async def refusals_recorded(
    caller: Caller,
    request: Request,
    action: Action,
    *,
    purpose: str,
    subject: str | None = None,
    fields: Sequence[str] = (),
) -> AsyncIterator[None]:
    """Record what is refused within the block, in a transaction of its own, and pass the refusal on."""
    try:
        yield
    except (Problem, RuleError) as error:
        slug = error.kind.slug if isinstance(error, Problem) else error.code
        state = request.app.state
        now = state.clock.now()
        async with state.database.unit_of_work(now) as uow:
            entry = _entry(now, caller, request, action, purpose, subject, fields, slug)
            await state.audit.append(uow, entry)
        raise


def _entry(
    now: datetime,
    caller: Caller,
    request: Request,
    action: Action,
    purpose: str,
    subject: str | None,
    fields: Sequence[str],
    slug: str | None = None,
) -> Entry:
    return Entry(
        action=action,
        actor=caller.subject,
        roles=tuple(caller.roles),
        unit=caller.scope.unit,
        source_address="" if request.client is None else request.client.host,
        purpose=purpose,
        occurred_at=now,
        subject=subject,
        fields=tuple(fields),
        result=Result.OK if slug is None else Result.REFUSED,
        slug=slug,
    )
