"""PostgreSQL's policies alone, without the condition that the service adds: a unit's reads see its rows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.database.engine import Database
from libs.common.encryption.sealer import Sealer
from services.registry.bootstrap import build
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import account, account_particulars, customer
from services.registry.usecases.search_street import Sought, search_street
from tests.services.registry import alike
from tests.services.registry.samples import new_account, person
from tests.services.registry.test_accounts import opened
from tests.support.service import Running, running_as

HERE = ("W-371502", "371502", "东昌府区古楼街道东关街12号")
THERE = ("W-371503", "371503", "茌平区振兴街道1号")
_NEVER = datetime(2022, 1, 1, tzinfo=UTC)


@pytest.fixture
async def role(postgres_url: str) -> AsyncIterator[str]:
    """The address of the database for a role that owns its tables and is no superuser, as production has it."""
    name, administrator = f"owner_{uuid4().hex}", Database(postgres_url)
    async with administrator.unit_of_work(_NEVER) as uow:
        await uow.connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'"))
        await uow.connection.execute(text(f"GRANT ALL ON SCHEMA public TO {name}"))
        await uow.connection.execute(
            text(f"GRANT CREATE ON DATABASE {make_url(postgres_url).database} TO {name}")
        )
    yield make_url(postgres_url).set(username=name, password=name).render_as_string(hide_password=False)
    async with administrator.unit_of_work(_NEVER) as uow:
        await uow.connection.execute(text(f"DROP OWNED BY {name} CASCADE"))
        await uow.connection.execute(text(f"DROP ROLE {name}"))
    await administrator.close()


def sealer_of(registry: Running) -> Sealer:
    """The service's sealer."""
    rulebook = registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    return rulebook.sealer


async def seen(database: Database, scope: Scope | None) -> list[int]:
    """How many accounts, their particulars and customers are there for a read that narrows nothing."""
    async with database.reading(scope) as connection:
        return [
            await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (account, account_particulars, customer)
        ]


async def test_a_read_without_its_condition_sees_the_rows_of_its_unit_alone(
    role: str, tmp_path: Path
) -> None:
    async with running_as(Running, build, role, tmp_path) as registry:
        await registry.service.migrate()
        for number, (utility, _, address) in enumerate((HERE, HERE, THERE), 1):
            await opened(registry, new_account(person(number), f"000{number}", address=address), utility)
        database = registry.service.database
        utility, district = ScopeKind.UTILITY, ScopeKind.DISTRICT
        assert await seen(database, Scope(utility, HERE[0])) == [2, 2, 2]
        assert await seen(database, Scope(utility, THERE[0])) == [1, 1, 1]
        assert await seen(database, Scope(utility, "W-371521")) == [0, 0, 0]
        assert await seen(database, Scope(district, HERE[1])) == [2, 2, 2]
        assert await seen(database, Scope(district, THERE[1])) == [1, 1, 1]
        assert await seen(database, Scope(ScopeKind.CITY)) == [3, 3, 3]
        # Nothing of a scope is left on the connection for who reads next.
        assert await seen(database, None) == [3, 3, 3]
        # A search within a street that would narrow nothing itself opens nobody else's account either.
        sought, sealer = Sought("371502001", name="王"), sealer_of(registry)
        for scope, opened_accounts in ((Scope(utility, HERE[0]), 2), (Scope(utility, THERE[0]), 0)):
            async with database.reading(scope) as connection:
                found = await search_street(connection, sealer, Scope(ScopeKind.CITY), sought, None)
            assert (found.opened, len(found.customer_ids)) == (opened_accounts, opened_accounts)
        clerk = registry.client("clerk", utility, THERE[0])
        (row,) = (await clerk.get("/accounts")).body["items"]
        assert row["utility"] == THERE[0]


async def test_a_merged_customer_is_seen_where_who_stays_is_seen(role: str, tmp_path: Path) -> None:
    async with running_as(Running, build, role, tmp_path) as registry:
        await registry.service.migrate()
        keeps, goes = await alike.opened(registry, "0001"), await alike.opened(registry, "0002", "G-371502")
        await opened(registry, new_account(person(9), "0009", address=THERE[2]), THERE[0])
        database = registry.service.database
        utility, district = ScopeKind.UTILITY, ScopeKind.DISTRICT
        ids = select(customer.c.id)

        async def customers(scope: Scope) -> set[str]:
            async with database.reading(scope) as connection:
                return set((await connection.scalars(ids)).all())

        gas, water, hall = Scope(utility, "G-371502"), Scope(utility, HERE[0]), Scope(district, HERE[1])
        assert [await customers(scope) for scope in (water, gas)] == [{keeps}, {goes}]
        await alike.merged(registry, keeps, goes)
        # Both units have accounts of who stays now, and both resolve the old id; nobody else does.
        assert [await customers(scope) for scope in (water, gas, hall)] == [{keeps, goes}] * 3
        assert not {keeps, goes} & await customers(Scope(utility, THERE[0]))
        assert not {keeps, goes} & await customers(Scope(district, THERE[1]))
        for code in (HERE[0], "G-371502"):
            clerk = registry.client("clerk", utility, code)
            assert (await clerk.get(f"/customers/{goes}")).body["merged_into"] == keeps
            (row,) = (await clerk.get("/accounts", customer_id=goes)).body["items"]
            assert (row["customer_id"], row["utility"]) == (keeps, code)
        await registry.client("clerk", utility, THERE[0]).get(f"/customers/{goes}", 404)
