"""Recompute what is stored of cases beside their records, one page per timer, so that no command waits for all."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, or_, select

from libs.casework.storage.work_lists import due_column
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.timers import Handler, Timer, set_timers
from services.hookup.domain.case import Case
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.work import Whose
from services.hookup.storage import cases
from services.hookup.storage.cases import CASES
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import hookup_case

RECOMPUTE: Final = "recompute_due"
FILL_TASKS: Final = "fill_open_tasks"
"""Set by the migration that added the column of all tasks; workers of the release before do not know it."""
PAGE = 100

_c = hookup_case.c
_is_open = _c.finished_at.is_(None)
_lacks_tasks = _c.open_tasks.is_(None) & or_(
    *(due_column(hookup_case, whose).is_not(None) for whose in Whose)
)


def recompute_handlers(rulebook: RuleBook) -> Mapping[str, Handler]:
    """Return the handlers of recomputing open cases by an amended calendar, and of filling the column of tasks."""
    return {
        RECOMPUTE: _paged(rulebook, _is_open, _apply_calendar),
        FILL_TASKS: _paged(rulebook, _lacks_tasks, lambda _work, _case, _rules: None),
    }


def _apply_calendar(work: UnitOfWork, case: Case, rules: Rules) -> None:
    case.apply_calendar(work.now, rules)
    if case.pending_events:
        CASES.save(work, case, case.timers(rules), rules)


def _paged(
    rulebook: RuleBook, which: ColumnElement[bool], change: Callable[[UnitOfWork, Case, Rules], None]
) -> Handler:
    async def recompute(timer: Timer, work: UnitOfWork) -> None:
        await rulebook.reload()
        after = timer.aggregate_id or "00000000-0000-0000-0000-000000000000"
        statement = select(_c.id).where(which, _c.id > after).order_by(_c.id).limit(PAGE)
        ids = (await work.connection.scalars(statement)).all()
        for case_id in ids:
            case = await CASES.load(work, case_id)
            rules = rulebook.of(case)
            change(work, case, rules)
            # Also where nothing changed: what is stored may rest on the previous calendar.
            await cases.reset_derived(work, case, rules)
        if len(ids) == PAGE:
            await set_timers(work, ids[-1], {timer.kind: work.now})

    return recompute
