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
from services.metrics.declare import EVERY
from services.metrics.events.handlers import subscription, subscription_name
from services.metrics.sources.hookup import HOOKUP
from services.metrics.sources.hookup.events import KINDS
from services.metrics.sources.hookup.facts import _CHANGES
from services.metrics.storage.tables import subject
from services.metrics.usecases.rebuild import rebuild
from tests.services.metrics.conftest import FIGURES, apply, content
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


def test_every_event_that_a_figure_or_a_fact_names_is_promised() -> None:
    promised = {event.event for event in CASE_EVENTS}
    assert set(HOOKUP._acts) - {EVERY} <= promised
    assert KINDS.keys() <= promised
    assert _CHANGES.keys() <= promised


@pytest.mark.parametrize("life", live_all(Random(21), 40))
def test_every_promised_event_is_read(life: list[object]) -> None:
    for event in life:
        assert HOOKUP.read(type(event).type(), event.model_dump_json().encode()) is not None  # type: ignore[attr-defined]


async def test_types_that_no_figure_names_are_read_for_their_envelope_and_unknown_fields_ignored(
    database: Database, inbox: Inbox
) -> None:
    message = first_message()
    for seq, name in enumerate(("case_sung_to.v2", "of_no_case.v1", "case_sung_to.v1"), 1):
        later = dict(message.headers) | {"ce_aggregateseq": str(seq).encode()}
        value = b"{}" if name == "of_no_case.v1" else message.value
        came = Received(message.partition, seq, message.key, value, tuple(later.items()))
        await inbox.apply([changed(came, type_=f"{TYPE_PREFIX}.hookup.{name}", length_class=f"L{seq}_NEW")])
        subjects = await content(database, subject)
        assert [row[5][-1] for row in subjects] == (["L3_NEW"] if seq == 3 else [])
    second = dict(message.headers) | {"ce_aggregateseq": b"4"}
    came = Received(message.partition, 4, message.key, message.value, tuple(second.items()))
    await inbox.apply([changed(came, colour="blue", length_class="L9_NEW")])
    assert [row[5][-1] for row in await content(database, subject)] == ["L9_NEW"]
    assert await dead_letters.find(database) == []


async def test_an_event_that_cannot_be_read_waits_as_a_dead_letter(database: Database, inbox: Inbox) -> None:
    await inbox.apply([changed(first_message(), special="perhaps")])
    assert [letter.reason for letter in await dead_letters.find(database)] == [Reason.HANDLER_FAILED]
    assert await content(database, subject) == []


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
    await asyncio.gather(apply(inbox, first), apply(Inbox(database, clock, subscription(HOOKUP)), second))
    together = [await content(database, table) for table in FIGURES]
    assert await dead_letters.find(database) == []

    async with database.unit_of_work(clock.now()) as work:
        await rebuild(work, HOOKUP, subscription_name(HOOKUP))
    for half in halves():
        await apply(inbox, half)
    assert [await content(database, table) for table in FIGURES] == together
