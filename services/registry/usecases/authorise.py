"""Record that somebody acts for a customer, granted by the customer or by a document; end what no longer holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import uuid_utils
from sqlalchemy import ColumnElement, or_, select

from libs.common.aggregate import Actor, Stead
from libs.common.auth.callers import Caller, ScopeKind, narrow
from libs.common.changes import Addition
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.problems import INVALID, FieldError
from libs.common.rules import RuleError
from services.registry.domain.authorisations import (
    Authorisation,
    AuthorisationEnd,
    AuthorisationKind,
    period,
)
from services.registry.domain.changes import ChangeReason
from services.registry.domain.customers import CustomerState
from services.registry.domain.particulars import Particular
from services.registry.domain.requests.values import RequestKind
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.authorisations import AUTHORISATIONS, granted
from services.registry.storage.requests import acting
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.standing_policy import STANDING_POLICY
from services.registry.storage.tables import STANDING, account
from services.registry.usecases.accounts import customer_for
from services.registry.usecases.customers import Described, customer_of, standing_customer
from services.registry.usecases.submit_request import channel_of

_a = STANDING.authorisation.c


@dataclass(frozen=True, slots=True)
class NewAuthorisation:
    """An authorisation to record; `customer_id` is for whom, which staff name. No accounts are all."""

    kind: AuthorisationKind
    customer_id: str | None
    agent: Described
    account_ids: Sequence[str]
    matters: Sequence[RequestKind]
    first: date | None
    last: date
    document_ref: str | None


async def authorise(
    uow: UnitOfWork, rulebook: RuleBook, new: NewAuthorisation, caller: Caller
) -> Authorisation:
    """Record an authorisation. Raises RuleError, `invalid` and `not-found`."""
    channel = channel_of(caller)
    customer_id = await _customer(uow, new, caller)
    actor = acting(caller, uow.now, customer_id, Stead.DOCUMENT, new.document_ref)
    await _check_accounts(uow, new.account_ids, customer_id, caller)
    agent_id = await _agent(uow, rulebook, new, actor, caller)
    begins, ends = period(new.first, new.last, rulebook.today, uow.now)
    item = Authorisation(
        str(uuid_utils.uuid7()),
        new.kind,
        customer_id,
        agent_id,
        tuple(sorted(new.account_ids)),
        tuple(sorted(new.matters)),
        begins,
        ends,
        channel,
        uow.now,
        actor.document_ref,
    )
    item.actor = actor
    limits = rulebook.policy(STANDING_POLICY)
    item.grant(limits)
    of_customer, of_agent = _a.customer_id == customer_id, _a.agent_owner == agent_id.upper()
    await _check_number(uow, of_customer, limits.authorisations_of_customer, "该用户")
    await _check_number(uow, of_agent, limits.authorisations_of_agent, "该代理人")
    await AUTHORISATIONS.add(uow, [Addition(item, rulebook.rules)])
    return item


async def end_authorisations(
    uow: UnitOfWork, rulebook: RuleBook, customer_id: str, reason: AuthorisationEnd, actor: Actor
) -> None:
    """End the authorisations of which a customer is either side."""
    sides = or_(_a.customer_id == customer_id, _a.agent_owner == customer_id.upper())
    for each in await granted(uow.connection, sides):
        item = await AUTHORISATIONS.load(uow, each.id)
        before = item.catch_up(uow.now, rulebook.rules)
        item.actor = actor
        if item.end_reason is None:
            item.end(reason, uow.now)
        if item.pending_events:
            AUTHORISATIONS.save(uow, item, before, rulebook.rules)


async def _customer(uow: UnitOfWork, new: NewAuthorisation, caller: Caller) -> str:
    """Return for whom is acted: the citizen who grants it, or whom staff name."""
    is_citizen = caller.scope.kind is ScopeKind.CITIZEN
    if is_citizen is (new.customer_id is not None):
        raise _wrong("customer_id", "窗口登记须填写委托人，本人授权不填", "请按办理方式填写")
    if is_citizen:
        if new.document_ref is not None:
            raise _wrong("document_ref", "本人授权不填文件编号", "请清空")
        return await customer_of(uow.connection, caller)
    item = await standing_customer(uow, new.customer_id or "", scope=caller.scope)
    if item.state is not CustomerState.ACTIVE:
        raise RuleError("customer-not-active", "该用户的信息现在不能使用", "请核对委托人", "customer_id")
    return item.id


async def _check_accounts(
    uow: UnitOfWork, account_ids: Sequence[str], customer_id: str, caller: Caller
) -> None:
    """Raise `invalid` for an account that is not the customer's, or that staff do not see."""
    statement = select(account.c.id).where(
        account.c.id.in_(account_ids), account.c.customer_id == customer_id
    )
    own = set((await uow.connection.execute(narrow(statement, caller.scope, ACCOUNTS.scopes))).scalars())
    if not own.issuperset(account_ids):
        raise _wrong("account_ids", "只能授权委托人名下的户", "请从委托人的户中选择")


async def _agent(
    uow: UnitOfWork, rulebook: RuleBook, new: NewAuthorisation, actor: Actor, caller: Caller
) -> str:
    """Return the customer who is to act, found by the identifier or opened."""
    if not new.agent.texts.get(Particular.IDENTIFIER):
        raise _wrong("agent.identifier", "代理人的证件号码必填", "请填写代理人的证件号码")
    reason = ChangeReason.APPLICATION
    try:
        return (await customer_for(uow, rulebook, new.agent, actor, reason, field="agent")).id
    except RuleError as error:
        if caller.scope.kind is not ScopeKind.CITIZEN:
            raise
        # Citizens are not told who is on record.
        raise RuleError(
            "agent-unconfirmed",
            "代理人的名称和证件号码未能核对一致",
            "请核对后重新填写；仍不能授权的，请双方到办事大厅办理",
            "agent",
        ) from error


async def _check_number(uow: UnitOfWork, of: ColumnElement[bool], most: int, whose: str) -> None:
    known = [each for each in await granted(uow.connection, of) if uow.now < each.valid_until]
    if len(known) >= most:
        raise RuleError(
            "authorisations-too-many", f"{whose}至多有{most}项有效授权", "请先终止不用的授权", "agent"
        )


def _wrong(field: str, rule: str, remedy: str) -> Exception:
    return INVALID(errors=[FieldError(field, rule, remedy, "one-of")])
