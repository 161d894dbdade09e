"""A request that asks another system what can be asked only once, and is sent again."""

import asyncio
import json

import pytest
from fastapi import Response

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.idempotency import Answer, Idempotent
from libs.common.problems import Problem

from .conftest import TAKEN, Meter, caller_named

CALLER = caller_named("app", "window")


class Tickets:
    """Another system, whose ticket serves once; `gate` holds its answers back."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked_again = asyncio.Event()

    async def use(self) -> str:
        self.asked += 1
        if used := self.asked > 1:
            self.asked_again.set()
        await self.gate.wait()
        if used:
            raise TAKEN("used")
        return "M-1"


def once(database: Database, clock: ManualClock, body: str = "b") -> Idempotent:
    return Idempotent(database, clock, "open", "key-1", body)


async def opened(_work: UnitOfWork, meter: str) -> Answer:
    return Answer(Meter(id=meter, version=1))


async def test_a_repetition_asks_nobody(database: Database, clock: ManualClock) -> None:
    tickets = Tickets()
    answers = [await once(database, clock).after(CALLER, tickets.use, opened) for _ in range(2)]
    assert [answer.body for answer in answers] == [answers[0].body] * 2
    assert tickets.asked == 1
    with pytest.raises(Problem, match="idempotency-key-reused"):
        await once(database, clock, "other").after(CALLER, tickets.use, opened)
    assert tickets.asked == 1


async def test_who_is_refused_while_the_first_was_answered_gets_its_answer(
    database: Database, clock: ManualClock
) -> None:
    tickets = Tickets()
    second: list[asyncio.Task[Response]] = []

    async def first_use() -> str:
        meter = await tickets.use()
        # The second has looked for an answer, and asks now.
        tickets.gate.clear()
        second.append(asyncio.create_task(once(database, clock).after(CALLER, tickets.use, opened)))
        await tickets.asked_again.wait()
        return meter

    answer = await once(database, clock).after(CALLER, first_use, opened)
    tickets.gate.set()
    assert (await second[0]).body == answer.body
    assert json.loads(bytes(answer.body))["id"] == "M-1"


async def test_a_refusal_is_not_kept(database: Database, clock: ManualClock) -> None:
    async def refused() -> str:
        raise TAKEN("used")

    with pytest.raises(Problem, match="meter-taken"):
        await once(database, clock).after(CALLER, refused, opened)
    assert (await once(database, clock).after(CALLER, Tickets().use, opened)).status_code == 200
