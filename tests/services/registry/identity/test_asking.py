"""What a provider may do to who asks it: hang, answer without end, be away, send elsewhere."""

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from libs.common.clock import ManualClock
from libs.common.problems import Problem
from services.registry.identity.port import SubjectKind, Ticket

from .conftest import NOWHERE, answering, ishandong, nothing_listens, saying

PERSON = SubjectKind.PERSON
OK = b'{"retcode": "000000", "data": "{\\"token\\": \\"t-1\\"}"}'


async def refused(signing_in: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await signing_in
    return caught.value


async def test_a_huge_answer_is_cut_off(clock: ManualClock) -> None:
    """It has no end: only that its reader goes away ends it."""

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        gone = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not gone.done():
            await send({"type": "http.response.body", "body": b" " * 65_536, "more_body": True})
            await asyncio.sleep(0)

    async with answering(endless) as url:
        problem = await refused(ishandong(url, clock, seconds=60).sign_in(Ticket("t", PERSON)))
    assert problem.kind.slug == "identity-provider-unreadable"


async def test_a_packed_answer_is_not_unpacked(clock: ManualClock) -> None:
    client = saying(OK, headers={"Content-Encoding": "gzip"})
    problem = await refused(ishandong(NOWHERE, clock, client=client).sign_in(Ticket("t", PERSON)))
    assert problem.kind.slug == "identity-provider-unreadable"


@pytest.mark.parametrize("silent_after", [0, 1])
async def test_a_platform_that_hangs_is_given_up(clock: ManualClock, silent_after: int) -> None:
    """Before the head of the answer, and within its body."""
    released = asyncio.Event()

    async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
        if silent_after:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
        await released.wait()

    async with answering(hanging) as url:
        problem = await refused(ishandong(url, clock, seconds=0.2).sign_in(Ticket("t", PERSON)))
        released.set()
    assert (problem.kind.slug, problem.kind.status) == ("identity-provider-unavailable", 503)
    assert int(problem.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("status", "slug"),
    [
        (500, "identity-provider-unavailable"),
        (503, "identity-provider-unavailable"),
        (429, "identity-provider-unavailable"),
        (404, "identity-provider-refused"),
        (403, "identity-provider-refused"),
        # A redirection would carry sign and ticket to an address that nobody has chosen.
        (302, "identity-provider-refused"),
    ],
)
async def test_an_answer_of_another_status_signs_nobody_in(
    clock: ManualClock, status: int, slug: str
) -> None:
    client = saying(OK, status=status, headers={"Location": "/elsewhere"})
    problem = await refused(ishandong(NOWHERE, clock, client=client).sign_in(Ticket("t", PERSON)))
    assert problem.kind.slug == slug
    assert ("Retry-After" in problem.headers) == (problem.kind.status == 503)


async def test_a_platform_that_is_away_is_told_so(clock: ManualClock) -> None:
    url = await nothing_listens()
    with capture_logs() as logs:
        problem = await refused(ishandong(url, clock).sign_in(Ticket("t-secret", PERSON)))
    assert problem.kind.slug == "identity-provider-unavailable"
    assert "ConnectError" in str(logs)
    assert "t-secret" not in str(logs)
