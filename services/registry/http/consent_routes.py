"""The notice that customers are given, and their consents: accepted, withdrawn, listed (PIPL §14–17)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from libs.common.auth.callers import EVERYONE, Caller
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command
from libs.common.http.auth import require
from libs.common.http.command import InStead
from libs.common.http.idempotency import Answer, Once
from services.registry.http.customer_routes import Reader
from services.registry.http.rights_models import AcceptNotice, Consents, NoticeView
from services.registry.http.rights_routes import Copier, document_of
from services.registry.http.rights_views import consents_of
from services.registry.http.viewing import Viewing
from services.registry.identity.assurance import Purpose, check_assurance
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.rights_policies import NOTICE_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.rights import accept_notice, withdraw_consent

Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]

router = APIRouter(prefix="/v1", tags=["个人信息权利"])


@router.get("/privacy-notice", operation_id="getPrivacyNotice", summary="查看个人信息处理告知")
async def get_notice(_caller: Annotated[Caller, require(*EVERYONE)], parts: Parts) -> NoticeView:
    """Return the notice of today."""
    return NoticeView.model_validate(parts.rulebook.policy(NOTICE_POLICY), from_attributes=True)


@router.get("/customers/{customer_id}/consents", operation_id="listConsents", summary="查看用户的同意")
async def list_consents(customer_id: UUID, caller: Reader, parts: Viewing) -> Consents:
    """List a customer's consents, the newest first."""
    item = await CUSTOMERS.find(parts.database, str(customer_id), caller.scope)
    async with parts.database.reading() as connection:
        items = await consents_of(connection, [item.id])
    version = parts.rulebook.policy(NOTICE_POLICY).version
    accepted = any(each.notice_version == version and each.withdrawn_at is None for each in items)
    return Consents(items=items, current_accepted=accepted)


@router.post(
    "/customers/{customer_id}/consents",
    operation_id="acceptPrivacyNotice",
    summary="同意个人信息处理告知",
    response_model=Consents,
)
async def accept(customer_id: UUID, body: AcceptNotice, once: Once, caller: Copier, parts: Parts) -> Response:
    """Accept the notice of today, by its version."""
    check_assurance(caller, Purpose.CONSENT, parts.rulebook.policy(IDENTITY_POLICY).levels)
    notice = parts.rulebook.policy(NOTICE_POLICY)

    async def action(uow: UnitOfWork) -> Answer:
        item = await CUSTOMERS.load(uow, str(customer_id), scope=caller.scope)
        document_ref = document_of(caller, body)
        await accept_notice(uow, caller, item.id, body.notice_version, notice, document_ref)
        items = await consents_of(uow.connection, [item.id])
        return Answer(Consents(items=items, current_accepted=True))

    return await once(caller, action)


@router.post(
    "/customers/{customer_id}/consents/withdrawal",
    operation_id="withdrawConsent",
    summary="撤回同意",
    response_model=Consents,
)
async def withdraw(
    customer_id: UUID, once: Once, caller: Copier, parts: Parts, body: InStead | None = None
) -> Response:
    """Withdraw what was consented to; what rests on contract or law goes on (PIPL §13, §16)."""
    check_assurance(caller, Purpose.CONSENT, parts.rulebook.policy(IDENTITY_POLICY).levels)

    async def action(uow: UnitOfWork) -> Answer:
        item = await CUSTOMERS.load(uow, str(customer_id), scope=caller.scope)
        document_of(caller, body)
        await withdraw_consent(uow, item.id)
        items = await consents_of(uow.connection, [item.id])
        return Answer(Consents(items=items, current_accepted=False))

    return await once(caller, action)
