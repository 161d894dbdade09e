"""The HTTP API of a person's updates, as far as it is the same for every kind of case."""

from typing import Annotated, Any

from fastapi import APIRouter, Response

from libs.casework.http.history import MarkUpdates, UnreadUpdates
from libs.casework.storage.updates import Updates
from libs.common.auth.callers import OFFICIALS, Caller
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.idempotency import Answer, Once
from libs.common.store import Store


def add_update_marks(router: APIRouter, updates: Updates, store: Store[Any, Any]) -> None:
    """Add marking one's updates as read."""

    @router.post(
        "/updates/read",
        operation_id="markUpdatesRead",
        summary="将更新标为已读",
        response_model=UnreadUpdates,
    )
    async def mark_updates_read(
        body: MarkUpdates, caller: Annotated[Caller, require(*OFFICIALS, of=store.scopes)], once: Once
    ) -> Response:
        """Mark one's updates as read, up to a position of the list; a mark never goes back."""

        async def action(uow: UnitOfWork) -> Answer:
            await updates.mark_seen(uow, caller.subject, body.up_to)
            return Answer(UnreadUpdates(unread=await updates.unread(uow.connection, store, caller, uow.now)))

        return await once(caller, action)
