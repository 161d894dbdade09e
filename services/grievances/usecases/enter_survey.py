"""Enter and correct a result of an external survey."""

from datetime import datetime
from typing import Final

import uuid_utils

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller
from libs.common.changes import Addition, Changed, Target
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from services.grievances.domain.surveys import Survey, SurveyResult
from services.grievances.storage.grievances import next_number
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.surveys import SURVEYS
from services.grievances.storage.tables import survey
from services.grievances.usecases.prepare_round import CITY

PREFIX: Final = "CP"
MOST_OF_A_PLACE: Final = 100
"""So many results of one place and day are compared; surveyors are few."""
_CHECKS: Final = f"{PREFIX}-CHECKS"


async def new_number(uow: UnitOfWork, at: datetime) -> str:
    """Return the number of a result that is entered at an instant, as `CP-371500-20220704-0001`."""
    return await next_number(uow, f"{PREFIX}-{CITY}-{local(at):%Y%m%d}")


async def enter_survey(uow: UnitOfWork, rulebook: RuleBook, result: SurveyResult, caller: Caller) -> Survey:
    """Enter a result, by the city. Raises RuleError, also for one that is there already by the same document."""
    item = Survey(str(uuid_utils.uuid7()), "")
    item.actor = Actor(uow.now, caller.subject, unit=caller.scope.unit)
    item.enter(result, uow.now)
    await _check_new(uow, item)
    item.number = await new_number(uow, uow.now)
    await SURVEYS.add(uow, [Addition(item, rulebook.rules)])
    return item


async def correct_survey(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, result: SurveyResult, reason: str
) -> Changed[Survey]:
    """Replace a result and say why; the former stays. Raises RuleError, and as `Store.change`."""
    changed = await SURVEYS.change(
        uow, target, rulebook, lambda item, _rules: item.correct(result, reason, uow.now)
    )
    await _check_new(uow, changed.aggregate)
    return changed


async def _check_new(uow: UnitOfWork, item: Survey) -> None:
    """Raise RuleError for a result that another one is of too: entered twice it would count twice."""
    result = item.result
    # One check at a time: the next one waits for this transaction's end, and sees what it entered.
    await next_number(uow, _CHECKS)
    same_place = (
        survey.c[name].is_not_distinct_from(getattr(result, name))
        for name in ("last_day", "district", "utility", "supply")
    )
    others = SURVEYS.select().where(survey.c.id != item.id, *same_place).limit(MOST_OF_A_PLACE)
    rows = (await uow.connection.execute(others)).mappings()
    known = [SURVEYS.read(row, uow.records).result for row in rows]
    if any((old.document_ref, old.first_day) == (result.document_ref, result.first_day) for old in known):
        raise RuleError(
            "survey-known", "该文件的这项测评结果已登记", "请核对；结果有误的请更正原登记", "document_ref"
        )
