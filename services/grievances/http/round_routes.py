"""Rounds of visits and calls: planned, drawn, shared out, ended, and what they say. Utilities see nothing of them."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import commands
from libs.common.http.actions import Actions, Offer
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.lists import counted_page
from libs.common.rules import RuleError
from services.grievances.domain.rounds.questions import Question
from services.grievances.domain.rounds.round import Plan, Population, Round
from services.grievances.domain.rounds.values import RoundPurpose, RoundState, RoundVerb
from services.grievances.domain.rules import Rules
from services.grievances.http import round_models as models
from services.grievances.http.commands import ABOVE, DESK, Given, Parts
from services.grievances.http.round_views import results_of, round_detail, round_view
from services.grievances.storage.rounds import NEWEST_ROUNDS, ROUNDS, answers_of, coverage_of
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import ROUND_TABLES
from services.grievances.usecases import ask_customers
from services.grievances.usecases.draw_round import draw_round
from services.grievances.usecases.prepare_round import NewRound, prepare_round

router = APIRouter(prefix="/v1", tags=["回访走访"])
ROUND: Final = "回访走访"
ROUND_COMMANDS: Final[commands.Commands[Round, Rules, RuleBook]] = commands.Commands(
    ROUNDS, "/rounds/{round_id}", round_view, models.RoundView
)
ROUND_READERS: Final = (*DESK, Role.ADMINISTRATOR)
Reader = Annotated[Caller, require(*ROUND_READERS, of=ROUNDS.scopes)]
Planner = Annotated[Caller, require(*ABOVE, of=ROUNDS.scopes)]
_c = ROUND_TABLES.campaign.c
_NOT_YOURS: Final = "由组织这次活动的单位办理"


def _is_holder(item: Round, at: Any) -> bool:
    scope = at.caller.scope
    return scope.kind is ScopeKind.CITY or item.district == scope.code


def _check_holder(item: Round, caller: Caller) -> None:
    if caller.scope.kind is not ScopeKind.CITY and item.district != caller.scope.code:
        raise RuleError("round-of-another", "这次活动由市级组织", "请由组织这次活动的单位办理", "state")


def _questions(asked: Sequence[models.QuestionBody]) -> list[Question]:
    return [Question(item.text, item.kind, tuple(item.options)) for item in asked]


_offer = partial(Offer, ROUND, when=_is_holder, otherwise=_NOT_YOURS)


@router.post(
    "/rounds",
    operation_id="prepareRound",
    summary="制定回访、走访方案",
    status_code=201,
    response_model=models.RoundView,
    responses=answering(201, ETAG, LOCATION),
)
async def prepare(body: models.PrepareRound, once: Once, caller: Planner, parts: Parts) -> Response:
    """Plan a round: of a district among its own customers, of the city among all."""
    population = Population(
        tuple(body.categories), tuple(body.districts), tuple(body.utilities), tuple(body.supplies)
    )
    new = NewRound(
        body.title,
        body.purpose,
        body.starts_on,
        body.ends_on,
        Plan(population, body.number, tuple(body.stratified_by), body.allocation),
        _questions(body.questions),
    )

    async def action(uow: UnitOfWork) -> Answer:
        item = await prepare_round(uow, parts.rulebook, new, caller)
        view = round_view(item, parts.rulebook.rules, uow.now, caller)
        return Answer(view, status=201, version=item.version, location=f"/v1/rounds/{item.id}")

    return await once(caller, action)


@ROUND_COMMANDS.verb(
    router,
    RoundVerb.ADD_QUESTIONS,
    "questions",
    "addRoundQuestions",
    "增加题目",
    *ABOVE,
    offer=_offer(hint="问卷至多20题，抽取样本后不能再改"),
)
def add_questions(item: Round, body: models.AddQuestions, at: Given) -> None:
    """Ask more."""
    _check_holder(item, at.caller)
    item.add_questions(_questions(body.questions), at.now)


@ROUND_COMMANDS.use_case(
    router,
    RoundVerb.DRAW,
    "sample",
    "drawRound",
    "抽取样本",
    *ABOVE,
    offer=_offer(hint="按登记的户随机抽取，抽取后不能更换"),
)
async def draw(target: Target, uow: UnitOfWork, rulebook: RuleBook) -> Changed[Round]:
    """Draw the sample, once."""
    _check_holder(await ROUNDS.load(uow, target.aggregate_id, scope=target.caller.scope), target.caller)
    return await draw_round(target, uow, rulebook)


@ROUND_COMMANDS.use_case(
    router,
    RoundVerb.SHARE_OUT,
    "shares",
    "shareOutRound",
    "分配人员",
    *ABOVE,
    offer=Offer(ROUND, hint="被调查专营单位的工作人员不能回访本单位的用户"),
)
async def share(target: Target, uow: UnitOfWork, rulebook: RuleBook, body: models.ShareOut) -> Changed[Round]:
    """Share out whom nobody is to ask yet, of one's own district or of all."""
    return await ask_customers.share_out(target, uow, rulebook, body.people, body.district)


@ROUND_COMMANDS.verb(
    router,
    RoundVerb.CLOSE,
    "closing",
    "closeRound",
    "结束活动",
    *ABOVE,
    offer=Offer(
        ROUND,
        when=_is_holder,
        otherwise=_NOT_YOURS,
        hint="到结束日期自动结束",
        consequence="不能再登记结果",
    ),
)
def close(item: Round, at: Given) -> None:
    """End it before its last day."""
    _check_holder(item, at.caller)
    item.close(at.now)


@ROUND_COMMANDS.verb(
    router,
    RoundVerb.CANCEL,
    "cancellation",
    "cancelRound",
    "取消活动",
    *ABOVE,
    offer=_offer(),
)
def cancel(item: Round, at: Given) -> None:
    """Give it up before its sample is drawn."""
    _check_holder(item, at.caller)
    item.cancel(at.now)


@router.get("/rounds", operation_id="listRounds", summary="查询回访、走访活动")
async def list_rounds(
    caller: Reader,
    parts: Parts,
    purpose: RoundPurpose | None = None,
    state: RoundState | None = None,
    running: Annotated[QueryFlag | None, Query(description="Whose days are now")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.RoundView]:
    """List the rounds in which the caller's customers are asked, the newest first."""
    today: date = parts.rulebook.today
    conditions = {
        "purpose": (purpose, _c.purpose == purpose),
        "state": (state, _c.state == state),
        "running": (
            running or None,
            (_c.state == RoundState.RUNNING) & (_c.starts_on <= today) & (_c.ends_on >= today),
        ),
    }
    filters = {name: value for name, (value, _) in conditions.items() if value is not None}
    statement = ROUNDS.select(*(column for column, _ in NEWEST_ROUNDS.columns)).where(
        *(condition for value, condition in conditions.values() if value is not None)
    )
    items, following, total = await counted_page(
        ROUNDS,
        parts.database,
        statement,
        caller.scope,
        NEWEST_ROUNDS,
        limit=limit,
        cursor=cursor,
        filters=filters,
    )
    return CountedPage.of(
        [round_view(item, parts.rulebook.rules, parts.clock.now(), caller) for item in items],
        following,
        total,
    )


@router.get(
    "/rounds/{round_id}",
    operation_id="getRound",
    summary="查看一次回访、走访活动",
    responses=answering(200, ETAG),
)
async def get_round(round_id: UUID, caller: Reader, parts: Parts, response: Response) -> models.RoundDetail:
    """Show a round, with its strata and its coverage as far as the caller sees the customers."""
    item = await ROUNDS.find(parts.database, str(round_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        coverage = await coverage_of(connection, item.id, caller.scope)
    return round_detail(item, coverage)


@router.get(
    "/rounds/{round_id}/results",
    operation_id="getRoundResults",
    summary="查看回访、走访的结果",
)
async def get_results(round_id: UUID, caller: Reader, parts: Parts) -> models.RoundResults:
    """Show what was answered and what it says of all customers of the round, by the weights of its strata."""
    item = await ROUNDS.find(parts.database, str(round_id), caller.scope)
    async with parts.database.reading() as connection:
        answers = await answers_of(connection, item.id)
    return results_of(item, answers, parts.rulebook.rules.process.good_from, parts.clock.now())


@router.get(
    "/rounds/{round_id}/actions",
    operation_id="listRoundActions",
    summary="查看一次回访、走访活动现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    round_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a round now."""
    item = await ROUNDS.find(parts.database, str(round_id), caller.scope)
    set_etag(response, item.version)
    return ROUND_COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)
