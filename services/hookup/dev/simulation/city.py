"""The city as a player of the API: applications arrive, and each case moves when its next step is due."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

import httpx

from libs.common.clock import Clock, local
from libs.common.places import load_places
from libs.development.machines import CUSTOMER
from libs.development.office_hours import DAY_MINUTES
from libs.development.parts import Token
from libs.development.player import Player, Thing
from services.hookup.dev.people import WATCHER
from services.hookup.dev.simulation.applications import application, joint_application
from services.hookup.dev.simulation.plan import next_step
from services.hookup.dev.simulation.steps import Body, Step, evidence_of, scan_of, with_evidence
from services.hookup.domain.values.staff import CITY, StaffMember

CASES_A_DAY = 36
JOINT = 0.06
# Every so manieth application is the laptop's citizen's, from the first on.
OF_THE_CITIZEN = 100
UNFINISHED = ("SUBMITTED", "CORRECTION", "ACCEPTED", "IN_PROGRESS", "PAUSED", "TURNED_ON")


class Simulator(Player[Step]):
    """Plays the city against a hookup API. `staff` are set where a unit has none yet."""

    def __init__(
        self,
        api: httpx.AsyncClient,
        token: Token,
        clock: Clock,
        staff: Mapping[str, Sequence[StaffMember]],
        seed: int = 49,
        hurry: float = 1.0,
    ) -> None:
        super().__init__(api, token, clock, seed, hurry)
        self._staff = staff
        self._arrivals = 0
        self._places = load_places()

    async def start(self) -> None:
        """Set the staff, and plan for every case that was left from an earlier run."""
        for unit, members in self._staff.items():
            address, head = f"/v1/utilities/{unit}/staff", f"approver-{unit}"
            if unit == CITY:
                address, head = "/v1/city/staff", "administrator"
            seen = await self.call("GET", address, head)
            if seen.is_success and not seen.json()["staff"]:
                body = {"staff": [asdict(member) for member in members]}
                await self.call("PUT", address, head, etag=seen.headers["etag"], json=body)
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
        answer = await self.call("GET", "/v1/hookups", WATCHER, params=query | following)
        page = answer.raise_for_status().json()
        for row in page["items"]:
            self.add(await self.show(row["id"]))
        return None if page["next"] is None else str(page["next"])

    async def arrive(self) -> Sequence[str]:
        """Let somebody apply; return the ids of the cases."""
        if self.dice.random() < JOINT:
            path, body = "/v1/joint-applications", joint_application(self.dice, self._places)
        else:
            path, body = "/v1/hookups", application(self.dice, self._places)
            if self._arrivals % OF_THE_CITIZEN == 0:
                body["customer_ref"] = CUSTOMER
            self._arrivals += 1
        answer = await self.call("POST", path, "channel", json=body)
        if not self.is_done(path, answer):
            return ()
        made = answer.json()
        return [case["id"] for case in made.get("cases", [made])]

    def wait(self) -> float:
        """Return the minutes until the next application."""
        return self.dice.expovariate(CASES_A_DAY / DAY_MINUTES)

    async def show(self, thing_id: str) -> Thing:
        """Return a case as it is now."""
        return await self.read(f"/v1/hookups/{thing_id}", WATCHER)

    def plan(self, thing: Thing) -> tuple[datetime, Step] | None:
        """Return the next step of a case; what is entered late is so from its time on."""
        now = self.clock.now()
        step = next_step(thing, self.dice, local(now).date())
        if step is None:
            return None
        at = self.later(now, step.minutes)
        if step.entered_after:
            step = replace(step, body={**(step.body or {}), "at": at.isoformat()})
            at = self.later(at, step.entered_after)
        return at, step

    async def take(self, thing_id: str, step: Step) -> Thing:
        """Give a step's command; return the case as it is then."""
        if step.path:
            body = await self._with_evidence(step)
            answer = await self.call(
                "POST", step.path, step.role, json=body, etag=await self._etag(step.over)
            )
            if self.is_done(step.path, answer) and step.over == f"/v1/hookups/{thing_id}":
                changed: Thing = answer.json()
                return changed
        return await self.show(thing_id)

    async def _etag(self, address: str) -> str | None:
        return (await self.call("GET", address, WATCHER)).headers.get("etag") if address else None

    async def _with_evidence(self, step: Step) -> Body | None:
        """Upload what a step names as its evidence; return the body that names the file instead."""
        named = evidence_of(step.body)
        if step.body is None or named is None:
            return step.body
        address, files = f"{step.over}/evidence", {"file": scan_of(named)}
        answer = await self.call("POST", address, step.role, files=files, etag=await self._etag(step.over))
        if not self.is_done(address, answer):
            return step.body
        return with_evidence(step.body, answer.json()["materials"][-1]["id"])
