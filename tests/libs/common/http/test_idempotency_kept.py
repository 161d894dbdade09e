"""What is kept of an answer: packed, bounded, and purged in time."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import func, select

from libs.common.auth.callers import Caller
from libs.common.database.engine import Database
from libs.common.database.tables import idempotency
from libs.common.http.idempotency import Action, Answer, Idempotent, purge
from libs.common.http.quotas import Quotas
from libs.common.problems import Problem

from .conftest import Service, caller_named, count
from .quota_samples import Ticks, version


class Long(BaseModel):
    text: str


def long_answer(size: int) -> Action:
    async def action(_work: Any) -> Answer:
        return Answer(Long(text="件" * (size // 3)), status=201, version=7, location="/v1/long")

    return action


async def kept_bytes(database: Database) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.sum(func.length(idempotency.c.body)))) or 0


async def test_a_long_answer_is_kept_packed_and_given_again_as_it_was(
    service: Service, database: Database
) -> None:
    once = Idempotent(database, service.clock, "act", "key", "hash")
    first, second = [await once(caller_named("u"), long_answer(550_000)) for _ in range(2)]
    assert (first.status_code, first.body) == (second.status_code, second.body)
    assert dict(first.headers) == dict(second.headers)
    assert await kept_bytes(database) < len(first.body) / 20


async def test_of_an_answer_that_is_too_large_only_that_it_was_given_is_kept(
    service: Service, database: Database
) -> None:
    noise = "".join(chr(0x4E00 + number * 7_919 % 20_000) for number in range(400_000))
    done = 0

    async def action(_work: Any) -> Answer:
        nonlocal done
        done += 1
        return Answer(Long(text=noise), status=201, version=7, location="/v1/long")

    once = Idempotent(database, service.clock, "act", "key", "hash")
    assert (await once(caller_named("u"), action)).status_code == 201
    with pytest.raises(Problem) as raised:
        await once(caller_named("u"), action)
    document = raised.value
    assert (document.kind.slug, document.kind.status) == ("answer-not-kept", 409)
    assert document.headers == {"etag": '"7"', "location": "/v1/long"}
    # It was begun again, and taken back: the effect is there once.
    assert (done, await count(database, idempotency), await kept_bytes(database)) == (2, 1, 0)


async def test_what_is_kept_for_one_caller_is_bounded(service: Service, database: Database) -> None:
    rule = {"name": "留存", "kept_bytes": 3_000, "seconds": 86_400}
    quotas = Quotas(None, service.clock, [version(rule)], Ticks())

    async def send(caller: Caller, number: int) -> Response:
        once = Idempotent(
            database,
            service.clock,
            "act",
            f"key-{number}",
            "hash",
            lambda of, size: quotas.may_keep(of, "act", size),
        )
        return await once(caller, long_answer(900))

    for number in range(50):
        assert (await send(caller_named("u"), number)).status_code == 201
    assert await kept_bytes(database) <= 3_000
    assert (await send(caller_named("u"), 0)).status_code == 201
    with pytest.raises(Problem, match="answer-not-kept"):
        await send(caller_named("u"), 49)
    before = await kept_bytes(database)
    assert (await send(caller_named("other"), 0)).status_code == 201
    assert await kept_bytes(database) > before


async def test_an_answer_that_changed_nothing_is_not_kept(service: Service, database: Database) -> None:
    async def action(_work: Any) -> Answer:
        return Answer(Long(text="preview"), changes=False)

    for _ in range(2):
        answer = await Idempotent(database, service.clock, "act", "key", "hash")(caller_named("u"), action)
        assert b"preview" in answer.body
    assert await count(database, idempotency) == 0


async def test_old_answers_are_purged_in_bounded_steps(service: Service, database: Database) -> None:
    start = service.clock.now()
    for number in range(5):

        async def action(_work: Any) -> Answer:
            return Answer()

        await Idempotent(database, service.clock, "act", str(number), "hash")(None, action)
        service.clock.advance(timedelta(hours=1))
    purged = []
    for _ in range(3):
        async with database.unit_of_work(service.clock.now()) as work:
            purged.append(await purge(work, start + timedelta(hours=3), most=2))
    assert purged == [2, 1, 0]
    async with database.reading() as connection:
        left = (
            await connection.scalars(select(idempotency.c.created_at).order_by(idempotency.c.created_at))
        ).all()
    assert left == [start + timedelta(hours=hours) for hours in (3, 4)]
