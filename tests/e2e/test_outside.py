"""Personal data stands nowhere outside of the columns that are sealed: all that a full run leaves is scanned."""

import asyncio
import json
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
import structlog
from sqlalchemy import insert

from libs.common import telemetry
from libs.common.bus import Message
from libs.common.database.tables import dead_letter, idempotency, outbox
from tests.e2e.doors import SERVICES, Doors
from tests.e2e.every_text import everywhere
from tests.e2e.grievance_doors import read_in, tell, tell_by_open311
from tests.e2e.marks import Kind, Marks
from tests.e2e.outside import Outside, outside

Plant = Callable[[Outside, str], Awaitable[None]]


def spellings(mark: str) -> list[str]:
    """Return how a text may be written down."""
    escaped = json.dumps(mark)
    spelled = [mark, quote(mark), quote(mark.encode("gb18030")), escaped, json.dumps(escaped), mark.lower()]
    return [*spelled, " ".join(mark), "-".join(mark)]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_mark_is_found_in_each_spelling_and_packed(kind: Kind) -> None:
    marks = Marks()
    mark = marks.new(kind, "here")
    for spelled in spellings(mark)[:2] + spellings(mark)[3:]:
        assert [leak.door for leak in marks.found("", f"「{spelled}」")] == ["here"], spelled
    for packed in (mark.encode("gb18030"), zlib.compress(mark.encode())):
        assert [leak.door for leak in marks.found("", packed)] == ["here"], packed
    masked = f"{mark[:3]}****{mark[-4:]}" if len(mark) > 7 else f"{mark[0]}**"
    assert not list(marks.found("", masked))
    others = Marks()
    assert not list(marks.found("", [others.new(kind, "elsewhere") for _ in range(2)][-1]))


async def log_it(city: Outside, mark: str) -> None:
    structlog.get_logger().info("planted", note=mark)


async def count_it(city: Outside, mark: str) -> None:
    telemetry.HANDLER_FAILURES.labels(mark).inc()


async def trace_it(city: Outside, mark: str) -> None:
    with telemetry.use_traceparent(None, quote(mark)):
        pass


async def name_a_file(city: Outside, mark: str) -> None:
    folder = city.folder / "objects" / "planted"
    await asyncio.to_thread(folder.mkdir, parents=True)
    await asyncio.to_thread((folder / f"{mark}.pdf").touch)


async def leave_a_file(city: Outside, mark: str) -> None:
    await asyncio.to_thread((city.temporary / "planted").write_bytes, mark.encode("gb18030"))


async def tell_it(city: Outside, mark: str) -> None:
    service = city.laptop.services["hookup"]
    row = {
        "event_id": str(uuid4()),
        "topic": "planted",
        "key": "planted",
        "aggregate_seq": 1,
        "type": "planted",
    }
    async with service.database.unit_of_work(city.clock.now()) as uow:
        payload = json.dumps({"note": mark}).encode()
        await uow.connection.execute(
            insert(outbox).values(**row, payload=payload, created_at=uow.now, published_at=uow.now)
        )


async def send_it(city: Outside, mark: str) -> None:
    bus = city.laptop.services["hookup"].bus
    await bus.ensure_topics({"planted": 1})
    producer = await bus.producer()
    await producer.send([Message("planted", "planted", mark.encode(), ())])
    await producer.close()


async def put_it_aside(city: Outside, mark: str) -> None:
    row = {"subscription": "planted", "topic": "planted", "partition": 0, "offset": 0, "aggregate_id": ""}
    row |= {"headers": [], "value": mark.encode(), "reason": "unreadable", "detail": ""}
    async with city.laptop.services["metrics"].database.unit_of_work(city.clock.now()) as uow:
        await uow.connection.execute(insert(dead_letter).values(**row, created_at=uow.now))


async def keep_an_answer(city: Outside, mark: str) -> None:
    row = {"caller": "planted", "key": "planted", "request_hash": "", "status": 200, "headers": {}}
    async with city.laptop.services["registry"].database.unit_of_work(city.clock.now()) as uow:
        body = zlib.compress(mark.encode())
        await uow.connection.execute(insert(idempotency).values(**row, body=body, created_at=uow.now))


async def refuse_it(city: Outside, mark: str) -> None:
    city.hear(httpx.Response(422, text=mark, request=httpx.Request("POST", "http://planted/")))


PLANTS: list[Plant] = [
    *(log_it, count_it, trace_it, name_a_file, leave_a_file),
    *(tell_it, send_it, put_it_aside, keep_an_answer, refuse_it),
]


@pytest.mark.timeout(600)
async def test_nothing_personal_stands_outside(tmp_path: Path) -> None:
    async with outside(tmp_path) as city:
        doors = Doors(city)
        await doors.registered()
        await doors.signed_in()
        await doors.applied()
        await tell(doors)
        await read_in(doors)
        await tell_by_open311(doors)
        await doors.read_in()
        await doors.in_pages()
        for service in SERVICES:
            await everywhere(doors, service)
        await doors.looked_at()
        counted = Counter(map(str, city.scan()))
        assert city.failed == []
        assert counted == {}, "\n".join(f"{n} {leak}" for leak, n in sorted(counted.items()))
        # The scan bites: whatever is planted is found.
        for plant in PLANTS:
            await plant(city, city.marks.new(Kind.NAME, f"particulars of {plant.__name__}"))
        found = {leak.door.removeprefix("particulars of ") for leak in city.scan()}
    assert found == {plant.__name__ for plant in PLANTS}
