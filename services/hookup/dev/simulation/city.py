"""The city as a player of the API: applications arrive, and each case moves when its next step is due."""

import asyncio
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
import uuid_utils

from libs.common.clock import Clock, local
from libs.common.places import load_places
from libs.development.office_hours import DAY_MINUTES, office_minutes_later
from services.hookup.dev.people import WATCHER
from services.hookup.dev.simulation.applications import application, joint_application
from services.hookup.dev.simulation.plan import next_step
from services.hookup.dev.simulation.steps import Body, Step, evidence_of, scan_of, with_evidence
from services.hookup.domain.values.staff import CITY, StaffMember

log = structlog.get_logger(__name__)

CASES_A_DAY = 36
JOINT = 0.06
UNFINISHED = ("SUBMITTED", "CORRECTION", "ACCEPTED", "IN_PROGRESS", "PAUSED", "TURNED_ON")
Token = Callable[[str], Awaitable[str]]


@dataclass(order=True)
class _Planned:
    at: datetime
    tie: int
    case_id: str = field(compare=False)
    step: Step = field(compare=False)


class Simulator:
    """Plays the city against a hookup API; `token` gives an access token for a role.

    `staff` are set where a unit has none yet. `hurry` divides every wait, and lets the city work day and night:
    for a clock that runs by the machine's. `refused` counts the answers that were refusals, by their code.
    """

    def __init__(
        self,
        api: httpx.AsyncClient,
        token: Token,
        clock: Clock,
        staff: Mapping[str, Sequence[StaffMember]],
        seed: int = 49,
        hurry: float = 1.0,
    ) -> None:
        self.refused: Counter[str] = Counter()
        self._api = api
        self._token = token
        self._clock = clock
        self._staff = staff
        self._dice = random.Random(seed)
        self._places = load_places()
        self._planned: list[_Planned] = []
        self._tie = itertools.count()
        self._next_arrival = clock.now()
        self._hurry = hurry

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

    async def start(self) -> None:
        """Set the staff, and plan for every case that was left from an earlier run."""
        for unit, members in self._staff.items():
            address, head = f"/v1/utilities/{unit}/staff", f"approver-{unit}"
            if unit == CITY:
                address, head = "/v1/city/staff", "administrator"
            seen = await self._call("GET", address, head)
            if seen.is_success and not seen.json()["staff"]:
                body = {"staff": [asdict(member) for member in members]}
                await self._call("PUT", address, head, etag=seen.headers["etag"], json=body)
        for state in UNFINISHED:
            cursor: str | None = None
            while True:
                cursor = await self._plan_page({"state": state, "limit": "200"}, cursor)
                if cursor is None:
                    break
        # Of what has ended, the newest may still have to be billed, rated and checked.
        await self._plan_page({"state": "CLOSED", "limit": "200"}, None)

    async def _plan_page(self, query: dict[str, str], cursor: str | None) -> str | None:
        following = {"cursor": cursor} if cursor else {}
        answer = await self._call("GET", "/v1/hookups", WATCHER, params=query | following)
        page = answer.raise_for_status().json()
        for row in page["items"]:
            await self._plan(row["id"])
        return None if page["next"] is None else str(page["next"])

    async def play(self) -> None:
        """Do all that is due."""
        now = self._clock.now()
        if self._next_arrival <= now:
            await self._apply()
        while self._planned and self._planned[0].at <= now:
            planned = self._planned[0]
            case = await self._do(planned.case_id, planned.step)
            # Only now: where the API does not answer the step is taken again.
            heapq.heappop(self._planned)
            self._add(case)

    async def _apply(self) -> None:
        now = self._clock.now()
        if self._dice.random() < JOINT:
            path, body = "/v1/joint-applications", joint_application(self._dice, self._places)
        else:
            path, body = "/v1/hookups", application(self._dice, self._places)
        answer = await self._call("POST", path, "channel", json=body)
        wait = self._dice.expovariate(CASES_A_DAY / DAY_MINUTES)
        # One applicant in ten comes in the evening, through the app.
        evening = self._dice.random() < 0.1
        self._next_arrival = now + timedelta(minutes=wait) if evening else self._later(now, wait)
        if self._is_done(path, answer):
            made = answer.json()
            for case in made.get("cases", [made]):
                await self._plan(case["id"])

    async def _plan(self, case_id: str) -> None:
        self._add(await self._read(f"/v1/hookups/{case_id}"))

    def _add(self, case: Mapping[str, Any]) -> None:
        now = self._clock.now()
        step = next_step(case, self._dice, local(now).date())
        if step is not None:
            at = self._later(now, step.minutes)
            if step.entered_after:
                step = replace(step, body={**(step.body or {}), "at": at.isoformat()})
                at = self._later(at, step.entered_after)
            heapq.heappush(self._planned, _Planned(at, next(self._tie), case["id"], step))

    def _later(self, now: datetime, minutes: float) -> datetime:
        if self._hurry != 1.0:
            return now + timedelta(minutes=minutes / self._hurry)
        return office_minutes_later(now, minutes)

    async def _do(self, case_id: str, step: Step) -> Mapping[str, Any]:
        """Give a step's command; return the case as it is then."""
        address = f"/v1/hookups/{case_id}"
        if step.path:
            body = await self._with_evidence(step)
            answer = await self._call(
                "POST", step.path, step.role, json=body, etag=await self._etag(step.over)
            )
            if self._is_done(step.path, answer) and step.over == address:
                changed: Mapping[str, Any] = answer.json()
                return changed
        return await self._read(address)

    async def _etag(self, address: str) -> str | None:
        return (await self._call("GET", address, WATCHER)).headers.get("etag") if address else None

    async def _with_evidence(self, step: Step) -> Body | None:
        """Upload what a step names as its evidence; return the body that names the file instead."""
        named = evidence_of(step.body)
        if step.body is None or named is None:
            return step.body
        address, files = f"{step.over}/evidence", {"file": scan_of(named)}
        answer = await self._call("POST", address, step.role, files=files, etag=await self._etag(step.over))
        if not self._is_done(address, answer):
            return step.body
        return with_evidence(step.body, answer.json()["materials"][-1]["id"])

    def _is_done(self, path: str, answer: httpx.Response) -> bool:
        """Whether a command was obeyed. A refusal is no fault: the next plan sees the case as it is."""
        if answer.is_success:
            return True
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        code = answer.json()["code"] if is_problem else str(answer.status_code)
        self.refused[code] += 1
        log.info("simulator_refused", path=path, code=code)
        return False

    async def _read(self, address: str) -> Mapping[str, Any]:
        case: Mapping[str, Any] = (await self._call("GET", address, WATCHER)).raise_for_status().json()
        return case

    async def _call(
        self,
        method: str,
        address: str,
        role: str,
        *,
        etag: str | None = None,
        json: Any = None,
        files: Any = None,
        params: Any = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self._token(role)}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid_utils.uuid7())
        if etag:
            headers["If-Match"] = etag
        return await self._api.request(
            method, address, headers=headers, json=json, files=files, params=params
        )
