"""Rounds, symposia and surveys that bring about every event of theirs that the service promises."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from libs.common.aggregate import Actor
from libs.common.changes import Addition
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import Supply
from libs.development.identity import identity
from services.grievances.domain.rounds.interview import Interview
from services.grievances.domain.rounds.questions import Question
from services.grievances.domain.rounds.round import Plan, Population, Round
from services.grievances.domain.rounds.sampling import Stratum, StratumKey
from services.grievances.domain.rounds.values import (
    CustomerCategory,
    InterviewResult,
    QuestionKind,
    RoundPurpose,
)
from services.grievances.domain.rules import Rules
from services.grievances.domain.surveys import Survey, SurveyResult
from services.grievances.domain.symposia import Symposium, SymposiumFile
from services.grievances.domain.values.kinds import FileKind
from services.grievances.storage.rounds import INTERVIEWS, ROUNDS, SYMPOSIA
from services.grievances.storage.surveys import SURVEYS

_HOLDER: Final = "u-371502"
_UNIT: Final = "district:371502"
_QUESTION: Final = Question("您对供水服务是否满意？", QuestionKind.GRADE)


def _round(number: int, at: datetime, ends_on: date) -> Round:
    item = Round(
        id=identity(f"round/{number}"),
        number=f"HF-371502-20250303-{number:04d}",
        title="第一季度供水回访",
        purpose=RoundPurpose.CALLS,
        district="371502",
        starts_on=at.date(),
        ends_on=ends_on,
        plan=Plan(Population(districts=("371502",)), 2),
        questions=[_QUESTION],
        prepared_at=at,
        prepared_by=_HOLDER,
    )
    item.actor = Actor(at, _HOLDER, unit=_UNIT)
    item.prepare(at.date())
    return item


def rounds(at: datetime) -> tuple[list[Round], list[Interview]]:
    """Return a round that was carried out and one that was given up, and who was asked in the first."""
    carried_out, given_up = _round(1, at, date(2025, 3, 14)), _round(2, at, date(2025, 3, 14))
    given_up.cancel(at)
    carried_out.add_questions([Question("有什么建议？", QuestionKind.TEXT)], at)
    carried_out.draw([Stratum(StratumKey(), 40, 1)], at)
    carried_out.share_out(1, 1, at)
    carried_out.close(at)
    return [carried_out, given_up], [_interview(carried_out)]


def _interview(of: Round) -> Interview:
    return Interview(
        id=identity("interview/1"),
        round_id=of.id,
        round_number=of.number,
        purpose=of.purpose,
        position=1,
        stratum=0,
        account_id=identity("account/1"),
        customer_id=identity("customer/1"),
        utility="W-371502",
        district="371502",
        supply=Supply.WATER,
        category=CustomerCategory.RES,
        questions=list(of.questions),
    )


def _ask(item: Interview, at: datetime, rules: Rules) -> None:
    item.actor = Actor(at, _HOLDER, unit=_UNIT)
    item.drawn(at)
    item.assign_to(_HOLDER, at, rules)
    item.enter(InterviewResult.REACHED, ["4", "希望夜间也能维修"], at, _HOLDER, rules)
    item.find(identity("grievance/1"), at)


def symposium(at: datetime, rules: Rules) -> Symposium:
    """Return a symposium that was minuted and filed."""
    item = Symposium(
        id=identity("symposium/1"),
        number="ZT-371502-20250303-0001",
        title="企业用气座谈会",
        district="371502",
        held_at=at,
        place="区政务服务中心三楼",
        invited=30,
        attended=24,
        registered_at=at,
        registered_by=_HOLDER,
    )
    item.actor = Actor(at, _HOLDER, unit=_UNIT)
    item.register()
    item.write_minutes("会上反映老旧小区水压不足。", at)
    item.note_finding("老旧小区水压不足", at, _HOLDER)
    item.submitted(1, identity("grievance/2"), at)
    photo = (identity("file/2"), FileKind.PHOTO, "symposium/1/photo", "image/jpeg", 81_920, "0" * 64)
    item.take_file(SymposiumFile(*photo, at, _HOLDER), rules)
    item.close(at)
    return item


def survey(at: datetime) -> Survey:
    """Return a result of an external survey that was corrected."""
    item = Survey(identity("survey/1"), "CP-371500-20250303-0001")
    item.actor = Actor(at, "u-city", unit="city")
    day = local(at).date()
    result = SurveyResult("省统计局社情民意调查中心", day, day, 400, "CP-2025-1", 397, 9_935, "371502")
    item.enter(result, at)
    item.correct(replace(result, satisfied=398), "原文件第二次印发时更正", at)
    return item


async def play_rounds(uow: UnitOfWork, rules: Rules, at: datetime) -> None:
    """Hold them."""
    held, asked = rounds(at)
    await ROUNDS.add(uow, [Addition(item, rules) for item in held])
    for item in asked:
        _ask(item, at, rules)
    await INTERVIEWS.add(uow, [Addition(item, rules) for item in asked])
    await SYMPOSIA.add(uow, [Addition(symposium(at, rules), rules)])
    await SURVEYS.add(uow, [Addition(survey(at), rules)])
