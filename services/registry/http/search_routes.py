"""Customers looked for by an identifier, a phone, a name, an address or an account's number; or within a street."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded
from libs.common.auth.callers import Caller, Role
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command
from libs.common.http.auth import require
from libs.common.http.idempotency import Answer, Once
from libs.common.places import load_places
from libs.common.problems import INVALID, FieldError
from services.registry.domain import identifiers
from services.registry.domain.particulars import Particular, account_number, address_of, name_of
from services.registry.domain.parts_of_texts import AddressPart, comparable_part
from services.registry.domain.reveals import SEARCH_PURPOSE
from services.registry.http.search_models import FoundCustomers, SearchCustomers
from services.registry.http.views import customer_details
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.reveal_policy import REVEAL_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.faults import checked_field
from services.registry.usecases.reveals import note_volume
from services.registry.usecases.search import customers_of, search
from services.registry.usecases.search_street import Sought, search_street

Searcher = Annotated[
    Caller, require(Role.CLERK, Role.WINDOW, Role.APPROVER, Role.SUPERVISOR, of=CUSTOMERS.scopes)
]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]
# What is looked for by each field, and how its text is read. An identifier may be any paper's: only its spelling is
# made normal.
_FIELDS: Final[Mapping[str, tuple[Sequence[Particular], Callable[[str], str]]]] = {
    "identifier": ((Particular.IDENTIFIER,), identifiers.spelled),
    "phone": ((Particular.MOBILE, Particular.LANDLINE), identifiers.phone),
    "number": ((Particular.NUMBER,), account_number),
    "name": ((Particular.NAME, Particular.CONTACT), name_of),
    "address": ((Particular.ADDRESS,), address_of),
}
_IN_STREET: Final = frozenset({"name", "address"})
_SHORTEST_ADDRESS: Final = 2

router = APIRouter(prefix="/v1", tags=["用户"])


@router.post(
    "/customer-search",
    operation_id="searchCustomers",
    summary="查找用户",
    response_model=FoundCustomers,
)
async def search_customers(
    body: SearchCustomers, once: Once, caller: Searcher, parts: Parts, request: Request
) -> Response:
    """Look for customers by exactly one particular, or within a street by parts of name and address.

    The answer is masked and not kept, the search on record. Within a street, where many are opened, it counts as a
    reveal does.
    """
    given = {name: text for name in _FIELDS if (text := getattr(body, name)) is not None}
    purpose = body.purpose or SEARCH_PURPOSE
    if body.street is not None:
        sought, fields = _sought(body, given), ["street", *given]

        async def looking() -> FoundCustomers:
            async with parts.database.reading(caller.scope) as connection:
                found = await search_street(
                    connection, parts.rulebook.sealer, caller.scope, sought, body.cursor
                )
                customers = await customers_of(connection, found.customer_ids)
                return FoundCustomers(
                    items=await customer_details(connection, customers, caller, parts.rulebook),
                    more=found.following is not None,
                    looked_through=found.opened,
                    next=found.following,
                    hint=found.following and _hint(found.opened),
                )

        async def looked(uow: UnitOfWork, found: FoundCustomers) -> Answer:
            tables, policy = request.app.state.audit.tables, parts.rulebook.policy(REVEAL_POLICY)
            await note_volume(uow, tables, caller.subject, caller.scope, policy)
            await recorded(uow, caller, request, Action.SCAN, purpose=purpose, fields=fields)
            if found.items:
                subjects = [str(item.id) for item in found.items]
                await recorded(
                    uow, caller, request, Action.SEARCH, purpose=purpose, subjects=subjects, fields=fields
                )
            return Answer(found, changes=False)

        return await once.after(caller, looking, looked)
    particulars, normal, field = _exactly(body, given)

    async def action(uow: UnitOfWork) -> Answer:
        items, more = await search(uow.connection, parts.rulebook.sealer, caller.scope, particulars, normal)
        found = [item.id for item in items]
        await recorded(uow, caller, request, Action.SEARCH, purpose=purpose, subjects=found, fields=[field])
        details = await customer_details(uow.connection, items, caller, parts.rulebook)
        return Answer(FoundCustomers(items=details, more=more), changes=False)

    return await once(caller, action)


def _exactly(body: SearchCustomers, given: Mapping[str, str]) -> tuple[Sequence[Particular], str, str]:
    """Return the particulars that are looked for, the text in its normal form, and the field that it stands in."""
    if body.cursor is not None:
        raise _wrong("cursor", "未选街道（乡镇）的查找没有续查", "请重新查找", "cursor-without-street")
    if len(given) != 1:
        raise _wrong(
            "",
            "须填且只填一项查找内容",
            "请填写证件号码、电话、户号、名称或地址之一；按姓氏或部分地址查找的，请选择街道（乡镇）",
            "one-of",
        )
    ((name, text),) = given.items()
    particulars, read = _FIELDS[name]
    return particulars, checked_field(name, read, text), name


def _sought(body: SearchCustomers, given: Mapping[str, str]) -> Sought:
    """Return what is looked for within a street."""
    street = body.street or ""
    if load_places().street(f"{street}000") is None:
        raise _wrong(
            "street", "没有这个街道（乡镇）", "请键入名称的一部分，从列出的名称中选择", "street-unknown"
        )
    if not given or not given.keys() <= _IN_STREET:
        raise _wrong(
            next((name for name in given if name not in _IN_STREET), "name"),
            "在街道（乡镇）内只能按名称和地址查找",
            "请填写姓氏、单位名称或地址的一部分；按其他内容查找的，请不选街道（乡镇）",
            "street-search-fields",
        )
    if body.purpose is None:
        raise _wrong("purpose", "在街道（乡镇）内查找须写明目的", "请选择查找目的", "purpose-missing")
    texts = {name: checked_field(name, _FIELDS[name][1], text) for name, text in given.items()}
    address = AddressPart.of(texts["address"]) if "address" in texts else None
    if address is not None and len(address.form) < _SHORTEST_ADDRESS:
        raise _wrong("address", "地址至少填两个字", "请填写小区、道路或楼号", "address-too-short")
    return Sought(street, comparable_part(texts["name"]) if "name" in texts else None, address)


def _hint(opened: int) -> str:
    return f"已查看该街道（乡镇）的{opened}户，尚未查完。请把名称或地址填得更完整后再查，或继续查找"


def _wrong(field: str, rule: str, remedy: str, code: str) -> Exception:
    return INVALID("请按各项提示修改后重新提交", errors=[FieldError(field, rule, remedy, code)])
