"""A worker reads back nothing that it wrote itself, and trusts what it knows only while nobody else has written."""

from random import Random

import pytest
from sqlalchemy import event

from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.events import from_received
from libs.common.inbox import Inbox
from services.metrics.contributions import Cell, CellKey
from services.metrics.events.handlers import subscription
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage import known
from services.metrics.storage.tables import metadata
from services.metrics.usecases.fold import Fold
from tests.services.metrics.conftest import NOW, apply, merged
from tests.services.metrics.lives import arrivals, live_all
from tests.services.metrics.plain import cells_of


@pytest.fixture
def messages() -> list[Received]:
    random = Random(5)
    return list(arrivals(random, live_all(random, 20), repeated=0))


async def all_cells(database: Database) -> dict[CellKey, Cell]:
    levels = [level.name for of_table in HOOKUP.levels.values() for level in of_table]
    return {key: cell for level in levels for key, cell in (await merged(database, level)).items()}


async def test_subjects_and_cells_are_read_once(
    database: Database, inbox: Inbox, messages: list[Received]
) -> None:
    statements: list[str] = []
    engine = database._writer.sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(" ".join(statement.split()))

    half = len(messages) // 2
    await inbox.apply(messages[:half])
    event.listen(engine, "before_cursor_execute", note)
    # The same events again change nothing; the next of the same cases need no fact read.
    known_cases = {message.key for message in messages[:half]}
    await inbox.apply([message for message in messages[half:] if message.key in known_cases])
    event.remove(engine, "before_cursor_execute", note)
    assert statements
    assert not any("FROM subject" in statement for statement in statements)
    inserts = [statement for statement in statements if statement.startswith("INSERT INTO")]
    tables = {table.name for table in metadata.sorted_tables}
    # One of each kind, however many rows there are.
    written = [statement for statement in inserts if statement.split()[2] in tables]
    assert len(written) == len(set(written)) > 4
    assert await all_cells(database) == cells_of(HOOKUP, [m for m in messages if m.key in known_cases])


async def test_workers_that_take_turns_in_one_shard_do_not_trust_what_they_knew(
    database: Database, clock: ManualClock, messages: list[Received]
) -> None:
    workers = [Inbox(database, clock, subscription(HOOKUP)) for _ in range(2)]
    for number, start in enumerate(range(0, len(messages), 25)):
        await workers[number % 2].apply(messages[start : start + 25])
    assert await all_cells(database) == cells_of(HOOKUP, messages)


async def test_what_was_rolled_back_is_forgotten(database: Database, messages: list[Received]) -> None:
    fold, events = Fold(HOOKUP), [from_received(message) for message in messages]
    for incoming in events:
        incoming.content = HOOKUP.read(incoming.type, incoming.data)
    half = len(events) // 2
    async with database.unit_of_work(NOW) as work:
        await fold(events[:half], work)

    async def fail_after_folding() -> None:
        async with database.unit_of_work(NOW) as work:
            await fold(events[half:], work)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_folding()
    async with database.unit_of_work(NOW) as work:
        await fold(events[half:], work)
    assert await all_cells(database) == cells_of(HOOKUP, messages)


async def test_no_more_is_kept_than_there_is_room_for(
    database: Database, inbox: Inbox, messages: list[Received], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "MOST_KNOWN", 5)
    await apply(inbox, [messages[start : start + 40] for start in range(0, len(messages), 40)])
    assert await all_cells(database) == cells_of(HOOKUP, messages)
