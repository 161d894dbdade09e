"""Citizens by their logins, on the registry's own tables: who is found, who is opened, who is refused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.clock import SystemClock
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.rules import RuleError
from services.registry.bootstrap import build
from services.registry.dev.providers import SampleProviders, settings_for
from services.registry.domain.customers import CustomerState
from services.registry.identity.policy import IDENTITY_POLICY
from services.registry.identity.port import Found, Provider, SubjectKind, VerifiedIdentity
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import CUSTOMER_COLUMNS, LOGIN_COLUMNS, customer, login
from services.registry.usecases.logins import Logins
from tests.services.registry.samples import credit_code, new_account, organisation, person, resident_id
from tests.services.registry.standing_samples import at_level
from tests.support.service import Client, Running, running_as
from tests.support.serving import served

PERSON = VerifiedIdentity(
    Provider.ISHANDONG,
    "sqn-laptop",
    "p-1",
    SubjectKind.PERSON,
    Assurance.REAL_NAME,
    "王小明",
    resident_id(1),
    "13800000001",
)
WECHAT = VerifiedIdentity(Provider.WECHAT, "wx-1", "oLaptopUser0001", SubjectKind.PERSON, Assurance.ACCOUNT)


class Citizens:
    """The registry's logins, each asked in a transaction of its own."""

    def __init__(self, registry: Running) -> None:
        self._registry = registry
        rulebook = registry.service.state["rulebook"]
        assert isinstance(rulebook, RuleBook)
        self.rulebook = rulebook
        self._logins = Logins(rulebook)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[UnitOfWork]:
        await self.rulebook.refresh()
        async with self._registry.service.database.unit_of_work(self._registry.clock.now()) as uow:
            yield uow

    async def sign_in(self, identity: VerifiedIdentity) -> str:
        async with self.work() as uow:
            return (await self._logins.find_or_open(uow, identity)).customer

    async def link(self, customer: str, identity: VerifiedIdentity) -> None:
        async with self.work() as uow:
            await self._logins.link(uow, customer, identity, Assurance.REAL_NAME)

    async def set_state(self, of: str, **values: Any) -> None:
        async with self.work() as uow:
            statement = select(customer.c.record).where(customer.c.id == of.lower())
            record = (await uow.connection.execute(statement)).scalar_one()
            await uow.connection.execute(
                update(customer)
                .where(customer.c.id == of.lower())
                .values(record={**record, **values}, **values)
            )


@pytest.fixture
def citizens(registry: Running) -> Citizens:
    return Citizens(registry)


async def shown(registry: Running, customer_id: str) -> dict[str, Any]:
    owner = registry.client("citizen", ScopeKind.CITIZEN, customer_id)
    return dict((await owner.get(f"/customers/{customer_id.lower()}")).body)


async def with_account(registry: Running, whose: dict[str, object]) -> str:
    clerk = registry.client("clerk", ScopeKind.UTILITY, "W-371502")
    opened = (await clerk.post("/accounts", new_account(whose), 201)).body
    account = (await clerk.get(f"/accounts/{opened['id']}")).body
    return str(account["customer_id"]).upper()


async def test_who_is_not_known_is_opened_with_what_is_verified(
    registry: Running, citizens: Citizens
) -> None:
    mine = await citizens.sign_in(PERSON)
    assert mine == mine.upper()
    record = await shown(registry, mine)
    assert (record["name"], record["identifier"], record["mobile"]) == (
        "王小明",
        resident_id(1),
        "13800000001",
    )
    assert [name for name, _ in await registry.events(mine.lower())] == ["customer_opened"]
    assert await citizens.sign_in(PERSON) == mine
    # What the provider says later changes nothing: the account is what is linked.
    assert await citizens.sign_in(replace(PERSON, identifier=resident_id(2), name="李四")) == mine


@pytest.mark.parametrize(
    ("assurance", "status", "mobile"),
    [(None, 401, ""), ("L1", 401, ""), ("L2", 200, "138****0001"), ("L3", 200, "13800000001")],
)
async def test_a_citizen_sees_as_much_as_the_sign_in_proved(
    registry: Running, citizens: Citizens, assurance: str | None, status: int, mobile: str
) -> None:
    mine = await citizens.sign_in(PERSON)
    caller = Caller(
        mine,
        frozenset({"citizen"}),
        Scope(ScopeKind.CITIZEN, mine),
        channel="WECHAT",
        assurance=Assurance.of(assurance),
    )
    client = registry.keep(Client(registry.app, registry.token(caller)))
    answer = await client.get(f"/customers/{mine.lower()}", status)
    assert answer.body.get("mobile", "") == mobile
    await client.get("/accounts", status)
    await client.get(f"/customers/{mine.lower()}/events", status)


async def test_what_nobody_verified_is_not_kept(registry: Running, citizens: Citizens) -> None:
    low = replace(PERSON, assurance=Assurance.MOBILE)
    record = await shown(registry, await citizens.sign_in(low))
    assert (record["name"], record["identifier"], record["mobile"]) == (None, None, "13800000001")
    record = await shown(registry, await citizens.sign_in(WECHAT))
    assert {record[name] for name in ("name", "identifier", "mobile")} == {None}


async def test_a_verified_identifier_finds_the_customer_on_record(
    registry: Running, citizens: Citizens
) -> None:
    known = await with_account(registry, person(1))
    name = (await shown(registry, known))["name"]
    assert await citizens.sign_in(replace(PERSON, name=name)) == known
    # Another account of the same person at the provider.
    assert await citizens.sign_in(replace(PERSON, user_id="p-2", name=name)) == known


@pytest.mark.parametrize("assurance", [Assurance.ACCOUNT, Assurance.MOBILE])
async def test_an_identifier_that_is_not_verified_finds_nobody(
    registry: Running, citizens: Citizens, assurance: Assurance
) -> None:
    known = await with_account(registry, person(1))
    assert await citizens.sign_in(replace(PERSON, assurance=assurance)) != known


async def test_an_identifier_under_another_name_is_for_a_person_to_decide(
    registry: Running, citizens: Citizens
) -> None:
    await with_account(registry, person(1))
    with pytest.raises(RuleError, match="name-differs"):
        await citizens.sign_in(replace(PERSON, name="另一个人"))
    async with registry.service.database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(login)) == 0


async def test_a_legal_person_is_found_by_its_credit_code(registry: Running, citizens: Citizens) -> None:
    known = await with_account(registry, organisation(1))
    company = replace(PERSON, kind=SubjectKind.LEGAL, name="示例第1商贸有限公司", identifier=credit_code(1))
    assert await citizens.sign_in(company) == known


async def test_a_user_id_is_of_its_provider_and_application(citizens: Citizens) -> None:
    mine = await citizens.sign_in(WECHAT)
    others = [replace(WECHAT, realm="wx-2"), replace(WECHAT, provider=Provider.ISHANDONG)]
    assert len({mine, *[await citizens.sign_in(other) for other in others]}) == 3


async def test_a_user_id_stands_sealed(registry: Running, citizens: Citizens) -> None:
    await citizens.sign_in(WECHAT)
    async with registry.service.database.reading() as connection:
        (row,) = (await connection.execute(select(login))).mappings()
        (opened,) = await citizens.rulebook.sealer.opened(connection, LOGIN_COLUMNS, [row])
    assert opened == {"user_id": WECHAT.user_id}
    assert WECHAT.user_id.encode() not in row["user_id"]
    assert WECHAT.user_id not in row["user_id_index"]


async def test_who_was_merged_is_the_one_it_was_merged_into(citizens: Citizens) -> None:
    one, other = await citizens.sign_in(WECHAT), await citizens.sign_in(PERSON)
    await citizens.set_state(one, state=CustomerState.MERGED, merged_into=other.lower())
    assert await citizens.sign_in(WECHAT) == other


async def test_who_was_erased_is_found_no_more(citizens: Citizens) -> None:
    mine = await citizens.sign_in(PERSON)
    async with citizens.work() as uow:
        await citizens.rulebook.sealer.erase(uow, mine.lower(), [*CUSTOMER_COLUMNS, *LOGIN_COLUMNS])
    await citizens.set_state(mine, state=CustomerState.ERASED)
    again = await citizens.sign_in(PERSON)
    assert again != mine
    assert await citizens.sign_in(PERSON) == again


async def test_a_login_is_linked_to_who_has_none_of_it(citizens: Citizens) -> None:
    mine = await citizens.sign_in(PERSON)
    for _ in range(2):
        await citizens.link(mine, WECHAT)
    assert await citizens.sign_in(WECHAT) == mine


async def test_a_login_of_whom_nothing_is_known_changes_over(citizens: Citizens) -> None:
    """Who opened the mini-program first, and signs in under the real name later."""
    before, mine = await citizens.sign_in(WECHAT), await citizens.sign_in(PERSON)
    await citizens.link(mine, WECHAT)
    assert await citizens.sign_in(WECHAT) == mine != before


async def test_a_login_of_somebody_who_is_known_stays(citizens: Citizens) -> None:
    mine = await citizens.sign_in(PERSON)
    other = await citizens.sign_in(replace(WECHAT, assurance=Assurance.MOBILE, mobile="13800000009"))
    with pytest.raises(RuleError, match="account-linked-elsewhere"):
        await citizens.link(mine, WECHAT)
    assert await citizens.sign_in(WECHAT) == other


async def test_a_linked_login_proves_what_linked_it_up_to_the_level_of_the_policy(
    registry: Running, citizens: Citizens
) -> None:
    mine = await citizens.sign_in(PERSON)
    policy = citizens.rulebook.policy(IDENTITY_POLICY)
    assert policy.linked_level is Assurance.MOBILE
    async with citizens.work() as uow:
        logins = Logins(citizens.rulebook)
        # What opened the customer proves what it says itself.
        assert await logins.find_or_open(uow, PERSON) == Found(mine)
        await logins.link(uow, mine, WECHAT, Assurance.REAL_NAME)
        found = await logins.find_or_open(uow, WECHAT)
    assert found == Found(mine, Assurance.REAL_NAME)
    assert found.assurance(WECHAT.assurance, policy.linked_level) is Assurance.MOBILE
    assert found.assurance(Assurance.REAL_NAME, policy.linked_level) is Assurance.REAL_NAME
    assert (
        Found(mine, Assurance.ACCOUNT).assurance(WECHAT.assurance, policy.linked_level) is Assurance.ACCOUNT
    )


async def test_a_linked_login_is_unlinked_by_its_customer_alone(
    registry: Running, citizens: Citizens
) -> None:
    mine = await citizens.sign_in(PERSON)
    await citizens.link(mine, WECHAT)
    owner = registry.client("citizen", ScopeKind.CITIZEN, mine)
    first, second = (await owner.get("/login-links")).body["items"]
    assert [(each["provider"], each["linked"], each["level"]) for each in (first, second)] == [
        ("ISHANDONG", False, None),
        ("WECHAT", True, "L3"),
    ]
    other = await citizens.sign_in(replace(PERSON, user_id="p-9", identifier=resident_id(9)))
    stranger = registry.client("citizen", ScopeKind.CITIZEN, other)
    path = f"/login-links/{second['id']}/unlinking"
    await stranger.post(path, None, 404)
    low = at_level(registry, mine.lower(), Assurance.MOBILE)
    await low.post(path, None, 401)
    assert (await owner.post(f"/login-links/{first['id']}/unlinking", None, 409)).code == "login-not-linked"
    left = (await owner.post(path)).body["items"]
    assert [each["id"] for each in left] == [first["id"]]
    assert await citizens.sign_in(WECHAT) != mine


async def test_sign_ins_of_one_person_at_once_open_one_customer(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole service as the environment sets it up, with providers behind it on a socket."""
    providers = SampleProviders(SystemClock())
    async with served(providers.app()) as server:
        url = f"http://127.0.0.1:{server.port}"
        for name, value in settings_for(url, "http://registry.example").items():
            monkeypatch.setenv(f"SQN_{name}".upper(), value)
        async with running_as(Running, build, database_url, tmp_path) as registry:
            await registry.service.migrate()
            backend = registry.client("channel", ScopeKind.CHANNEL, "WECHAT")
            requests = [
                providers.request_of(provider, "person-1")
                for provider in (Provider.WECHAT, Provider.ISHANDONG)
                for _ in range(3)
            ]
            answers = await asyncio.gather(
                *(backend.post(path.removeprefix("/v1"), body) for path, body in requests)
            )
            customers = [answer.body["customer"] for answer in answers]
            assert (len(set(customers[:3])), len(set(customers[3:]))) == (1, 1)
            async with registry.service.database.reading() as connection:
                assert await connection.scalar(select(func.count()).select_from(login)) == 2
