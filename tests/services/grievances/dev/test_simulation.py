"""The simulated city of grievances: a year that is seeded, and weeks that are played through the API."""

from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
from rich.console import Console
from sqlalchemy import func, select

from libs.common.database.tables import outbox
from services.grievances.dev import seed
from services.grievances.dev.people import MACHINES
from services.grievances.dev.simulation import Simulator
from services.grievances.domain.values.codes import Trigger
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import grievance
from tests.support.service import Running


async def test_weeks_of_winter_are_played_and_nothing_is_left_behind(grievances: Running) -> None:
    grievances.set_clock("2022-11-21 08:30")
    grievances.lift_quotas()

    async def token(role: str) -> str:
        return grievances.token(MACHINES[f"simulator-{role}"])

    transport = httpx.ASGITransport(grievances.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as api:
        city = Simulator(api, token, grievances.clock, seed=14)
        await city.start()
        end = grievances.clock.now() + timedelta(days=7)
        while city.next_at < end:
            grievances.set_clock(max(grievances.clock.now(), city.next_at))
            await grievances.fire_timers()
            await city.play()
    states = await _by_state(grievances)
    assert states["CLOSED"] > sum(states.values()) / 2
    assert not city.refused
    names = await _events(grievances)
    assert names["grievance_replied"] > 10
    assert names["call_back_made"] > 10


async def _by_state(grievances: Running) -> Counter[str]:
    async with grievances.service.database.reading() as connection:
        rows = await connection.execute(
            select(grievance.c.state, func.count().label("number")).group_by(grievance.c.state)
        )
        return Counter({row.state: row.number for row in rows})


async def _events(grievances: Running) -> Counter[str]:
    async with grievances.service.database.reading() as connection:
        return Counter(kind.split(".")[-2] for kind in await connection.scalars(select(outbox.c.type)))


async def test_a_year_is_seeded_once_and_the_gamed_utility_shows(
    grievances: Running, monkeypatch: Any
) -> None:
    monkeypatch.setenv("SQN_SEED_GRIEVANCES", "200")
    grievances.set_clock("2022-12-20 10:00")
    for _ in range(2):
        await seed.seed(grievances.service, Console(quiet=True))
    assert sum((await _by_state(grievances)).values()) == 200


async def test_the_year_is_the_same_in_every_run(grievances: Running) -> None:
    rulebook = grievances.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    await rulebook.reload()
    now = grievances.clock.now()
    years = [list(seed.history(rulebook.rules, now, 400)) for _ in range(2)]
    first, second = ([(told.item.id, told.item.state, told.words) for told in year] for year in years)
    assert first == second
    gamed = [told.item for told in years[0] if told.item.utility == seed.GAMED]
    others = [told.item for told in years[0] if told.item.utility != seed.GAMED]

    def unsatisfied(items: list[Any]) -> float:
        return sum(len(item.cycles) > 1 for item in items) / len(items)

    assert unsatisfied(gamed) > 2 * unsatisfied(others)
    assert Trigger.OVERDUE in {entry.trigger for item in others for entry in item.supervised}
