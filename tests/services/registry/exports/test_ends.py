"""What ends an export: HEAD takes nothing of its downloads, and its row goes after the time of the policy."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import ACCOUNT_EXPORTS
from services.registry.usecases.retention import purge_expired
from tests.services.registry.exports.asking import ask, entries, exported, loop_of, taken
from tests.services.registry.samples import new_account, organisation
from tests.services.registry.test_accounts import opened
from tests.support.page_forms import visiting
from tests.support.service import Running


async def test_the_head_of_a_file_is_no_download(registry: Running) -> None:
    await opened(registry, new_account(organisation()))
    clerk, caller = registry.client(), registry.caller()
    export = await exported(registry)
    path = f"/account-exports/{export['id']}/file.xlsx"
    before = await entries(registry)
    async with visiting("registry", registry.app, caller, registry.token(caller), registry.clock) as visitor:
        for _ in range(2):
            head = await clerk.http.head(f"/v1{path}")
            assert (head.status_code, head.content) == (200, b"")
            shown = await visitor.client.head(path)
            assert (shown.status_code, shown.content) == (200, b"")
            assert shown.headers["content-disposition"] == head.headers["content-disposition"]
    assert await entries(registry) == before
    assert (await clerk.get(f"/account-exports/{export['id']}")).body["downloads"] == 0
    for number in (1, 2, 3):
        file = await taken(clerk, export)
        assert len(file.response.content) == int(head.headers["content-length"])
        assert (await clerk.get(f"/account-exports/{export['id']}")).body["downloads"] == number
    # It says what a download would.
    assert (await clerk.http.head(f"/v1{path}")).status_code == 409
    assert (await taken(clerk, export, 409)).code == "export-not-there"
    other = registry.client("clerk", subject="clerk-2")
    assert (await other.http.head(f"/v1{path}")).status_code == 409


@pytest.mark.parametrize(("days", "left"), [(729, 3), (731, 1)])
async def test_rows_of_what_is_over_are_purged_after_the_time_of_the_policy(
    registry: Running, days: int, left: int
) -> None:
    await opened(registry, new_account(organisation()))
    job, piece = ACCOUNT_EXPORTS.job, ACCOUNT_EXPORTS.piece
    expired, failed = await exported(registry), await exported(registry)
    database, rulebook = registry.service.database, registry.service.state["rulebook"]
    assert isinstance(rulebook, RuleBook)
    async with database.unit_of_work(registry.clock.now()) as uow:
        await uow.connection.execute(
            update(job).where(job.c.id == failed["id"]).values(state="failed", size=None)
        )
    waiting = (await ask(registry.client())).body["id"]
    registry.clock.instant += timedelta(days=days)
    # Before its file is deleted, a row that holds it stays.
    await purge_expired(database, rulebook, registry.clock.now())
    async with database.reading() as connection:
        kept = set((await connection.scalars(select(job.c.id))).all())
        assert {expired["id"], waiting} <= kept
        of_expired = select(func.count()).select_from(piece).where(piece.c.job_id == expired["id"])
        assert await connection.scalar(of_expired) == 1
    # One step deletes files and begins with what waits.
    loop = loop_of(registry)
    await loop.step()
    await loop.reset()
    await purge_expired(database, rulebook, registry.clock.now())
    async with database.reading() as connection:
        kept = set((await connection.scalars(select(job.c.id))).all())
    assert waiting in kept
    assert len(kept) == left
