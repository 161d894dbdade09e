"""Simulation of who tells, rates, screens, handles and calls back, through the API of grievances."""

import asyncio

import httpx

from libs.common.clock import Clock
from libs.development.parts import Token
from services.grievances.dev.simulation.grievances import Simulator
from services.grievances.dev.simulation.ratings import Raters


async def simulate(
    api: httpx.AsyncClient,
    token: Token,
    clock: Clock,
    *,
    hurry: float = 1.0,
    providers: str | None = None,
) -> None:
    """Simulate the city on an API of grievances until cancelled; `hurry` is for the machine's clock."""
    del providers

    async def token_of(role: str) -> str:
        return await token(f"simulator-{role}")

    async with asyncio.TaskGroup() as group:
        group.create_task(Simulator(api, token_of, clock, 14, hurry).run())
        group.create_task(Raters(api, token_of, clock, 15, hurry).run())
