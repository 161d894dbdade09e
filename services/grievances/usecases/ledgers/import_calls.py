"""The intake of ledgers of call-backs that an office kept before: each row is one of the grievance that it names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import uuid_utils
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Caller
from libs.common.clock import Clock
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from libs.workbooks.jobs.imports import Job
from libs.workbooks.jobs.intake import Compared
from libs.workbooks.ledgers.findings import Checked, Finding
from libs.workbooks.ledgers.rows import RawRow, text_of
from services.grievances.domain.cycle import Call
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.rules import Rules
from services.grievances.domain.verbs.reading_in import read_in_call
from services.grievances.storage import ledger_imports as more
from services.grievances.storage import ledgers as sheet
from services.grievances.storage.grievances import GRIEVANCES, acting
from services.grievances.storage.hotline_imports import CONTACTED, SOLVED
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.export_ledgers import call_cells
from services.grievances.usecases.ledgers.named import importer, named_in, number_unknown
from services.grievances.usecases.list_rows import ListRow

# The columns of what the rules name.
_COLUMNS: Final = {
    "grade": sheet.GRADE,
    "reached": SOLVED,
    "reason": sheet.PROBLEM,
    "at": sheet.CALLED_AT,
    "way": sheet.WAY,
}
Take = Callable[[Call, Grievance, Rules], None]
_HALF_A_SECOND: Final = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class CallIntake:
    """Reads rows, tries them on their grievances, and takes those that are new."""

    clock: Clock
    rulebook: RuleBook

    async def refresh(self) -> None:
        """Reload the rules if they have changed."""
        await self.rulebook.refresh()

    def check(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[Call]]:
        """Read each row on its own."""
        rules, now = self.rulebook.rules, self.clock.now()
        staff = rules.staff.get(job.scope.code, {})
        return [read_call(row, staff, job.asked_by, now) for row in rows]

    async def compare(
        self,
        connection: AsyncConnection,
        job: Job,
        checked: Sequence[Checked[Call]],
        repeated: Mapping[int, int],
    ) -> list[Compared]:
        """Compare rows with the call-backs of their grievances, and try new ones; a number has many rows."""
        del repeated
        named = await named_in(connection, job.scope, (_number(row) for row in checked))
        take, compared = _taking(importer(job), self.clock.now()), []
        for row in checked:
            findings, is_stored = list(row.findings), False
            item = named.get(_number(row))
            if item is None:
                findings.append(number_unknown(row.raw.number))
            elif row.item is not None:
                known = _same_moment(item, row.item)
                is_stored = known is not None
                findings += self._tried(row, item, take) if known is None else _differing(row, known)
            compared.append(Compared(findings, is_stored, (importer(job), item and item.id)))
        return compared

    async def remarks(
        self, connection: AsyncConnection, job: Job, checked: Sequence[Checked[Call]]
    ) -> dict[int, Finding]:
        """Remark nothing more."""
        del connection, job, checked
        return {}

    async def add(
        self, uow: UnitOfWork, checked: Sequence[Checked[Call]], compared: Sequence[Compared]
    ) -> None:
        """Take the call-backs, one after another: each may change what the next one finds."""
        for row, beside in zip(checked, compared, strict=True):
            caller, grievance_id = beside.found
            if row.item is not None:
                item = await GRIEVANCES.load(uow, grievance_id)
                take = partial(_taking(caller, uow.now), row.item)
                GRIEVANCES.apply(uow, item, self.rulebook.rules, take)

    def _tried(self, row: Checked[Call], item: Grievance, take: Take) -> list[Finding]:
        """Return why a grievance does not take a call-back; one that it takes it has for the rows after it."""
        rules = self.rulebook.rules
        item.catch_up(self.clock.now(), rules)
        try:
            if row.item is not None:
                take(row.item, item, rules)
        except RuleError as error:
            column = _COLUMNS.get(error.field, sheet.NUMBER)
            return [Finding(row.raw.number, column, error.code, error.text, error.remedy)]
        return []


def read_call(raw: RawRow, staff: Mapping[str, str], asked_by: str, now: datetime) -> Checked[Call]:
    """Read a row as a call-back; `staff` are the names of the importing unit's people, by account."""
    row = ListRow(more.CALL_LEDGER, raw, now)
    if row.findings:
        return Checked(raw, row.findings)
    at = row.instant(sheet.CALLED_AT, must=True)
    way = row.word(sheet.WAY, sheet.WAYS, "way-unknown", must=True)
    grade = row.word(sheet.GRADE, sheet.GRADES, "grade-unknown", must=True)
    contacted, solved = row.flag(CONTACTED), row.flag(SOLVED)
    reason, by = row.short(sheet.PROBLEM, 500), _caller(row, staff, asked_by)
    if row.findings or at is None or way is None or grade is None:
        return Checked(raw, row.findings)
    reached = sheet.GRADES.names[grade] != sheet.UNREACHED
    graded = int(grade) if reached else None
    call = Call(str(uuid_utils.uuid7()), at, by, way, reached, contacted, solved, graded, reason)
    return Checked(raw, [], call)


def _caller(row: ListRow, staff: Mapping[str, str], asked_by: str) -> str:
    """Return who called: by the name in the unit's list of its staff; without one who reads in."""
    name = row.short(more.CALLER)
    if name is None:
        return asked_by
    named = [subject for subject, known in staff.items() if known == name]
    if len(named) != 1:
        rule = "回访人不在本单位的人员名单中，或有同名"
        row.bad(more.CALLER, "caller-unknown", rule, "请填写名单中的姓名；由导入人回访的，清空此列")
        return asked_by
    return named[0]


def _taking(caller: Caller, now: datetime) -> Take:
    def take(call: Call, item: Grievance, rules: Rules) -> None:
        item.actor = acting(caller, now, None, None)
        read_in_call(item, replace(call, recorded_at=now), rules)

    return take


def _number(row: Checked[Call]) -> str:
    return text_of(row.raw.cells.get(sheet.NUMBER))


def _same_moment(item: Grievance, call: Call) -> Call | None:
    """Return the call-back of a grievance in the same minute: a sheet shows no more of a time.

    One without effect shuts nobody else's out that says otherwise.
    """
    calls = (known for cycle in item.cycles for known in cycle.calls if _minute(known.at) == _minute(call.at))
    return next((known for known in calls if known.has_effect or _is_that(known, call)), None)


def _is_that(known: Call, call: Call) -> bool:
    return known.by == call.by or call_cells(known) == call_cells(call)


def _minute(at: datetime) -> datetime:
    # A sheet's fraction of a day is not exact to the second.
    return (at + _HALF_A_SECOND).replace(second=0, microsecond=0)


def _differing(row: Checked[Call], known: Call) -> list[Finding]:
    if row.item is None or call_cells(known) == call_cells(row.item):
        return []
    reason = "系统里已有同一时间的回访，内容不同"
    return [
        Finding(row.raw.number, sheet.CALLED_AT, "call-differs", reason, "请核对；已登记的回访不能由台账改动")
    ]
