"""A city at work: submits hookup cases and moves them on through the real API, as clerks and the app would.

It knows the API only. Where a case stands is read from the API each time, so it can be stopped and started at any
moment. The dice are seeded, the city's time is passed in.
"""

import asyncio
import heapq
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx
import structlog
import uuid_utils

from libs.common.clock import SHANGHAI, Clock, local
from libs.common.places import Places, load_places

log = structlog.get_logger(__name__)

CASES_A_DAY = 36
OPEN_HOURS = (time(8, 30), time(17, 30))
DAY_MINUTES = 540
Token = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next for a case: a command, by a role, after some working minutes."""

    path: str
    role: str
    minutes: int
    body: Mapping[str, Any] | None = None


def next_step(case: Mapping[str, Any], dice: random.Random, today: date) -> Step | None:
    """Decide what a busy but honest city does next with a case; None when only time or nothing is left."""
    if case["state"] in ("CLOSED", "WITHDRAWN", "REJECTED", "TERMINATED"):
        return None
    for pause in case["pauses"]:
        if pause["state"] == "REQUESTED":
            return Step(f"pauses/{pause['id']}/approval", "approver", dice.randint(20, 120))
        if pause["state"] == "APPROVED" and pause["ended_at"] is None:
            return Step(f"pauses/{pause['id']}/end", "clerk", dice.randint(1, 4) * DAY_MINUTES, {})
    if case["state"] == "SUBMITTED":
        if dice.random() < 0.3 and case["correction_items"] is None:
            return Step("corrections", "clerk", dice.randint(10, 90), {"materials": ["PREMISES_PROOF"]})
        return Step("acceptance", "clerk", dice.randint(10, 120))
    if case["state"] == "CORRECTION":
        return Step("corrections/answer", "channel", dice.randint(60, DAY_MINUTES))
    if case["state"] == "TURNED_ON":
        # One user in five never answers: the meter's time counts then.
        return Step("confirmation", "channel", dice.randint(10, 300)) if dice.random() < 0.8 else None
    return _stage_step(case, dice, today)


def _stage_step(case: Mapping[str, Any], dice: random.Random, today: date) -> Step | None:
    done = {each["stage"] for each in case["stages"] if each["completed_at"]}
    begun = {each["stage"] for each in case["stages"]}
    line = case["length_class"] not in ("L0_NONE", "UNKNOWN")

    def start(stage: str, least: int, most: int) -> Step:
        return Step(f"stages/{stage}/start", "clerk", dice.randint(least, most), {})

    def complete(stage: str, least: int, most: int) -> Step:
        return Step(f"stages/{stage}/completion", "clerk", dice.randint(least, most), {})

    if "SURVEY_DESIGN" not in begun:
        # Now and then a case lies: that is how 空档期 comes about.
        lying = dice.random() < 0.06
        return start("SURVEY_DESIGN", *((DAY_MINUTES * 2, DAY_MINUTES * 3) if lying else (15, 240)))
    if "SURVEY_DESIGN" not in done:
        if case["length"]["designed_m"] is None:
            declared = case["length"]["declared_m"]
            metres = float(declared) if declared else dice.choice([0.0, 18.5, 46.0, 120.0])
            designed = (
                metres if dice.random() < 0.8 or not metres else round(metres * dice.uniform(0.8, 1.25), 1)
            )
            body = {"kind": "DESIGNED", "length_m": f"{designed:.1f}"}
            return Step("lengths", "clerk", dice.randint(60, 420), body)
        if "CONTRACT" not in begun and dice.random() < 0.4:
            return start("CONTRACT", 10, 60)
        return complete("SURVEY_DESIGN", 20, 180)
    if "CONTRACT" not in begun:
        return start("CONTRACT", 10, 240)
    if "CONTRACT" not in done:
        if _needs_date(case) and case["agreed_date"] is None:
            agreed = today + timedelta(days=dice.randint(14, 30))
            body = {"agreed_date": agreed.isoformat(), "document_ref": f"AGR-{case['number']}"}
            return Step("agreed-date", "clerk", dice.randint(10, 60), body)
        if dice.random() < 0.08 and not case["pauses"]:
            body = {"reason": "USER_DECISION", "evidence_ref": f"EV-{case['number']}"}
            return Step("pauses", "clerk", dice.randint(10, 60), body)
        return complete("CONTRACT", 30, 360)
    if line and "EXTERNAL_WORKS" not in done:
        if "PERMIT" not in begun and "EXTERNAL_WORKS" not in begun and dice.random() < 0.5:
            return start("PERMIT", 10, 120)
        if "EXTERNAL_WORKS" not in begun:
            return start("EXTERNAL_WORKS", 20, 300)
        if "PERMIT" in begun and "PERMIT" not in done:
            return complete("PERMIT", 120, DAY_MINUTES)
        days = {"L1_LE50": 1, "L2_LE200": 3}.get(case["length_class"], 6)
        return complete("EXTERNAL_WORKS", days * 200, days * DAY_MINUTES)
    if "PERMIT" in begun and "PERMIT" not in done:
        return complete("PERMIT", 60, 400)
    if "TURN_ON" not in begun:
        return start("TURN_ON", 20, 420)
    return Step("meter-live", "clerk", dice.randint(30, 240), {})


def _needs_date(case: Mapping[str, Any]) -> bool:
    return bool(case["supply"] == "HEAT" or case["length_class"] == "L3_GT200")


def application(dice: random.Random, places: Places) -> dict[str, Any]:
    """Throw the dice for one application somewhere in the city."""
    utility = dice.choices(
        places.utilities(),
        # The old town applies most, the zones least.
        [
            {"371502": 5, "371571": 2, "371572": 2, "371573": 1}.get(each.district, 3)
            for each in places.utilities()
        ],
    )[0]
    division = places.division(utility.district)
    metres = dice.choices(
        [None, 0.0, dice.uniform(1, 50), dice.uniform(50.1, 200), dice.uniform(201, 600)], [8, 30, 34, 22, 6]
    )[0]
    return {
        "supply": utility.service,
        "district": utility.district,
        "utility": utility.code,
        "channel": "ISHANDONG",
        "customer_ref": f"C-{dice.randrange(10**6):06d}",
        "customer_category": dice.choices(["ENT", "IND", "RES", "PUB"], [35, 30, 28, 7])[0],
        "site_division": f"{division.stat_parent or division.code}001000",
        "declared_length_m": None if metres is None else f"{metres:.1f}",
        "complete": dice.random() < 0.85,
    }


@dataclass(order=True)
class _Planned:
    at: datetime
    tie: int
    case_id: str = field(compare=False)
    step: Step = field(compare=False)


class Simulator:
    """Plays the city against a hookup API; `token` gives an access token for a role.

    `hurry` divides every wait, and lets the city work day and night: for a clock that runs by the machine's.
    """

    def __init__(
        self, api: httpx.AsyncClient, token: Token, clock: Clock, seed: int = 49, hurry: float = 1.0
    ) -> None:
        self._api = api
        self._token = token
        self._clock = clock
        self._dice = random.Random(seed)  # noqa: S311 - dice, not secrets
        self._places = load_places()
        self._planned: list[_Planned] = []
        self._tie = itertools.count()
        self._next_arrival = clock.now()
        self._hurry = hurry

    async def run(self) -> None:
        """Play until cancelled."""
        await self._plan_open_cases()
        while True:
            try:
                await self._play()
            except httpx.HTTPError as error:
                log.warning("simulator_waits", error=repr(error))
                await asyncio.sleep(2)
            await asyncio.sleep(0.2)

    async def _plan_open_cases(self) -> None:
        for state in ("SUBMITTED", "CORRECTION", "ACCEPTED", "IN_PROGRESS", "PAUSED", "TURNED_ON"):
            cursor: str | None = None
            while True:
                query = {"state": state, "limit": "200"} | ({"cursor": cursor} if cursor else {})
                page = (await self._call("GET", "/v1/hookups", "clerk", params=query)).json()
                for row in page["items"]:
                    await self._plan(row["id"])
                cursor = page["next"]
                if cursor is None:
                    break

    async def _play(self) -> None:
        now = self._clock.now()
        if self._next_arrival <= now:
            await self._apply()
        while self._planned and self._planned[0].at <= now:
            planned = heapq.heappop(self._planned)
            await self._do(planned.case_id, planned.step)
            await self._plan(planned.case_id)

    async def _apply(self) -> None:
        answer = await self._call(
            "POST", "/v1/hookups", "channel", json=application(self._dice, self._places)
        )
        if answer.is_success:
            await self._plan(answer.json()["id"])
        wait = self._dice.expovariate(CASES_A_DAY / DAY_MINUTES)
        # One applicant in ten comes in the evening, through the app.
        evening = self._dice.random() < 0.1
        now = self._clock.now()
        self._next_arrival = now + timedelta(minutes=wait) if evening else self._later(now, wait)

    async def _plan(self, case_id: str) -> None:
        case = (await self._call("GET", f"/v1/hookups/{case_id}", "clerk")).json()
        now = self._clock.now()
        step = next_step(case, self._dice, local(now).date())
        if step is not None:
            at = self._later(now, step.minutes)
            heapq.heappush(self._planned, _Planned(at, next(self._tie), case_id, step))

    def _later(self, now: datetime, minutes: float) -> datetime:
        if self._hurry != 1.0:
            return now + timedelta(minutes=minutes / self._hurry)
        return office_minutes_later(now, minutes)

    async def _do(self, case_id: str, step: Step) -> None:
        address = f"/v1/hookups/{case_id}"
        etag = (await self._call("GET", address, "clerk")).headers.get("etag", "")
        answer = await self._call("POST", f"{address}/{step.path}", step.role, json=step.body, etag=etag)
        if answer.is_error:
            # A timer may have been quicker; the next plan sees the case as it is.
            log.info("simulator_refused", path=step.path, code=answer.json().get("code"))

    async def _call(
        self,
        method: str,
        address: str,
        role: str,
        *,
        etag: str | None = None,
        json: Any = None,
        params: Any = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self._token(role)}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid_utils.uuid7())
        if etag:
            headers["If-Match"] = etag
        return await self._api.request(method, address, headers=headers, json=json, params=params)


def office_minutes_later(at: datetime, minutes: float) -> datetime:
    """Move an instant on by minutes of office hours."""
    at, left = in_office_hours(at), timedelta(minutes=minutes)
    while True:
        closes = datetime.combine(local(at).date(), OPEN_HOURS[1], SHANGHAI)
        if left <= closes - at:
            return at + left
        left -= closes - at
        at = in_office_hours(closes + timedelta(minutes=1))


def in_office_hours(at: datetime) -> datetime:
    """Move an instant that lies outside of office hours to the next morning of a weekday."""
    wall = local(at)
    opens, closes = OPEN_HOURS
    day = wall.date()
    if wall.time() > closes:
        day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    if day != wall.date() or wall.time() < opens:
        return datetime.combine(day, opens, SHANGHAI) + timedelta(minutes=wall.minute)
    return at
