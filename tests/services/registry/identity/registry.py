"""The routes of sign-in as they run, over a table of logins."""

from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from libs.common.audit.tables import add_audit_tables
from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import TokenVerifier
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.policy import PolicyKind
from libs.common.rules import RuleError
from services.registry.dev.providers import SampleProviders
from services.registry.identity.port import Found, Provider, VerifiedIdentity
from tests.services.registry.samples import shipped

T = TypeVar("T")

CITIZEN_ISSUER = "http://registry"
metadata = MetaData()
AUDIT = add_audit_tables(metadata)
login = Table(
    "login",
    metadata,
    Column("account", String(200), primary_key=True),
    Column("customer", String(36)),
    Column("level", Integer),
)


class Logins:
    """Customers by the accounts that sign in: what the registry does on tables of its own."""

    async def find_or_open(self, uow: UnitOfWork, identity: VerifiedIdentity) -> Found:
        statement = select(login.c.customer, login.c.level).where(login.c.account == _key(identity))
        row = (await uow.connection.execute(statement)).one_or_none()
        if row is not None:
            return Found(row.customer, None if row.level is None else Assurance(row.level))
        customer = str(uuid4()).upper()
        await uow.connection.execute(insert(login), {"account": _key(identity), "customer": customer})
        return Found(customer)

    async def link(
        self, uow: UnitOfWork, customer: str, identity: VerifiedIdentity, level: Assurance
    ) -> None:
        found = await uow.connection.scalar(select(login.c.customer).where(login.c.account == _key(identity)))
        if found not in (None, customer):
            raise RuleError("account-linked-elsewhere", "已绑定其他用户", "请先解绑")
        if found is None:
            row = {"account": _key(identity), "customer": customer, "level": level}
            await uow.connection.execute(insert(login), row)


def _key(identity: VerifiedIdentity) -> str:
    return f"{identity.provider}:{identity.realm}:{identity.user_id}"


@dataclass
class Registry:
    """The routes as they run, and who calls them."""

    app: FastAPI
    database: Database
    issuer: LocalIssuer
    verifier: TokenVerifier
    providers: SampleProviders
    clock: ManualClock
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://registry")

    async def post(self, path: str, body: Any, token: str | None = None, key: str = "") -> httpx.Response:
        given = token or self.issuer.issue(backend("ISHANDONG"))
        headers = {"Authorization": f"Bearer {given}", "Idempotency-Key": key or str(uuid4())}
        return await self.client.post(path, json=body, headers=headers)

    async def sign_in(
        self, provider: Provider = Provider.ISHANDONG, person: str = "person-1", channel: str = "ISHANDONG"
    ) -> dict[str, Any]:
        path, body = self.providers.request_of(provider, person)
        answer = await self.post(path, body, self.issuer.issue(backend(channel)))
        assert answer.status_code == 200, answer.text
        signed_in: dict[str, Any] = answer.json()
        return signed_in


def backend(channel: str) -> Caller:
    return Caller(f"m-{channel}", frozenset({"channel"}), Scope(ScopeKind.CHANNEL, channel))


class Shipped:
    """The policies that ship."""

    async def refresh(self) -> None:
        """Nothing changes."""

    def policy(self, kind: PolicyKind[T], /) -> T:
        return shipped(kind)
