"""Exports as the worker writes them: one snapshot, once whatever process is killed, in bounded memory."""

import asyncio
import re
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.audit.log import AuditLog
from libs.common.database.tables import house
from libs.common.worker import Loop
from libs.workbooks.jobs.export_runner import MOST_ATTEMPTS, export_loop
from libs.workbooks.jobs.exports import Export
from services.registry.storage.exports import ACCOUNT_EXPORT, EXPORTS
from services.registry.storage.tables import ACCOUNT_EXPORTS, account
from services.registry.usecases import export_accounts
from services.registry.usecases.export_accounts import AccountSource
from services.registry.usecases.read_accounts import ReadAccount
from tests.services.registry.exports.asking import (
    ask,
    entries,
    exported,
    loop_of,
    members,
    rows_of,
    taken,
    write,
)
from tests.services.registry.imports.ledgers import expire_leases
from tests.services.registry.samples import new_account, organisation
from tests.services.registry.test_accounts import opened
from tests.support.service import Running

_SECONDS = 120


class Gate:
    """Holds the first reader of accounts behind its first page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        pages = AccountSource.pages

        async def held(
            source: AccountSource, connection: AsyncConnection, export: Export
        ) -> AsyncIterator[Sequence[ReadAccount]]:
            is_first = not self.reached.is_set()
            async for page in pages(source, connection, export):
                yield page
                if is_first:
                    self.reached.set()
                    await self.opened.wait()

        monkeypatch.setattr(AccountSource, "pages", held)
        monkeypatch.setattr(export_accounts, "PAGE", 1)


async def shops(registry: Running, number: int) -> list[str]:
    """Accounts of enterprises, one a day."""
    ids = []
    for serial in range(1, number + 1):
        registry.clock.instant += timedelta(days=1)
        ids.append((await opened(registry, new_account(organisation(serial), f"W-{serial:06d}")))["id"])
    return ids


def other_process(registry: Running) -> Loop:
    """The loop of another worker on the same database."""
    service = registry.service
    assert isinstance(service.audit, AuditLog)
    source = AccountSource(service.clock, service.state["rulebook"], service.audit)  # type: ignore[arg-type]
    keeping = service.state["import_keeping"]
    return export_loop(
        service.database,
        service.clock,
        EXPORTS,
        source,
        keeping=keeping,  # type: ignore[arg-type]
        name=ACCOUNT_EXPORT.name,
    )


async def keep_leases(registry: Running) -> None:
    """Let who holds a lease have it for long, however slow the machine is."""
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        late = datetime(2999, 1, 1, tzinfo=UTC)
        await uow.connection.execute(update(house.tables["lease"]).values(expires_at=late))


async def pieces(registry: Running) -> int:
    """How many pieces of files there are."""
    async with registry.service.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(ACCOUNT_EXPORTS.piece)) or 0


async def held_up(registry: Running, gate: Gate) -> tuple[str, Loop]:
    """Let the worker write the first page of an export; return the export's path."""
    path = f"/account-exports/{(await ask(registry.client())).body['id']}"
    loop = loop_of(registry)
    async with asyncio.timeout(_SECONDS):
        while not gate.reached.is_set():
            await loop.step()
    return path, loop


@pytest.mark.parametrize("is_told", [False, True])
async def test_a_process_that_ends_in_the_middle_leaves_nothing_and_the_next_writes_all_once(
    registry: Running, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    ids = await shops(registry, 3)
    gate = Gate(monkeypatch)
    path, loop = await held_up(registry, gate)
    clerk = registry.client()
    seen = (await clerk.get(path)).body
    assert (seen["state"], seen["rows"], seen["written"]) == ("writing", 3, 1)
    assert await pieces(registry) == 0
    other = other_process(registry)
    if is_told:
        await loop.close()  # type: ignore[misc]
    else:
        await keep_leases(registry)
        # Nobody else begins while it has the lease.
        await other.step()
        assert (await clerk.get(path)).body["written"] == 1
        await expire_leases(registry)
    async with asyncio.timeout(_SECONDS):
        while (await clerk.get(path)).body["state"] != "done":
            await other.step()
    # The first one goes on, and finds that it was overtaken.
    gate.opened.set()
    # On a slow machine the server has ended its idle transaction meanwhile.
    with suppress(DBAPIError):
        await loop.step()
    await loop.step()
    done = (await clerk.get(path)).body
    assert (done["state"], done["rows"], done["written"]) == ("done", 3, 3)
    assert await pieces(registry) == 1
    assert len(await entries(registry)) == 1
    rows = rows_of((await taken(clerk, done)).response.content)
    assert sorted(row["系统编号"] for row in rows) == sorted(ids)
    await loop.close()  # type: ignore[misc]
    await other.close()  # type: ignore[misc]


async def test_what_changes_while_it_is_written_is_not_in_it(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await shops(registry, 3)
    gate = Gate(monkeypatch)
    path, _ = await held_up(registry, gate)
    # Older than those that are read already: it would be on a later page.
    registry.clock.instant -= timedelta(days=30)
    await opened(registry, new_account(organisation(9), "W-000009"))
    registry.clock.instant += timedelta(days=30)
    gate.opened.set()
    await write(registry)
    clerk = registry.client()
    done = (await clerk.get(path)).body
    rows = rows_of((await taken(clerk, done)).response.content)
    assert sorted(row["系统编号"] for row in rows) == sorted(ids)
    assert done["rows"] == 3


async def test_an_export_that_always_ends_its_process_does_not_block_the_next(registry: Running) -> None:
    await shops(registry, 1)
    path = f"/account-exports/{(await ask(registry.client())).body['id']}"
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        await uow.connection.execute(update(ACCOUNT_EXPORTS.job).values(attempts=MOST_ATTEMPTS))
    await write(registry)
    failed = (await registry.client().get(path)).body
    assert (failed["state"], failed["error"]) == ("failed", "多次中断，请联系管理员")
    assert await entries(registry) == []


async def test_eight_thousand_rows_take_no_more_memory_than_sixteen_hundred(registry: Running) -> None:
    await shops(registry, 1)
    peaks = []
    for rows in (1_600, 6_400):
        await copies(registry, rows)
        tracemalloc.start()
        export = await exported(registry)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert export["rows"] == 8_001
    content = (await taken(registry.client(), export)).response.content
    sheet = members(content)["xl/worksheets/sheet1.xml"]
    assert len(set(re.findall(r"<t>([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})</t>", sheet))) == 8_001
    # All rows at once would be five times as much.
    assert peaks[1] < 2 * peaks[0]


async def copies(registry: Running, number: int) -> None:
    """Insert copies of the only account, without particulars of their own."""
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        model = dict((await uow.connection.execute(select(account).limit(1))).mappings().one())
        ids = [str(uuid4()) for _ in range(number)]
        rows = [{**model, "id": each, "record": {**model["record"], "id": each}} for each in ids]
        for start in range(0, number, 500):
            await uow.connection.execute(insert(account), rows[start : start + 500])
