"""The chaos run's own parts: its schedule is the seed's, its line can be cut, and its checks bite."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from libs.common.events import IncomingEvent
from libs.common.places import Service
from services.hookup.domain.case import Case
from services.hookup.domain.parts.special import Special
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.limits import Basis, Due, OnTime
from services.hookup.domain.values.pauses import Pause, PauseReason, PauseState
from services.hookup.domain.values.permit_items import (
    Commitment,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from tests.services.hookup.domain.samples import CALENDAR, POLICY, at
from tools import chaos_reconcile as reconcile
from tools.chaos_load import Acknowledged, Command
from tools.chaos_proxy import Proxy
from tools.chaos_schedule import FAULTS, SECONDS, Kind, schedule
from tools.servers import free_ports


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
        proxy.whole.clear()
        writer.write(b"during")
        waiting = asyncio.create_task(reader.readexactly(6))
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not done
        proxy.whole.set()
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


def known(version: int) -> Acknowledged:
    case = {"id": "case", "version": version, "state": "ACCEPTED"}
    return Acknowledged(Command("/v1/hookups", "clerk", f"key-{version}", {}, None), 200, b"answer", case)


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


RULES = Rules(POLICY, CALENDAR)
LATE = at("2022-10-14 00:00")
# National Day's week is over: every day from the 10th on is a working day of 450 minutes.
CASE = Case(
    id="c",
    number="W-371502-20221010-0001",
    supply=Service.WATER,
    district="371502",
    utility="W-371502",
    channel="HALL",
    customer_ref="C-1",
    customer_category=CustomerCategory.ENT,
    site_division="371502008000",
    submitted_at=at("2022-10-10 09:00"),
    state=CaseState.CLOSED,
    length_class=LengthClass.L1_LE50,
    receipt=date(2022, 10, 10),
    due=Due(LATE, LATE, LATE, judged_at=LATE, basis=Basis.LIMIT, provisional=False),
    on_time=OnTime(judged=True, working=True, calendar_roll=True, calendar_strict=True),
    finished_at=at("2022-10-13 10:00"),
    stages=[
        Interval(Stage.SURVEY_DESIGN, at("2022-10-10 09:00"), at("2022-10-10 10:00:59")),
        Interval(Stage.TURN_ON, at("2022-10-13 09:00"), at("2022-10-13 10:00")),
    ],
    pauses=[
        Pause(
            id="p",
            reason=PauseReason.USER_SITE_NOT_READY,
            evidence_ref="E-1",
            starts_at=at("2022-10-11 09:00"),
            asked_by="clerk",
            state=PauseState.APPROVED,
            decided_by="approver",
            ended_at=at("2022-10-12 09:00"),
        )
    ],
)
OPEN_CASE = replace(CASE, state=CaseState.TURNED_ON, finished_at=None, pauses=[], stages=CASE.stages[:1])


def test_the_oracles_figures_are_those_of_the_state_on_record() -> None:
    place = ("371502", "W-371502", "WATER")
    month = ("L1_LE50", "2022-10")
    both, rules = [CASE, OPEN_CASE], lambda _: RULES
    assert reconcile.stage_figures(both, rules) == {
        (*place, "SURVEY_DESIGN", *month): (2, 120, 60, 60, 120, 60, 60),
        (*place, "TURN_ON", *month): (1, 60, 60, 60, 60, 60, 60),
        (*place, "TOTAL", *month): (1, 73 * 60, 73 * 60, 73 * 60, *3 * (420 + 450 + 450 + 90,)),
        # A day of it was paused, with the office minutes of a day.
        (*place, "TOTAL_NET", *month): (1, *3 * (49 * 60,), *3 * (420 + 450 + 90,)),
    }
    # The gap lasts from the 10th to the 13th, a day of which is paused.
    gaps = (1, 2, (71 - 24) * 60, 0)
    assert reconcile.case_figures(both, rules) == {(*place, *month): (1, 0, 0, 1, 1, *gaps)}
    special = replace(CASE, special=Special(PauseReason.CROSSING, "E-2", "clerk", approved_by="approver"))
    assert reconcile.case_figures([special], rules) == {(*place, *month): (1, 0, 0, 0, 0, *gaps)}
    assert reconcile.pause_figures(both, rules) == {(*place, *month, "USER_SITE_NOT_READY"): (1, 1)}
    assert reconcile.live_figures(both) == {("W-371502",): (1, 1)}


def test_figures_that_differ_are_named_cell_by_cell() -> None:
    check = reconcile.compare("figures", {("a",): (1,), ("b",): (2,)}, {("b",): (3,), ("c",): (4,)})
    assert len(check.differences) == 3


FALSE = PermitItem(
    id="i",
    form_id="f",
    kind=PermitKind.GREEN_LAND,
    authority="GREENING-371502",
    mode=PermitMode.COMMITMENT,
    filed_at=at("2022-10-10 11:00"),
    filed_by="agent",
    is_parallel=True,
    decision=Decision.GRANTED,
    decided_at=at("2022-10-10 11:10"),
    commitment=Commitment("C-1", "terms", at("2022-10-10 11:00"), CommitmentState.REVOKED, is_false=True),
    version=3,
)
ITEM_ROW = {"id": "i", "case_id": "c", "version": 3, "act_by": None, "record": msgspec.json.encode(FALSE)}


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([ITEM_ROW], 0),
        ([], 1),
        ([ITEM_ROW, ITEM_ROW | {"case_id": "another"}], 1),
        ([ITEM_ROW | {"version": 2}], 1),
        ([ITEM_ROW | {"act_by": LATE}], 1),
        ([ITEM_ROW | {"record": msgspec.json.encode(replace(FALSE, decision=Decision.REFUSED))}], 1),
    ],
)
def test_a_permit_item_that_is_not_as_its_case_has_it_is_seen(rows: list[Any], wrong: int) -> None:
    items = reconcile.items_of([replace(CASE, permits=[FALSE]), OPEN_CASE])
    check = reconcile.compare("permit items", items, reconcile.items_on_record(rows))
    assert len(check.differences) == wrong


@pytest.mark.parametrize(("rows", "wrong"), [([{"party": "C-1"}], 0), ([], 1), ([{"party": "C-2"}], 2)])
def test_a_bar_that_no_false_commitment_stands_behind_is_seen(rows: list[Any], wrong: int) -> None:
    kept = replace(FALSE, commitment=Commitment("C-2", "terms", at("2022-10-10 11:00")))
    bars = reconcile.bars_of([replace(CASE, permits=[FALSE, kept])])
    assert len(reconcile.compare("bars", bars, reconcile.bars_on_record(rows)).differences) == wrong
