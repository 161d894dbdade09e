"""Read the work lists of grievances: a page of one, or how many are on each, narrowed to the caller's scope."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select

from libs.casework.storage.work_lists import WorkCount, count_work, due_column, has_task, work_order
from libs.common.auth.callers import Caller, narrow
from libs.common.database.engine import Database
from libs.common.places import Supply
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import GrievanceKind
from services.grievances.domain.values.states import Turn, WorkKind
from services.grievances.domain.work import due_soon_until
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.tables import grievance

_g = grievance.c
_ORDERS = {turn: work_order(grievance, turn) for turn in Turn}


@dataclass(frozen=True, slots=True)
class WorkFilters:
    """Filters of work lists; None means no filter. `mine` are those that the caller works on."""

    kind: GrievanceKind | None = None
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
) -> tuple[list[Grievance], str | None]:
    """Return a page of a work list, the most urgent first, and the next cursor.

    The first page begins after the grievance `after` where the list has it.
    """
    order = _ORDERS[turn]
    statement = _list(caller, turn, filters, now, *(column for column, _ in order.columns))
    shape = {"whose": turn, "subject": caller.subject, **asdict(filters)}
    if cursor is None and after is not None:
        cursor = await GRIEVANCES.cursor_after(after, database, statement, caller.scope, order, filters=shape)
    return await GRIEVANCES.page(
        database, statement, caller.scope, order, limit=limit, cursor=cursor, filters=shape
    )


async def counts_of_work(
    database: Database, caller: Caller, filters: WorkFilters, now: datetime, rules: Rules
) -> Mapping[str, WorkCount]:
    """Count every work list, in one statement."""
    lists = {
        turn.value: (
            due_column(grievance, turn),
            narrow(_list(caller, turn, filters, now), caller.scope, GRIEVANCES.scopes),
        )
        for turn in Turn
    }
    async with database.reading() as connection:
        return await count_work(connection, lists, now, due_soon_until(now, rules))


def _list(
    caller: Caller, turn: Turn, filters: WorkFilters, now: datetime, *columns: ColumnElement[object]
) -> Select[tuple[object, ...]]:
    due = due_column(grievance, turn)
    statement = GRIEVANCES.select(*columns).where(due.is_not(None))
    for column, value in (
        (_g.kind, filters.kind),
        (_g.district, filters.district),
        (_g.utility, filters.utility),
        (_g.supply, filters.supply),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if filters.task is not None:
        statement = statement.where(has_task(grievance, turn, filters.task))
    if filters.overdue is not None:
        statement = statement.where(due < now if filters.overdue else due >= now)
    if filters.mine is not None:
        is_mine = _g.assignee == caller.subject
        statement = statement.where(is_mine if filters.mine else is_mine.is_not(True))
    return statement
