"""What is done to the customers of a round: shared out among people, asked, and heard of grievances."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from sqlalchemy import select

from libs.common.auth.callers import narrow
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from services.grievances.domain.grievance import Origin
from services.grievances.domain.rounds.interview import Interview
from services.grievances.domain.rounds.round import Round
from services.grievances.domain.rounds.values import (
    InterviewResult,
    InterviewState,
    RoundPurpose,
    RoundState,
)
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import ReporterKind, Source
from services.grievances.storage.rounds import INTERVIEWS, ROUNDS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import ROUND_TABLES
from services.grievances.usecases.submit import NewGrievance, submit

_i = ROUND_TABLES.interview.c
MOST_AT_ONCE: Final = 500
"""So many are shared out by one command."""
ORIGIN: Final = "ROUND"
"""The system that a grievance names as its origin which came of a round; its number is the interview's id."""
SOURCES: Final = {
    RoundPurpose.CALLS: Source.CALL_BACK,
    RoundPurpose.SURVEY: Source.CALL_BACK,
    RoundPurpose.VISITS: Source.VISIT,
}


async def share_out(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, people: Sequence[str], district: str | None
) -> Changed[Round]:
    """Share out in turn whom nobody is to ask yet, as many as one command takes. Raises RuleError."""
    scope, rules = target.caller.scope, rulebook.rules
    item = await ROUNDS.load(uow, target.aggregate_id, scope=scope)
    waiting = select(_i.id).where(
        _i.round_id == item.id, _i.state == InterviewState.OPEN, _i.assignee.is_(None)
    )
    if district is not None:
        waiting = waiting.where(_i.district == district)
    waiting = narrow(waiting, scope, INTERVIEWS.scopes).order_by(_i.position).limit(MOST_AT_ONCE)
    ids = list(await uow.connection.scalars(waiting))
    for place, interview_id in enumerate(ids):
        one = await INTERVIEWS.load(uow, interview_id, scope=scope)
        one.actor = INTERVIEWS.actor_of(one, target, uow.now)
        assign = partial(_assign, subject=people[place % len(people)], uow=uow)
        INTERVIEWS.apply(uow, one, rules, assign)
    return await ROUNDS.change(
        uow, target, rulebook, lambda item, _rules: item.share_out(len(people), len(ids), uow.now)
    )


def _assign(item: Interview, rules: Rules, *, subject: str, uow: UnitOfWork) -> None:
    item.assign_to(subject, uow.now, rules)


async def assign(target: Target, uow: UnitOfWork, rulebook: RuleBook, subject: str) -> Changed[Interview]:
    """Name who is to ask a customer. Raises RuleError."""
    await _check_running(target, uow)
    return await INTERVIEWS.change(uow, target, rulebook, partial(_assign, subject=subject, uow=uow))


async def enter(
    target: Target,
    uow: UnitOfWork,
    rulebook: RuleBook,
    result: InterviewResult,
    answers: Sequence[str | None],
) -> Changed[Interview]:
    """Record an attempt and its answers. Raises RuleError."""
    await _check_running(target, uow)

    def act(item: Interview, rules: Rules) -> None:
        item.enter(result, answers, uow.now, target.caller.subject, rules)

    return await INTERVIEWS.change(uow, target, rulebook, act)


async def find(target: Target, uow: UnitOfWork, rulebook: RuleBook, told: NewGrievance) -> Changed[Interview]:
    """Take in the grievance that came of a visit or call; each names the other. Raises as `submit`."""
    item = await INTERVIEWS.load(uow, target.aggregate_id, scope=target.caller.scope, expected=target.version)
    item.check_finding()
    if told.reporter is ReporterKind.ANONYMOUS:
        # Whose account it is stands with the visit or call.
        raise RuleError(
            "not-anonymous", "受访的用户是已知的，不能登记为匿名", "请改为实名或要求保密", "reporter"
        )
    # The number of the finding makes the origin of each one its own.
    number = f"{item.id}/{len(item.grievances) + 1}"
    new = replace(
        told,
        district=item.district,
        source=SOURCES[item.purpose],
        customer_id=item.customer_id,
        account_id=item.account_id,
        origin=Origin(ORIGIN, number, 1),
    )
    grievance = await submit(uow, rulebook, new, target.caller)
    return await INTERVIEWS.change(
        uow, target, rulebook, lambda item, _rules: item.find(grievance.id, uow.now)
    )


async def _check_running(target: Target, uow: UnitOfWork) -> None:
    """Raise RuleError unless people are asked now in the round of an interview."""
    item = await INTERVIEWS.load(uow, target.aggregate_id, scope=target.caller.scope)
    of = await ROUNDS.load(uow, item.round_id, scope=target.caller.scope)
    if of.state is not RoundState.RUNNING or uow.now >= of.ends_at:
        raise RuleError("round-over", "这次回访、走访活动已结束", "不能再登记结果", "state")
