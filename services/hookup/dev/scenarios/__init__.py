"""Cases that between them bring about every event that the hookup service promises, under rules that change."""

from datetime import date

from libs.common.calendars.workdays import Day, DayKind
from libs.common.changes import Addition
from libs.common.policy import read_policies
from libs.common.policy_changes import approve, draft
from libs.common.service import Service
from services.hookup.dev.scenarios.cases import (
    FIRST_DAY,
    accompanied,
    at,
    begin_water,
    charged,
    finish_water,
    gas,
    heat,
    supervised,
)
from services.hookup.dev.scenarios.teamwork import shared
from services.hookup.domain.values.rules import SERVICE
from services.hookup.storage.cases import CASES
from services.hookup.storage.policies import POLICIES
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases import amend_calendar


async def play(service: Service) -> None:
    """Bring about every event in an empty database: one water case goes through an amended calendar and policy."""
    rulebook = RuleBook(service.database)
    await rulebook.reload()
    rules = rulebook.at(FIRST_DAY)
    water = begin_water(rules)
    async with service.database.unit_of_work(at(7, 18)) as uow:
        rest = Day(date(2025, 3, 10), is_workday=False, kind=DayKind.LOCAL)
        notice = amend_calendar.Notice("聊政办字〔2025〕1号", [rest])
        amendment = await amend_calendar.ask(notice, "clerk-1", uow)
        await amend_calendar.approve(amendment, "clerk-2", uow)
        shipped = next(policy for policy in read_policies(POLICIES.path) if policy.policy == SERVICE)
        changed = {
            "version": "2025-1",
            "valid_from": date(2025, 4, 1),
            "source_document": "聊城管字〔2025〕9号",
        }
        drafted = {"drafted_by": "administrator-1", "drafted_at": at(7, 17)}
        body = {**shipped.body, "permit_workdays": 4}
        version = shipped.model_copy(update={**changed, **drafted, "body": body})
        draft_id = await draft(uow, POLICIES, version)
        await approve(uow, POLICIES, draft_id, "administrator-2")
    await rulebook.reload()
    amended = rulebook.at(FIRST_DAY)
    finish_water(water, amended)
    async with service.database.unit_of_work(at(13, 15)) as uow:
        paid = charged(amended, rulebook.fees(FIRST_DAY))
        cases = (
            water,
            heat(amended),
            gas(amended),
            paid,
            accompanied(amended),
            supervised(amended),
            shared(amended),
        )
        for case in cases:
            await CASES.add(uow, [Addition(case, amended)])
