"""Work lists of ratings: what waits for whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, Select

from libs.casework.storage.work_lists import count_work, due_column, work_order
from libs.common.auth.callers import narrow
from libs.common.http.cursors import Page
from libs.common.http.fields import Code, QueryFlag
from libs.common.places import Supply
from services.grievances.domain.ratings.values import (
    RatedService,
    RatingTurn,
)
from services.grievances.domain.work import due_soon_until
from services.grievances.http import rating_models as models
from services.grievances.http.commands import Parts
from services.grievances.http.rating_commands import Staff
from services.grievances.http.rating_views import (
    rating_view,
)
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.tables import rating

router = APIRouter(prefix="/v1", tags=["好差评"])
_r = rating.c


@router.get("/rating-work-list", operation_id="listRatingWork", summary="评价待办清单")
async def list_work(
    caller: Staff,
    parts: Parts,
    whose: Annotated[RatingTurn, Query(description="Whose turn it is")] = RatingTurn.CALLER,
    service: RatedService | None = None,
    utility: Code | None = None,
    district: Code | None = None,
    supply: Supply | None = None,
    overdue: QueryFlag | None = None,
    after: Annotated[UUID | None, Query(description="Begin after this one")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[models.RatingView]:
    """List the ratings that wait for somebody, by what is due of them first."""
    now, order = parts.clock.now(), work_order(rating, whose)
    filters = {"service": service, "utility": utility, "district": district, "supply": supply}
    statement = _waiting(whose, filters, overdue, now, *(column for column, _ in order.columns))
    shape = {"whose": whose, "overdue": overdue, **filters}
    if cursor is None and after is not None:
        cursor = await RATINGS.cursor_after(
            str(after), parts.database, statement, caller.scope, order, filters=shape
        )
    items, following = await RATINGS.page(
        parts.database, statement, caller.scope, order, limit=limit, cursor=cursor, filters=shape
    )
    rules = parts.rulebook.rules
    return Page(items=[rating_view(item, rules, now, caller) for item in items], next=following)


@router.get("/rating-work-list/counts", operation_id="countRatingWork", summary="评价各待办清单的件数")
async def count_ratings(
    caller: Staff,
    parts: Parts,
    service: RatedService | None = None,
    utility: Code | None = None,
    district: Code | None = None,
    supply: Supply | None = None,
    overdue: QueryFlag | None = None,
) -> models.RatingCounts:
    """Count the ratings on each work list, as `listRatingWork` lists them to the caller."""
    now = parts.clock.now()
    filters = {"service": service, "utility": utility, "district": district, "supply": supply}
    lists = {
        turn.value: (
            due_column(rating, turn),
            narrow(_waiting(turn, filters, overdue, now), caller.scope, RATINGS.scopes),
        )
        for turn in RatingTurn
    }
    async with parts.database.reading() as connection:
        counts = await count_work(connection, lists, now, due_soon_until(now, parts.rulebook.rules))
    items = [
        models.RatingCount(
            whose=turn,
            total=counts[turn].total,
            more_than_total=counts[turn].is_exceeded,
            overdue=counts[turn].overdue,
            due_soon=counts[turn].due_soon,
        )
        for turn in RatingTurn
    ]
    return models.RatingCounts(as_of=now, items=items)


def _waiting(
    turn: RatingTurn,
    filters: Mapping[str, Any],
    overdue: bool | None,
    now: datetime,
    *columns: ColumnElement[Any],
) -> Select[Any]:
    due = due_column(rating, turn)
    statement = RATINGS.select(*columns).where(
        due.is_not(None), *(_r[name] == value for name, value in filters.items() if value is not None)
    )
    if overdue is not None:
        statement = statement.where(due < now if overdue else due >= now)
    return statement
