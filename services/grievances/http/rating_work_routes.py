"""Work lists of ratings: what waits for whom."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.casework.domain.work import due_soon_until
from libs.casework.http.work_lists import counts_view
from libs.casework.storage.work_lists import WorkFilters
from libs.common.http.cursors import Page
from libs.common.http.fields import Code, QueryFlag
from libs.common.places import Supply
from services.grievances.domain.ratings.values import RatedService, RatingTurn
from services.grievances.http import rating_models as models
from services.grievances.http.commands import Parts
from services.grievances.http.rating_commands import Staff
from services.grievances.http.rating_views import rating_view
from services.grievances.storage.ratings import RATING_WORK

router = APIRouter(prefix="/v1", tags=["好差评"])


async def work_filters(
    service: RatedService | None = None,
    utility: Code | None = None,
    district: Code | None = None,
    supply: Supply | None = None,
    overdue: QueryFlag | None = None,
) -> WorkFilters:
    """Return what work lists are narrowed to."""
    values = {"service": service, "utility": utility, "district": district, "supply": supply}
    return WorkFilters(values, overdue)


Filters = Annotated[WorkFilters, Depends(work_filters)]


@router.get("/rating-work-list", operation_id="listRatingWork", summary="评价待办清单")
async def list_work(
    caller: Staff,
    parts: Parts,
    filters: Filters,
    whose: Annotated[RatingTurn, Query(description="Whose turn it is")] = RatingTurn.CALLER,
    after: Annotated[UUID | None, Query(description="Begin after this one")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[models.RatingView]:
    """List the ratings that wait for somebody, by what is due of them first."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    items, following = await RATING_WORK.page(
        parts.database, caller, whose, filters, now, limit=limit, cursor=cursor, after=after
    )
    return Page(items=[rating_view(item, rules, now, caller) for item in items], next=following)


@router.get("/rating-work-list/counts", operation_id="countRatingWork", summary="评价各待办清单的件数")
async def count_ratings(caller: Staff, parts: Parts, filters: Filters) -> models.RatingCounts:
    """Count the ratings on each work list, as `listRatingWork` lists them to the caller."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    soon = due_soon_until(now, rules.calendar, rules.process.hours)
    counts = await RATING_WORK.counts(parts.database, caller, filters, now, soon)
    return counts_view(models.RatingCounts, counts, now)
