"""Routes of work lists, and of the agents of a utility."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from libs.casework.domain.work import due_soon_until
from libs.casework.http.work_lists import counts_view
from libs.casework.storage.work_lists import WorkFilters
from libs.common.auth.callers import OFFICIALS, Caller, Role
from libs.common.auth.utilities import UTILITIES, check_utility
from libs.common.clock import local
from libs.common.http.auth import require
from libs.common.http.cursors import Page
from libs.common.http.etags import ExpectedVersion, set_etag
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.headers import ETAG, answering
from libs.common.places import Supply
from services.hookup.domain.values.work import Whose, WorkKind
from services.hookup.http.commands import Parts, Reader
from services.hookup.http.contact_models import Agents, AgentsView, WorkCounts
from services.hookup.http.models import WorkRow
from services.hookup.http.work_views import work_row
from services.hookup.storage import agents
from services.hookup.storage.cases import WORK

router = APIRouter(prefix="/v1", tags=["报装"])


async def work_filters(
    district: str | None = None,
    utility: Code | None = None,
    supply: Supply | None = None,
    overdue: QueryFlag | None = None,
    mine: Annotated[
        QueryFlag | None,
        Query(description="Cases that the caller works on or helps with; false: all others"),
    ] = None,
    kind: Annotated[
        WorkKind | None, Query(description="Cases with a task of this kind for those whose list it is")
    ] = None,
) -> WorkFilters:
    """Return what work lists are narrowed to."""
    values = {"district": district, "utility": utility, "supply": supply}
    return WorkFilters(values, overdue, mine, kind)


Filters = Annotated[WorkFilters, Depends(work_filters)]


@router.get("/work-list", operation_id="listWork", summary="待办清单")
async def list_work(
    caller: Reader,
    parts: Parts,
    filters: Filters,
    whose: Annotated[Whose, Query(description="Whose turn it is")] = Whose.CLERK,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
    after: Annotated[
        UUID | None,
        Query(description="Begin after this case; at the first one where the list does not have it"),
    ] = None,
) -> Page[WorkRow]:
    """List the cases that wait for somebody, by what is due first, the case or their task.

    An agent's list has every open case that the agent helps with, those without a task last. What authorities do is
    under /permits.
    """
    now = parts.clock.now()
    cases, following = await WORK.page(
        parts.database, caller, whose, filters, now, limit=limit, cursor=cursor, after=after
    )
    return Page(items=[work_row(case, parts.rulebook.of(case), whose, now) for case in cases], next=following)


@router.get("/work-list/counts", operation_id="countWork", summary="各待办清单的件数")
async def count_work(caller: Reader, parts: Parts, filters: Filters) -> WorkCounts:
    """Count the cases on each work list, as `listWork` lists them to the caller."""
    now = parts.clock.now()
    # What is due soon goes by the hours of today's policy.
    rules = parts.rulebook.at(local(now).date(), or_first=True)
    soon = due_soon_until(now, rules.calendar, rules.policy.business_hours)
    counts = await WORK.counts(parts.database, caller, filters, now, soon)
    return counts_view(WorkCounts, counts, now)


@router.get(
    "/utilities/{utility}/agents",
    operation_id="getAgents",
    summary="查看帮办人员",
    responses=answering(200, ETAG),
)
async def get_agents(
    utility: Code,
    caller: Annotated[Caller, require(*OFFICIALS, of=UTILITIES)],
    parts: Parts,
    response: Response,
) -> AgentsView:
    """Return the agents of a utility."""
    check_utility(caller, utility)
    async with parts.database.reading() as connection:
        staff, version = await agents.of_utility(connection, utility)
    set_etag(response, version)
    return AgentsView(agents=list(staff), version=version)


@router.put(
    "/utilities/{utility}/agents",
    operation_id="saveAgents",
    summary="设置帮办人员",
)
async def save_agents(
    utility: Code,
    body: Agents,
    caller: Annotated[Caller, require(Role.APPROVER, Role.ADMINISTRATOR, of=UTILITIES)],
    expected: ExpectedVersion,
    parts: Parts,
    response: Response,
) -> AgentsView:
    """Set the agents of a utility; acceptances assign them in turn within half a minute from now."""
    check_utility(caller, utility)
    async with parts.database.unit_of_work(parts.clock.now()) as work:
        _, seen = await agents.of_utility(work.connection, utility)
        version = await agents.save(work, utility, body.agents, expected.check(seen))
    await parts.rulebook.reload()
    set_etag(response, version)
    return AgentsView(agents=sorted(set(body.agents)), version=version)
