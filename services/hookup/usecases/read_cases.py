"""Read cases: one, or a page of a filtered list, narrowed to the caller's scope."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, select

from libs.casework.storage.work_lists import work_order
from libs.common.auth.callers import Caller, Scope
from libs.common.clock import local, midnight
from libs.common.database.engine import Database
from libs.common.http.cursors import Keyset
from libs.common.places import Supply
from services.hookup.domain.case import Case
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.numbers import case_number
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.domain.values.work import Whose
from services.hookup.storage.cases import CASES, in_joint
from services.hookup.storage.tables import hookup_case

_c = hookup_case.c
NEWEST = Keyset(((_c.submitted_at, True), (_c.id, True)))
DUE = Keyset(((_c.running_due_at, False), (_c.id, False)))
WORK = {whose: work_order(hookup_case, whose) for whose in Whose}


@dataclass(frozen=True, slots=True)
class Filters:
    """Filters of a list; None means no filter."""

    district: str | None = None
    utility: str | None = None
    supply: Supply | None = None
    stage: Stage | None = None
    length_class: LengthClass | None = None
    state: CaseState | None = None
    overdue: bool | None = None
    special: bool | None = None
    due_today: bool | None = None
    number: str | None = None
    customer_ref: str | None = None
    submitted_from: datetime | None = None
    submitted_before: datetime | None = None

    def apply(self, statement: Select[Any], now: datetime) -> Select[Any]:
        """Add the conditions to a statement on cases; overdue and due today are evaluated at `now`.

        Due today means due by the end of this day and not overdue yet.
        """
        for column, value in (
            (_c.district, self.district),
            (_c.utility, self.utility),
            (_c.supply, self.supply),
            (_c.length_class, self.length_class),
            (_c.state, self.state),
            (_c.special, self.special),
            (_c.customer_ref, self.customer_ref),
        ):
            if value is not None:
                statement = statement.where(column == value)
        if self.stage is not None:
            statement = statement.where(_c.finished_at.is_(None), _c.open_stages.contains(f",{self.stage},"))
        if self.overdue is True:
            statement = statement.where(_c.running_due_at < now)
        elif self.overdue is False:
            statement = statement.where(_c.running_due_at.is_(None) | (_c.running_due_at >= now))
        if self.due_today is not None:
            tomorrow = midnight(local(now).date() + timedelta(days=1))
            due = and_(_c.running_due_at.is_not(None), _c.running_due_at >= now, _c.running_due_at < tomorrow)
            statement = statement.where(due if self.due_today else ~due)
        if self.number is not None:
            # Ledgers imported before numbers had a canonical form may have lower-case letters.
            statement = statement.where(_c.number.in_({case_number(self.number), self.number.strip()}))
        if self.submitted_from is not None:
            statement = statement.where(_c.submitted_at >= self.submitted_from)
        if self.submitted_before is not None:
            statement = statement.where(_c.submitted_at < self.submitted_before)
        return statement


async def one_case(database: Database, case_id: str, scope: Scope) -> Case:
    """Return a case. Raises the problem `not-found`, also for a case that the caller may not see."""
    return await CASES.find(database, case_id, scope)


async def cases_of_joint(database: Database, joint_id: str, caller: Caller) -> list[Case]:
    """Return a joint application's cases that a caller may see."""
    statement = select(CASES.record_text, _c.version).where(in_joint(joint_id, caller)).order_by(_c.id)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).mappings().all()
    return [CASES.read(row) for row in rows]


async def page_of_work(
    database: Database, caller: Caller, whose: Whose, *, limit: int, cursor: str | None
) -> tuple[list[Case], str | None]:
    """Return a page of a work list, the most urgent first, and the next cursor.

    An agent sees its own cases.
    """
    order = WORK[whose]
    (due_at, _), (case_id, _) = order.columns
    statement = CASES.select(due_at, case_id).where(due_at.is_not(None))
    if whose is Whose.AGENT:
        statement = statement.where(_c.agent == caller.subject)
    shape = {"whose": whose, "subject": caller.subject}
    return await CASES.page(
        database, statement, caller.scope, order, limit=limit, cursor=cursor, filters=shape
    )


async def page_of_cases(
    database: Database,
    filters: Filters,
    scope: Scope,
    now: datetime,
    *,
    due_first: bool,
    limit: int,
    cursor: str | None,
) -> tuple[list[Case], str | None]:
    """Return a page, newest first or (running cases only) by due time, and the next cursor."""
    order = DUE if due_first else NEWEST
    statement = filters.apply(CASES.select(*(column for column, _ in order.columns)), now)
    if due_first:
        statement = statement.where(_c.running_due_at.is_not(None))
    shape = {"due_first": due_first, **asdict(filters)}
    return await CASES.page(database, statement, scope, order, limit=limit, cursor=cursor, filters=shape)
