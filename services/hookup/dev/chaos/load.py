"""Load through the hookup API: clerks and applicants who repeat each command until it has its answer."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import local
from libs.common.places import load_places
from libs.development.load import Command, Load, new_key
from services.hookup.dev.people import WATCHER, machine
from services.hookup.dev.simulation.applications import application
from services.hookup.dev.simulation.plan import next_step
from services.hookup.dev.simulation.steps import evidence_of, scan_of, with_evidence

CASES_EACH = 8
REST = 0.08
# What is refused and kept on record: the case has a new version, and the answer is the same when it is asked again.
RECORDED = frozenset({"charge-forbidden", "material-not-listed"})


class CaseLoad(Load):
    """Several concurrent clients; every case is moved by one of them only."""

    def __init__(self, urls: Sequence[str], issuer: LocalIssuer, seed: int) -> None:
        super().__init__(urls, issuer, seed)
        self._places = load_places()

    async def client(self, http: httpx.AsyncClient, dice: random.Random) -> None:
        """Apply, and move cases on, until the load is stopping."""
        cases: dict[str, Any] = {}
        while not self.is_stopping:
            if len(cases) < CASES_EACH or dice.random() < 0.1:
                await self._apply(http, dice, cases)
            else:
                await self._move(http, dice, cases, dice.choice(list(cases)))
            await asyncio.sleep(REST)

    async def _apply(self, http: httpx.AsyncClient, dice: random.Random, cases: dict[str, Any]) -> None:
        body = application(dice, self._places)
        command = Command("/v1/hookups", machine("channel"), new_key(), body, None)
        answer = await self._answered(http, command)
        if answer is not None:
            case = answer.json()
            await self.acknowledge(http, dice, command, answer, case)
            cases[case["id"]] = case

    async def _move(
        self, http: httpx.AsyncClient, dice: random.Random, cases: dict[str, Any], case_id: str
    ) -> None:
        case, path = cases[case_id], f"/v1/hookups/{case_id}"
        step = next_step(case, dice, local(datetime.now(UTC)).date())
        # A step without a path only waits, for days.
        if step is None or not step.path:
            del cases[case_id]
            return
        etag, caller = f'"{case["version"]}"', machine(step.role)
        if step.over != path:
            etag = (await self._read(http, step.over)).headers["etag"]
        body, named = step.body, evidence_of(step.body)
        if body is not None and named is not None:
            # What shows it is uploaded first.
            upload = Command(f"{path}/evidence", caller, new_key(), None, etag, scan_of(named))
            answer = await self._answered(http, upload)
            if answer is None:
                cases[case_id] = (await self._read(http, path)).json()
                return
            shown = answer.json()
            await self.acknowledge(http, dice, upload, answer, shown)
            body, etag = with_evidence(body, shown["materials"][-1]["id"]), f'"{shown["version"]}"'
        command = Command(step.path, caller, new_key(), body, etag)
        answer = await self._answered(http, command)
        if answer is not None and answer.is_success and step.over == path:
            moved = answer.json()
        else:
            # An authority is answered with its item, who is refused with a problem.
            moved = (await self._read(http, path)).json()
        if answer is not None:
            await self.acknowledge(http, dice, command, answer, moved)
        cases[case_id] = moved

    async def _read(self, http: httpx.AsyncClient, path: str) -> httpx.Response:
        return await self.until_answered(http, "GET", path, machine(WATCHER))

    async def _answered(self, http: httpx.AsyncClient, command: Command) -> httpx.Response | None:
        """Send a command; return its answer, None where it was refused and left nothing behind."""
        answer = await self.send(http, command)
        if answer.is_success or answer.json()["code"] in RECORDED:
            return answer
        self.refused.append(f"{command.path}: {answer.status_code} {answer.text[:200]}")
        return None
