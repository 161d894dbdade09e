"""The chaos run's own parts: its schedule is the seed's, its line can be cut, and its checks bite."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.events import IncomingEvent
from libs.development.checks import compare
from libs.development.load import Acknowledged, Command
from tools import chaos_reconcile as reconcile
from tools.chaos_proxy import Proxy
from tools.chaos_schedule import FAULTS, SECONDS, Kind, schedule
from tools.servers_process import free_ports


def test_a_seed_gives_the_same_faults_again_and_another_seed_others() -> None:
    assert list(schedule(7, 110)) == list(schedule(7, 110))
    assert list(schedule(7, 110)) != list(schedule(8, 110))
    assert list(schedule(7, 110))[:10] == list(schedule(7, 10))


def test_every_round_has_each_fault_once_and_stops_outlast_lease_and_session() -> None:
    faults = list(schedule(7, 3 * len(FAULTS)))
    for first in range(0, len(faults), len(FAULTS)):
        told = {(each.kind, each.role) for each in faults[first : first + len(FAULTS)]}
        assert told == {(kind, role) for kind, role, _ in FAULTS}
    assert min(SECONDS[Kind.STOP]) > 10.0


async def test_a_cut_line_holds_what_is_on_its_way_and_then_delivers_it() -> None:
    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data.upper())
        writer.close()
        await writer.wait_closed()
        ended.set()

    port, target = free_ports(2)
    async with AsyncExitStack() as stack:
        server = await asyncio.start_server(answer, "127.0.0.1", target)
        stack.callback(server.close)
        proxy = Proxy()
        proxy.target = target
        await proxy.serve(port, stack)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"before")
        assert await reader.readexactly(6) == b"BEFORE"
        proxy.connected.clear()
        writer.write(b"during")
        waiting = asyncio.create_task(reader.readexactly(6))
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not done
        proxy.connected.set()
        assert await waiting == b"DURING"
        writer.close()
        await writer.wait_closed()
        await ended.wait()


def event(id_: str, seq: int, key: str = "case") -> IncomingEvent:
    return IncomingEvent(id_, "type", key, seq, datetime(2022, 9, 30, tzinfo=UTC), b"{}", None)


@pytest.mark.parametrize(
    ("sent", "lost", "disorder"),
    [
        (["a1", "b2", "c3"], 0, 0),
        (["a1", "b2", "a1", "b2", "c3"], 0, 0),
        (["a1", "c3", "b2"], 0, 1),
        (["a1", "b2"], 1, 0),
        (["a1", "b2", "c3", "d4"], 1, 0),
        (["a1", "b2", "d3"], 2, 0),
    ],
)
def test_the_topics_check_sees_what_is_lost_strange_or_out_of_order(
    sent: list[str], lost: int, disorder: int
) -> None:
    outbox = [{"event_id": each, "key": "case", "aggregate_seq": int(each[1])} for each in ("a1", "b2", "c3")]
    in_topic, in_order = reconcile.check_topic(outbox, [event(each, int(each[1])) for each in sent])
    assert (len(in_topic.differences), len(in_order.differences)) == (lost, disorder)


CLERK = Caller("clerk", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"))


def known(version: int) -> Acknowledged:
    case = {"id": "case", "version": version, "state": "ACCEPTED"}
    return Acknowledged(Command("/v1/cases", CLERK, f"key-{version}", {}, None), 200, b"answer", case)


ROW = {"id": "case", "version": 2, "state": "ACCEPTED"}


@pytest.mark.parametrize(
    ("answers", "cases", "lost"),
    [
        ([("key-1", b"answer"), ("key-2", b"answer")], [ROW], 0),
        ([("key-1", b"answer"), ("key-2", b"another")], [ROW], 1),
        ([("key-2", b"answer")], [ROW], 1),
        ([("key-1", b"answer"), ("key-2", b"answer")], [ROW | {"version": 1}], 1),
        ([("key-1", b"answer"), ("key-2", b"answer")], [], 1),
    ],
)
def test_an_acknowledged_command_that_is_not_in_the_database_is_seen(
    answers: list[tuple[str, bytes]], cases: list[Any], lost: int
) -> None:
    kept = [{"key": key, "status": 200, "body": body} for key, body in answers]
    assert len(reconcile.check_acknowledged([known(1), known(2)], kept, cases).differences) == lost


def test_an_effect_that_nobody_was_told_of_is_seen() -> None:
    kept = [{"key": "key-1"}, {"key": "key-2"}]
    check = reconcile.check_nothing_more([known(1)], ["a refusal"], kept, [ROW, {"id": "another"}])
    assert len(check.differences) == 3


def test_figures_that_differ_are_named_cell_by_cell() -> None:
    check = compare("figures", {("a",): (1,), ("b",): (2,)}, {("b",): (3,), ("c",): (4,)})
    assert len(check.differences) == 3
