"""Do what a request asks for: the account changes in the transaction in which the request is done."""

from datetime import datetime

from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.etags import Expected
from libs.common.rules import RuleError
from services.registry.domain.accounts import Account
from services.registry.domain.bindings import BindingEnd
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import CustomerState
from services.registry.domain.particulars import OF_CUSTOMER, Particular
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import RequestKind
from services.registry.domain.rules import Rules
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.particulars import (
    Texts,
    accounts_texts,
    customers_texts,
    data_key,
    store_account,
)
from services.registry.storage.requests import REQUESTS, proposal_texts
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.accounts import describe_account
from services.registry.usecases.customers import correct_customer, standing_customer
from services.registry.usecases.end_bindings import end_bindings
from services.registry.usecases.matching import keep_keys

_ANY_VERSION = Expected(None)


async def complete_request(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, *, acted_at: datetime | None, reading: int | None
) -> Changed[Request]:
    """Do what a request asks for. Raises RuleError, also where its account is another one's by now."""
    texts = await proposal_texts(uow.connection, rulebook.sealer, target.aggregate_id)

    def complete(item: Request, rules: Rules) -> None:
        item.complete(acted_at or uow.now, reading, uow.now, target.caller.subject, rules)

    changed = await REQUESTS.change(uow, target, rulebook, complete)
    item = changed.aggregate
    account = await ACCOUNTS.load(uow, item.account_id, scope=target.caller.scope)
    if account.customer_id != (await standing_customer(uow, item.customer_id)).id:
        raise RuleError(
            "customer-changed",
            "申请提交后该户已换了用户",
            "请以“不符合办理条件”不予办理，由现用户重新申请",
            "account_id",
        )
    if item.kind is RequestKind.CHANGE:
        await _change(target, uow, rulebook, item, account, texts)
    elif item.kind is RequestKind.TRANSFER:
        await _transfer(target, uow, rulebook, item, account)
    else:
        account.actor = ACCOUNTS.actor_of(account, target, uow.now)
        verb = {
            RequestKind.SUSPENSION: account.suspend,
            RequestKind.RESUMPTION: account.resume,
            RequestKind.CLOSURE: account.close,
        }[item.kind]
        actor = account.actor
        verb(_acted_at(item, uow), item.id)
        ACCOUNTS.save(uow, account, {}, rulebook.rules)
        if item.kind is RequestKind.CLOSURE:
            await end_bindings(uow, rulebook, BindingEnd.CLOSED, actor, account_id=account.id)
    return changed


async def _transfer(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, item: Request, account: Account
) -> None:
    """Give the account to the receiver, with its category and size, and seal its texts under the receiver's key."""
    sealer = rulebook.sealer
    receiver = await standing_customer(uow, item.receiver_id or "")
    if receiver.state is not CustomerState.ACTIVE:
        raise RuleError(
            "customer-not-active", "受让人的信息现在不能使用", "请与受让人核对后重新申请", "receiver"
        )
    texts = (await accounts_texts(uow.connection, sealer, [account.id])).get(account.id, {})
    former = account.customer_id
    actor = account.actor = ACCOUNTS.actor_of(account, target, uow.now)
    listed = receiver.basis.listed if receiver.basis else None
    account.transfer(
        receiver.id, receiver.subject, listed, receiver.size, _acted_at(item, uow), item.id, rulebook.rules
    )
    ACCOUNTS.save(uow, account, {}, rulebook.rules)
    key = await data_key(uow, sealer, receiver.id)
    await store_account(
        uow, sealer, key, account.id, customer_id=receiver.id, utility=account.utility, texts=texts
    )
    await end_bindings(uow, rulebook, BindingEnd.TRANSFERRED, actor, account_id=account.id)
    await keep_keys(uow, rulebook, [former, receiver.id])


async def _change(
    target: Target,
    uow: UnitOfWork,
    rulebook: RuleBook,
    item: Request,
    account: Account,
    texts: Texts,
) -> None:
    """Write what the change asks for; what stood there is kept sealed, as with every change."""
    wished, sealer = item.proposal, rulebook.sealer
    if wished is None:
        raise AssertionError(f"a change without what it asks for: {item.id}")
    owner = await CUSTOMERS.load(uow, account.customer_id)
    known = (await customers_texts(uow.connection, sealer, [owner.id])).get(owner.id, {})
    own = {**known} | {name: texts[name] for name in OF_CUSTOMER if name in texts}
    # What has been written meanwhile is not written again.
    if own != known:
        await correct_customer(
            Target(owner.id, target.caller, _ANY_VERSION),
            uow,
            rulebook,
            paper=owner.paper,
            texts=own,
            reason=ChangeReason.APPLICATION,
        )
    there = (await accounts_texts(uow.connection, sealer, [account.id])).get(account.id, {})
    before = account.use, account.price_class, there.get(Particular.ADDRESS)
    use, price_class = wished.use or account.use, wished.price_class or account.price_class
    address = texts.get(Particular.ADDRESS, there.get(Particular.ADDRESS))
    if (use, price_class, address) != before:
        await describe_account(
            Target(account.id, target.caller, _ANY_VERSION),
            uow,
            rulebook,
            use=use,
            price_class=price_class,
            number=there.get(Particular.NUMBER),
            address=address,
            reason=ChangeReason.APPLICATION,
        )


def _acted_at(item: Request, uow: UnitOfWork) -> datetime:
    return item.act.acted_at if item.act else uow.now
