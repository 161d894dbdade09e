"""Bindings of accounts: made by a proof, listed, shown, ended by who bound the account or by its holder."""

from typing import Annotated
from uuid import UUID

import uuid_utils
from fastapi import APIRouter, Query, Request, Response

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded, refusals_recorded
from libs.common.auth.callers import Caller, Role
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import commands
from libs.common.http.actions import Offer
from libs.common.http.auth import require
from libs.common.http.cursors import Page
from libs.common.http.errors import of_rule
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.rules import RecordedRefusalError
from services.registry.domain.bindings import Binding, BindingVerb
from services.registry.domain.rules import Rules
from services.registry.http.binding_models import BindAccount, BindingDetail, BindingView
from services.registry.http.binding_views import binding_details, binding_view
from services.registry.http.viewing import Viewing
from services.registry.identity.assurance import Purpose, check_assurance
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.bindings import BINDINGS, NEWEST
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import STANDING
from services.registry.usecases.bind_account import Claim, bind_account, tell_refused

BINDING_COMMANDS: commands.Commands[Binding, Rules, RuleBook] = commands.Commands(
    BINDINGS, "/bindings/{binding_id}", binding_view, BindingView
)
Citizen = Annotated[Caller, require(Role.CITIZEN, of=BINDINGS.scopes)]
_b = STANDING.binding.c

router = APIRouter(prefix="/v1", tags=["户号绑定"])


@router.post(
    "/bindings",
    operation_id="bindAccount",
    summary="绑定户号",
    status_code=201,
    response_model=BindingView,
    responses=answering(201, ETAG, LOCATION),
)
async def bind_one(
    body: BindAccount, once: Once, caller: Citizen, parts: Viewing, request: Request
) -> Response:
    """Bind an account by its number and what proves that it is known; whether there is such a one is never told."""
    rulebook, purpose = parts.rulebook, Purpose.BIND_ACCOUNT
    claim = Claim(body.utility, body.number, body.proof.name, body.proof.phone)

    async def action(uow: UnitOfWork) -> Answer:
        try:
            item = await bind_account(uow, rulebook, claim, caller)
        except RecordedRefusalError as refusal:
            await recorded(uow, caller, request, Action.GRANT, purpose=purpose, slug=refusal.code)
            tell_refused(uow, claim.utility, str(uuid_utils.uuid7()))
            return Answer(problem=of_rule(refusal))
        await recorded(uow, caller, request, Action.GRANT, purpose=purpose, subjects=[item.holder_id])
        view = binding_view(item, rulebook.rules, uow.now, caller)
        return Answer(view, status=201, version=item.version, location=f"/v1/bindings/{item.id}")

    async with refusals_recorded(caller, request, Action.GRANT, purpose=purpose):
        check_assurance(caller, purpose, rulebook.policy(IDENTITY_POLICY).levels)
        return await once(caller, action)


@BINDING_COMMANDS.use_case(
    router,
    BindingVerb.END,
    "unbinding",
    "unbindAccount",
    "解除户号绑定",
    Role.CITIZEN,
    offer=Offer("绑定", consequence="解除后不再显示该户，须重新验证才能绑定"),
)
async def unbind_one(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, request: Request
) -> Changed[Binding]:
    """End a binding: the own one, or another's of an account that is the citizen's."""
    caller, purpose = target.caller, Purpose.UNBIND_ACCOUNT
    check_assurance(caller, purpose, rulebook.policy(IDENTITY_POLICY).levels)
    changed = await BINDINGS.change(
        uow, target, rulebook, lambda item, _rules: item.unbind(caller.scope.code, uow.now)
    )
    holder = changed.aggregate.holder_id
    await recorded(uow, caller, request, Action.REVOKE, purpose=purpose, subjects=[holder])
    return changed


@router.get("/bindings", operation_id="listBindings", summary="查询户号绑定")
async def list_bindings(
    caller: Citizen,
    parts: Viewing,
    account_id: UUID | None = None,
    own: Annotated[QueryFlag | None, Query(description="Those that the caller made, or others'")] = None,
    is_open: Annotated[QueryFlag | None, Query(alias="open", description="That stand, or have ended")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[BindingDetail]:
    """List the bindings that the citizen made, and those of others on the citizen's accounts, the newest first."""
    statement = BINDINGS.select(*(column for column, _ in NEWEST.columns))
    if account_id is not None:
        statement = statement.where(_b.account_id == str(account_id))
    for condition, value in ((_b.owner == caller.scope.code, own), (_b.ended_at.is_(None), is_open)):
        if value is not None:
            statement = statement.where(condition if value else ~condition)
    filters = {"account_id": account_id and str(account_id), "own": own, "open": is_open}
    items, following = await BINDINGS.page(
        parts.database, statement, caller.scope, NEWEST, limit=limit, cursor=cursor, filters=filters
    )
    async with parts.database.reading() as connection:
        rows = await binding_details(connection, items, caller, parts.rulebook)
    return Page(items=rows, next=following)


@router.get(
    "/bindings/{binding_id}",
    operation_id="getBinding",
    summary="查看一项户号绑定",
    responses=answering(200, ETAG),
)
async def get_binding(binding_id: UUID, caller: Citizen, parts: Viewing, response: Response) -> BindingDetail:
    """Show one binding with the account, masked."""
    item = await BINDINGS.find(parts.database, str(binding_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        (shown,) = await binding_details(connection, [item], caller, parts.rulebook)
    return shown
