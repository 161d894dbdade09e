"""Logins: the accounts at the providers of identities by which customers sign in; a user id is sealed and found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import uuid_utils
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.auth.callers import Assurance
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.sealer import Sealer
from services.registry.identity.port import Provider, VerifiedIdentity
from services.registry.storage.particulars import data_key, holding
from services.registry.storage.tables import LOGIN_COLUMNS, login

(_USER_ID,) = LOGIN_COLUMNS


@dataclass(frozen=True, slots=True)
class Login:
    """An account that a customer signs in with, and the level of the sign-in that linked it, None without one."""

    id: str
    subject: str
    provider: Provider
    linked_at: datetime
    level: Assurance | None


async def login_of(uow: UnitOfWork, sealer: Sealer, identity: VerifiedIdentity) -> Login | None:
    """Return the login of an identity's account; of who was erased nothing is found."""
    statement = select(login).where(
        login.c.provider == identity.provider,
        login.c.realm == identity.realm,
        holding(sealer, _USER_ID, identity.user_id),
    )
    row = (await uow.connection.execute(statement)).one_or_none()
    return None if row is None else _login(row)


async def logins_of(connection: AsyncConnection, customer_id: str) -> list[Login]:
    """Return the logins of a customer, the oldest first."""
    statement = select(login).where(login.c.subject == customer_id).order_by(login.c.linked_at, login.c.id)
    return [_login(row) for row in await connection.execute(statement)]


async def add_login(
    uow: UnitOfWork,
    sealer: Sealer,
    customer_id: str,
    identity: VerifiedIdentity,
    level: Assurance | None = None,
) -> None:
    """Add an identity's account to a customer, by a sign-in of a level. Raises IntegrityError where it has one."""
    key, row = await data_key(uow, sealer, customer_id), str(uuid_utils.uuid7())
    values = {
        "id": row,
        "subject": customer_id,
        "provider": identity.provider,
        "realm": identity.realm,
        "linked_at": uow.now,
        "linked_level": level,
        **sealer.sealed(key, LOGIN_COLUMNS, row, customer_id, {_USER_ID.name: identity.user_id}),
    }
    await uow.connection.execute(insert(login), values)


async def set_level(uow: UnitOfWork, login_id: str, level: Assurance) -> None:
    """Note the level of the sign-in that linked an account anew."""
    await uow.connection.execute(update(login).where(login.c.id == login_id).values(linked_level=level))


async def remove_login(uow: UnitOfWork, login_id: str) -> None:
    """Unlink an account from its customer."""
    await uow.connection.execute(delete(login).where(login.c.id == login_id))


def _login(row: Any) -> Login:
    level = None if row.linked_level is None else Assurance(row.linked_level)
    return Login(row.id, row.subject, Provider(row.provider), row.linked_at, level)
