"""Which grievances the rows of a ledger name, and as whom a job acts."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Caller, Role, Scope, ScopeKind, narrow
from libs.common.encryption.records import records_of
from libs.workbooks.jobs.imports import Job
from libs.workbooks.ledgers.findings import Finding
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.kinds import Source
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.ledgers import NUMBER
from services.grievances.storage.tables import grievance

_OWN: Final = re.compile(r"SQ-[0-9]{6}-[0-9]{8}-[0-9]{4,}", re.ASCII)


async def named_in(
    connection: AsyncConnection, scope: Scope, numbers: Iterable[str]
) -> Mapping[str, Grievance]:
    """Return by number the grievances that a scope sees: by ours, that of the unit's own ledger, or the hotline's."""
    wanted = set(numbers)
    origins = {f"{system}:{number}": number for system in (Source.HOTLINE, scope.unit) for number in wanted}
    columns = grievance.c
    statement = GRIEVANCES.select(columns.number, columns.origin).where(
        columns.number.in_(wanted) | columns.origin.in_(origins)
    )
    rows = await connection.execute(narrow(statement, scope, GRIEVANCES.scopes))
    records = records_of(connection)
    named = {}
    for row in rows.mappings():
        number = row["number"] if row["number"] in wanted else origins[row["origin"]]
        named[number] = GRIEVANCES.read(row, records)
    return named


def is_own_number(number: str) -> bool:
    """Tell whether a number has the form of this system's."""
    return _OWN.fullmatch(number) is not None


def number_unknown(row: int) -> Finding:
    """Return the finding of a number that names no grievance which the importing unit sees."""
    reason, remedy = "系统里没有这个工单号，或不在您的管辖范围内", "请核对工单号"
    return Finding(row, NUMBER, "number-unknown", reason, remedy)


def importer(job: Job) -> Caller:
    """Return who reads in: a clerk of a utility, else who supervises."""
    role = Role.CLERK if job.scope.kind is ScopeKind.UTILITY else Role.SUPERVISOR
    return Caller(job.asked_by, frozenset({role}), job.scope)
