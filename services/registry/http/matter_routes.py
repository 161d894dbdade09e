"""A customer's matters at all services, and what the customer was told of them (我的办事、消息)."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, func, select

from libs.common.auth.callers import OFFICIALS, Caller, Role, ScopeColumns, narrow
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.http import command
from libs.common.http.auth import require
from libs.common.http.cursors import Keyset, Page
from libs.common.http.fields import CustomerReference, Whole
from libs.common.http.idempotency import Answer, Once
from libs.common.places import Supply, load_places
from services.registry.domain.requests.values import KIND_NAMES
from services.registry.events.grievances import GRIEVANCE_KIND_NAMES, TOLD_OF_GRIEVANCES
from services.registry.events.hookup import TOLD
from services.registry.events.own_requests import TOLD_OF_REQUESTS
from services.registry.events.standing import TOLD_OF_BINDINGS
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import matter, message, messages_seen
from services.registry.usecases.matters import MATTER_STATE_NAMES, MatterState

_m, _g = matter.c, message.c
MATTERS: Final = ScopeColumns(utility=_m.utility, district=_m.district, owner=_m.owner, label="办事")
MESSAGES: Final = ScopeColumns(owner=_g.owner, label="消息")
_NEWEST: Final = Keyset(((_m.opened_at, True), (_m.thing, True)))
_LATEST: Final = Keyset(((_g.id, True),))
_KINDS: Final = {
    **{str(supply): f"{load_places().service_name(supply)}报装" for supply in Supply},
    **{str(kind): name for kind, name in KIND_NAMES.items()},
    **GRIEVANCE_KIND_NAMES,
}
_TOLD: Final = (TOLD_OF_REQUESTS, TOLD, TOLD_OF_GRIEVANCES)
_TEXTS: Final = {
    **{event: text for told in _TOLD for event, (text, _) in told.items()},
    **TOLD_OF_BINDINGS,
}
Reader = Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=MATTERS)]
Citizen = Annotated[Caller, require(Role.CITIZEN, of=MESSAGES)]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]

router = APIRouter(prefix="/v1", tags=["我的"])


class MatterView(BaseModel):
    """A matter of a customer at a service."""

    service: str = Field(examples=["hookup"])
    thing: str = Field(description="Its id at the service")
    number: str = Field(examples=["BZ-2022-000318"])
    kind: str = Field(examples=["WATER"])
    kind_name: str = Field(examples=["供水报装"])
    utility: str = Field(examples=["W-371502"], description="Empty of what was not sent to one yet")
    utility_name: str
    state: MatterState
    state_name: str = Field(examples=["办理中"])
    last_event: str = Field(examples=["case_accepted"])
    last_text: str = Field(examples=["报装申请已受理"])
    opened_at: datetime
    updated_at: datetime
    finished_at: datetime | None


class MessageView(BaseModel):
    """What a customer was told."""

    id: int
    service: str = Field(examples=["hookup"])
    thing: str
    number: str = Field(description="That of the matter; empty where it is about none, as a binding")
    text: str = Field(examples=["报装申请已受理"])
    at: datetime
    seen: bool


class Messages(Page[MessageView]):
    """Messages, the newest first, and how many were not seen."""

    unseen: int


class SeenMessages(BaseModel):
    """Up to which message they were seen."""

    model_config = ConfigDict(extra="forbid")

    up_to: Annotated[Whole, Field(ge=0, le=2**63 - 1, examples=[4711])]


class UnseenMessages(BaseModel):
    """How many messages were not seen."""

    unseen: int


@router.get("/matters", operation_id="listMatters", summary="查询用户的办事")
async def list_matters(
    caller: Reader,
    parts: Parts,
    customer_id: Annotated[
        CustomerReference | None, Query(description="Of this customer; a citizen's are the own ones")
    ] = None,
    state: MatterState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[MatterView]:
    """List what customers have open and finished at all services, the newest first."""
    statement: Select[Any] = select(matter)
    if customer_id is not None:
        statement = statement.where(_m.owner == customer_id)
    if state is not None:
        statement = statement.where(_m.state == state)
    async with parts.database.reading() as connection:
        rows, following = await _NEWEST.read(
            connection,
            narrow(statement, caller.scope, MATTERS),
            limit=limit,
            cursor=cursor,
            filters={"customer_id": customer_id, "state": state},
        )
    return Page(items=[_matter(row) for row in rows], next=following)


@router.get("/messages", operation_id="listMessages", summary="查看消息")
async def list_messages(
    caller: Citizen,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Messages:
    """List what the citizen was told of the own matters and accounts, the newest first."""
    statement = narrow(
        select(message, _m.number).outerjoin(matter, (_m.service == _g.service) & (_m.thing == _g.thing)),
        caller.scope,
        MESSAGES,
    )
    async with parts.database.reading() as connection:
        seen = await connection.scalar(
            select(messages_seen.c.up_to).where(messages_seen.c.owner == caller.scope.code)
        )
        rows, following = await _LATEST.read(connection, statement, limit=limit, cursor=cursor, filters={})
        unseen = await connection.scalar(
            narrow(select(func.count()).select_from(message), caller.scope, MESSAGES).where(
                _g.id > (seen or 0)
            )
        )
    return Messages(items=[_message(row, seen or 0) for row in rows], next=following, unseen=unseen or 0)


@router.post(
    "/messages/seen", operation_id="markMessagesSeen", summary="标记消息已读", response_model=UnseenMessages
)
async def mark_seen(body: SeenMessages, once: Once, caller: Citizen) -> Response:
    """Note up to which message the citizen has seen them; it never goes back."""

    async def action(uow: UnitOfWork) -> Answer:
        statement = upsert(uow.dialect, messages_seen).values(owner=caller.scope.code, up_to=body.up_to)
        await uow.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["owner"],
                set_={"up_to": statement.excluded.up_to},
                where=messages_seen.c.up_to < statement.excluded.up_to,
            )
        )
        own = narrow(select(func.count()).select_from(message), caller.scope, MESSAGES)
        seen = select(messages_seen.c.up_to).where(messages_seen.c.owner == caller.scope.code)
        unseen = await uow.connection.scalar(own.where(_g.id > seen.scalar_subquery()))
        return Answer(UnseenMessages(unseen=unseen or 0))

    return await once(caller, action)


def _matter(row: Any) -> MatterView:
    return MatterView(
        service=row.service,
        thing=row.thing,
        number=row.number,
        kind=row.kind,
        kind_name=_KINDS.get(row.kind, row.kind),
        utility=row.utility,
        utility_name=load_places().utility(row.utility).name if row.utility else "",
        state=row.state,
        state_name=MATTER_STATE_NAMES[MatterState(row.state)],
        last_event=row.last_event,
        last_text=_TEXTS[row.last_event],
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        finished_at=row.finished_at,
    )


def _message(row: Any, seen: int) -> MessageView:
    return MessageView(
        id=row.id,
        service=row.service,
        thing=row.thing,
        number=row.number or "",
        text=_TEXTS[row.event],
        at=row.at,
        seen=row.id <= seen,
    )
