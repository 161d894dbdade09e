"""Work lists of requests, and how the staff work together on them: notes, who works on one, updates, the staff."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query

from libs.casework.domain.work import due_soon_until
from libs.casework.http.assignment import AssignmentRoles, add_assignment_commands, add_watch_commands
from libs.casework.http.notes import NotesView, add_note_commands, note_views
from libs.casework.http.staff import add_staff_routes
from libs.casework.http.updates import add_update_marks
from libs.casework.http.work_lists import counts_view
from libs.casework.storage.work_lists import WorkFilters
from libs.common.auth.callers import OFFICIALS, Role
from libs.common.http.actions import Chosen
from libs.common.http.cursors import Page
from libs.common.http.fields import Code, QueryFlag
from libs.common.places import Supply
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import RequestKind, Turn, WorkKind
from services.registry.http import request_models as models
from services.registry.http.request_commands import REQUEST_COMMANDS, TEAM, Given, Parts, Reader, Staff
from services.registry.http.request_people import names_of
from services.registry.http.request_views import event_view_fields, work_row
from services.registry.storage.requests import REQUEST_WORK, REQUESTS
from services.registry.storage.tables import REQUEST_UPDATES, STAFF

router = APIRouter(prefix="/v1", tags=["用户业务申请"])
_ASSIGNERS = (Role.CLERK, Role.APPROVER)


def _people(item: Request, at: Given) -> Chosen:
    return at.rules.staff.get(item.utility, {}).items()


add_assignment_commands(
    REQUEST_COMMANDS, router, "Request", AssignmentRoles(_ASSIGNERS, _ASSIGNERS), TEAM, _people
)
add_note_commands(REQUEST_COMMANDS, router, OFFICIALS, TEAM, _people)
add_watch_commands(REQUEST_COMMANDS, router, "Request", OFFICIALS, TEAM)
add_staff_routes(router, STAFF)


@router.get("/requests/{request_id}/notes", operation_id="listNotes", summary="查看内部备注")
async def list_notes(request_id: UUID, caller: Staff, parts: Parts) -> NotesView:
    """List the internal notes of a request; what was retracted is readable for who supervises."""
    item = await REQUESTS.find(parts.database, str(request_id), caller.scope)
    names = names_of(item, parts.rulebook.rules)
    return NotesView(items=note_views(item, caller, parts.clock.now(), names))


async def work_filters(
    kind: RequestKind | None = None,
    district: str | None = None,
    utility: Code | None = None,
    supply: Supply | None = None,
    overdue: QueryFlag | None = None,
    mine: Annotated[
        QueryFlag | None, Query(description="Requests that the caller works on; false: others")
    ] = None,
    task: Annotated[
        WorkKind | None, Query(description="Requests with a task of this kind for those whose list it is")
    ] = None,
) -> WorkFilters:
    """Return what work lists are narrowed to."""
    values = {"kind": kind, "district": district, "utility": utility, "supply": supply}
    return WorkFilters(values, overdue, mine, task)


Filters = Annotated[WorkFilters, Depends(work_filters)]


@router.get("/request-work-list", operation_id="listRequestWork", summary="用户业务待办清单")
async def list_work(
    caller: Reader,
    parts: Parts,
    filters: Filters,
    whose: Annotated[Turn, Query(description="Whose turn it is")] = Turn.CLERK,
    after: Annotated[
        UUID | None,
        Query(description="Begin after this request; at the first one where the list does not have it"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[models.RequestWorkRow]:
    """List the requests that wait for somebody, by what is due of them first."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    items, following = await REQUEST_WORK.page(
        parts.database, caller, whose, filters, now, limit=limit, cursor=cursor, after=after
    )
    return Page(items=[work_row(item, rules, whose, now, caller) for item in items], next=following)


@router.get("/request-work-list/counts", operation_id="countRequestWork", summary="用户业务各待办清单的件数")
async def count_work(caller: Reader, parts: Parts, filters: Filters) -> models.RequestWorkCounts:
    """Count the requests on each work list, as `listRequestWork` lists them to the caller."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    soon = due_soon_until(now, rules.calendar, rules.requests.hours)
    counts = await REQUEST_WORK.counts(parts.database, caller, filters, now, soon)
    return counts_view(models.RequestWorkCounts, counts, now)


@router.get("/updates", operation_id="listUpdates", summary="查看关注申请的更新")
async def list_updates(
    caller: Staff,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> models.RequestUpdates:
    """List what happened in the last 90 days to the requests that one watches, the newest first."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    rows, following = await REQUEST_UPDATES.page(
        parts.database, REQUESTS, caller, now, limit=limit, cursor=cursor
    )
    async with parts.database.reading() as connection:
        unread = await REQUEST_UPDATES.unread(connection, REQUESTS, caller, now)
    items = [
        models.RequestUpdate(
            **event_view_fields(row, caller, rules),
            position=row.seq,
            unread=row.is_unread,
            request_id=row.case_id,
            request_number=msgspec.json.decode(row.payload)["request_number"],
        )
        for row in rows
    ]
    return models.RequestUpdates(items=items, next=following, unread=unread)


add_update_marks(router, REQUEST_UPDATES, REQUESTS)
