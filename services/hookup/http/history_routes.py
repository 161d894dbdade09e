"""Routes of what happened: to one case, and to the cases that a person watches."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from libs.casework.http.history import MarkUpdates, UnreadUpdates
from libs.casework.storage.history import history_of
from libs.common.auth.callers import OFFICIALS, Caller
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.cursors import Page
from libs.common.http.idempotency import Answer, Once
from services.hookup.http.commands import Parts, Reader
from services.hookup.http.event_views import INTERNAL, case_event, event_fields
from services.hookup.http.history_models import CaseEvent, Update, UpdatesPage
from services.hookup.http.people import is_staff
from services.hookup.storage.cases import CASES
from services.hookup.storage.tables import UPDATES

router = APIRouter(prefix="/v1", tags=["报装"])


@router.get("/hookups/{case_id}/events", operation_id="listHookupEvents", summary="查看一个报装件的办理记录")
async def list_events(
    case_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[CaseEvent]:
    """List what happened to a case, in order, as it was published: to the staff who did it, to users which unit."""
    rows, following = await history_of(
        parts.database,
        CASES,
        str(case_id),
        caller.scope,
        limit=limit,
        cursor=cursor,
        without=frozenset() if is_staff(caller) else INTERNAL,
    )
    return Page(items=[case_event(row, caller, parts.rulebook.staff) for row in rows], next=following)


@router.get("/updates", operation_id="listUpdates", summary="查看关注件的更新")
async def list_updates(
    caller: Annotated[Caller, require(*OFFICIALS, of=CASES.scopes)],
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> UpdatesPage:
    """List what happened in the last 90 days to the cases that one watches, the newest first."""
    now = parts.clock.now()
    rows, following = await UPDATES.page(parts.database, CASES, caller, now, limit=limit, cursor=cursor)
    async with parts.database.reading() as connection:
        unread = await UPDATES.unread(connection, CASES, caller, now)
    items = []
    for row in rows:
        payload = msgspec.json.decode(row.payload)
        items.append(
            Update(
                **event_fields(row, payload, caller, parts.rulebook.staff),
                position=row.seq,
                unread=row.is_unread,
                case_id=row.case_id,
                case_number=payload["case_number"],
            )
        )
    return UpdatesPage(items=items, next=following, unread=unread)


@router.post(
    "/updates/read", operation_id="markUpdatesRead", summary="将更新标为已读", response_model=UnreadUpdates
)
async def mark_updates_read(
    body: MarkUpdates, caller: Annotated[Caller, require(*OFFICIALS, of=CASES.scopes)], once: Once
) -> Response:
    """Mark one's updates as read, up to a position of the list; a mark never goes back."""

    async def action(uow: UnitOfWork) -> Answer:
        await UPDATES.mark_seen(uow, caller.subject, body.up_to)
        return Answer(UnreadUpdates(unread=await UPDATES.unread(uow.connection, CASES, caller, uow.now)))

    return await once(caller, action)
