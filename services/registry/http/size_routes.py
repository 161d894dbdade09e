"""Enterprises by their size: those whose size is not known, and the others, the oldest figures first."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import exists

from libs.common.auth.callers import OFFICIALS, Caller
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.lists import counted_page
from libs.common.places import Supply
from services.registry.domain.categories import Category
from services.registry.domain.customers import CustomerState
from services.registry.domain.particulars import CustomerKind
from services.registry.domain.sizes import Size
from services.registry.http.rights_models import EnterpriseRow
from services.registry.http.viewing import Viewing
from services.registry.http.views import customer_details
from services.registry.storage.customers import CUSTOMERS, NEWEST, OLDEST_SIZE
from services.registry.storage.tables import account, customer

_c, _a = customer.c, account.c
_SIZES = {size.name: size for size in Size}

router = APIRouter(prefix="/v1", tags=["企业规模"])


@router.get("/enterprises", operation_id="listEnterprises", summary="查询企业的规模")
async def list_enterprises(
    caller: Annotated[Caller, require(*OFFICIALS, of=CUSTOMERS.scopes)],
    parts: Viewing,
    sized: Annotated[
        QueryFlag | None, Query(description="Those with a size, the oldest figures first; or those without")
    ] = None,
    size: Annotated[str | None, Query(pattern=f"^({'|'.join(_SIZES)})$", examples=["SMALL"])] = None,
    utility: Annotated[Code | None, Query(description="With an account of market subjects there")] = None,
    district: Code | None = None,
    supply: Supply | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[EnterpriseRow]:
    """List enterprises whose accounts go by their size (小微企业); their particulars masked.

    Sole traders (个体工商户) and public bodies are not among them: they need no size.
    """
    order = OLDEST_SIZE if sized or size else NEWEST
    accounts = [_a.customer_id == _c.id, _a.category == Category.ENT]
    for column, value in ((_a.utility, utility), (_a.district, district), (_a.supply, supply)):
        if value is not None:
            accounts.append(column == value)
    statement = CUSTOMERS.select(*(column for column, _ in order.columns)).where(
        _c.kind == CustomerKind.ORGANISATION, _c.state == CustomerState.ACTIVE, exists().where(*accounts)
    )
    if order is OLDEST_SIZE:
        statement = statement.where(_c.size_as_of.is_not(None))
    elif sized is not None:
        statement = statement.where(_c.size_as_of.is_(None))
    if size is not None:
        statement = statement.where(_c.size == _SIZES[size])
    filters = {"sized": sized, "size": size, "utility": utility, "district": district, "supply": supply}
    items, following, total = await counted_page(
        CUSTOMERS, parts.database, statement, caller.scope, order, limit=limit, cursor=cursor, filters=filters
    )
    async with parts.database.reading(caller.scope) as connection:
        details = await customer_details(connection, items, caller, parts.rulebook)
    industries = parts.rulebook.rules.sizes.industries
    return CountedPage.of(
        [
            EnterpriseRow(
                **dict(detail),
                industry_name=item.basis
                and (industries[item.basis.industry].name if item.basis.industry in industries else None),
            )
            for item, detail in zip(items, details, strict=True)
        ],
        following,
        total,
    )
