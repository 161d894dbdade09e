"""What customers ask for by their rights in their data: restricted, used again, erased, and each time noted."""

import uuid_utils
from sqlalchemy import delete, func, insert, select, update

from libs.common.auth.callers import Caller
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.columns import inventory
from libs.common.rules import RuleError
from services.registry.domain.accounts import Account
from services.registry.domain.authorisations import AuthorisationEnd
from services.registry.domain.bindings import BindingEnd
from services.registry.domain.customers import Customer
from services.registry.domain.rights import Notice, Right, held_by
from services.registry.storage.accounts import ACCOUNTS
from services.registry.storage.customers import CUSTOMERS
from services.registry.storage.matching import merged_into
from services.registry.storage.rights_policies import RETENTION_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import (
    account,
    account_request,
    consent,
    login,
    message,
    messages_seen,
    metadata,
    request_party,
    rights_request,
)
from services.registry.usecases.authorise import end_authorisations
from services.registry.usecases.end_bindings import end_bindings
from services.registry.usecases.matching import keep_keys

_COLUMNS = inventory(metadata)


async def restrict(target: Target, uow: UnitOfWork, rulebook: RuleBook) -> Changed[Customer]:
    """Only store a customer from now on."""
    result = await CUSTOMERS.change(uow, target, rulebook, lambda item, _rules: item.restrict(uow.now))
    await keep_keys(uow, rulebook, [target.aggregate_id])
    return result


async def lift(target: Target, uow: UnitOfWork, rulebook: RuleBook) -> Changed[Customer]:
    """Use a customer again."""
    result = await CUSTOMERS.change(uow, target, rulebook, lambda item, _rules: item.lift(uow.now))
    await keep_keys(uow, rulebook, [target.aggregate_id])
    return result


async def erase(target: Target, uow: UnitOfWork, rulebook: RuleBook) -> tuple[Changed[Customer], list[str]]:
    """Erase what is known of a customer, for good; what holds it is the refusal.

    Return also the ids under which something was known: the customer's, and of those who were merged into it.
    """
    customer_id = target.aggregate_id
    accounts = await accounts_of(uow, customer_id)
    statement = (
        select(func.count())
        .select_from(account_request)
        .join(request_party, request_party.c.request_id == account_request.c.id)
        .where(request_party.c.owner == customer_id.upper(), account_request.c.finished_at.is_(None))
    )
    opened = await uow.connection.scalar(statement) or 0
    held = held_by(accounts, opened, rulebook.policy(RETENTION_POLICY), uow.now)
    result = await CUSTOMERS.change(uow, target, rulebook, lambda item, _rules: item.erase(held, uow.now))
    if result.refusal is not None:
        return result, []
    merged = (await uow.connection.execute(merged_into(customer_id))).scalars()
    erased = [customer_id, *map(str, merged)]
    for each in erased:
        await rulebook.sealer.erase(uow, each, _COLUMNS)
    await uow.connection.execute(delete(login).where(login.c.subject.in_(erased)))
    actor = CUSTOMERS.actor_of(result.aggregate, target, uow.now)
    await end_bindings(uow, rulebook, BindingEnd.ERASED, actor, customer_id=customer_id)
    await end_authorisations(uow, rulebook, customer_id, AuthorisationEnd.ERASED, actor)
    for table in (message, messages_seen):
        owners = [each.upper() for each in erased]
        await uow.connection.execute(delete(table).where(table.c.owner.in_(owners)))
    await keep_keys(uow, rulebook, [customer_id])
    return result, erased


async def accounts_of(uow: UnitOfWork, customer_id: str) -> list[Account]:
    """Return the accounts that a customer has, the oldest first."""
    statement = ACCOUNTS.select().where(account.c.customer_id == customer_id)
    rows = await uow.connection.execute(statement.order_by(account.c.opened_at, account.c.id))
    return [ACCOUNTS.read(row) for row in rows.mappings()]


async def note_right(
    uow: UnitOfWork,
    caller: Caller,
    customer_id: str,
    kind: Right,
    document_ref: str | None,
    refusal: RuleError | None = None,
) -> None:
    """Note what was asked for, by whom, and what it was refused for."""
    row = {
        "id": str(uuid_utils.uuid7()),
        "customer_id": customer_id,
        "owner": customer_id.upper(),
        "kind": kind,
        "asked_at": uow.now,
        "actor": caller.subject,
        "unit": caller.scope.unit,
        "document_ref": document_ref,
        "refusal": refusal and refusal.code,
        "refusal_text": refusal and f"{refusal.text}。{refusal.remedy}",
    }
    await uow.connection.execute(insert(rights_request), row)


async def accept_notice(
    uow: UnitOfWork, caller: Caller, customer_id: str, version: str, notice: Notice, document_ref: str | None
) -> None:
    """Note that a customer accepted the notice of today; once is enough. Raises RuleError for another version."""
    if version != notice.version:
        raise RuleError("notice-outdated", "告知内容已更新", "请阅读最新告知后再同意", "notice_version")
    c = consent.c
    standing = select(c.id).where(
        c.customer_id == customer_id, c.notice_version == version, c.withdrawn_at.is_(None)
    )
    if await uow.connection.scalar(standing) is not None:
        return
    row = {
        "id": str(uuid_utils.uuid7()),
        "customer_id": customer_id,
        "owner": customer_id.upper(),
        "notice_version": version,
        "accepted_at": uow.now,
        "channel": caller.channel or "WINDOW",
        "document_ref": document_ref,
    }
    await uow.connection.execute(insert(consent), row)


async def withdraw_consent(uow: UnitOfWork, customer_id: str) -> None:
    """Withdraw what a customer consented to; what was done before stays lawful. Raises RuleError without any."""
    c = consent.c
    standing = update(consent).where(c.customer_id == customer_id, c.withdrawn_at.is_(None))
    if not (await uow.connection.execute(standing.values(withdrawn_at=uow.now))).rowcount:
        raise RuleError("no-consent", "没有可撤回的同意", "请核对")
