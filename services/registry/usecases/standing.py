"""As whom a citizen acts on what is another's: for who has it, by an authorisation that holds, or for nobody.

An act in a transaction looks here within it, and what it found cannot be ended before the act is stored.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Caller, Representation, Scope, ScopeKind
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from services.registry.domain.authorisations import Authorisation
from services.registry.domain.requests.values import RequestKind
from services.registry.storage.authorisations import granted
from services.registry.storage.tables import STANDING, account, account_request

_a = STANDING.authorisation.c


async def on_account(
    connection: AsyncConnection,
    caller: Caller,
    account_id: str,
    now: datetime,
    matter: RequestKind | None = None,
    *,
    locked: bool = False,
) -> Caller:
    """Return as whom a caller acts on an account: the caller, or for its customer where that is authorised.

    `matter` is the kind of request that is made; None is for seeing alone. Raises RuleError for one that the caller
    is not authorised for.
    """
    if caller.scope.kind is not ScopeKind.CITIZEN:
        return caller
    holder = await connection.scalar(select(account.c.customer_id).where(account.c.id == account_id))
    return await _for_one_of(connection, caller, [holder], now, account_id, matter, locked=locked)


async def on_request(
    connection: AsyncConnection, caller: Caller, request_id: str, now: datetime, *, sees_only: bool = True
) -> Caller:
    """Return as whom a caller acts on a request: the caller, or for one of its parties."""
    if caller.scope.kind is not ScopeKind.CITIZEN:
        return caller
    r = account_request.c
    statement = select(r.customer_id, r.receiver_id, r.account_id, r.kind).where(r.id == request_id)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return caller
    matter = None if sees_only else RequestKind(row.kind)
    parties = [row.customer_id, row.receiver_id]
    return await _for_one_of(connection, caller, parties, now, row.account_id, matter, locked=not sees_only)


async def of_request_command(uow: UnitOfWork, caller: Caller, request_id: str) -> Caller:
    """Return as whom a caller gives a command on a request that is not the caller's own."""
    if caller.scope.kind is not ScopeKind.CITIZEN:
        return caller
    return await on_request(uow.connection, caller, request_id, uow.now, sees_only=False)


async def for_customer(
    connection: AsyncConnection, caller: Caller, customer_id: str, now: datetime
) -> Caller:
    """Return as whom a caller lists what is a customer's: for that one where it is authorised."""
    if caller.scope.kind is not ScopeKind.CITIZEN:
        return caller
    return await _for_one_of(connection, caller, [customer_id], now)


async def _for_one_of(
    connection: AsyncConnection,
    caller: Caller,
    customer_ids: Collection[str | None],
    now: datetime,
    account_id: str | None = None,
    matter: RequestKind | None = None,
    *,
    locked: bool = False,
) -> Caller:
    of = [each for each in customer_ids if each is not None]
    if caller.scope.code in {each.upper() for each in of}:
        return caller
    conditions = _a.agent_owner == caller.scope.code, _a.customer_id.in_(of)
    seen = [
        each for each in await granted(connection, *conditions, locked=locked) if each.covers(now, account_id)
    ]
    known = [each for each in seen if each.covers(now, account_id, matter)]
    if seen and not known:
        raise RuleError(
            "matter-not-authorised", "授权不包括此事项", "请由委托人本人办理，或由委托人增加授权的事项"
        )
    return _representing(caller, known) if known else caller


def _representing(caller: Caller, known: list[Authorisation]) -> Caller:
    """Return a caller who acts for the customer of the first authorisation, reaching what all of that one's reach."""
    first = known[0]
    same = [each for each in known if each.customer_id == first.customer_id]
    things = frozenset(account_id for each in same for account_id in each.account_ids)
    reach = things if all(each.account_ids for each in same) else None
    return replace(
        caller,
        scope=Scope(ScopeKind.CITIZEN, first.customer_id.upper()),
        representing=Representation(first.id, caller.scope.code, reach),
    )
