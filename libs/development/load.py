"""Load on an API: commands are repeated under their key until a replica answers.

A service's `dev.chaos` defines the commands, by overriding `client`.
"""

import asyncio
import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import uuid_utils

from libs.common.auth.callers import Caller
from libs.common.auth.local_issuer import LocalIssuer

CLIENTS = 4
TIMEOUT = 12.0
AGAIN = 0.2
REPEATED = 0.05
TOKEN_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Command:
    """A complete POST request, so that it can be repeated."""

    path: str
    caller: Caller
    key: str
    body: Any
    etag: str | None
    file: tuple[str, bytes] | None = None
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A command whose success was acknowledged, with the aggregate's id, version and state after it."""

    command: Command
    status: int
    content: bytes
    aggregate: dict[str, Any]


class Load:
    """Several concurrent clients; each aggregate is changed by one of them only."""

    def __init__(self, urls: Sequence[str], issuer: LocalIssuer, seed: int) -> None:
        self._urls = itertools.cycle(urls)
        self._issuer = issuer
        self._seed = seed
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._stopping = asyncio.Event()
        self.acknowledged: list[Acknowledged] = []
        self.refused: list[str] = []
        self.differing: list[str] = []
        self.requests_sent = 0
        self.repeated = 0

    async def run(self) -> None:
        """Run until `stop`; commands in progress are completed."""
        limits = httpx.Limits(max_connections=4 * CLIENTS)
        async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits) as http, asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                dice = random.Random(f"{self._seed}:{number}")  # noqa: S311 - dice, not secrets
                group.create_task(self.client(http, dice))

    def stop(self) -> None:
        """Stop sending new commands."""
        self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        """Whether clients must send no new commands."""
        return self._stopping.is_set()

    async def client(self, http: httpx.AsyncClient, dice: random.Random) -> None:
        """Send commands one after another until the load is stopping; each service overrides it."""
        raise NotImplementedError

    async def acknowledge(
        self,
        http: httpx.AsyncClient,
        dice: random.Random,
        command: Command,
        answer: httpx.Response,
        *aggregates: dict[str, Any],
    ) -> None:
        """Record an acknowledged command and what it changed; repeat some at random."""
        acknowledged = [
            Acknowledged(command, answer.status_code, answer.content, aggregate) for aggregate in aggregates
        ]
        self.acknowledged += acknowledged
        if dice.random() < REPEATED:
            await self.repeat(http, acknowledged[0])

    async def repeat(self, http: httpx.AsyncClient, acknowledged: Acknowledged) -> None:
        """Repeat a command under its key; the answer must equal the first one byte for byte."""
        self.repeated += 1
        again = await self.send(http, acknowledged.command)
        if (again.status_code, again.content) != (acknowledged.status, acknowledged.content):
            self.differing.append(
                f"{acknowledged.command.path} {acknowledged.command.key}: {again.status_code}"
            )

    async def send(self, http: httpx.AsyncClient, command: Command) -> httpx.Response:
        """Send a command under one key repeatedly until a replica answers."""
        headers = {"Idempotency-Key": command.key}
        if command.etag:
            headers["If-Match"] = command.etag
        files = None if command.file is None else {"file": command.file}
        content = {"json": command.body, "data": command.form, "files": files}
        return await self.until_answered(
            http,
            "POST",
            command.path,
            command.caller,
            headers,
            **{name: value for name, value in content.items() if value is not None},
        )

    async def until_answered(
        self,
        http: httpx.AsyncClient,
        method: str,
        path: str,
        caller: Caller,
        headers: dict[str, str] | None = None,
        **content: Any,
    ) -> httpx.Response:
        """Send a request to the replicas in turn until one answers; `content` as httpx takes it."""
        while True:
            self.requests_sent += 1
            bearer = {"Authorization": f"Bearer {self._token(caller)}"}
            address = next(self._urls) + path
            try:
                request_headers = bearer | (headers or {})
                answer = await http.request(method, address, headers=request_headers, **content)
            except httpx.TransportError:
                await asyncio.sleep(AGAIN)
                continue
            # 429: the account must retry later.
            if answer.status_code < 500 and answer.status_code != 429:
                return answer
            await asyncio.sleep(AGAIN)

    def _token(self, caller: Caller) -> str:
        now = datetime.now(UTC)
        token, until = self._tokens.get(caller.subject, ("", now))
        if until <= now:
            token = self._issuer.issue(caller)
            self._tokens[caller.subject] = token, now + TOKEN_LIFE
        return token


def new_key() -> str:
    """Return an Idempotency-Key."""
    return str(uuid_utils.uuid7())
