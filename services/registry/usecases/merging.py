"""Two customers who are one: looked at, found to be two, or merged by two persons; and how that is undone."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.aggregate import Actor
from libs.common.auth.callers import Scope, narrow
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.problems import NOT_FOUND
from libs.common.rules import RuleError
from services.registry.domain.authorisations import AuthorisationEnd
from services.registry.domain.bindings import BindingEnd
from services.registry.domain.customers import Customer, CustomerState
from services.registry.domain.pairs import Pair, PairVerb
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.matching import clear_survivor, mark_pending, set_survivor, signs_in
from services.registry.storage.pairs import PAIRS
from services.registry.storage.particulars import accounts_texts, data_key, store_account
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account, customer, duplicate_pair
from services.registry.usecases.authorise import end_authorisations
from services.registry.usecases.end_bindings import end_bindings
from services.registry.usecases.matching import keep_keys
from services.registry.usecases.matters import hand_over, matters_of, tell_instead

# They move in one transaction.
MOST_MOVED: Final = 1_000
ELSEWHERE: Final = "另一用户不在您的管辖范围内，不能办理"


async def seen_of(connection: AsyncConnection, scope: Scope, customer_ids: Collection[str]) -> set[str]:
    """Return which of these customers a scope sees."""
    statement = select(customer.c.id).where(customer.c.id.in_(customer_ids))
    return set((await connection.execute(narrow(statement, scope, CUSTOMERS.scopes))).scalars())


async def dismiss(target: Target, uow: UnitOfWork, rulebook: RuleBook, reason: str) -> Changed[Pair]:
    """Remember that two customers are not one. Raises RuleError and as `Store.change`."""
    await _pair(target, uow)
    by = target.caller.subject
    return await PAIRS.change(uow, target, rulebook, lambda pair, _rules: pair.dismiss(by, reason, uow.now))


async def propose(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, survivor: str, reason: str
) -> Changed[Pair]:
    """Propose to merge two customers. Raises RuleError and as `Store.change`."""
    seen = await _pair(target, uow)
    by = target.caller.subject
    result = await PAIRS.change(
        uow, target, rulebook, lambda pair, _rules: pair.propose(by, survivor, reason, uow.now)
    )
    await _check_sign_in(uow, survivor, *(of for of in seen.both if of != survivor))
    return result


async def decline(target: Target, uow: UnitOfWork, rulebook: RuleBook, reason: str) -> Changed[Pair]:
    """Send a proposal to merge back. Raises RuleError and as `Store.change`."""
    await _pair(target, uow)
    return await PAIRS.change(uow, target, rulebook, lambda pair, _rules: pair.decline(reason, uow.now))


async def merge(target: Target, uow: UnitOfWork, rulebook: RuleBook) -> Changed[Pair]:
    """Merge a customer into another as it was proposed: its accounts go to the one who stays, sealed under its key.

    Raises RuleError and as `Store.change`.
    """
    seen = await _pair(target, uow)
    seen.check(PairVerb.CONFIRM)
    merged, survivor = await _customers(uow, seen)
    accounts = await _accounts_of(uow, merged.id)
    matters = await matters_of(uow, merged.id)
    by = target.caller.subject
    result = await PAIRS.change(
        uow, target, rulebook, lambda pair, _rules: pair.confirm(by, accounts, matters, uow.now)
    )
    await _check_sign_in(uow, survivor.id, merged.id)
    merged.actor = _actor(target, uow)
    merged.merge(survivor.id, seen.id, len(accounts), uow.now)
    CUSTOMERS.save(uow, merged, {}, rulebook.rules)
    await _hand_over(target, uow, rulebook, accounts, survivor, seen.id)
    await hand_over(uow, matters, merged.id, survivor.id)
    # Who stays has not authorised whom the merged one did.
    await end_authorisations(uow, rulebook, merged.id, AuthorisationEnd.MERGED, _actor(target, uow))
    await set_survivor(uow, merged.id, survivor.id)
    await keep_keys(uow, rulebook, seen.both)
    return result


async def unmerge(target: Target, uow: UnitOfWork, rulebook: RuleBook, reason: str) -> Changed[Pair]:
    """Undo a merge: the customer is one of its own again, with its accounts and matters that have not gone elsewhere.

    Raises RuleError and as `Store.change`.
    """
    seen = await _pair(target, uow)
    seen.check(PairVerb.UNDO)
    merged, survivor = await _customers(uow, seen)
    accounts = await _accounts_of(uow, survivor.id, among=seen.moved)
    by = target.caller.subject
    result = await PAIRS.change(uow, target, rulebook, lambda pair, _rules: pair.undo(by, reason, uow.now))
    merged.actor = _actor(target, uow)
    merged.unmerge(seen.id, len(accounts), uow.now)
    CUSTOMERS.save(uow, merged, {}, rulebook.rules)
    await _hand_over(target, uow, rulebook, accounts, merged, seen.id)
    await hand_over(uow, seen.matters, survivor.id, merged.id)
    await clear_survivor(uow, merged.id)
    await keep_keys(uow, rulebook, seen.both)
    return result


async def _pair(target: Target, uow: UnitOfWork) -> Pair:
    """Return a pair as it is now, not locked. Raises `not-found`, and RuleError where one side is not seen."""
    scope = target.caller.scope
    statement = PAIRS.select().where(duplicate_pair.c.id == target.aggregate_id)
    row = (await uow.connection.execute(narrow(statement, scope, PAIRS.scopes))).mappings().one_or_none()
    if row is None:
        raise NOT_FOUND(PAIRS.missing)
    pair = PAIRS.read(row, uow.records)
    if len(await seen_of(uow.connection, scope, pair.both)) < len(pair.both):
        raise RuleError(
            "other-side-elsewhere",
            ELSEWHERE,
            "请由市级人员，或两个用户都在其管辖范围内的人员办理",
            "state",
        )
    return pair


async def _customers(uow: UnitOfWork, pair: Pair) -> tuple[Customer, Customer]:
    """Lock the two customers of a pair; return the merged one and the one who stays, who has to be active."""
    await mark_pending(uow, pair.both)
    loaded = {of: await CUSTOMERS.load(uow, of) for of in pair.both}
    merged = loaded.pop(pair.merged)
    (survivor,) = loaded.values()
    if survivor.state is not CustomerState.ACTIVE:
        raise RuleError(
            "survivor-not-active",
            "保留的用户现在不是有效状态",
            "已并入其他用户的，请先撤销那次合并；其他情形请核对该用户的状态",
            "survivor_id",
        )
    return merged, survivor


async def _check_sign_in(uow: UnitOfWork, survivor: str, merged: str) -> None:
    """Raise RuleError where a person who signs in would be left without a customer."""
    if not await signs_in(uow.connection, merged):
        return
    if await signs_in(uow.connection, survivor):
        raise RuleError(
            "both-sign-in",
            "两个用户都有登录身份，不能合并",
            "请先核实本人，由本人解除其中一个登录身份",
            "survivor_id",
        )
    raise RuleError(
        "survivor-without-sign-in",
        "被并入的用户有登录身份，保留的用户没有",
        "请改为保留有登录身份的用户",
        "survivor_id",
    )


async def _accounts_of(uow: UnitOfWork, customer_id: str, among: Collection[str] | None = None) -> list[str]:
    """Return the accounts that a customer has; `among` narrows to these. Raises RuleError for too many."""
    statement = select(account.c.id).where(account.c.customer_id == customer_id).order_by(account.c.id)
    if among is not None:
        statement = statement.where(account.c.id.in_(among))
    found = list((await uow.connection.execute(statement.limit(MOST_MOVED + 1))).scalars())
    if len(found) > MOST_MOVED:
        raise RuleError(
            "too-many-accounts",
            f"一次最多转移{MOST_MOVED}个户",
            "请保留户数多的用户",
            "survivor_id",
        )
    return found


async def _hand_over(
    target: Target,
    uow: UnitOfWork,
    rulebook: RuleBook,
    account_ids: Sequence[str],
    to: Customer,
    pair_id: str,
) -> None:
    """Let accounts go to a customer, their texts sealed under that customer's key."""
    sealer = rulebook.sealer
    key = await data_key(uow, sealer, to.id)
    texts = await accounts_texts(uow.connection, sealer, account_ids)
    for account_id in account_ids:
        item = await ACCOUNTS.load(uow, account_id)
        await tell_instead(uow, account_id, item.customer_id, to.id)
        item.actor = _actor(target, uow)
        item.reassign(to, uow.now, pair_id, rulebook.rules)
        ACCOUNTS.save(uow, item, {}, rulebook.rules)
        await end_bindings(
            uow, rulebook, BindingEnd.OWNED, _actor(target, uow), account_id=account_id, customer_id=to.id
        )
        await store_account(
            uow,
            sealer,
            key,
            account_id,
            customer_id=to.id,
            utility=item.utility,
            texts=texts.get(account_id, {}),
        )


def _actor(target: Target, uow: UnitOfWork) -> Actor:
    return Actor(uow.now, target.caller.subject, unit=target.caller.scope.unit)
