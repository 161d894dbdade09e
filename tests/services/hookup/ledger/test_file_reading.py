"""No export waits for files that are read, every route that reads one keeps to the bounds, and imports to theirs."""

import asyncio
import threading

import pytest

from libs.workbooks.files.file_reading import FileReading, read_beside
from tests.libs.workbooks.files.test_file_reading import DEADLINE, readings
from tests.services.hookup.ledger.books import book, models
from tests.services.hookup.ledger.conftest import NOW
from tests.services.hookup.ledger.test_routes import hand_in, numbers, work
from tests.support.hookup import Hookup


async def test_exports_go_on_while_files_are_read(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    clerk = hookup.client()
    await hand_in(clerk, book(models(2)))
    await work(hookup)
    ended = threading.Event()
    waiting = [asyncio.create_task(read_beside(lambda: ended.wait(DEADLINE))) for _ in range(20)]
    await asyncio.sleep(0)
    assert len(await numbers(clerk)) == 2
    ended.set()
    await asyncio.gather(*waiting)


@pytest.mark.parametrize("path", ["/v1/imports", "/v1/imports/preview", "/v1/log-reports"])
async def test_every_route_that_reads_a_file_keeps_to_it(hookup: Hookup, path: str) -> None:
    reading = hookup.service.state["file_reading"]
    assert isinstance(reading, FileReading)
    async with readings(reading, "clerk-1"):
        refused = await hookup.client().http.post(
            path, files={"file": ("a.xlsx", b"PK")}, data={"mode": "all"}, headers={"Idempotency-Key": "k"}
        )
    assert (refused.status_code, refused.json()["code"]) == (429, "file-being-read")
    assert refused.headers["retry-after"] == "10"


async def test_a_subject_has_one_import_at_a_time(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    clerk, other = hookup.client(), hookup.client("clerk", subject="clerk-2")
    first = await hand_in(clerk, book(models(1)), key="first")
    refused = await hand_in(clerk, book(models(2)), status=409)
    assert (refused.code, refused.response.headers["retry-after"]) == ("import-running", "10")
    # The same request again is no second import.
    assert (await hand_in(clerk, book(models(1)), key="first")).body == first.body
    await hand_in(other, book(models(1)))
    await work(hookup)
    await hand_in(clerk, book(models(2)))
