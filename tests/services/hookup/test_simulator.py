"""The simulated city: it works through any case to its end, by the API's own rules."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.common.auth.callers import PlaceKind
from libs.common.clock import ManualClock, local
from libs.common.places import load_places
from services.dev import MACHINES
from services.simulator import Simulator, application, in_office_hours, next_step, office_minutes_later
from tests.support.hookup import Hookup

MONDAY_NOON = datetime(2023, 1, 9, 4, 0, tzinfo=UTC)
ENDS = {"CLOSED", "WITHDRAWN", "REJECTED", "TERMINATED"}


def test_waits_are_office_minutes() -> None:
    assert office_minutes_later(MONDAY_NOON, 60) == MONDAY_NOON + timedelta(hours=1)
    # 330 minutes are left of Monday, the last comes in Tuesday's first hour.
    tuesday = local(office_minutes_later(MONDAY_NOON, 331))
    assert (tuesday.weekday(), tuesday.time() < time(9, 30)) == (1, True)
    friday_evening = datetime(2023, 1, 13, 12, 0, tzinfo=UTC)
    monday = local(in_office_hours(friday_evening))
    assert (monday.weekday(), monday.hour) == (0, 8)


def test_applications_belong_together() -> None:
    dice, places = random.Random(1), load_places()
    for _ in range(500):
        body = application(dice, places)
        utility = places.utility(body["utility"])
        assert (utility.district, utility.service) == (body["district"], body["supply"])


async def test_every_case_comes_to_an_end_and_no_step_is_refused(hookup: Hookup) -> None:
    """Twenty cases by the same dice; after each step time passes as the step says."""
    dice, places = random.Random(49), load_places()
    hookup.set_clock(MONDAY_NOON)
    clients = {
        "clerk": hookup.client("clerk"),
        "approver": hookup.client("approver"),
        "channel": hookup.client("channel", PlaceKind.CHANNEL, "ISHANDONG"),
    }
    ended: Counter[str] = Counter()
    for _ in range(20):
        case: dict[str, Any] = (
            await clients["channel"].post("/hookups", application(dice, places), 201)
        ).body
        for _ in range(60):
            now = hookup.clock.now()
            step = next_step(case, dice, local(now).date())
            if step is None and case["state"] in ENDS:
                break
            hookup.set_clock(office_minutes_later(now, step.minutes) if step else now + timedelta(hours=25))
            await hookup.fire_timers()
            case = (await clients["clerk"].get(f"/hookups/{case['id']}")).body
            version = case["version"]
            if step is not None and next_state_allows(case, step.path):
                case = (
                    await clients[step.role].post(
                        f"/hookups/{case['id']}/{step.path}", step.body, 200, version=f'"{version}"'
                    )
                ).body
        ended[case["state"]] += 1
    assert ended == {"CLOSED": 20}


def next_state_allows(case: dict[str, Any], path: str) -> bool:
    """A timer may have been quicker: an acceptance that was deemed, a confirmation that came too late."""
    return case["state"] not in ENDS and not (path == "acceptance" and case["accepted_at"])


async def test_the_simulator_submits_and_moves_cases_through_the_api(hookup: Hookup) -> None:
    hookup.set_clock(MONDAY_NOON)
    clock: ManualClock = hookup.clock

    async def token(role: str) -> str:
        return hookup.issuer.issue(MACHINES[f"simulator-{role}"], 10**9)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(hookup.app), base_url="http://city") as api:
        playing = asyncio.create_task(Simulator(api, token, clock).run())
        lister = hookup.client("clerk")
        moved: list[Any] = []
        for _ in range(400):
            clock.advance(timedelta(minutes=20))
            await asyncio.sleep(0.01)
            moved = [
                each
                for each in (await lister.get("/hookups", query={"limit": "200"})).body["items"]
                if each["open_stages"] or each["finished_at"]
            ]
            if len(moved) >= 3:
                break
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
    assert len(moved) >= 3


def test_the_examples_are_where_the_laptop_looks() -> None:
    from services.dev import LEDGER

    assert Path(LEDGER).is_file()
