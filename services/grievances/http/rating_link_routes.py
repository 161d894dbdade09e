"""The address of a link to rate by: to look at it changes nothing, whoever fetches it how often."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import public
from libs.common.http.idempotency import Answer, Once
from libs.common.http.middleware import body_limit
from services.grievances.http.commands import Parts, origin_of
from services.grievances.http.rating_models import LinkedRating
from services.grievances.http.rating_requests import LONGEST_REASON, GiveGrade
from services.grievances.http.rating_views import linked_view
from services.grievances.storage.ratings import RATINGS
from services.grievances.usecases.ratings.give import Given, give_by_link, linked

router = APIRouter(prefix="/v1/rating-links", tags=["好差评"])
Token = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$")]


@router.get(
    "/{token}",
    operation_id="getLinkedRating",
    summary="查看链接所评价的服务",
    dependencies=[Depends(public)],
)
async def get_linked(token: Token, parts: Parts) -> LinkedRating:
    """Show which service a link is about; messengers and scanners fetch it, so nothing is written or used up."""
    async with parts.database.reading() as connection:
        rating_id, _ = await linked(connection, parts.rulebook.sealer, token, parts.clock.now())
        statement = RATINGS.select().where(RATINGS.table.c.id == rating_id)
        row = (await connection.execute(statement)).mappings().one()
    return linked_view(RATINGS.read(row, parts.database.records))


@router.post(
    "/{token}",
    operation_id="rateByLink",
    summary="通过链接评价",
    dependencies=[Depends(public)],
    response_model=LinkedRating,
    openapi_extra=body_limit(12 * LONGEST_REASON + 1_000),
)
async def rate_by_link(request: Request, token: Token, body: GiveGrade, once: Once, parts: Parts) -> Response:
    """Give the one grade of a service by its link; a second one is refused."""

    async def action(uow: UnitOfWork) -> Answer:
        given = Given(body.grade, body.reason, origin_of(request))
        return Answer(linked_view(await give_by_link(uow, parts.rulebook, token, given)))

    return await once(None, action)
