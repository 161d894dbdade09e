"""Processes of the registry that are killed in the middle of a rotation or an import: nothing is lost or doubled."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Table, func, make_url, select

from libs.common.database.tables import outbox
from libs.common.encryption.columns import inventory
from libs.common.encryption.sealer import Sealer
from libs.common.laptop import KEYS
from services.registry.settings import Settings
from services.registry.storage.tables import (
    account,
    account_particulars,
    customer_particulars,
    data_key,
    metadata,
)
from tests.libs.common.encryption.samples import encoded
from tests.services.registry.imports.ledgers import enterprise, expire_leases, file_of, hand_in, home, read_in
from tests.support.service import Running
from tools.servers_process import free_ports

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 600.0
# More than are rotated, or read in, at a time.
ACCOUNTS = 600
LEDGER = file_of(
    [*(home(serial) for serial in range(1, 401)), *(enterprise(serial) for serial in range(1, 201))]
)
# What the operator adds before a rotation.
NEW_KEYS = {"wrapping_keys": f"w2:{encoded(2)}", "index_keys": f"i2:{encoded(3)}"}
ROTATED = {name: f"{key},{KEYS[name]}" for name, key in NEW_KEYS.items()}

pytestmark = pytest.mark.parametrize("migrated_url", ["postgres"], indirect=True)


def environment(registry: Running, keys: Mapping[str, str]) -> dict[str, str]:
    settings = registry.service.settings
    assert isinstance(settings, Settings)
    values = {
        **KEYS,
        **keys,
        "database_url": settings.database_url,
        "bus_url": settings.bus_url,
        "issuer": settings.issuer,
        "jwks_url": settings.jwks_url,
        "anchors_url": settings.anchors_url,
        "objects_url": settings.objects_url,
        "port": str(free_ports(1)[0]),
    }
    return os.environ | {f"SQN_{name}".upper(): str(value) for name, value in values.items()}


async def run(
    registry: Running,
    *arguments: str,
    keys: Mapping[str, str] | None = None,
    killed_when: Callable[[], Awaitable[bool]] | None = None,
) -> None:
    """Run a command of the service in a process of its own; kill it as soon as something is so."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.registry", *arguments),
        cwd=ROOT,
        env=environment(registry, keys or {}),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(DEADLINE):
            if killed_when is None:
                assert await process.wait() == 0
                return
            while not await killed_when():
                assert process.returncode is None, "the process ended by itself"
                await asyncio.sleep(0.002)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


async def count(registry: Running, table: Any, *conditions: Any) -> int:
    async with registry.service.database.reading() as connection:
        found = select(func.count()).select_from(table).where(*conditions)
        return int(await connection.scalar(found) or 0)


async def texts(registry: Running, keys: Mapping[str, str]) -> dict[str, list[dict[str, str | None]]]:
    """Return all that is sealed, opened by these keys alone."""
    ring = Settings.model_validate({**registry.service.settings.model_dump(), **KEYS, **keys}).ring()
    sealer, found = Sealer(ring, data_key, registry.clock), {}
    async with registry.service.database.reading() as connection:
        for table in (customer_particulars, account_particulars):
            columns = [column for column in inventory(metadata) if column.table is table]
            rows = (await connection.execute(select(table).order_by(table.c.id))).mappings().all()
            found[table.name] = await sealer.opened(connection, columns, rows)
    return found


@asynccontextmanager
async def last_row_locked(registry: Running, table: Table, order: str = "id DESC") -> AsyncIterator[None]:
    """Hold a row that a rotation comes to last: so long it stands in the middle."""
    url = make_url(registry.service.settings.database_url).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        async with connection.transaction():
            last = f"SELECT 1 FROM {table.name} ORDER BY {order} LIMIT 1 FOR UPDATE"
            await connection.execute(last)
            yield
    finally:
        await connection.close()


async def test_a_rotation_that_is_killed_goes_on_and_loses_nothing(registry: Running) -> None:
    await read_in(registry, LEDGER)
    before = await texts(registry, {})
    assert {len(rows) for rows in before.values()} == {ACCOUNTS}
    number, newest = account_particulars.c.number_index, data_key.c.version == 2

    async def is_some(table: Any, *conditions: Any) -> bool:
        return await count(registry, table, *conditions) > 0

    rewrapping = partial(is_some, data_key, data_key.c.wrapping_id == "w2")
    async with last_row_locked(registry, data_key, "subject DESC, version DESC"):
        await run(registry, "keys", "rotate", keys=ROTATED, killed_when=rewrapping)
        assert await texts(registry, ROTATED) == before
    async with last_row_locked(registry, account_particulars):
        # The first batch is done, the second one waits for the row.
        reindexing = partial(is_some, account_particulars, number.like("i2.%"))
        await run(registry, "keys", "rotate", keys=ROTATED, killed_when=reindexing)
        assert await is_some(account_particulars, number.not_like("i2.%"))
        assert await texts(registry, ROTATED) == before
    await run(registry, "keys", "rotate", keys=ROTATED)
    assert not await is_some(data_key, data_key.c.wrapping_id == "laptop")
    assert await texts(registry, NEW_KEYS) == before
    for column in inventory(metadata):
        if column.index is not None:
            assert not await is_some(column.table, column.index.not_like("i2.%")), column.path
    # The machine's clock is years after the accounts were read in.
    older = ("keys", "rotate", "--data-keys-older-than", "30")
    async with last_row_locked(registry, customer_particulars):
        replacing = partial(is_some, data_key, newest)
        await run(registry, *older, keys=NEW_KEYS, killed_when=replacing)
        assert await count(registry, data_key, newest) < ACCOUNTS
        assert await texts(registry, NEW_KEYS) == before
    await run(registry, *older, keys=NEW_KEYS)
    # The job of the ledger has a key, too.
    assert await count(registry, data_key, newest) == ACCOUNTS + 1
    assert await texts(registry, NEW_KEYS) == before


async def test_an_import_whose_worker_is_killed_takes_each_row_once_and_tells_its_end_once(
    registry: Running,
) -> None:
    clerk = registry.client()
    path = await hand_in(clerk, LEDGER)
    for column in ("checked", "taken"):

        async def begun(column: str = column) -> bool:
            return bool((await clerk.get(path)).body[column])

        await run(registry, "worker", killed_when=begun)
        assert (await clerk.get(path)).body["finished_at"] is None
        # It runs out by itself; here it is given back at once.
        await expire_leases(registry)

    async def ended() -> bool:
        return (await clerk.get(path)).body["finished_at"] is not None

    await run(registry, "worker", killed_when=ended)
    job = (await clerk.get(path)).body
    assert (job["state"], job["loaded"], job["repeated"], job["bad"]) == ("done", ACCOUNTS, 0, 0)
    assert await count(registry, account) == ACCOUNTS
    async with registry.service.database.reading() as connection:
        told = Counter(await connection.scalars(select(outbox.c.type)))
    assert {name.split(".")[-2]: number for name, number in told.items()} == {
        "customer_opened": ACCOUNTS,
        "account_opened": ACCOUNTS,
        "accounts_imported": 1,
    }
