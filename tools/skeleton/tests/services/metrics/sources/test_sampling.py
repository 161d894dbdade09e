"""Figures of specimens."""

from random import Random
from typing import Any
from uuid import UUID

from services.metrics.sources.sampling import SAMPLING
from services.sampling.domain import Result
from services.sampling.events.published import SpecimenFinished, SpecimenOpened

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from services.metrics.events.handlers import subscription
from tests.services.metrics.conftest import NOW, asked
from tests.services.metrics.lives import received


def history(random: Random, count: int = 20) -> list[Received]:
    """Return the events of some specimens as they come from the bus; every second one is finished."""
    messages: list[Received] = []
    for number in range(count):
        key = str(UUID(int=number, version=4))
        district = random.choice(("371502", "371503"))
        values: dict[str, Any] = {
            "specimen_id": key,
            "district": district,
            "utility": f"W-{district}",
            "occurred_at": NOW,
            "recorded_at": NOW,
        }
        events = [SpecimenOpened(**values, finish_by=NOW), SpecimenFinished(**values, result=Result.DONE)][
            : 1 + number % 2
        ]
        messages += [received(event, key, seq, len(messages) + seq) for seq, event in enumerate(events, 1)]
    return messages


async def test_what_is_finished_is_counted_by_district(database: Database, clock: ManualClock) -> None:
    messages = history(Random(1))
    await Inbox(database, clock, subscription(SAMPLING)).apply(messages)
    groups = await asked(database, ["finished"], ["district"], source=SAMPLING)
    assert sum(tally.counts["finished"] for tally in groups.values()) == 10
    assert len(groups) == 2
