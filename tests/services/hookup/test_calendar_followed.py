"""One calendar: what hookup's administrators amend is followed by a service that keeps a copy of the calendar."""

from collections.abc import AsyncIterator, Sequence
from datetime import date

import pytest
from sqlalchemy import select

from libs.common.bus import Partition, Received
from libs.common.calendars.book import CalendarBook
from libs.common.calendars.days import days_between, read_calendar, seed_calendar
from libs.common.calendars.following import follow_calendar
from libs.common.calendars.workdays import Day, DayKind
from libs.common.database.engine import Database
from libs.common.database.migrations import Migrations
from libs.common.database.tables import dead_letter, outbox
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.dead_letters import Reason
from libs.common.events import to_message
from libs.common.inbox import Inbox
from services.metrics.bootstrap import MIGRATIONS
from tests.support.hookup import Hookup
from tests.support.servers import sqlite_database

REST = date(2022, 11, 8)
NOTICE = {
    "source_document": "聊政办发〔2022〕1号",
    "days": [{"date": "2022-11-08", "is_workday": False, "kind": "local", "name": "市定休息"}],
}


@pytest.fixture
async def follower(hookup: Hookup, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """The database of a service that keeps a copy of the calendar."""
    database = Database(sqlite_database(tmp_path_factory.mktemp("follower")))
    await Migrations(MIGRATIONS).upgrade(database)
    async with database.unit_of_work(hookup.clock.now()) as uow:
        await seed_calendar(uow, owned=False)
    yield database
    await database.close()


async def published(hookup: Hookup) -> Sequence[Received]:
    """All that hookup has published, as it comes from the bus."""
    async with hookup.service.database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.seq))).all()
    messages = [
        to_message(
            event_id=row.event_id,
            topic=row.topic,
            key=row.key,
            aggregate_seq=row.aggregate_seq,
            type=row.type,
            payload=row.payload,
            traceparent=row.traceparent,
            created_at=row.created_at,
        )
        for row in rows
    ]
    return [
        Received(Partition(message.topic, 0), offset, message.key, message.value, message.headers)
        for offset, message in enumerate(messages)
    ]


async def amended(hookup: Hookup) -> None:
    """Let one administrator ask for a day of rest, and another approve it, among what else happens."""
    await hookup.client().submit()
    asker = hookup.client("administrator", subject="administrator-1")
    asked = await asker.post("/calendar-amendments", NOTICE, 201)
    approver = hookup.client("administrator", subject="administrator-2")
    await approver.post(f"/calendar-amendments/{asked.body['id']}/approval")
    await hookup.client().submit()


async def test_an_amendment_is_followed_under_the_owners_version(hookup: Hookup, follower: Database) -> None:
    heard: list[tuple[int, Sequence[Day]]] = []

    async def changed(_uow: UnitOfWork, version: int, days: Sequence[Day]) -> None:
        heard.append((version, days))

    book = CalendarBook(follower)
    await book.refresh()
    assert book.calendar.is_workday(REST)
    await amended(hookup)
    inbox = Inbox(follower, hookup.clock, follow_calendar(changed))
    for _ in range(2):
        await inbox.apply(await published(hookup))
    async with follower.reading() as connection, hookup.service.database.reading() as owner:
        followed, owned = await read_calendar(connection), await read_calendar(owner)
        assert await days_between(connection, REST, REST) == {REST: (DayKind.LOCAL, "市定休息")}
    assert (followed.version, followed.settled) == (owned.version, owned.settled) == (2, owned.settled)
    assert heard == [(2, [Day(REST, is_workday=False, kind=DayKind.LOCAL, name="市定休息")])]
    assert book.calendar.is_workday(REST)
    book.look_again()
    await book.refresh()
    assert not book.calendar.is_workday(REST)


async def test_what_else_is_on_the_topic_leaves_no_trace(hookup: Hookup, follower: Database) -> None:
    await hookup.client().submit()
    inbox = Inbox(follower, hookup.clock, follow_calendar())
    # Not even what cannot be read: it is no business of who keeps a calendar.
    strange = Received(Partition("sqn.hookup.events", 0), 9, "case-1", b"{", ())
    await inbox.apply([*await published(hookup), strange])
    async with follower.reading() as connection:
        assert (await connection.execute(select(dead_letter))).all() == []
        assert (await read_calendar(connection)).version == 1


async def test_what_is_not_as_promised_waits_as_a_dead_letter(hookup: Hookup, follower: Database) -> None:
    await amended(hookup)
    inbox = Inbox(follower, hookup.clock, follow_calendar())
    broken = [
        Received(item.partition, item.offset, item.key, b'{"version_of_calendar": 2}', item.headers)
        for item in await published(hookup)
    ]
    await inbox.apply(broken)
    async with follower.reading() as connection:
        (letter,) = (await connection.execute(select(dead_letter))).all()
        assert (await read_calendar(connection)).version == 1
    assert letter.reason == Reason.HANDLER_FAILED
