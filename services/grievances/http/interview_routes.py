"""The visits and calls of a round: who asks whom next, what was answered, and the grievances that come of it."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import func, select

from libs.common.auth.callers import Caller, narrow
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import commands
from libs.common.http.actions import Actions, Chosen, Offer
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.form_fields import FieldKind
from libs.common.http.headers import ETAG, answering
from libs.common.http.lists import counted_page
from services.grievances.domain.rounds.interview import Interview
from services.grievances.domain.rounds.values import InterviewState, InterviewVerb, QuestionKind
from services.grievances.domain.rules import Rules
from services.grievances.http import round_models as models
from services.grievances.http.commands import ABOVE, DESK, Given, Parts
from services.grievances.http.round_routes import ROUND_READERS
from services.grievances.http.round_views import answer_name, interview_view
from services.grievances.storage.rounds import IN_ORDER, INTERVIEWS, ROUNDS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import ROUND_TABLES
from services.grievances.storage.words import Words
from services.grievances.usecases import ask_customers
from services.grievances.usecases.submit import NewGrievance

router = APIRouter(prefix="/v1", tags=["回访走访"])
INTERVIEW: Final = "访问"
INTERVIEW_COMMANDS: Final[commands.Commands[Interview, Rules, RuleBook]] = commands.Commands(
    INTERVIEWS, "/round-interviews/{interview_id}", interview_view, models.InterviewView
)
Reader = Annotated[Caller, require(*ROUND_READERS, of=INTERVIEWS.scopes)]
_i = ROUND_TABLES.interview.c


def _answers_to(place: int) -> Callable[[Interview, Any], Chosen]:
    def choices(item: Interview, _at: Any) -> Chosen:
        if place > len(item.questions):
            return []
        question = item.questions[place - 1]
        return [(code, answer_name(question, code)) for code in question.codes]

    return choices


def _may_ask(item: Interview, at: Given) -> bool:
    is_of_the_unit = at.subject in at.rules.staff.get(item.utility, {})
    return not is_of_the_unit and item.assignee in (None, at.subject)


@INTERVIEW_COMMANDS.use_case(
    router,
    InterviewVerb.RECORD,
    "result",
    "recordInterview",
    "登记结果",
    *DESK,
    offer=Offer(
        INTERVIEW,
        when=_may_ask,
        otherwise="已指定他人回访，或您是被调查单位的工作人员",
        choices={f"q{place}": _answers_to(place) for place in range(1, 21)},
        hint="在两个以上工作日共联系三次仍未联系上的，记为未联系上",
    ),
)
async def record(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: models.RecordInterview
) -> Changed[Interview]:
    """Record an attempt, and what was answered."""
    return await ask_customers.enter(target, uow, rulebook, body.result, body.answers)


@INTERVIEW_COMMANDS.use_case(
    router,
    InterviewVerb.FIND,
    "grievance",
    "reportInterviewGrievance",
    "登记发现的诉求",
    *DESK,
    offer=Offer(INTERVIEW, hint="进入诉求受理派单，来源为电话回访或企业走访"),
)
async def find(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: models.ReportGrievance
) -> Changed[Interview]:
    """Take in a grievance that was heard of, about the customer's own account."""
    item = await INTERVIEWS.load(uow, target.aggregate_id, scope=target.caller.scope)
    new = NewGrievance(
        kind=body.kind,
        category=body.category,
        supply=item.supply,
        district=item.district,
        site=body.site,
        reporter=body.reporter,
        told=Words(body.words, place=body.place),
    )
    return await ask_customers.find(target, uow, rulebook, new)


@INTERVIEW_COMMANDS.use_case(
    router,
    InterviewVerb.ASSIGN,
    "assignment",
    "assignInterview",
    "指定回访人",
    *ABOVE,
    offer=Offer(INTERVIEW),
)
async def assign(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, body: models.AssignInterview
) -> Changed[Interview]:
    """Name who is to ask: nobody of the staff of the utility that is asked about."""
    return await ask_customers.assign(target, uow, rulebook, body.assignee)


@router.get("/round-interviews", operation_id="listInterviews", summary="查询回访、走访的用户")
async def list_interviews(
    caller: Reader,
    parts: Parts,
    round_id: UUID | None = None,
    state: InterviewState | None = None,
    mine: Annotated[QueryFlag | None, Query(description="That the caller is to ask")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.InterviewView]:
    """List customers who are asked, in the order of their rounds."""
    wanted = {"round_id": round_id and str(round_id), "state": state}
    statement = INTERVIEWS.select(*(column for column, _ in IN_ORDER.columns)).where(
        *(_i[name] == value for name, value in wanted.items() if value is not None)
    )
    if mine is not None:
        is_mine = _i.assignee == caller.subject
        statement = statement.where(is_mine if mine else is_mine.is_not(True))
    filters = {name: value for name, value in {**wanted, "mine": mine}.items() if value is not None}
    items, following, total = await counted_page(
        INTERVIEWS,
        parts.database,
        statement,
        caller.scope,
        IN_ORDER,
        limit=limit,
        cursor=cursor,
        filters=filters,
    )
    now, rules = parts.clock.now(), parts.rulebook.rules
    return CountedPage.of([interview_view(item, rules, now, caller) for item in items], following, total)


@router.get(
    "/rounds/{round_id}/next-interview",
    operation_id="getNextInterview",
    summary="下一户",
)
async def next_interview(
    round_id: UUID,
    caller: Annotated[Caller, require(*DESK, of=ROUNDS.scopes)],
    parts: Parts,
    after: Annotated[UUID | None, Query(description="Not this one, unless there is no other")] = None,
) -> models.NextInterview:
    """Show whom the caller is to ask next: first those assigned to the caller, those tried longest ago last."""
    item = await ROUNDS.find(parts.database, str(round_id), caller.scope)
    rules = parts.rulebook.rules
    own_units = [unit for unit, people in rules.staff.items() if caller.subject in people]
    condition = (
        _i.round_id == item.id,
        _i.state == InterviewState.OPEN,
        _i.assignee.is_(None) | (_i.assignee == caller.subject),
        _i.utility.not_in(own_units),
    )
    waiting = narrow(select(func.count()).where(*condition), caller.scope, INTERVIEWS.scopes)
    # False sorts before true on both engines.
    order = (
        _i.id == (after and str(after)),
        _i.assignee.is_(None),
        _i.tried_at.is_not(None),
        _i.tried_at,
        _i.position,
        _i.id,
    )
    statement = narrow(INTERVIEWS.select().where(*condition), caller.scope, INTERVIEWS.scopes)
    statement = statement.order_by(*(order if after else order[1:])).limit(1)
    async with parts.database.reading(caller.scope) as connection:
        number = await connection.scalar(waiting) or 0
        row = (await connection.execute(statement)).mappings().one_or_none()
    view = None
    if row is not None:
        found = INTERVIEWS.read(row, parts.database.records)
        view = interview_view(found, rules, parts.clock.now(), caller)
    return models.NextInterview(item=view, waiting=number)


@router.get(
    "/round-interviews/{interview_id}",
    operation_id="getInterview",
    summary="查看一户回访、走访",
    responses=answering(200, ETAG),
)
async def get_interview(
    interview_id: UUID, caller: Reader, parts: Parts, response: Response
) -> models.InterviewView:
    """Show one customer who is asked."""
    item = await INTERVIEWS.find(parts.database, str(interview_id), caller.scope)
    set_etag(response, item.version)
    return interview_view(item, parts.rulebook.rules, parts.clock.now(), caller)


@router.get(
    "/round-interviews/{interview_id}/actions",
    operation_id="listInterviewActions",
    summary="查看一户回访、走访现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    interview_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do now; of the answers there are those of the questionnaire alone."""
    item = await INTERVIEWS.find(parts.database, str(interview_id), caller.scope)
    set_etag(response, item.version)
    actions = INTERVIEW_COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)
    return actions.model_copy(update={"items": [_with_questions(action, item) for action in actions.items]})


def _with_questions(action: Any, item: Interview) -> Any:
    """Return an action whose fields of answers are the questions."""
    if action.operation_id != "recordInterview":
        return action
    asked = {f"q{place}": question for place, question in enumerate(item.questions, start=1)}
    fields = []
    for field in action.fields:
        question = asked.get(field.name)
        if question is None:
            fields += [field] if not field.name.removeprefix("q").isdigit() else []
            continue
        changes: dict[str, Any] = {"label": question.text}
        if question.kind is QuestionKind.TEXT:
            changes |= {"choices": None, "kind": FieldKind.LONG_TEXT}
        fields.append(field.model_copy(update=changes))
    return action.model_copy(update={"fields": fields})
