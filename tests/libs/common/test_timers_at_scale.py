"""Very many timers due at once, three worker processes, one of them killed: each fires exactly once.

`TIMERS=100000` gives the full size; the test prints the rate (`pytest -s`).
"""

import asyncio
import os
import time
from collections import Counter

from libs.common.database.engine import Database
from tests.libs.common.conftest import Doom
from tests.libs.common.database.samples import effects, waiting
from tests.libs.common.test_timers import set_many

COUNT = int(os.environ.get("TIMERS", "6000"))
CLAIM_SECONDS = "2"


async def test_each_of_very_many_fires_once_though_a_worker_is_killed(
    database: Database, database_url: str, doom: Doom
) -> None:
    victim, *others = [await doom("fire_all", database_url, CLAIM_SECONDS) for _ in range(3)]
    await set_many(database, COUNT)
    began = time.monotonic()
    deadline = began + 120
    while (left := await waiting(database)) > COUNT * 0.9:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert left > 0, "there was nothing left to do when the worker was killed"
    victim.kill()
    await victim.wait()
    async with asyncio.timeout(150):
        assert [await each.wait() for each in others] == [0, 0]
    rate = COUNT / (time.monotonic() - began)
    print(f"\n{COUNT:,} timers on {database_url.partition(':')[0]}: {rate:,.0f} a second, one worker killed")
    found = await effects(database)
    assert len(found) == COUNT
    assert Counter(map(len, found.values())) == {1: COUNT}
    assert await waiting(database) == 0
