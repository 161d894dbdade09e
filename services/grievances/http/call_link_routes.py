"""Links to the call-back: sent by the desk, looked at by whoever fetches them how often, answered by the person."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Row

from libs.common.changes import Changed, Target
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Offer
from libs.common.http.auth import public
from libs.common.http.idempotency import Answer, Once
from libs.common.http.middleware import body_limit
from libs.common.places import load_places
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.kinds import KIND_NAMES, ReporterKind
from services.grievances.domain.values.states import Verb
from services.grievances.domain.verbs.linking import awaits_answer
from services.grievances.http.commands import CALLING, COMMANDS, DESK, Parts, origin_of
from services.grievances.http.link_models import LinkedCall, LinkState
from services.grievances.http.oversight_routes import not_worked_on
from services.grievances.http.rating_link_routes import Token
from services.grievances.http.requests import LONGEST_TEXT, AnswerCallBack
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.call_links import Answered, answer_by_link, linked, send_link

router = APIRouter(prefix="/v1", tags=["诉求督办与回访"])


@COMMANDS.use_case(
    router,
    Verb.CALL,
    "call-link",
    "sendCallLink",
    "发送回访链接",
    *DESK,
    offer=Offer(
        CALLING,
        when=lambda item, at: item.reporter is not ReporterKind.ANONYMOUS and not_worked_on(item, at),
        otherwise="匿名诉求没有联系人，或您办理过此件",
        hint="短信发给诉求人本人；先前的链接随即失效，到期无人作答的计为一次未联系上",
    ),
)
async def send_call_link(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, request: Request
) -> Changed[Grievance]:
    """Let the person be sent a link to answer the call-back by; nobody of the staff sees its address."""
    return await send_link(target, uow, rulebook, origin_of(request))


@router.get(
    "/call-links/{token}",
    operation_id="getLinkedCall",
    summary="查看链接所回访的诉求",
    dependencies=[Depends(public)],
)
async def get_linked(token: Token, parts: Parts) -> LinkedCall:
    """Show what a link asks about; messengers and scanners fetch it, so nothing is written or used up."""
    async with parts.database.reading() as connection:
        link = await linked(connection, parts.rulebook.sealer, token, parts.clock.now())
        statement = GRIEVANCES.select().where(GRIEVANCES.table.c.id == link.grievance_id)
        row = (await connection.execute(statement)).mappings().one()
    item = GRIEVANCES.read(row, parts.database.records)
    is_open = link.answered_at is None and awaits_answer(item, link.cycle)
    state = LinkState.OPEN if is_open else LinkState.OVER if link.answered_at is None else LinkState.ANSWERED
    return _view(item, link, state)


@router.post(
    "/call-links/{token}",
    operation_id="answerCallByLink",
    summary="通过链接填写回访",
    dependencies=[Depends(public)],
    response_model=LinkedCall,
    openapi_extra=body_limit(12 * LONGEST_TEXT + 1_000),
)
async def answer_linked(
    request: Request, token: Token, body: AnswerCallBack, once: Once, parts: Parts
) -> Response:
    """Say whether it is solved: that closes it or begins it anew, and so a second answer is refused."""

    async def action(uow: UnitOfWork) -> Answer:
        given = Answered(**body.model_dump(), origin=origin_of(request))
        link = await linked(uow.connection, parts.rulebook.sealer, token, uow.now)
        item = await answer_by_link(uow, parts.rulebook, link, given)
        return Answer(_view(item, link, LinkState.ANSWERED))

    return await once(None, action)


def _view(item: Grievance, link: Row[Any], state: LinkState) -> LinkedCall:
    cycle = item.cycles[link.cycle - 1]
    assert cycle.reply is not None  # noqa: S101 - there is no link before the reply
    return LinkedCall(
        state=state,
        number=item.number,
        kind_name=KIND_NAMES[item.kind],
        utility_name=cycle.utility and load_places().utility(cycle.utility).name,
        replied_on=local(cycle.reply.at).date(),
        expires_at=link.expires_at,
    )
