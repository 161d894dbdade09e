"""Simulation of customers, counters and utilities who make requests on accounts and work on them, through the API.

Customers sign in by 爱山东 where the providers are served, and come to a counter otherwise. Who they are is what the
example city's ledgers say of an account; what the service has of them is read from the API each time.
"""

import httpx

from libs.common.clock import Clock
from libs.development.parts import Token
from services.registry.dev.simulation.apps import CITIZEN, Apps
from services.registry.dev.simulation.city import Simulator


async def simulate(
    api: httpx.AsyncClient,
    token: Token,
    clock: Clock,
    *,
    hurry: float = 1.0,
    providers: str | None = None,
) -> None:
    """Simulate the city on a registry API until cancelled; `hurry` is for the machine's clock."""
    apps = None if providers is None else Apps(api, providers, token)

    async def token_of(role: str) -> str:
        if apps is not None and role.startswith(CITIZEN):
            return await apps.sign_in(role.removeprefix(CITIZEN))
        return await token(f"simulator-{role}")

    await Simulator(api, token_of, clock, has_apps=apps is not None, hurry=hurry).run()
