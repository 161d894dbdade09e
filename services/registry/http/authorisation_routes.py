"""Authorisations to act for a customer: granted by the own sign-in or by a document, listed, shown, ended at once."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Row

from libs.casework.http.history import EventView, event_fields
from libs.casework.storage.history import history_of
from libs.common.aggregate import Stead
from libs.common.audit.entries import Action
from libs.common.audit.log import recorded, refusals_recorded
from libs.common.auth.callers import OFFICIALS, Caller, Role, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import commands
from libs.common.http.actions import Actions, Offer
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.lists import counted_page
from services.registry.domain.authorisations import (
    Authorisation,
    AuthorisationKind,
    AuthorisationState,
    AuthorisationVerb,
)
from services.registry.domain.rules import Rules
from services.registry.events.standing import AUTHORISATION_EVENT_NAMES, AuthorisationEvent
from services.registry.http.authorisation_models import (
    AuthorisationDetail,
    AuthorisationView,
    GrantAuthorisation,
)
from services.registry.http.authorisation_views import authorisation_details, authorisation_view
from services.registry.http.viewing import Viewing
from services.registry.identity.assurance import Purpose, check_assurance
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.authorisations import AUTHORISATIONS, NEWEST
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import STANDING
from services.registry.usecases.authorise import NewAuthorisation, authorise
from services.registry.usecases.customers import Described

AUTHORISATION_COMMANDS: commands.Commands[Authorisation, Rules, RuleBook] = commands.Commands(
    AUTHORISATIONS, "/authorisations/{authorisation_id}", authorisation_view, AuthorisationView
)
Reader = Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=AUTHORISATIONS.scopes)]
Granter = Annotated[Caller, require(Role.WINDOW, Role.CITIZEN, of=AUTHORISATIONS.scopes)]
_a = STANDING.authorisation.c

router = APIRouter(prefix="/v1", tags=["代办授权"])


@router.post(
    "/authorisations",
    operation_id="grantAuthorisation",
    summary="授权代办",
    status_code=201,
    response_model=AuthorisationView,
    responses=answering(201, ETAG, LOCATION),
)
async def grant_one(
    body: GrantAuthorisation, once: Once, caller: Granter, parts: Viewing, request: Request
) -> Response:
    """Record who acts for a customer: the citizen's own agent, or by staff of a hall who name the document."""
    rulebook, purpose = parts.rulebook, Purpose.AUTHORISE
    agent = Described(body.agent.kind, body.agent.paper, body.agent.texts())
    new = NewAuthorisation(
        body.kind,
        None if body.customer_id is None else str(body.customer_id),
        agent,
        sorted({str(account_id) for account_id in body.account_ids}),
        sorted(set(body.matters)),
        body.first,
        body.last,
        body.document_ref,
    )

    async def action(uow: UnitOfWork) -> Answer:
        item = await authorise(uow, rulebook, new, caller)
        await recorded(uow, caller, request, Action.GRANT, purpose=purpose, subjects=[item.customer_id])
        view = authorisation_view(item, rulebook.rules, uow.now, caller)
        return Answer(view, status=201, version=item.version, location=f"/v1/authorisations/{item.id}")

    async with refusals_recorded(caller, request, Action.GRANT, purpose=purpose):
        check_assurance(caller, purpose, rulebook.policy(IDENTITY_POLICY).levels)
        return await once(caller, action)


@AUTHORISATION_COMMANDS.use_case(
    router,
    AuthorisationVerb.REVOKE,
    "revocation",
    "revokeAuthorisation",
    "终止代办授权",
    Role.WINDOW,
    Role.CITIZEN,
    stead=Stead.DOCUMENT,
    offer=Offer(
        "授权",
        hint="委托人可随时撤销，代理人可随时辞任；窗口代办的须填写用户签字文件编号",
        consequence="立即终止，代理人不能再查看和办理",
    ),
)
async def revoke(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, request: Request
) -> Changed[Authorisation]:
    """End an authorisation at once: the customer, the agent, or staff who name the signed document."""
    caller = target.caller
    citizen = caller.scope.code if caller.scope.kind is ScopeKind.CITIZEN else None
    changed = await AUTHORISATIONS.change(
        uow, target, rulebook, lambda item, _rules: item.revoke(citizen, uow.now)
    )
    subjects = [changed.aggregate.customer_id]
    await recorded(uow, caller, request, Action.REVOKE, purpose=Purpose.AUTHORISE, subjects=subjects)
    return changed


@router.get("/authorisations", operation_id="listAuthorisations", summary="查询代办授权")
async def list_authorisations(
    caller: Reader,
    parts: Viewing,
    customer_id: Annotated[UUID | None, Query(description="For whom is acted")] = None,
    kind: AuthorisationKind | None = None,
    state: AuthorisationState | None = None,
    granted_by_me: Annotated[
        QueryFlag | None, Query(description="Of a citizen: the own ones, or those to act for others")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[AuthorisationDetail]:
    """List the authorisations that the caller gave, has, or sees in its unit, the newest first."""
    statement = AUTHORISATIONS.select(*(column for column, _ in NEWEST.columns))
    wanted: dict[str, tuple[Any, Any]] = {
        "customer_id": (_a.customer_id, customer_id and str(customer_id)),
        "kind": (_a.kind, kind),
        "state": (_a.state, state),
    }
    for column, value in wanted.values():
        if value is not None:
            statement = statement.where(column == value)
    if granted_by_me is not None:
        is_own = _a.owner == caller.scope.code
        statement = statement.where(is_own if granted_by_me else ~is_own)
    filters = {name: value for name, (_, value) in wanted.items()} | {"granted_by_me": granted_by_me}
    items, following, total = await counted_page(
        AUTHORISATIONS,
        parts.database,
        statement,
        caller.scope,
        NEWEST,
        limit=limit,
        cursor=cursor,
        filters=filters,
    )
    async with parts.database.reading() as connection:
        rows = await authorisation_details(connection, items, parts.clock.now(), caller, parts.rulebook)
    return CountedPage.of(rows, following, total)


@router.get(
    "/authorisations/{authorisation_id}",
    operation_id="getAuthorisation",
    summary="查看一项代办授权",
    responses=answering(200, ETAG),
)
async def get_authorisation(
    authorisation_id: UUID, caller: Reader, parts: Viewing, response: Response
) -> AuthorisationDetail:
    """Show one authorisation with the names of both sides, masked."""
    item = await AUTHORISATIONS.find(parts.database, str(authorisation_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        (shown,) = await authorisation_details(connection, [item], parts.clock.now(), caller, parts.rulebook)
    return shown


@router.get(
    "/authorisations/{authorisation_id}/actions",
    operation_id="listAuthorisationActions",
    summary="查看一项代办授权现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    authorisation_id: UUID,
    caller: Reader,
    parts: Viewing,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to an authorisation now, each command with its form."""
    item = await AUTHORISATIONS.find(parts.database, str(authorisation_id), caller.scope)
    set_etag(response, item.version)
    return AUTHORISATION_COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)


@router.get(
    "/authorisations/{authorisation_id}/events",
    operation_id="listAuthorisationEvents",
    summary="查看一项代办授权的变更记录",
)
async def list_events(
    authorisation_id: UUID,
    caller: Reader,
    parts: Viewing,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to an authorisation, in order; the parties see no persons of the staff."""
    rows, following = await history_of(
        parts.database, AUTHORISATIONS, str(authorisation_id), caller.scope, limit=limit, cursor=cursor
    )
    return Page(items=[_event(row, caller) for row in rows], next=following)


def _event(row: Row[Any], caller: Caller) -> EventView:
    payload = msgspec.json.decode(row.payload)
    fields = event_fields(row, payload, AUTHORISATION_EVENT_NAMES, AuthorisationEvent.model_fields)
    if caller.scope.kind is ScopeKind.CITIZEN and payload.get("actor") != caller.subject:
        fields["actor"] = None
    return EventView(**fields)
