"""Simulation of clerks, agents, users and authorities who submit and process hookup cases through the API.

It depends on the API only. The state of a case is read from the API each time, so the simulation can be stopped and
restarted at any moment. The random numbers are seeded, the clock is passed in.
"""

import httpx

from libs.common.clock import Clock
from libs.development.parts import Token
from services.hookup.dev.people import STAFF
from services.hookup.dev.simulation.city import Simulator


async def simulate(
    api: httpx.AsyncClient,
    token: Token,
    clock: Clock,
    *,
    hurry: float = 1.0,
    providers: str | None = None,
) -> None:
    """Simulate the city on a hookup API until cancelled; `hurry` is for the machine's clock. It has no providers."""
    del providers

    async def token_of(role: str) -> str:
        return await token(f"simulator-{role}")

    await Simulator(api, token_of, clock, STAFF, hurry=hurry).run()
