"""What comes from the bus: unknown types, unknown fields, unreadable events, and two workers at once."""

import asyncio
from random import Random

import msgspec
import pytest

from libs.common import dead_letters
from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.dead_letters import Reason
from libs.common.events import TYPE_PREFIX
from libs.common.inbox import Inbox
from services.hookup.events.published import CASE_EVENTS
from services.metrics.events.handlers import HOOKUP
from services.metrics.events.reader import _READERS, read
from services.metrics.storage.tables import case_fact, metadata, watermark
from services.metrics.usecases.rebuild import rebuild
from tests.services.metrics.conftest import apply, content
from tests.services.metrics.lives import arrivals, batches, live_all


def changed(message: Received, *, type_: str | None = None, **fields: object) -> Received:
    headers = dict(message.headers)
    if type_ is not None:
        headers["ce_type"] = type_.encode()
    value = msgspec.json.encode(msgspec.json.decode(message.value) | fields)
    return Received(message.partition, message.offset, message.key, value, tuple(headers.items()))


def first_message() -> Received:
    random = Random(1)
    return next(arrivals(random, live_all(random, 1)))


def test_every_promised_event_of_a_case_is_known() -> None:
    assert {event.event for event in CASE_EVENTS} == set(_READERS)


@pytest.mark.parametrize("life", live_all(Random(21), 40))
def test_every_promised_event_is_read(life: list[object]) -> None:
    for event in life:
        assert read(type(event).type(), event.model_dump_json().encode()) is not None  # type: ignore[attr-defined]


async def test_unknown_types_are_passed_over_and_unknown_fields_ignored(
    database: Database, inbox: Inbox
) -> None:
    message = first_message()
    await inbox.apply([changed(message, type_=f"{TYPE_PREFIX}.hookup.case_sung_to.v1")])
    assert await content(database, case_fact) == []
    later = dict(message.headers) | {"ce_aggregateseq": b"2"}
    second = Received(message.partition, 1, message.key, message.value, tuple(later.items()))
    await inbox.apply([changed(second, colour="blue", length_class="L9_NEW")])
    assert len(await content(database, case_fact)) == 1
    assert await dead_letters.find(database) == []


async def test_an_event_that_cannot_be_read_waits_as_a_dead_letter(database: Database, inbox: Inbox) -> None:
    await inbox.apply([changed(first_message(), special="perhaps")])
    assert [letter.reason for letter in await dead_letters.find(database)] == [Reason.HANDLER_FAILED]
    assert await content(database, case_fact) == []


@pytest.mark.parametrize("seed", range(5))
async def test_two_workers_at_once_give_the_figures_of_one(
    database: Database, clock: ManualClock, inbox: Inbox, seed: int
) -> None:
    lives = live_all(Random(seed), 80)

    def halves() -> list[list[list[Received]]]:
        return [
            list(batches(random, list(arrivals(random, lives[start::2])), largest=30))
            for start, random in ((0, Random(8)), (1, Random(9)))
        ]

    first, second = halves()
    await asyncio.gather(apply(inbox, first), apply(Inbox(database, clock, HOOKUP), second))
    figures = [table for table in metadata.sorted_tables if table is not watermark]
    together = [await content(database, table) for table in figures]
    assert await dead_letters.find(database) == []

    async with database.unit_of_work(clock.now()) as work:
        await rebuild(work, HOOKUP.name)
    for half in halves():
        await apply(inbox, half)
    assert [await content(database, table) for table in figures] == together
