"""A player of an API: what its users do next is planned from what the API shows of a thing, and done when it is due.

It depends on the API only: the state of a thing is read each time, so a player can be stopped and started at any
moment.
"""

import asyncio
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import httpx
import structlog
import uuid_utils

from libs.common.clock import Clock
from libs.development.office_hours import office_minutes_later
from libs.development.parts import Token

log = structlog.get_logger(__name__)

Thing = Mapping[str, Any]
S = TypeVar("S")


@dataclass(order=True)
class _Planned(Generic[S]):
    at: datetime
    tie: int
    thing_id: str = field(compare=False)
    step: S = field(compare=False)


class Player(Generic[S]):
    """Plays users against an API; `token` gives an access token for a role.

    `hurry` divides every wait, and lets users work day and night: for a clock that runs by the machine's. `refused`
    counts the answers that were refusals, by their code.
    """

    def __init__(
        self, api: httpx.AsyncClient, token: Token, clock: Clock, seed: int, hurry: float = 1.0
    ) -> None:
        self.refused: Counter[str] = Counter()
        self.clock = clock
        self.dice = random.Random(seed)  # noqa: S311 - dice, not secrets
        self._api = api
        self._token = token
        self._hurry = hurry
        self._planned: list[_Planned[S]] = []
        self._tie = itertools.count()
        self._next_arrival = clock.now()

    # -- what each service's users do

    async def start(self) -> None:
        """Plan for every thing that was left from an earlier run."""
        raise NotImplementedError

    async def arrive(self) -> Sequence[str]:
        """Let somebody begin something; return the ids of what is new."""
        raise NotImplementedError

    def wait(self) -> float:
        """Return the minutes of office hours until somebody else comes."""
        raise NotImplementedError

    async def show(self, thing_id: str) -> Thing:
        """Return a thing as it is now."""
        raise NotImplementedError

    def plan(self, thing: Thing) -> tuple[datetime, S] | None:
        """Return the next step of a thing and when it is due; None where nothing is left."""
        raise NotImplementedError

    async def take(self, thing_id: str, step: S) -> Thing:
        """Take a step; return the thing as it is then."""
        raise NotImplementedError

    # -- how they are played

    @property
    def next_at(self) -> datetime:
        """When something is to be done next."""
        return min([self._next_arrival, *(step.at for step in self._planned[:1])])

    async def run(self) -> None:
        """Play until cancelled."""
        await self.start()
        while True:
            try:
                await self.play()
            except httpx.HTTPError as error:
                log.warning("simulator_waits", error=repr(error))
                await asyncio.sleep(2)
            await asyncio.sleep(0.2)

    async def play(self) -> None:
        """Do all that is due."""
        now = self.clock.now()
        if self._next_arrival <= now:
            begun = await self.arrive()
            wait = self.wait()
            # One in ten comes in the evening, through the app.
            evening = self.dice.random() < 0.1
            self._next_arrival = now + timedelta(minutes=wait) if evening else self.later(now, wait)
            for thing_id in begun:
                self.add(await self.show(thing_id))
        while self._planned and self._planned[0].at <= now:
            planned = self._planned[0]
            thing = await self.take(planned.thing_id, planned.step)
            # Only now: where the API does not answer the step is taken again.
            heapq.heappop(self._planned)
            self.add(thing)

    def add(self, thing: Thing) -> None:
        """Plan the next step of a thing."""
        if (planned := self.plan(thing)) is not None:
            at, step = planned
            heapq.heappush(self._planned, _Planned(at, next(self._tie), thing["id"], step))

    def later(self, now: datetime, minutes: float) -> datetime:
        """Return the instant after so many minutes of office hours."""
        if self._hurry != 1.0:
            return now + timedelta(minutes=minutes / self._hurry)
        return office_minutes_later(now, minutes)

    def is_done(self, path: str, answer: httpx.Response) -> bool:
        """Whether a command was obeyed. A refusal is no fault: the next plan sees the thing as it is."""
        if answer.is_success:
            return True
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        code = answer.json()["code"] if is_problem else str(answer.status_code)
        self.refused[code] += 1
        log.info("simulator_refused", path=path, code=code)
        return False

    async def read(self, address: str, role: str) -> Thing:
        """Return what an address shows to a role. Raises `httpx.HTTPError`."""
        shown: Thing = (await self.call("GET", address, role)).raise_for_status().json()
        return shown

    async def call(
        self,
        method: str,
        address: str,
        role: str | None,
        *,
        etag: str | None = None,
        json: Any = None,
        files: Any = None,
        params: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request as a role, None as nobody; a POST under a key of its own."""
        headers = dict(headers or {})
        if role is not None:
            headers["Authorization"] = f"Bearer {await self._token(role)}"
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid_utils.uuid7())
        if etag:
            headers["If-Match"] = etag
        return await self._api.request(
            method, address, headers=headers, json=json, files=files, params=params
        )
