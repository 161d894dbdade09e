"""Read the work lists of requests: a page of one, or how many are on each, narrowed to the caller's scope."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select

from libs.casework.storage.work_lists import WorkCount, count_work, due_column, has_task, work_order
from libs.common.auth.callers import Caller, narrow
from libs.common.database.engine import Database
from libs.common.places import Supply
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import RequestKind, Turn, WorkKind
from services.registry.domain.requests.work import due_soon_until
from services.registry.domain.rules import Rules
from services.registry.storage.requests import REQUESTS
from services.registry.storage.tables import account_request

_r = account_request.c
_ORDERS = {turn: work_order(account_request, turn) for turn in Turn}


@dataclass(frozen=True, slots=True)
class WorkFilters:
    """Filters of work lists; None means no filter. `mine` are the requests that the caller works on.

    `task` is of a task of those whose list it is.
    """

    kind: RequestKind | None = None
    district: str | None = None
    utility: str | None = None
    supply: Supply | None = None
    overdue: bool | None = None
    mine: bool | None = None
    task: WorkKind | None = None


async def page_of_work(
    database: Database,
    caller: Caller,
    turn: Turn,
    filters: WorkFilters,
    now: datetime,
    *,
    limit: int,
    cursor: str | None,
    after: str | None,
) -> tuple[list[Request], str | None]:
    """Return a page of a work list, the most urgent first, and the next cursor.

    The first page begins after the request `after` where the list has it.
    """
    order = _ORDERS[turn]
    columns = [column for column, _ in order.columns]
    statement = _list(caller, turn, filters, now, *columns)
    shape = {"whose": turn, "subject": caller.subject, **asdict(filters)}
    if cursor is None and after is not None:
        cursor = await REQUESTS.cursor_after(after, database, statement, caller.scope, order, filters=shape)
    return await REQUESTS.page(
        database, statement, caller.scope, order, limit=limit, cursor=cursor, filters=shape
    )


async def counts_of_work(
    database: Database, caller: Caller, filters: WorkFilters, now: datetime, rules: Rules
) -> Mapping[str, WorkCount]:
    """Count every work list, in one statement."""
    lists = {
        turn.value: (
            due_column(account_request, turn),
            narrow(_list(caller, turn, filters, now), caller.scope, REQUESTS.scopes),
        )
        for turn in Turn
    }
    async with database.reading() as connection:
        return await count_work(connection, lists, now, due_soon_until(now, rules))


def _list(
    caller: Caller, turn: Turn, filters: WorkFilters, now: datetime, *columns: ColumnElement[object]
) -> Select[tuple[object, ...]]:
    due = due_column(account_request, turn)
    statement = REQUESTS.select(*columns).where(due.is_not(None))
    for column, value in (
        (_r.kind, filters.kind),
        (_r.district, filters.district),
        (_r.utility, filters.utility),
        (_r.supply, filters.supply),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if filters.task is not None:
        statement = statement.where(has_task(account_request, turn, filters.task))
    if filters.overdue is not None:
        statement = statement.where(due < now if filters.overdue else due >= now)
    if filters.mine is not None:
        is_mine = _r.assignee == caller.subject
        statement = statement.where(is_mine if filters.mine else is_mine.is_not(True))
    return statement
