"""The registry's simulated city: a year of heating country, played through the API by those whom a laptop has."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from rich.console import Console
from sqlalchemy import func, select

from libs.common.auth.tokens import CITIZENS, StaticKeys, TokenVerifier, TrustedIssuer
from libs.common.clock import SystemClock
from libs.common.database.tables import outbox
from libs.common.places import Supply, load_places
from libs.common.settings import CommonSettings
from services.registry.bootstrap import build
from services.registry.dev import seed
from services.registry.dev.people import MACHINES
from services.registry.dev.providers import SampleProviders, settings_for
from services.registry.dev.simulation.apps import CITIZEN, Apps
from services.registry.dev.simulation.city import Simulator
from services.registry.dev.simulation.seasons import HeatSeason, wishes
from services.registry.identity.routes import Identity
from services.registry.storage.tables import ACCOUNT_IMPORTS
from tests.support.servers import sqlite_database
from tests.support.service import ISSUER, Running, running_as, when
from tests.support.serving import served

CITIZEN_ISSUER = "http://registry.example"
MONDAY = "2022-09-05 09:00"
KINDS = {"SUSPENSION", "RESUMPTION", "TRANSFER", "CLOSURE", "CHANGE"}


@asynccontextmanager
async def city(
    folder: Path, monkeypatch: pytest.MonkeyPatch, accounts: int = 2_200
) -> AsyncIterator[tuple[Running, str]]:
    """A registry with ledgers of the old town read in, where all live, and where citizens get their tickets."""
    old_town = load_places().utilities(district="371502")
    monkeypatch.setattr(seed, "utilities", lambda: old_town)
    monkeypatch.setattr("services.registry.dev.simulation.city._WEIGHTS", {"371502": 10**6})
    monkeypatch.setattr(seed, "FIRST", 200)
    monkeypatch.setenv("SQN_SEED_ACCOUNTS", str(accounts))
    async with served(SampleProviders(SystemClock()).app()) as server:
        url = f"http://127.0.0.1:{server.port}"
        for name, value in settings_for(url, CITIZEN_ISSUER).items():
            monkeypatch.setenv(f"SQN_{name}".upper(), value)
        async with running_as(Running, build, sqlite_database(folder), folder, MONDAY) as registry:
            await registry.service.migrate()
            await seed.seed(registry.service, Console(quiet=True))
            await _read_ledgers(registry)
            registry.app = _trusting_citizens(registry)
            registry.lift_quotas()
            yield registry, url


async def _read_ledgers(registry: Running) -> None:
    (loop,) = (loop for loop in registry.service.extra_loops if loop.name == "accounts-import")
    unfinished = select(func.count()).where(ACCOUNT_IMPORTS.job.c.finished_at.is_(None))
    while True:
        async with registry.service.database.reading() as connection:
            if not await connection.scalar(unfinished):
                return
        await loop.step()


def _trusting_citizens(registry: Running) -> Any:
    identity, audience = registry.service.state["identity"], CommonSettings.model_fields["audience"].default
    assert isinstance(identity, Identity)
    citizens = TrustedIssuer(CITIZEN_ISSUER, StaticKeys(identity.tokens.jwks()), CITIZENS)
    keys = StaticKeys(registry.issuer.jwks())
    return registry.service.app(TokenVerifier(ISSUER, audience, keys, registry.clock, others=[citizens]))


@asynccontextmanager
async def simulator(registry: Running, url: str | None, *, number: int = 7) -> AsyncIterator[Simulator]:
    """A simulator with the tokens that a laptop gives it; without `url` nobody has an app."""
    transport = httpx.ASGITransport(registry.app, raise_app_exceptions=False)
    mounts = {} if url is None else {url: httpx.AsyncHTTPTransport()}
    async with httpx.AsyncClient(transport=transport, base_url="http://city", mounts=mounts) as api:

        async def machine(name: str) -> str:
            return registry.token(MACHINES[name])

        apps = None if url is None else Apps(api, url, machine)

        async def token(role: str) -> str:
            if apps is not None and role.startswith(CITIZEN):
                return await apps.sign_in(role.removeprefix(CITIZEN))
            return await machine(f"simulator-{role}")

        yield Simulator(api, token, registry.clock, has_apps=apps is not None, seed=number)


async def play(registry: Running, player: Simulator, until: datetime) -> None:
    """Let a city that was started live until an instant."""
    while player.next_at <= until:
        registry.set_clock(max(player.next_at, registry.clock.now()))
        await registry.fire_timers()
        await player.play()


async def told(registry: Running) -> list[tuple[str, dict[str, Any]]]:
    """Every event, in order: its name and payload."""
    async with registry.service.database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.seq))).all()
    return [(row.type.split(".")[-2], msgspec.json.decode(row.payload)) for row in rows]


async def live(registry: Running, url: str | None, *days: str, number: int = 7) -> Counter[str]:
    """Let the city live on some days, each until nothing is left of it to do; return what was refused."""
    refused: Counter[str] = Counter()
    for day in days:
        registry.set_clock(f"{day} 09:00")
        async with simulator(registry, url, number=number) as player:
            await player.start()
            await play(registry, player, when(f"{day} 17:30"))
            player.wait = lambda: 10**9  # type: ignore[method-assign]  # nobody comes any more
            await play(registry, player, when(f"{day} 17:30") + timedelta(days=60))
            refused += player.refused
    return refused


# What a newcomer is to see happen.
HAPPENS = {
    "request_submitted",
    "request_received",
    "request_accepted",
    "request_approved",
    "request_done",
    "request_refused",
    "request_withdrawn",
    "request_overdue",
    "material_received",
    "request_agreed",
    "urged",
    "urge_answered",
    "question_asked",
    "question_answered",
    "case_rated",
    "account_suspended",
    "account_resumed",
    "account_transferred",
    "account_closed",
}


async def test_each_kind_of_request_happens_in_its_season_and_comes_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is seldom happens oftener here."""
    for name, share in {
        "WITHDRAWN": 0.25,
        "LATE": 0.3,
        "IMPATIENT": 0.2,
        "ASKED": 0.2,
        "DISAGREES": 0.2,
        "REFUSED": 0.15,
    }.items():
        monkeypatch.setattr(f"services.registry.dev.simulation.plan.{name}", share)
    async with city(tmp_path, monkeypatch) as (registry, url):
        refused = await live(registry, url, "2022-09-05", "2022-10-11")
        before_closing = list(await told(registry))
        refused += await live(registry, url, "2022-10-18", "2023-03-21")
        events = await told(registry)
        shown = await registry.client("supervisor").get("/requests", query={"open": "true"})
    assert HAPPENS - {name for name, _ in events} == set()
    submitted = Counter(body["request_kind"] for name, body in events if name == "request_submitted")
    assert submitted.keys() == KINDS
    assert shown.body["items"] == []
    # Heat is stopped until the closing date, and nobody's after it.
    heat = [body for name, body in events if name == "request_submitted" and body["supply"] == "HEAT"]
    stopped = [body for body in heat if body["request_kind"] == "SUSPENSION"]
    assert stopped
    assert all(body in [payload for _, payload in before_closing] for body in stopped)
    assert refused.keys() >= {"heat-closing-passed", "account-state"}
    # By the app and at both counters; both sides of a transfer, by their own tokens or by what they signed.
    assert {body["channel"] for name, body in events if name == "request_submitted"} == {
        "ISHANDONG",
        "HALL",
        "COUNTER",
    }
    agreed = {body["in_stead"] for name, body in events if name == "request_agreed"}
    assert agreed == {True, False}


async def test_the_same_seed_gives_the_same_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for name, number in (("one", 7), ("two", 7), ("other", 8)):
        (folder := tmp_path / name).mkdir()
        async with (
            city(folder, monkeypatch) as (registry, url),
            simulator(registry, url, number=number) as player,
        ):
            await player.start()
            await play(registry, player, when("2022-09-05 14:00"))
            seen.append(
                [
                    (event, body["request_number"], body["occurred_at"])
                    for event, body in await told(registry)
                    if "request_number" in body
                ]
            )
    assert len(seen[0]) > 15
    assert seen[0] == seen[1] != seen[2]


async def test_a_city_goes_on_where_it_stopped_and_without_apps_at_its_counters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city(tmp_path, monkeypatch) as (registry, url):
        async with simulator(registry, url) as player:
            await player.start()
            await play(registry, player, when("2022-09-05 15:00"))
        left = (await registry.client("supervisor").get("/requests", query={"open": "true"})).body["items"]
        assert left
        await live(registry, None, "2022-09-06", number=9)
        for item in left:
            now = (await registry.client("supervisor").get(f"/requests/{item['id']}")).body
            assert now["finished_at"] is not None
        channels = {
            body["channel"]
            for name, body in await told(registry)
            if name == "request_submitted" and body["occurred_at"] > "2022-09-06"
        }
    assert channels == {"HALL", "COUNTER"}


async def test_nobody_comes_before_a_ledger_is_read_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city(tmp_path, monkeypatch, accounts=0) as (registry, url):
        # The citizen who signs in is registered without one.
        before = await told(registry)
        assert await live(registry, url, "2022-09-05") == Counter()
        assert await told(registry) == before


async def test_the_season_is_that_of_the_policy_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city(tmp_path, monkeypatch) as (registry, url), simulator(registry, url) as player:
        await player.start()
    assert player._season == HeatSeason("10-15", "11-15", "03-15")


@pytest.mark.parametrize(
    ("day", "kind", "supply", "least", "most"),
    [
        ("2022-09-05", "TRANSFER", None, 12, 12),
        ("2022-06-05", "TRANSFER", None, 3, 3),
        ("2022-10-14", "SUSPENSION", "HEAT", 10, 99),
        ("2022-10-16", "SUSPENSION", "HEAT", 0.1, 2),
        ("2022-12-16", "SUSPENSION", "HEAT", 0.1, 1),
        ("2022-04-05", "RESUMPTION", None, 6, 6),
        ("2022-05-05", "RESUMPTION", None, 0.1, 1),
    ],
)
def test_a_year_has_its_seasons(day: str, kind: str, supply: str | None, least: float, most: float) -> None:
    season = HeatSeason("10-15", "11-15", "03-15")
    rate = wishes(date.fromisoformat(day), season)[kind, Supply(supply) if supply else None]
    assert least <= rate <= most
