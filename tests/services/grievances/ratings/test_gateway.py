"""Ratings sent to the province, on both engines: each state at least once, without the person, with retries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from services.grievances.storage.tables import rating_export
from services.grievances.usecases.directory import Directory
from services.grievances.usecases.ratings.gateway import (
    Exporting,
    gateway_faults,
    open_gateway,
)
from tests.services.grievances.ratings.arriving import OWNER, city, clerk, district, invited, owner
from tests.support.service import Running

FIELDS = {
    "id",
    "version",
    "areaCode",
    "serviceType",
    "taskName",
    "projectNo",
    "assessNumber",
    "serviceTime",
    "assessTime",
    "satisfaction",
    "channel",
    "isSupplement",
    "isProxy",
    "isSuspect",
    "isExcluded",
}


class Province:
    """A server as the province may have one: it answers what it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        self.statuses = list[int]()
        self.requests = list[tuple[str, dict[str, Any]]]()
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((headers.get("authorization", ""), msgspec.json.decode(body)))
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(f"HTTP/1.1 {status} -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def province() -> AsyncIterator[Province]:
    """Serve it on a port of this machine."""
    served = Province()
    server = await asyncio.start_server(served.answer, "127.0.0.1", 0)
    async with server:
        served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ratings"
        yield served


def exporting(grievances: Running, url: str) -> Exporting:
    """Return what sends the service's ratings to an address."""
    gateway = open_gateway(url, "secret-of-ours")
    assert gateway is not None
    return Exporting(grievances.service.database, grievances.clock, gateway)


async def waiting(grievances: Running) -> int:
    """Return how many ratings wait in the outbox."""
    async with grievances.service.database.reading() as connection:
        return len((await connection.scalars(select(rating_export.c.rating_id))).all())


async def test_what_is_rated_is_sent_once_without_a_word_of_the_person(grievances: Running) -> None:
    path = await invited(grievances)
    assert await waiting(grievances) == 0
    await owner(grievances).command(path, "grade", {"grade": 2, "reason": "没有人来"})
    async with province() as there:
        sender = exporting(grievances, there.url)
        assert await sender.step() == 1
        assert await sender.step() == 0
        ((token, sent),) = there.requests
    (item,) = sent["items"]
    assert token == "bearer secret-of-ours"
    assert item.keys() == FIELDS
    assert (item["satisfaction"], item["channel"], item["serviceType"]) == (2, "APP", "REQUEST")
    assert "没有人来" not in str(sent)
    assert OWNER not in str(sent).lower()


async def test_what_fails_waits_longer_each_time_and_is_sent_as_it_is_by_then(grievances: Running) -> None:
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 1})
    async with province() as there:
        there.statuses = [500, 503]
        sender = exporting(grievances, there.url)
        assert await sender.step() == 1
        assert await sender.step() == 0
        grievances.set_clock("2022-07-04 09:00:16")
        assert await sender.step() == 1
        grievances.set_clock("2022-07-04 09:00:40")
        assert await sender.step() == 0
        await owner(grievances).command(path, "grade-change", {"grade": 4})
        grievances.set_clock("2022-07-04 09:01")
        assert await sender.step() == 1
        grades = [sent["items"][0]["satisfaction"] for _, sent in there.requests]
    assert grades == [1, 1, 4]
    assert await waiting(grievances) == 0


async def test_a_server_that_is_not_there_loses_nothing(grievances: Running) -> None:
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 5})
    async with province() as gone:
        nowhere = gone.url
    assert await exporting(grievances, nowhere).step() == 1
    assert await waiting(grievances) == 1


async def test_what_changes_while_it_is_sent_is_sent_again(grievances: Running, tmp_path: Path) -> None:
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 3})

    class Slow(Directory):
        async def push(self, batch: str, records: Any) -> None:
            if records[0]["satisfaction"] == 3:
                await owner(grievances).command(path, "grade-change", {"grade": 5})
            await super().push(batch, records)

    sender = Exporting(grievances.service.database, grievances.clock, Slow(tmp_path / "out"))
    assert [await sender.step() for _ in range(3)] == [1, 1, 0]
    files = sorted((tmp_path / "out").iterdir())
    lines = [msgspec.json.decode(file.read_bytes()) for file in files]
    assert sorted(line["satisfaction"] for line in lines) == [3, 5]


async def test_an_appeal_that_is_granted_is_told_and_one_that_waits_is_not(
    grievances: Running, tmp_path: Path
) -> None:
    path = await invited(grievances)
    await owner(grievances).command(path, "grade", {"grade": 1})
    sender = exporting(grievances, f"file://{tmp_path}/out")
    assert await sender.step() == 1
    await clerk(grievances).command(path, "appeal", {"ground": "MISTAKEN", "reason": "评价的是另一件"})
    granted = {"granted": True, "note": "与回访记录一致"}
    await district(grievances).command(path, "appeal-decision", granted)
    assert await sender.step() == 0
    await city(grievances).command(path, "appeal-decision", granted)
    assert await sender.step() == 1
    told = [msgspec.json.decode(file.read_bytes())["isExcluded"] for file in (tmp_path / "out").iterdir()]
    assert sorted(told) == [False, True]


@pytest.mark.parametrize("url", ["ftp://there/x", "file://host/x", "https://user:word@there/x", "there"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SQN_RATINGS_URL"):
        open_gateway(url, None)


def test_production_sends_nothing_in_clear_text() -> None:
    assert gateway_faults("http://there/x")
    assert not gateway_faults("https://there/x")
    assert not gateway_faults(None)
