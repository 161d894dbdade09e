"""Read work lists: a page of one, or how many cases are on each, narrowed to the caller's scope."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_

from libs.casework.storage.work_lists import WorkCount, count_work, due_column, has_task, work_order
from libs.common.auth.callers import Caller, narrow
from libs.common.clock import local
from libs.common.database.engine import Database
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.reports.work import due_soon_until
from services.hookup.domain.values.work import Whose, WorkKind
from services.hookup.storage.cases import CASES
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import hookup_case

_c = hookup_case.c
# An agent's list is of the agent's own cases, those without a task last.
_ORDERS = {whose: work_order(hookup_case, whose, nulls_last=whose is Whose.AGENT) for whose in Whose}


@dataclass(frozen=True, slots=True)
class WorkFilters:
    """Filters of work lists; None means no filter. `mine` are the caller's own cases, or those of all others.

    `kind` is of a task of those whose list it is; the list is in the order of all their tasks nevertheless.
    """

    district: str | None = None
    utility: str | None = None
    supply: Supply | None = None
    overdue: bool | None = None
    mine: bool | None = None
    kind: WorkKind | None = None


async def page_of_work(
    database: Database,
    caller: Caller,
    whose: Whose,
    filters: WorkFilters,
    now: datetime,
    *,
    limit: int,
    cursor: str | None,
    after: str | None,
) -> tuple[list[Case], str | None]:
    """Return a page of a work list, the most urgent first, and the next cursor.

    The first page begins after the case `after` where the list has it.
    """
    order = _ORDERS[whose]
    statement = _list(caller, whose, filters, now, *(column for column, _ in order.columns))
    shape = {"whose": whose, "subject": caller.subject, **asdict(filters)}
    if cursor is None and after is not None:
        cursor = await CASES.cursor_after(after, database, statement, caller.scope, order, filters=shape)
    return await CASES.page(
        database, statement, caller.scope, order, limit=limit, cursor=cursor, filters=shape
    )


async def counts_of_work(
    database: Database, caller: Caller, filters: WorkFilters, now: datetime, rulebook: RuleBook
) -> Mapping[str, WorkCount]:
    """Count every work list, in one statement; what is due soon goes by the hours of today's policy."""
    soon = due_soon_until(now, rulebook.at(local(now).date(), or_first=True))
    lists = {
        whose.value: (
            due_column(hookup_case, whose),
            narrow(_list(caller, whose, filters, now), caller.scope, CASES.scopes),
        )
        for whose in Whose
    }
    async with database.reading() as connection:
        return await count_work(connection, lists, now, soon)


def _list(
    caller: Caller, whose: Whose, filters: WorkFilters, now: datetime, *columns: ColumnElement[Any]
) -> Select[Any]:
    """Return the statement on a work list: of an agent's every open case, of others those with a task."""
    due = due_column(hookup_case, whose)
    statement = CASES.select(*columns)
    if whose is Whose.AGENT:
        statement = statement.where(_c.agent == caller.subject, _c.finished_at.is_(None))
    else:
        statement = statement.where(due.is_not(None))
    for column, value in (
        (_c.district, filters.district),
        (_c.utility, filters.utility),
        (_c.supply, filters.supply),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if filters.kind is not None:
        statement = statement.where(has_task(hookup_case, whose, filters.kind))
    if filters.overdue is not None:
        is_overdue = due < now
        statement = statement.where(is_overdue if filters.overdue else is_overdue.is_not(True))
    if filters.mine is not None:
        statement = statement.where(_is_mine(caller) if filters.mine else _is_mine(caller).is_not(True))
    return statement


def _is_mine(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on cases that the caller takes care of: whose user the caller helps."""
    return or_(_c.agent == caller.subject, _c.assignee == caller.subject)
