"""What a composed service does by itself."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from libs.common.database.tables import dead_letter, idempotency
from libs.common.service import KEEP_ANSWERS, KEEP_LETTERS
from tests.libs.common.database.service import build

DEADLINE = 20.0


async def test_housekeeping_forgets_old_answers_and_letters_that_were_dealt_with(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "SQN_DATABASE_URL": sqlite_url,
        "SQN_BUS_URL": f"sqlite:///{tmp_path / 'bus.db'}",
        "SQN_ISSUER": "http://127.0.0.1:1",
        "SQN_JWKS_URL": "http://127.0.0.1:1/jwks",
    }.items():
        monkeypatch.setenv(name, value)
    service = build()
    await service.migrate()
    now, day = service.clock.now(), timedelta(days=1)
    answer = {"caller": "c", "request_hash": "", "status": 200, "headers": {}, "body": b""}
    letter = {
        "subscription": "sample",
        "topic": "t",
        "partition": 0,
        "aggregate_id": "a",
        "headers": [],
        "value": b"",
        "reason": "gap",
        "detail": "",
        "created_at": now,
    }
    async with service.database.unit_of_work(now) as work:
        await work.connection.execute(
            insert(idempotency),
            [
                {**answer, "key": "old", "created_at": now - KEEP_ANSWERS - day},
                {**answer, "key": "young", "created_at": now - KEEP_ANSWERS + day},
            ],
        )
        await work.connection.execute(
            insert(dead_letter),
            [
                {**letter, "offset": 1, "resolved_at": now - KEEP_LETTERS - day},
                {**letter, "offset": 2, "resolved_at": now - KEEP_LETTERS + day},
                {**letter, "offset": 3, "resolved_at": None},
            ],
        )
    (house,) = [each for each in await service.worker_loops() if each.name == "housekeeping"]
    running = asyncio.create_task(house.run(service.beats))

    async def kept() -> tuple[list[str], list[int]]:
        async with service.database.reading() as connection:
            keys = await connection.scalars(select(idempotency.c.key))
            offsets = await connection.scalars(select(dead_letter.c.offset).order_by(dead_letter.c.offset))
            return list(keys), list(offsets)

    until = time.monotonic() + DEADLINE
    while await kept() != (["young"], [2, 3]):
        assert time.monotonic() < until, await kept()
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await service.close()
