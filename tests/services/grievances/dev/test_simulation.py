"""The simulated city of grievances: a year that is seeded, and weeks that are played through the API."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
from rich.console import Console
from sqlalchemy import func, select

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox
from libs.common.places import Supply
from libs.development.identity import identity
from services.grievances.dev import seed
from services.grievances.dev.people import MACHINES
from services.grievances.dev.simulation.grievances import Simulator
from services.grievances.dev.simulation.ratings import Raters
from services.grievances.domain.ratings.values import Ending, RatedService
from services.grievances.domain.values.codes import Trigger
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import grievance
from services.grievances.usecases.ratings.take import Ended, invite
from tests.services.grievances.people import city
from tests.services.grievances.test_surveys import RESULT
from tests.support.service import Running


async def test_weeks_of_winter_are_played_and_nothing_is_left_behind(grievances: Running) -> None:
    grievances.set_clock("2022-11-21 08:30")
    grievances.lift_quotas()

    async def token(role: str) -> str:
        return grievances.token(MACHINES[f"simulator-{role}"])

    transport = httpx.ASGITransport(grievances.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as api:
        city = Simulator(api, token, grievances.clock, seed=15)
        await city.start()
        end = grievances.clock.now() + timedelta(days=7)
        while city.next_at < end:
            grievances.set_clock(max(grievances.clock.now(), city.next_at))
            await grievances.fire_timers()
            await city.play()
        own = (
            await api.get("/v1/grievances", headers={"Authorization": f"Bearer {await token('citizen')}"})
        ).json()
        orders = (
            await api.get("/v1/hotline-orders", headers={"Authorization": f"Bearer {await token('watcher')}"})
        ).json()
    # The citizen who signs in has told something, and the desk has looked at what the hotline said in its own words.
    assert {item["source"] for item in own["items"]} == {"ISHANDONG"}
    assert {item["state"] for item in orders["items"]} >= {"TAKEN", "DISMISSED"}
    states = await _by_state(grievances)
    assert states["CLOSED"] > sum(states.values()) / 2
    assert not city.refused
    names = await _events(grievances)
    assert names["grievance_replied"] > 10
    assert names["call_back_made"] > 10


async def test_ended_services_are_rated_and_the_unit_that_collects_stars_shows(grievances: Running) -> None:
    grievances.set_clock("2022-11-21 08:30")
    grievances.lift_quotas()
    now, rulebook = grievances.clock.now(), cast("RuleBook", grievances.service.state["rulebook"])
    ended = [
        _ended(number, utility, now, MACHINES["simulator-citizen"].scope.code if number == 0 else None)
        for number, utility in enumerate(["W-371502"] * 12 + [seed.GAMED] * 4)
    ]
    async with grievances.service.database.unit_of_work(now) as uow:
        await rulebook.refresh()
        await invite(uow, rulebook, ended)

    async def token(role: str) -> str:
        return grievances.token(MACHINES[f"simulator-{role}"])

    transport = httpx.ASGITransport(grievances.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as api:
        raters = Raters(api, token, grievances.clock, seed=1)
        end = now + timedelta(days=7)
        while raters.next_at < end:
            grievances.set_clock(max(grievances.clock.now(), raters.next_at))
            await grievances.fire_timers()
            await raters.play()
    assert not raters.refused
    city = grievances.client("supervisor", ScopeKind.CITY)
    rows = (await city.get("/ratings")).body["items"]
    assert all("SAME_DEVICE" in row["signals"] for row in rows if row["utility"] == seed.GAMED)
    others = [row for row in rows if row["utility"] != seed.GAMED]
    assert not any(row["signals"] for row in others)
    graded = [row for row in others if row["grade"] is not None]
    assert 0 < len(graded) < len(others)
    assert any(row["is_bad"] for row in graded)
    assert not any(row["work"] for row in graded)
    # The person of the laptop's citizen rates alone.
    (own,) = (row for row in others if row["thing_number"].endswith("0000"))
    assert own["grade"] is None


def _ended(number: int, utility: str, at: datetime, owner: str | None) -> Ended:
    district = utility.removeprefix("W-")
    return Ended(
        RatedService.REQUEST,
        identity(f"request/{number}"),
        f"YW-{utility}-20221121-{number:04d}",
        1,
        Ending.DONE,
        "SUSPENSION",
        district,
        utility,
        Supply.WATER,
        at,
        owner,
    )


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
    citizen = grievances.client("citizen", ScopeKind.CITIZEN, MACHINES["simulator-citizen"].scope.code)
    (own,) = (await citizen.get("/grievances")).body["items"]
    assert own["closed_at"]
    # The numbers of the seed are not given again.
    await city(grievances).post("/surveys", RESULT, 201)


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
