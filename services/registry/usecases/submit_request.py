"""Make a request on an account (报停, 复用, 过户, 销户, 信息变更)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import uuid_utils

from libs.common.aggregate import Actor, Stead
from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.changes import Addition
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.places import load_places
from libs.common.problems import INVALID, FieldError
from libs.common.rules import RuleError
from services.registry.domain.accounts import Account
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import CustomerState
from services.registry.domain.particulars import OF_CUSTOMER, Particular, address_of
from services.registry.domain.requests.eligibility import check_eligible
from services.registry.domain.requests.parts import Proposal, one_person
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import APPS, RequestChannel, RequestKind
from services.registry.identity.assurance import Purpose, check_assurance
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import Texts, accounts_texts, customers_texts
from services.registry.storage.requests import (
    REQUESTS,
    acting,
    add_parties,
    next_number,
    open_number,
    store_proposal,
)
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.accounts import customer_for, site_of
from services.registry.usecases.customers import Described
from services.registry.usecases.faults import checked_field
from services.registry.usecases.standing import on_account

# What ends or changes an account needs more than seeing it; stopping and starting the supply does not.
_NEEDED: Final = dict.fromkeys(
    (RequestKind.TRANSFER, RequestKind.CLOSURE, RequestKind.CHANGE), Purpose.CHANGE_DATA
)


@dataclass(frozen=True, slots=True)
class WishedChange:
    """What a change asks for: codes, and texts as they were written; None stays as it is."""

    use: UseType | None
    price_class: PriceClass | None
    texts: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request to make; `receiver` is of a transfer, `change` of a change."""

    kind: RequestKind
    account_id: str
    document_ref: str | None
    receiver: Described | None
    change: WishedChange | None


async def submit_request(uow: UnitOfWork, rulebook: RuleBook, new: NewRequest, caller: Caller) -> Request:
    """Make a request. Raises RuleError where it is not eligible or lacks what its kind needs, and `invalid`."""
    caller = await on_account(uow.connection, caller, new.account_id, uow.now, new.kind, locked=True)
    account = await ACCOUNTS.load(uow, new.account_id, scope=caller.scope)
    channel = channel_of(caller)
    check_assurance(
        caller, _NEEDED.get(new.kind, Purpose.VIEW_MASKED), rulebook.policy(IDENTITY_POLICY).levels
    )
    actor = acting(caller, uow.now, account.customer_id, Stead.DOCUMENT, new.document_ref)
    number = await next_number(uow, f"YW-{account.utility}-{local(uow.now):%Y%m%d}")
    # After taking the number: its counter serialises a utility's requests, so that a second one sees the first.
    opened = await open_number(uow.connection, account.id)
    rules = rulebook.rules
    check_eligible(account, new.kind, rulebook.today, rules.requests, opened)
    receiver_id = await _receiver(uow, rulebook, new, account, actor, caller)
    proposal, texts = await _proposal(uow, rulebook, new, account)
    item = Request(
        id=str(uuid_utils.uuid7()),
        number=number,
        kind=new.kind,
        account_id=account.id,
        customer_id=account.customer_id,
        utility=account.utility,
        district=account.district,
        supply=account.supply,
        channel=channel,
        submitted_at=uow.now,
        receiver_id=receiver_id,
        proposal=proposal,
    )
    item.actor = actor
    item.submit(rules, caller.citizen)
    await REQUESTS.add(uow, [Addition(item, rules)])
    await add_parties(uow, item)
    if texts:
        await store_proposal(uow, rulebook.sealer, item, texts)
    return item


def channel_of(caller: Caller) -> RequestChannel:
    """Return where a request is made: proved by the token. Raises RuleError for a citizen's without an app."""
    if caller.scope.kind is ScopeKind.CITIZEN:
        if caller.channel not in APPS:
            raise RuleError(
                "channel-not-proved",
                "访问令牌没有说明申请渠道",
                "请从爱山东APP、微信公众号或政务服务网登录后提交",
                "channel",
            )
        return RequestChannel(caller.channel)
    return RequestChannel.HALL if Role.WINDOW in caller.roles else RequestChannel.COUNTER


async def _receiver(
    uow: UnitOfWork, rulebook: RuleBook, new: NewRequest, account: Account, actor: Actor, caller: Caller
) -> str | None:
    """Return the customer who gets the account, found by the identifier or opened."""
    if (new.receiver is not None) != (new.kind is RequestKind.TRANSFER):
        raise _wrong("receiver", "过户须填写受让人，其他业务不填", "请按办理事项填写受让人")
    if new.receiver is None:
        return None
    if not new.receiver.texts.get(Particular.IDENTIFIER):
        raise _wrong("receiver.identifier", "受让人的证件号码必填", "请填写受让人的证件号码")
    try:
        receiver = await customer_for(
            uow, rulebook, new.receiver, actor, ChangeReason.TRANSFER, field="receiver"
        )
    except RuleError as error:
        if caller.scope.kind is not ScopeKind.CITIZEN:
            raise
        # Citizens are not told who is on record.
        raise RuleError(
            "receiver-unconfirmed",
            "受让人的名称和证件号码未能核对一致",
            "请核对后重新填写；仍不能提交的，请双方到窗口办理",
            "receiver",
        ) from error
    if receiver.id == account.customer_id:
        raise RuleError("same-customer", "受让人与现用户相同", "请核对受让人", "receiver")
    if receiver.id.upper() == caller.citizen:
        raise one_person()
    return receiver.id


async def _proposal(
    uow: UnitOfWork, rulebook: RuleBook, new: NewRequest, account: Account
) -> tuple[Proposal | None, Texts]:
    """Return what a change asks for, its texts in their normal form; only what differs is kept."""
    if (new.change is not None) != (new.kind is RequestKind.CHANGE):
        raise _wrong("change", "信息变更须填写变更内容，其他业务不填", "请按办理事项填写变更内容")
    if new.change is None:
        return None, {}
    wished = await _texts(uow, rulebook, new.change.texts, account)
    use = new.change.use if new.change.use is not account.use else None
    price_class = new.change.price_class if new.change.price_class is not account.price_class else None
    if not wished and use is None and price_class is None:
        raise RuleError("nothing-changed", "填写的内容与原有内容相同", "请修改后再提交", "change")
    fields = [*(["use"] if use else []), *(["price_class"] if price_class else []), *sorted(wished)]
    return Proposal(use, price_class, tuple(fields)), wished


async def _texts(
    uow: UnitOfWork, rulebook: RuleBook, given: Mapping[str, str | None], account: Account
) -> dict[str, str]:
    sealer, owner_id = rulebook.sealer, account.customer_id
    wished: dict[str, str] = {}
    if address := given.get(Particular.ADDRESS):
        normal = checked_field("change.address", address_of, address)
        site_of(normal, load_places().utility(account.utility), rulebook)
        before = (await accounts_texts(uow.connection, sealer, [account.id])).get(account.id, {})
        if before.get(Particular.ADDRESS) != normal:
            wished[str(Particular.ADDRESS)] = normal
    own = {str(name): text for name in OF_CUSTOMER if (text := given.get(name))}
    if own:
        owner = await CUSTOMERS.load(uow, owner_id)
        if owner.state is not CustomerState.ACTIVE:
            raise RuleError(
                "customer-not-active", "该用户的信息现在不能变更", "请到专营单位窗口核对", "change"
            )
        known = (await customers_texts(uow.connection, sealer, [owner_id])).get(owner_id, {})
        read = Described(owner.kind, owner.paper, {**known, **own}).read(rulebook, "change.").texts
        wished |= {name: read[name] for name in own if read.get(name) != known.get(name)}
    return wished


def _wrong(field: str, rule: str, remedy: str) -> Exception:
    return INVALID(errors=[FieldError(field, rule, remedy, "one-of")])
