"""Read which ratings were called back, by unit, kind and grade, and the suspect ones by signal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Scope, narrow
from libs.common.database.code_lists import has_code
from services.grievances.domain.ratings.values import RatedService, Signal
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.tables import rating

_r = rating.c


@dataclass(frozen=True, slots=True)
class Graded:
    """The ratings of a unit's services of a kind with one grade."""

    utility: str | None
    service: RatedService
    kind: str
    grade: int
    rated: int
    called: int
    suspect: int
    excluded: int


async def graded(
    connection: AsyncConnection, scope: Scope, filters: Mapping[str, str | None], since: datetime
) -> Sequence[Graded]:
    """Count what was rated, called back and marked since an instant, the worst grade of a unit first."""
    group: list[ColumnElement[Any]] = [_r.utility, _r.service, _r.kind, _r.grade]
    counts: list[ColumnElement[Any]] = [
        func.count(),
        *(_number(condition) for condition in (_r.is_called, _r.is_suspect, _r.is_excluded)),
    ]
    statement = select(*group, *counts).group_by(*group).order_by(*group)
    rows = await connection.execute(_narrowed(statement, scope, filters, since))
    return [Graded(row[0], RatedService(row[1]), *row[2:]) for row in rows]


async def signalled(
    connection: AsyncConnection, scope: Scope, filters: Mapping[str, str | None], since: datetime
) -> Mapping[Signal, int]:
    """Count the suspect ratings since an instant by signal; one may have several."""
    statement = select(*(_number(has_code(_r.signals, signal)) for signal in Signal)).where(
        _r.is_suspect.is_(True)
    )
    row = (await connection.execute(_narrowed(statement, scope, filters, since))).one()
    return dict(zip(Signal, row, strict=True))


def _narrowed(
    statement: Any, scope: Scope, filters: Mapping[str, str | None], since: datetime
) -> Select[Any]:
    wanted = [_r[name] == value for name, value in filters.items() if value is not None]
    return narrow(
        statement.where(_r.grade.is_not(None), _r.served_at >= since, *wanted), scope, RATINGS.scopes
    )


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition.is_(True), 1), else_=0)), 0)
