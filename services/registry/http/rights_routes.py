"""Rights of customers in their data (PIPL §44–50): a copy, who had it, why it is classed so, restricted, erased.

The customer asks for it, or staff in the customer's stead by a signed document. Each is answered at once and noted.
"""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded
from libs.common.auth.callers import OFFICIALS, Caller, Role, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Offer
from libs.common.http.auth import require
from libs.common.http.command import InStead
from libs.common.http.cursors import Page
from libs.common.http.idempotency import Answer, Once
from libs.common.rules import RuleError
from services.registry.domain.customers import Customer, CustomerVerb
from services.registry.domain.reveals import RIGHTS_PURPOSE, check_known
from services.registry.domain.rights import Right
from services.registry.http.customer_routes import CUSTOMER_COMMANDS, Reader
from services.registry.http.rights_copy import copy_of
from services.registry.http.rights_models import CustomerCopy, Disclosures, Explanation, RightView
from services.registry.http.rights_views import disclosures_of, explanation_of, rights_of
from services.registry.http.viewing import Viewing
from services.registry.identity.assurance import Purpose, check_assurance
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.rights import erase, lift, note_right, restrict

_GROUP: Final = "个人信息权利"
_HINT: Final = "用户本人提出；窗口代用户提出的，须填写用户签字文件编号"
Copier = Annotated[Caller, require(Role.CITIZEN, Role.WINDOW, of=CUSTOMERS.scopes)]

router = APIRouter(prefix="/v1", tags=["个人信息权利"])


@CUSTOMER_COMMANDS.use_case(
    router,
    CustomerVerb.RESTRICT,
    "restriction",
    "restrictCustomer",
    "限制处理个人信息",
    Role.CITIZEN,
    Role.WINDOW,
    offer=Offer(_GROUP, hint=f"限制后只存储，不再查找、查看、变更。{_HINT}"),
)
async def restrict_one(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, request: Request, body: InStead | None = None
) -> Changed[Customer]:
    """Only store a customer from now on."""
    changed = await restrict(target, uow, rulebook)
    document_ref = _asking(target.caller, rulebook, body)
    await _noted(uow, target, request, Right.RESTRICT, Action.RESTRICT, document_ref, changed)
    return changed


@CUSTOMER_COMMANDS.use_case(
    router,
    CustomerVerb.LIFT,
    "restriction-end",
    "liftCustomerRestriction",
    "解除限制处理",
    Role.CITIZEN,
    Role.WINDOW,
    offer=Offer(_GROUP, hint=_HINT),
)
async def lift_one(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, request: Request, body: InStead | None = None
) -> Changed[Customer]:
    """Use a customer again."""
    changed = await lift(target, uow, rulebook)
    document_ref = _asking(target.caller, rulebook, body)
    await _noted(uow, target, request, Right.LIFT, Action.CHANGE, document_ref, changed)
    return changed


@CUSTOMER_COMMANDS.use_case(
    router,
    CustomerVerb.ERASE,
    "erasure",
    "eraseCustomer",
    "删除个人信息",
    Role.CITIZEN,
    Role.WINDOW,
    offer=Offer(_GROUP, hint=_HINT, consequence="删除后不能恢复"),
)
async def erase_one(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, request: Request, body: InStead | None = None
) -> Changed[Customer]:
    """Erase what is known of a customer, unless an open account or a retention period holds it."""
    changed, erased = await erase(target, uow, rulebook)
    document_ref = _asking(target.caller, rulebook, body)
    await _noted(uow, target, request, Right.ERASE, Action.ERASE, document_ref, changed, erased)
    return changed


@router.post(
    "/customers/{customer_id}/copy",
    operation_id="copyCustomer",
    summary="复制用户的全部个人信息",
    response_model=CustomerCopy,
)
async def copy_one(
    customer_id: UUID,
    once: Once,
    caller: Copier,
    parts: Viewing,
    request: Request,
    body: InStead | None = None,
) -> Response:
    """Give all that is kept of a customer as a file (PIPL §45); the answer is not kept, that it was given is."""
    check_assurance(caller, Purpose.VIEW_FULL, parts.rulebook.policy(IDENTITY_POLICY).levels)

    async def action(uow: UnitOfWork) -> Answer:
        item = await CUSTOMERS.load(uow, str(customer_id), scope=caller.scope)
        document_ref = document_of(caller, body)
        check_known(item.state)
        tables = request.app.state.audit.tables
        copied = await copy_of(uow, parts.rulebook, tables, item)
        await note_right(uow, caller, item.id, Right.COPY, document_ref)
        await recorded(
            uow,
            caller,
            request,
            Action.EXPORT,
            purpose=RIGHTS_PURPOSE,
            subjects=[item.id],
            fields=sorted(CustomerCopy.model_fields),
        )
        return Answer(copied, changes=False)

    answer = await once(caller, action)
    answer.headers["Content-Disposition"] = f'attachment; filename="{customer_id}.json"'
    return answer


@router.get(
    "/customers/{customer_id}/disclosures",
    operation_id="listDisclosures",
    summary="查看个人信息提供给了谁",
)
async def list_disclosures(
    customer_id: UUID, caller: Reader, parts: Viewing, request: Request
) -> Disclosures:
    """List who had particulars of a customer shown or given, and who reads the events."""
    item = await CUSTOMERS.find(parts.database, str(customer_id), caller.scope)
    async with parts.database.reading() as connection:
        return await disclosures_of(connection, parts.rulebook, request.app.state.audit.tables, [item.id])


@router.get(
    "/customers/{customer_id}/explanation",
    operation_id="explainCustomer",
    summary="查看类别和规模的认定依据",
)
async def explain(customer_id: UUID, caller: Reader, parts: Viewing) -> Explanation:
    """Say which rules gave the categories of a customer's accounts and its size."""
    item = await CUSTOMERS.find(parts.database, str(customer_id), caller.scope)
    async with parts.database.reading() as connection:
        return await explanation_of(connection, parts.rulebook, caller, item)


@router.get(
    "/customers/{customer_id}/rights",
    operation_id="listRights",
    summary="查看用户提出的个人信息权利请求",
)
async def list_rights(
    customer_id: UUID,
    caller: Annotated[Caller, require(*OFFICIALS, Role.CITIZEN, of=CUSTOMERS.scopes)],
    parts: Viewing,
) -> Page[RightView]:
    """List what a customer asked for by the rights in the own data, the newest first."""
    item = await CUSTOMERS.find(parts.database, str(customer_id), caller.scope)
    async with parts.database.reading() as connection:
        return Page(items=await rights_of(connection, [item.id]))


def _asking(caller: Caller, rulebook: RuleBook, body: InStead | None) -> str | None:
    check_assurance(caller, Purpose.CHANGE_DATA, rulebook.policy(IDENTITY_POLICY).levels)
    return document_of(caller, body)


def document_of(caller: Caller, body: InStead | None) -> str | None:
    """Return the document that staff rest on; of the citizen none is asked. Raises RuleError."""
    document_ref = None if body is None else body.document_ref
    if caller.scope.kind is ScopeKind.CITIZEN:
        return None
    if document_ref is None:
        raise RuleError("document-missing", "代用户提出须有用户签字的文件", "请填写文件编号", "document_ref")
    return document_ref


async def _noted(
    uow: UnitOfWork,
    target: Target,
    request: Request,
    right: Right,
    action: Action,
    document_ref: str | None,
    changed: Changed[Customer],
    subjects: Sequence[str] = (),
) -> None:
    await note_right(uow, target.caller, target.aggregate_id, right, document_ref, refusal=changed.refusal)
    if changed.refusal is None:
        await recorded(
            uow,
            target.caller,
            request,
            action,
            purpose=RIGHTS_PURPOSE,
            subjects=subjects or [target.aggregate_id],
        )
