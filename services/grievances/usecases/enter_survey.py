"""Enter a result of an external survey."""

from typing import Final

import uuid_utils

from libs.common.aggregate import Actor
from libs.common.auth.callers import Caller
from libs.common.changes import Addition
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


async def enter_survey(uow: UnitOfWork, rulebook: RuleBook, result: SurveyResult, caller: Caller) -> Survey:
    """Enter a result, by the city. Raises RuleError, also for one that is there already by the same document."""
    item = Survey(str(uuid_utils.uuid7()), "")
    item.actor = Actor(uow.now, caller.subject, unit=caller.scope.unit)
    item.enter(result, uow.now)
    await _check_new(uow, item.result)
    item.number = await next_number(uow, f"{PREFIX}-{CITY}-{local(uow.now):%Y%m%d}")
    await SURVEYS.add(uow, [Addition(item, rulebook.rules)])
    return item


async def _check_new(uow: UnitOfWork, result: SurveyResult) -> None:
    """Raise RuleError for a result that is known: entered twice it would count twice."""
    same_place = (
        survey.c[name].is_not_distinct_from(getattr(result, name))
        for name in ("last_day", "district", "utility", "supply")
    )
    rows = (
        await uow.connection.execute(SURVEYS.select().where(*same_place).limit(MOST_OF_A_PLACE))
    ).mappings()
    known = [SURVEYS.read(row, uow.records).result for row in rows]
    if any((old.document_ref, old.first_day) == (result.document_ref, result.first_day) for old in known):
        raise RuleError(
            "survey-known", "该文件的这项测评结果已登记", "请核对；结果有误的请更正原登记", "document_ref"
        )
