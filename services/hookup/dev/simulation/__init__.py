"""A city at work: submits hookup cases and moves them on through the real API, as clerks, agents, users and
authorities would.

It knows the API only. Where a case stands is read from the API each time, so it can be stopped and started at any
moment. The dice are seeded, the city's time is passed in.
"""

import httpx

from libs.common.clock import Clock
from libs.development.parts import Token
from services.hookup.dev.people import AGENTS
from services.hookup.dev.simulation.city import Simulator


async def simulate(api: httpx.AsyncClient, token: Token, clock: Clock, *, hurry: float = 1.0) -> None:
    """Play the city against a hookup API until cancelled; `hurry` is for the machine's clock."""

    async def token_of(role: str) -> str:
        return await token(f"simulator-{role}")

    await Simulator(api, token_of, clock, AGENTS, hurry=hurry).run()
