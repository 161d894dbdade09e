"""Pairs of customers who may be one: listed, and as work lists: those to look at, those for a second person."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Select, exists, or_

from libs.common.http.cursors import CountedPage, Page
from libs.common.http.fields import Code
from libs.common.http.lists import counted_page
from libs.common.places import Supply
from services.registry.domain.pairs import STATES_OF_TURNS, PairState, PairTurn
from services.registry.http.duplicate_models import PairCount, PairCounts, PairDetail
from services.registry.http.duplicate_routes import Parts, Reader
from services.registry.http.duplicate_views import pair_details
from services.registry.storage.pairs import LIKELIEST, PAIRS
from services.registry.storage.tables import account, duplicate_pair

_p, _a = duplicate_pair.c, account.c

router = APIRouter(prefix="/v1", tags=["疑似重复用户"])


@dataclass(frozen=True, slots=True)
class PairFilters:
    """Places where one of the two has an account; None means no filter."""

    utility: str | None = None
    district: str | None = None
    supply: Supply | None = None

    def narrow(self, statement: Select[Any]) -> Select[Any]:
        """Narrow a statement to the pairs of these places."""
        wanted = [
            column == value
            for column, value in (
                (_a.utility, self.utility),
                (_a.district, self.district),
                (_a.supply, self.supply),
            )
            if value is not None
        ]
        if not wanted:
            return statement
        return statement.where(exists().where(_a.customer_id.in_([_p.first, _p.second]), *wanted))


async def _pair_filters(
    utility: Annotated[Code | None, Query(description="Where one of the two has an account")] = None,
    district: Code | None = None,
    supply: Supply | None = None,
) -> PairFilters:
    return PairFilters(utility, district, supply)


Filters = Annotated[PairFilters, Depends(_pair_filters)]


@router.get("/duplicates", operation_id="listDuplicates", summary="查询疑似重复用户")
async def list_duplicates(
    caller: Reader,
    parts: Parts,
    places: Filters,
    state: PairState | None = None,
    customer_id: UUID | None = None,
    min_score: Annotated[int | None, Query(ge=0, le=1000, description="In thousandths")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: str | None = None,
) -> CountedPage[PairDetail]:
    """List pairs of which the caller sees at least one customer, the most alike first, masked."""
    of = customer_id and str(customer_id)
    conditions = {
        "state": (state, _p.state == state),
        "customer_id": (of, or_(_p.first == of, _p.second == of)),
        "min_score": (min_score, _p.score >= (min_score or 0)),
    }
    filters = {name: value for name, (value, _) in conditions.items() if value is not None} | asdict(places)
    statement = places.narrow(_pairs()).where(
        *(condition for value, condition in conditions.values() if value is not None)
    )
    items, following, total = await counted_page(
        PAIRS, parts.database, statement, caller.scope, LIKELIEST, limit=limit, cursor=cursor, filters=filters
    )
    async with parts.database.reading() as connection:
        rows = await pair_details(connection, items, caller, parts.rulebook)
    return CountedPage.of(rows, following, total)


@router.get("/duplicate-work-list", operation_id="listDuplicateWork", summary="疑似重复待办清单")
async def list_work(
    caller: Reader,
    parts: Parts,
    places: Filters,
    whose: Annotated[PairTurn, Query(description="Whose turn it is")] = PairTurn.REVIEW,
    after: Annotated[
        UUID | None, Query(description="Begin after this pair, also where it has been decided since")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: str | None = None,
) -> Page[PairDetail]:
    """List the pairs that wait for somebody, the most alike first."""
    every = places.narrow(_pairs())
    shape = {"whose": whose, **asdict(places)}
    if cursor is None and after is not None:
        cursor = await PAIRS.cursor_after(
            str(after), parts.database, every, caller.scope, LIKELIEST, filters=shape
        )
    statement = every.where(_p.state == STATES_OF_TURNS[whose])
    items, following = await PAIRS.page(
        parts.database, statement, caller.scope, LIKELIEST, limit=limit, cursor=cursor, filters=shape
    )
    async with parts.database.reading() as connection:
        rows = await pair_details(connection, items, caller, parts.rulebook)
    return Page(items=rows, next=following)


@router.get(
    "/duplicate-work-list/counts", operation_id="countDuplicateWork", summary="疑似重复各待办清单的对数"
)
async def count_work(caller: Reader, parts: Parts, places: Filters) -> PairCounts:
    """Count the pairs on each work list, as `listDuplicateWork` lists them to the caller."""
    items = []
    for turn, state in STATES_OF_TURNS.items():
        statement = places.narrow(_pairs()).where(_p.state == state)
        total = await PAIRS.total(parts.database, statement, caller.scope)
        items.append(PairCount(whose=turn, total=total.number, more_than_total=total.is_exceeded))
    return PairCounts(as_of=parts.clock.now(), items=items)


def _pairs() -> Select[Any]:
    return PAIRS.select(*(column for column, _ in LIKELIEST.columns))
