"""The files of imports: sealed while they are needed, and gone with their key after that."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from libs.common.encryption.ciphers import NotOpenedError
from libs.workbooks.jobs.keeping import Sealed
from services.registry.storage.imports import ACCOUNT_LEDGERS
from services.registry.storage.tables import ACCOUNT_IMPORTS, data_key
from tests.services.registry.imports.ledgers import enterprise, file_of, hand_in, home, work
from tests.support.service import Running


async def stored(registry: Running) -> tuple[bytes, bytes | None]:
    """The file and the report of the only job, as they stand in the database."""
    job = ACCOUNT_IMPORTS.job.c
    async with registry.service.database.reading() as connection:
        row = (await connection.execute(select(job.content, job.report))).one()
    return row.content, row.report


async def keys(registry: Running, job_id: str) -> list[bytes | None]:
    """The data keys of a job."""
    async with registry.service.database.reading() as connection:
        return list(await connection.scalars(select(data_key.c.wrapped).where(data_key.c.subject == job_id)))


async def test_a_file_and_its_report_are_sealed_and_end_with_their_key(registry: Running) -> None:
    clerk = registry.client()
    path = await hand_in(clerk, file_of([enterprise(), home(手机号="1")]))
    job_id = path.rsplit("/", 1)[1]
    content, _ = await stored(registry)
    assert "示例".encode("gb18030") not in content
    await work(registry)
    content, report = await stored(registry)
    assert content == b""
    assert report is not None
    assert not report.startswith(b"PK")
    given = await clerk.get(f"{path}/report.xlsx")
    assert given.response.content.startswith(b"PK")
    assert all(await keys(registry, job_id))
    registry.clock.instant += timedelta(days=8)
    await work(registry, steps=1)
    await clerk.get(f"{path}/report.xlsx", 404)
    assert await keys(registry, job_id) == [None]


async def test_a_file_without_a_report_leaves_no_key(registry: Running) -> None:
    headings = [*enterprise(), "业务"]
    path = await hand_in(registry.client(), file_of([enterprise(业务="供水")], headings))
    await work(registry)
    assert await keys(registry, path.rsplit("/", 1)[1]) == [None]


async def test_a_file_opens_as_that_of_its_own_job_only(registry: Running) -> None:
    keeping = registry.service.state["import_keeping"]
    assert isinstance(keeping, Sealed)
    first, second = ("01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11", "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d12")
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        sealed = await keeping.put(uow, first, b"content")
        await keeping.put(uow, second, b"other")
    async with registry.service.database.reading() as connection:
        assert await keeping.take(connection, first, sealed) == b"content"
        with pytest.raises(NotOpenedError):
            await keeping.take(connection, second, sealed)
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        await keeping.forget(uow, [first])
    async with registry.service.database.reading() as connection:
        with pytest.raises(NotOpenedError):
            await keeping.take(connection, first, sealed)
    assert ACCOUNT_LEDGERS.tables is ACCOUNT_IMPORTS
