"""What only the log in a SQLite file does."""

import asyncio
import sqlite3
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from libs.common.bus import Bus, BusError, Message, PositionLostError
from libs.common.bus.sqlite_log import SqliteBus
from tests.support.bus import collect, positions

TOPIC = "test.events"
CRASHING = (sys.executable, "-m", "tests.libs.common.bus.crashing")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "bus.db"


async def filled(path: Path, partitions: int = 1) -> SqliteBus:
    bus = SqliteBus(path)
    await bus.ensure_topics({TOPIC: partitions})
    return bus


async def values_of(bus: Bus, count: int) -> dict[str, list[bytes]]:
    consumer = await bus.consumer("reader", [TOPIC])
    values: defaultdict[str, list[bytes]] = defaultdict(list)
    for received in await collect(consumer, count, most=10_000):
        values[received.key].append(received.value)
    assert await consumer.poll(1, 0) == []
    return values


async def test_a_killed_sender_leaves_whole_batches_and_all_that_were_acknowledged(path: Path) -> None:
    bus = await filled(path, partitions=4)
    acknowledged = 0
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            *CRASHING, "write", f"sqlite:///{path}", TOPIC, "300", stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        for number in range(25):
            assert int(await process.stdout.readline()) == number
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
        acknowledged += 25 + rest.count(b"\n")

    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count,) = raw.execute("SELECT count(*) FROM message").fetchone()
    raw.close()
    assert count % 300 == 0
    assert acknowledged <= count // 300 <= acknowledged + 3
    values = await values_of(bus, count)
    assert len(values) == 300
    runs = values["key-0"]
    assert all(of_key == runs for of_key in values.values())
    assert all(later in (b"0", b"%d" % (int(earlier) + 1)) for earlier, later in pairwise(runs))
    await bus.close()


async def test_processes_that_write_at_once_keep_the_order_of_each(path: Path) -> None:
    bus = await filled(path, partitions=2)
    others = [SqliteBus(path) for _ in range(3)]

    async def write(bus: SqliteBus, key: str) -> None:
        producer = await bus.producer()
        for number in range(40):
            await producer.send([Message(TOPIC, key, b"%d" % (number * 5 + each)) for each in range(5)])

    await asyncio.gather(*(write(other, f"key-{number}") for number, other in enumerate(others)))

    values = await values_of(bus, 600)
    assert values == {f"key-{number}": [b"%d" % each for each in range(200)] for number in range(3)}
    for each in (bus, *others):
        await each.close()


async def test_many_may_open_a_new_file_at_once(path: Path) -> None:
    buses = [SqliteBus(path) for _ in range(8)]
    await asyncio.gather(*(bus.ensure_topics({TOPIC: 3}) for bus in buses))
    for bus in buses:
        await bus.close()


async def test_opening_waits_while_another_process_makes_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = sqlite3.connect(tmp_path / "bus.db", isolation_level=None, check_same_thread=False)
    maker.execute("BEGIN IMMEDIATE")
    # The lock is let go during the pause between two tries.
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: maker.execute("ROLLBACK"))
    monkeypatch.setattr("libs.common.bus.sqlite_file.time", clock)
    bus = SqliteBus(tmp_path / "bus.db")
    await bus.ensure_topics({TOPIC: 1})
    assert not maker.in_transaction
    maker.close()
    await bus.close()


async def test_a_send_from_the_loop_of_another_thread_wakes_a_waiting_poll(path: Path) -> None:
    bus = await filled(path)
    consumer = await bus.consumer("reader", [TOPIC])
    waiting = asyncio.create_task(consumer.poll(1, 20.0))

    async def send() -> None:
        other = SqliteBus(path)
        await (await other.producer()).send([Message(TOPIC, "one", b"x")])
        await other.close()

    with ThreadPoolExecutor() as threads:
        await asyncio.get_running_loop().run_in_executor(threads, asyncio.run, send())
    assert len(await waiting) == 1
    await bus.close()


async def test_a_send_wakes_a_poll_that_does_not_look_at_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.common.bus.sqlite_log.GLANCE", 60.0)
    bus = await filled(path)
    other = SqliteBus(path)
    consumer = await bus.consumer("reader", [TOPIC])
    for sender in (bus, other):
        waiting = asyncio.create_task(consumer.poll(1, 50.0))
        await asyncio.sleep(0)
        async with asyncio.timeout(30):
            await (await sender.producer()).send([Message(TOPIC, "one", b"x")])
            assert len(await waiting) == 1
    await bus.close()
    await other.close()


async def test_no_partition_starves_behind_a_busy_one(path: Path) -> None:
    bus = await filled(path, partitions=3)
    producer = await bus.producer()
    await producer.send([Message(TOPIC, f"key-{number}", b"x") for number in range(300)])
    consumer = await bus.consumer("reader", [TOPIC])
    polled = [(await consumer.poll(5, 0))[0].partition.number for _ in range(6)]
    assert polled == [0, 1, 2, 0, 1, 2]
    await bus.close()


async def test_after_the_end_of_a_session_nothing_can_be_committed(path: Path) -> None:
    await (await filled(path)).close()
    bus = SqliteBus(path, session=0.0)
    await (await bus.producer()).send([Message(TOPIC, "one", b"x")])
    consumer = await bus.consumer("reader", [TOPIC])
    batch = await collect(consumer, 1)
    with pytest.raises(PositionLostError):
        await consumer.commit(positions(batch))
    await bus.close()


async def test_a_waiting_member_takes_over_when_the_session_of_another_on_its_own_bus_ends(
    path: Path,
) -> None:
    bus = SqliteBus(path, session=0.5)
    await bus.ensure_topics({TOPIC: 2})
    await (await bus.producer()).send([Message(TOPIC, f"key-{number}", b"x") for number in range(20)])
    silent = await bus.consumer("reader", [TOPIC])
    waiting = await bus.consumer("reader", [TOPIC])
    found = await waiting.poll(500, 0)
    found += await waiting.poll(500, 25.0)
    assert {received.partition.number for received in found} == {0, 1}
    await silent.close()
    await bus.close()


async def test_a_full_disk_is_named_and_nothing_of_the_batch_is_there(path: Path) -> None:
    bus = await filled(path)

    def limit(connection: sqlite3.Connection, pages: int) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    await (await bus.producer()).send([Message(TOPIC, "one", b"before")])
    await bus.run(limit, 100)
    producer = await bus.producer()
    with pytest.raises(BusError, match="disk is full"):
        await producer.send([Message(TOPIC, "one", b"small"), Message(TOPIC, "one", bytes(900_000))])
    with pytest.raises(BusError, match="closed"):
        await producer.send([Message(TOPIC, "one", b"small")])

    await bus.run(limit, 10_000)
    await (await bus.producer()).send([Message(TOPIC, "one", b"after")])
    assert await values_of(bus, 2) == {"one": [b"before", b"after"]}
    await bus.close()


async def test_a_topic_that_does_not_exist_is_refused(path: Path) -> None:
    bus = await filled(path)
    with pytest.raises(BusError, match="no topic other"):
        await bus.consumer("reader", ["other"])
    with pytest.raises(BusError, match="no topic other"):
        await (await bus.producer()).send([Message(TOPIC, "one", b"x"), Message("other", "one", b"x")])
    assert await values_of(bus, 0) == {}
    await bus.close()


async def test_a_file_that_is_no_log_is_refused() -> None:
    bus = SqliteBus(Path(__file__))
    with pytest.raises(BusError, match="the log failed"):
        await bus.producer()
    await bus.close()


async def test_a_closed_bus_and_consumer_say_so(path: Path) -> None:
    bus = await filled(path)
    closed = await bus.consumer("reader", [TOPIC])
    await closed.close()
    with pytest.raises(BusError, match="the consumer is closed"):
        await closed.poll(1, 0)
    open_still = await bus.consumer("reader", [TOPIC])
    await bus.close()
    await bus.close()
    with pytest.raises(BusError, match="the bus is closed"):
        await open_still.poll(1, 0)
    await open_still.close()
