"""The route of the search by which officials go to a case, a permit item, a utility or a place."""

from fastapi import APIRouter

from libs.casework.http.search import SearchHit, SearchResults, SearchText, hits_among_places, hits_outside
from libs.common.places import Supply, load_places
from libs.common.references import normal
from services.hookup.domain.values.names import PERMIT_NAMES
from services.hookup.domain.values.transitions import STATE_NAMES, CaseState
from services.hookup.http.commands import Parts, Staff
from services.hookup.http.permit_views import authority_name
from services.hookup.usecases.search import numbered_like

router = APIRouter(prefix="/v1", tags=["报装"])


@router.get("/search", operation_id="search", summary="查找报装件、审批事项、专营单位、区划和街道")
async def search(caller: Staff, parts: Parts, q: SearchText) -> SearchResults:
    """Find what the caller may see: `case`, `permit`, `utility`, `district` and `street`, at most ten of each.

    Cases and permit items are found by a part of their number from three characters on or by the whole 用户编号 of
    the applicant, the newest first; utilities, districts and streets by a part of their name or code. Those that the
    caller may not see are named apart: `outside`.
    """
    cases, items = await numbered_like(parts.database, q, caller.scope)
    places = load_places()
    hits = [
        SearchHit(
            kind="case",
            id=case.id,
            title=case.number,
            about=" · ".join(
                (
                    places.service_name(Supply(case.supply)),
                    places.division(case.district).name,
                    STATE_NAMES[CaseState(case.state)],
                    *([f"用户 {case.customer_ref}"] if case.customer_ref == normal(q) else []),
                )
            ),
        )
        for case in cases
    ]
    hits += [
        SearchHit(
            kind="permit",
            id=item.id,
            title=item.number,
            about=f"{PERMIT_NAMES[item.kind]} · {authority_name(item.authority)}",
        )
        for item in items
    ]
    return SearchResults(
        items=hits + hits_among_places(q, caller.scope), outside=hits_outside(q, caller.scope)
    )
