"""Real load through the hookup API: clerks and applicants who repeat each command until it has its answer."""

import asyncio
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import uuid_utils

from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import local
from libs.common.places import load_places
from services.dev import MACHINES
from services.simulator import WATCHER, application, evidence_of, next_step, scan_of, with_evidence

CLIENTS = 6
CASES_EACH = 8
REST = 0.08
TIMEOUT = 12.0
AGAIN = 0.2
REPEATED = 0.05
TOKEN_LIFE = timedelta(minutes=5)
# What is refused and kept on record: the case has a new version, and the answer is the same when it is asked again.
RECORDED = frozenset({"charge-forbidden", "material-not-listed"})


@dataclass(frozen=True, slots=True)
class Command:
    """A POST as it was sent, whole, so that it can be sent again."""

    path: str
    role: str
    key: str
    body: Any
    etag: str | None
    file: tuple[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A command that was answered and has had its effect, and the case as it was then."""

    command: Command
    status: int
    content: bytes
    case: dict[str, Any]


class Load:
    """Several concurrent clients; every case is moved by one of them only."""

    def __init__(self, urls: Sequence[str], issuer: LocalIssuer, seed: int) -> None:
        self._urls = itertools.cycle(urls)
        self._issuer = issuer
        self._seed = seed
        self._places = load_places()
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._stopping = asyncio.Event()
        self.acknowledged: list[Acknowledged] = []
        self.refused: list[str] = []
        self.differing: list[str] = []
        self.sent = 0
        self.repeated = 0

    async def run(self) -> None:
        """Play until `stop`; a command under way still gets its answer."""
        limits = httpx.Limits(max_connections=4 * CLIENTS)
        async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits) as http, asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(self._client(http, random.Random(f"{self._seed}:{number}")))

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()

    async def _client(self, http: httpx.AsyncClient, dice: random.Random) -> None:
        cases: dict[str, Any] = {}
        while not self._stopping.is_set():
            if len(cases) < CASES_EACH or dice.random() < 0.1:
                await self._apply(http, dice, cases)
            else:
                await self._move(http, dice, cases, dice.choice(list(cases)))
            await asyncio.sleep(REST)

    async def _apply(self, http: httpx.AsyncClient, dice: random.Random, cases: dict[str, Any]) -> None:
        command = Command("/v1/hookups", "channel", new_key(), application(dice, self._places), None)
        answer = await self._answered(http, command)
        if answer is not None:
            case = answer.json()
            await self._acknowledge(http, dice, command, answer, case)
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
        etag = f'"{case["version"]}"'
        if step.over != path:
            etag = (await self._until_answered(http, "GET", step.over, WATCHER)).headers["etag"]
        body, named = step.body, evidence_of(step.body)
        if body is not None and named is not None:
            # What shows it is uploaded first.
            upload = Command(f"{path}/evidence", step.role, new_key(), None, etag, scan_of(named))
            answer = await self._answered(http, upload)
            if answer is None:
                cases[case_id] = (await self._until_answered(http, "GET", path, WATCHER)).json()
                return
            shown = answer.json()
            await self._acknowledge(http, dice, upload, answer, shown)
            body, etag = with_evidence(body, shown["materials"][-1]["id"]), f'"{shown["version"]}"'
        command = Command(step.path, step.role, new_key(), body, etag)
        answer = await self._answered(http, command)
        if answer is not None and answer.is_success and step.over == path:
            moved = answer.json()
        else:
            # An authority is answered with its item, who is refused with a problem.
            moved = (await self._until_answered(http, "GET", path, WATCHER)).json()
        if answer is not None:
            await self._acknowledge(http, dice, command, answer, moved)
        cases[case_id] = moved

    async def _answered(self, http: httpx.AsyncClient, command: Command) -> httpx.Response | None:
        """Send a command; return its answer, None where it was refused and left nothing behind."""
        answer = await self.send(http, command)
        if answer.is_success or answer.json()["code"] in RECORDED:
            return answer
        self.refused.append(f"{command.path}: {answer.status_code} {answer.text[:200]}")
        return None

    async def _acknowledge(
        self,
        http: httpx.AsyncClient,
        dice: random.Random,
        command: Command,
        answer: httpx.Response,
        case: dict[str, Any],
    ) -> None:
        known = Acknowledged(command, answer.status_code, answer.content, case)
        self.acknowledged.append(known)
        if dice.random() < REPEATED:
            await self.repeat(http, known)

    async def repeat(self, http: httpx.AsyncClient, known: Acknowledged) -> None:
        """Send a command again under its key; the answer must be the first one's, byte for byte."""
        self.repeated += 1
        again = await self.send(http, known.command)
        if (again.status_code, again.content) != (known.status, known.content):
            self.differing.append(f"{known.command.path} {known.command.key}: {again.status_code}")

    async def send(self, http: httpx.AsyncClient, command: Command) -> httpx.Response:
        """Send a command, with the same key again and again, until a replica answers."""
        headers = {"Idempotency-Key": command.key}
        if command.etag:
            headers["If-Match"] = command.etag
        return await self._until_answered(
            http, "POST", command.path, command.role, headers, command.body, command.file
        )

    async def _until_answered(
        self,
        http: httpx.AsyncClient,
        method: str,
        path: str,
        role: str,
        headers: dict[str, str] | None = None,
        body: Any = None,
        file: tuple[str, bytes] | None = None,
    ) -> httpx.Response:
        files = None if file is None else {"file": file}
        while True:
            self.sent += 1
            bearer = {"Authorization": f"Bearer {self._token(role)}"}
            address = next(self._urls) + path
            try:
                sent = bearer | (headers or {})
                answer = await http.request(method, address, headers=sent, json=body, files=files)
            except httpx.TransportError:
                await asyncio.sleep(AGAIN)
                continue
            # 429: an account may ask again after a while.
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            await asyncio.sleep(AGAIN)

    def _token(self, role: str) -> str:
        now = datetime.now(UTC)
        token, until = self._tokens.get(role, ("", now))
        if until <= now:
            token = self._issuer.issue(MACHINES[f"simulator-{role}"])
            self._tokens[role] = token, now + TOKEN_LIFE
        return token


def new_key() -> str:
    """Return an Idempotency-Key."""
    return str(uuid_utils.uuid7())
