"""Particulars of a customer or an account shown whole, for a purpose; each time is on record."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import select

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded, refusals_recorded
from libs.common.auth.callers import Caller, Role
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command
from libs.common.http.auth import require
from libs.common.http.idempotency import Answer, Once
from services.registry.domain.particulars import PARTICULAR_NAMES, Particular
from services.registry.domain.reveals import breaks_glass
from services.registry.http.reveal_models import RevealAccount, RevealCustomer, Revealed, RevealedField
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.reveal_policy import REVEAL_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account
from services.registry.usecases.reveals import (
    Shown,
    note_exception,
    note_volume,
    read_account,
    read_customer,
)

KEEPERS: Final = (Role.CLERK, Role.WINDOW, Role.APPROVER)
OfCustomers = Annotated[Caller, require(*KEEPERS, Role.SUPERVISOR, of=CUSTOMERS.scopes)]
OfAccounts = Annotated[Caller, require(*KEEPERS, Role.SUPERVISOR, of=ACCOUNTS.scopes)]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]

router = APIRouter(prefix="/v1", tags=["查看完整信息"])


@router.post(
    "/customers/{customer_id}/reveal",
    operation_id="revealCustomer",
    summary="查看用户的完整信息",
    response_model=Revealed,
)
async def reveal_customer(
    customer_id: UUID, body: RevealCustomer, once: Once, caller: OfCustomers, parts: Parts, request: Request
) -> Response:
    """Show these particulars of a customer whole and no others; the answer is not kept, that it was given is."""

    async def read(uow: UnitOfWork) -> Shown:
        return await read_customer(uow, parts.rulebook, str(customer_id), caller.scope)

    return await _revealed(request, once, caller, parts, body, body.fields, str(customer_id), read)


@router.post(
    "/accounts/{account_id}/reveal",
    operation_id="revealAccount",
    summary="查看户的完整信息",
    response_model=Revealed,
)
async def reveal_account(
    account_id: UUID, body: RevealAccount, once: Once, caller: OfAccounts, parts: Parts, request: Request
) -> Response:
    """Show these particulars of an account whole and no others; the answer is not kept, that it was given is."""

    async def read(uow: UnitOfWork) -> Shown:
        return await read_account(uow, parts.rulebook, str(account_id), caller.scope)

    # Whose it is, also for the record of a refusal: whatever the caller may see.
    async with parts.database.reading() as connection:
        subject = await connection.scalar(
            select(account.c.customer_id).where(account.c.id == str(account_id))
        )
    return await _revealed(request, once, caller, parts, body, body.fields, subject, read)


async def _revealed(
    request: Request,
    once: Once,
    caller: Caller,
    parts: Parts,
    body: RevealCustomer | RevealAccount,
    fields: Sequence[Particular],
    subject: str | None,
    read: Callable[[UnitOfWork], Awaitable[Shown]],
) -> Response:
    policy = parts.rulebook.policy(REVEAL_POLICY)
    wanted = sorted(set(fields))
    async with refusals_recorded(
        caller, request, Action.REVEAL, purpose=body.purpose, subject=subject, fields=wanted
    ):

        async def action(uow: UnitOfWork) -> Answer:
            shown = await read(uow)
            is_exception = breaks_glass(
                body.purpose,
                wanted,
                policy,
                is_keeper=not caller.roles.isdisjoint(KEEPERS),
                is_supervisor=Role.SUPERVISOR in caller.roles,
                reason=body.reason,
            )
            confirmed_by = None
            if is_exception:
                confirmed_by = await note_exception(uow, caller, shown, wanted, body.reason or "", policy)
            else:
                tables = request.app.state.audit.tables
                await note_volume(uow, tables, caller.subject, caller.scope, policy)
            await recorded(
                uow,
                caller,
                request,
                Action.BREAK_GLASS if is_exception else Action.REVEAL,
                purpose=body.purpose,
                subjects=[shown.customer_id],
                fields=wanted,
            )
            items = [
                RevealedField(field=name, name=PARTICULAR_NAMES[name], text=shown.texts.get(name))
                for name in wanted
            ]
            view = Revealed(customer_id=shown.customer_id, items=items, confirmed_by=confirmed_by)
            return Answer(view, changes=False)

        return await once(caller, action)
