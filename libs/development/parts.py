"""The optional modules of a service's package `dev`, for the laptop, tools and tests.

| module | offers |
|---|---|
| `people` | accounts for people to sign in with, and for machines |
| `seed` | data for the first start on a laptop |
| `simulation` | simulated users, working through the service's API |
| `scenarios` | scenarios that cause each published event; source of the contracts' examples |
| `chaos` | load on the API, and checks of database, topic and figures after it |
| `providers` | an application that stands for what is outside the city, such as providers of identities |

Only the laptop, tools and tests import `dev` packages.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar, cast

import httpx
from fastapi import FastAPI
from rich.console import Console

from libs.common import discovery
from libs.common.auth.callers import Caller
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import CITIZENS, RemoteKeys, StaticKeys, TokenVerifier, TrustedIssuer
from libs.common.clock import Clock, SystemClock
from libs.common.http.client import CONNECTION_LIMITS
from libs.common.service import Service
from libs.development.checks import Check
from libs.development.load import Load
from libs.development.stack import Stack

TOKEN_SECONDS = 1800.0
Token = Callable[[str], Awaitable[str]]
"""Gives an access token of a machine account."""


class People(Protocol):
    """Accounts by login name."""

    @property
    def USERS(self) -> Mapping[str, Caller]:  # noqa: N802 - a module's constant
        """People."""
        ...

    @property
    def MACHINES(self) -> Mapping[str, Caller]:  # noqa: N802 - a module's constant
        """Machines: clients with credentials of their own."""
        ...


class Seed(Protocol):
    """Fills a laptop's database."""

    async def seed(self, service: Service, console: Console) -> None:
        """Add the data of the first start; idempotent."""
        ...


class Simulation(Protocol):
    """Simulates the service's users."""

    async def simulate(
        self,
        api: httpx.AsyncClient,
        token: Token,
        clock: Clock,
        *,
        hurry: float = 1.0,
        providers: str | None = None,
    ) -> None:
        """Work through the service's API until cancelled; `hurry` divides every wait, for the machine's clock.

        `providers` is where the service's `dev.providers` are served, None where they are not.
        """
        ...


class Scenarios(Protocol):
    """Scenarios that cause every event of the service's contract."""

    async def play(self, service: Service) -> None:
        """Run them in a migrated, empty database; ids and instants are the same in every run."""
        ...


class Chaos(Protocol):
    """Loads the service during fault injection, and checks its data afterwards.

    The service is a source of figures.
    """

    def load(self, urls: Sequence[str], issuer: LocalIssuer, seed: int) -> Load:
        """Return the load generator; `urls` are the replicas of its API."""
        ...

    async def aggregates(self, stack: Stack) -> list[Mapping[str, Any]]:
        """Return id, version and state of each stored aggregate."""
        ...

    async def checks(self, stack: Stack, issuer: LocalIssuer) -> list[Check]:
        """Compare stored data with derived data; the load has stopped and all processes run."""
        ...


class Providers(Protocol):
    """Stands for systems outside the city that the service asks."""

    @property
    def LAPTOP_PORT(self) -> int:  # noqa: N802 - a module's constant
        """Its place in the port range of a laptop, as a service has one."""
        ...

    def settings_for(self, url: str, issuer: str) -> Mapping[str, str]:
        """Return the settings of all services by which it is asked at `url`; `issuer` is the service's address."""
        ...

    def app(self, clock: Clock) -> FastAPI:
        """Return the application."""
        ...


P = TypeVar("P")


@dataclass(frozen=True)
class Part(Generic[P]):
    """One kind of module, by its name."""

    module: str

    def of(self, service: str) -> P | None:
        """Return the module of a service, None where it has none."""
        return cast("P | None", discovery.module_of(service, f"dev.{self.module}"))

    def all(self) -> Iterator[tuple[str, P]]:
        """Yield the services that have one, each with the module, in alphabetical order."""
        for name in discovery.names():
            if (part := self.of(name)) is not None:
                yield name, part


PEOPLE: Part[People] = Part("people")
SEED: Part[Seed] = Part("seed")
SIMULATION: Part[Simulation] = Part("simulation")
SCENARIOS: Part[Scenarios] = Part("scenarios")
CHAOS: Part[Chaos] = Part("chaos")
PROVIDERS: Part[Providers] = Part("providers")


def users() -> dict[str, Caller]:
    """Return the people of all services. Raises ValueError where one name means two accounts."""
    return _accounts("people", (part.USERS for _, part in PEOPLE.all()))


def machines() -> dict[str, Caller]:
    """Return the machines of all services. Raises ValueError where one name means two accounts."""
    return _accounts("machines", (part.MACHINES for _, part in PEOPLE.all()))


def issuer(url: str, folder: Path, console_url: str | None = None) -> LocalIssuer:
    """Return a laptop's issuer with the accounts of all services; people sign in to the console at its address."""
    redirects = [] if console_url is None else [f"{console_url}/signin/callback"]
    # Sessions always use the machine's clock.
    return LocalIssuer(
        url, folder, SystemClock(), users=users(), machines=machines(), redirect_uris=redirects
    )


def verifier(issuer: LocalIssuer, settings: Mapping[str, object]) -> TokenVerifier:
    """Return the verifier of all services of a laptop, by the machine's time however fast the city's clock runs.

    The laptop's issuer signs in sample citizens too, beside the issuer of citizens that the settings may name.
    """
    others = []
    if "citizen_issuer" in settings:
        # Nothing is kept open, so there is nothing to close.
        client = httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0))
        keys = RemoteKeys(str(settings["citizen_jwks_url"]), client)
        others.append(TrustedIssuer(str(settings["citizen_issuer"]), keys, CITIZENS))
    own = StaticKeys(issuer.jwks())
    return TokenVerifier(issuer.url, issuer.audience, own, SystemClock(), others=others)


async def simulate(urls: Mapping[str, str], issuer: LocalIssuer, clock: Clock, *, hurry: float = 1.0) -> None:
    """Simulate the users of all services until cancelled; `urls` are the services' addresses."""
    accounts = machines()
    tokens: dict[str, tuple[float, str]] = {}

    async def token(machine: str) -> str:
        until, cached = tokens.get(machine, (0.0, ""))
        if monotonic() >= until:
            cached = issuer.issue(accounts[machine])
            tokens[machine] = monotonic() + TOKEN_SECONDS, cached
        return cached

    async def play(name: str, part: Simulation) -> None:
        async with httpx.AsyncClient(base_url=urls[name], timeout=30, limits=CONNECTION_LIMITS) as api:
            await part.simulate(api, token, clock, hurry=hurry, providers=urls.get(f"{name}-providers"))

    async with asyncio.TaskGroup() as group:
        for name, part in SIMULATION.all():
            group.create_task(play(name, part))


def _accounts(kind: str, parts: Iterator[Mapping[str, Caller]]) -> dict[str, Caller]:
    accounts: dict[str, Caller] = {}
    for part in parts:
        for name, caller in part.items():
            if accounts.setdefault(name, caller) != caller:
                raise ValueError(f"two {kind} sign in as {name}")
    return accounts
