"""Short lives of one case, event by event: pauses and overdue, disputes, acts, a stage taken up again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from libs.common import dead_letters
from libs.common.database.engine import Database
from libs.common.inbox import Inbox
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage.tables import duration
from tests.services.metrics.by_hand import data_of, received
from tests.services.metrics.conftest import asked, content, merged
from tests.services.metrics.test_fold import ACTS


async def happens(inbox: Inbox, database: Database, *events: tuple[str, Mapping[str, Any]]) -> None:
    """Fold events of one case, one transaction each."""
    for seq, (event, data) in enumerate(events, 1):
        await inbox.apply([received(event, {**data_of(event), **data}, seq)])
    assert await dead_letters.find(database) == []


async def live(database: Database, now: str) -> dict[str, int]:
    """Return the live counts of the city."""
    found = await asked(database, [figure.code for figure in HOOKUP.live], now=at(now))
    return found[()].counts


def at(wall: str) -> datetime:
    return datetime.fromisoformat(f"{wall}+08:00")


def due(wall: str) -> dict[str, Any]:
    return {"due": data_of("case_accepted")["due"] | {"judged_at": at(wall).isoformat()}}


def pause(name: str, starts: str, stops: str | None = None) -> tuple[str, dict[str, Any]]:
    stops_at = None if stops is None else at(stops).isoformat()
    return "case_paused", {"pause_id": name, "starts_at": at(starts).isoformat(), "stops_at": stops_at}


SUBMITTED: tuple[str, dict[str, Any]] = ("case_submitted", {})


@pytest.mark.parametrize(
    ("pauses", "now", "overdue"),
    [
        ([], "2022-10-08 17:30", False),
        ([], "2022-10-08 17:31", True),
        # Begun and stopping the clock before it was due.
        ([pause("a", "2022-10-08 10:00", "2022-10-08 10:00")], "2022-11-01 09:00", False),
        # Begun that day, but the day is consumed: it was due before the clock stopped, so it stays overdue.
        ([pause("a", "2022-10-08 10:00", "2022-10-09 00:00")], "2022-10-08 17:30", False),
        ([pause("a", "2022-10-08 10:00", "2022-10-09 00:00")], "2022-11-01 09:00", True),
        # Of events that do not say when the clock stops, it does at the end of the day.
        ([pause("a", "2022-10-08 10:00")], "2022-11-01 09:00", True),
        ([pause("a", "2022-10-07 10:00")], "2022-11-01 09:00", False),
        # Approved late: counts from the fifth of August only, whenever it began.
        ([pause("a", "2022-10-01 10:00", "2022-10-31 00:00")], "2022-10-20 09:00", True),
        # Due at the very instant at which the clock stops: it was not overdue then.
        ([pause("a", "2022-10-08 10:00", "2022-10-08 17:30")], "2022-11-01 09:00", False),
        # The earliest of the open pauses counts.
        (
            [
                pause("a", "2022-10-20 10:00", "2022-10-21 00:00"),
                pause("b", "2022-10-05 10:00", "2022-10-06 00:00"),
            ],
            "2022-11-01 09:00",
            False,
        ),
    ],
)
async def test_a_case_is_overdue_unless_the_clock_stopped_before(
    database: Database, inbox: Inbox, pauses: list[tuple[str, dict[str, Any]]], now: str, *, overdue: bool
) -> None:
    accepted = ("case_accepted", due("2022-10-08 17:30"))
    await happens(inbox, database, SUBMITTED, accepted, *pauses)
    counts = await live(database, now)
    assert (counts["overdue"], counts["paused"]) == (int(overdue), int(bool(pauses)))


async def test_a_dispute_lets_the_clock_run_on(database: Database, inbox: Inbox) -> None:
    accepted = ("case_accepted", due("2022-10-08 17:30"))
    events = [SUBMITTED, accepted, ("meter_live", {})]
    await happens(inbox, database, *events)
    counts = await live(database, "2022-10-10 09:00")
    assert (counts["awaiting_confirmation"], counts["overdue"]) == (1, 0)
    await inbox.apply([received("meter_live_disputed", data_of("meter_live_disputed"), 4)])
    counts = await live(database, "2022-10-10 09:00")
    assert (counts["awaiting_confirmation"], counts["overdue"]) == (0, 1)
    await inbox.apply([received("meter_live", data_of("meter_live"), 5)])
    assert (await live(database, "2022-10-10 09:00"))["awaiting_confirmation"] == 1
    assert await dead_letters.find(database) == []
    assert (await acts(database))["2025-03", "meter_live_disputed"] == 1


async def acts(database: Database) -> dict[tuple[str, str], int]:
    """Return what was done, by month and activity."""
    return {
        (key.month, code): count
        for key, cell in (await merged(database, "")).items()
        for code, count in cell.counts.items()
        if code in ACTS
    }


async def stages(database: Database) -> list[tuple[str, int, int]]:
    """Return the times of the permit stage: month, number, sum."""
    cells = await merged(database, "stages")
    return sorted(
        (key.month, cell.elapsed.count, cell.elapsed.total)
        for key, cell in cells.items()
        if key.by == "PERMIT"
    )


async def test_all_events_of_one_act_are_one_entry_in_the_month_of_its_recording(
    database: Database, inbox: Inbox
) -> None:
    first = {
        "occurred_at": "2022-09-29T08:00:00Z",
        "recorded_at": "2022-09-30T15:59:00Z",
        "entry": "IN_TIME",
        "in_stead": True,
    }
    late = {"occurred_at": "2022-09-30T08:00:00Z", "recorded_at": "2022-09-30T16:00:00Z", "entry": "LATE"}
    approved = {"occurred_at": "2022-08-01T08:00:00Z", "recorded_at": "2022-10-12T02:00:00Z"}
    read_in = {"recorded_at": "2022-10-13T02:00:00Z", "entry": "LEDGER"}
    await happens(
        inbox,
        database,
        ("case_submitted", {"occurred_at": "2022-09-29T08:00:00Z"}),
        ("stage_started", first),
        ("stage_completed", first),
        # The clock's own event in between, recorded at the same instant, is none.
        ("due_soon", {"recorded_at": first["recorded_at"], "occurred_at": first["recorded_at"]}),
        ("stage_started", first),
        ("stage_started", late),
        ("late_entry_requested", {"recorded_at": "2022-10-11T02:00:00Z", "entry": None}),
        ("late_entry_decided", {"recorded_at": approved["recorded_at"], "approved": True}),
        ("stage_completed", approved | {"entry": "APPROVED"}),
        ("late_entry_requested", {"recorded_at": "2022-10-11T02:00:00Z", "entry": None}),
        ("late_entry_decided", {"recorded_at": "2022-10-12T03:00:00Z", "approved": False}),
        ("stage_completed", read_in),
        ("meter_live", {"recorded_at": "2022-10-14T02:00:00Z", "entry": "OF_A_LATER_RELEASE"}),
    )
    assert await acts(database) == {
        ("2022-09", "entered_in_time"): 1,
        ("2022-09", "in_stead"): 1,
        # 16:00 UTC is the first of October in the city.
        ("2022-10", "entered_late"): 1,
        ("2022-10", "entered_approved"): 1,
        ("2022-10", "late_entry_requested"): 2,
        ("2022-10", "late_entry_declined"): 1,
    }


async def test_a_stage_taken_up_again_leaves_the_closed_month_as_it_was(
    database: Database, inbox: Inbox
) -> None:
    first = {"stage": "PERMIT", "completed_at": "2022-09-20T02:00:00Z", "elapsed_minutes": 600, "round": 1}
    again = {"stage": "PERMIT", "completed_at": "2022-10-20T02:00:00Z", "elapsed_minutes": 90, "round": 2}
    await happens(inbox, database, SUBMITTED, ("stage_completed", first))
    assert await stages(database) == [("2022-09", 1, 600)]
    await inbox.apply([received("stage_completed", data_of("stage_completed") | again, 3)])
    assert await stages(database) == [("2022-09", 1, 600), ("2022-10", 1, 90)]
    names = [column.name for column in duration.c]
    times = [dict(zip(names, row, strict=True)) for row in await content(database, duration)]
    assert [(row["round"], row["elapsed"]) for row in times] == [(1, 600), (2, 90)]


async def test_what_was_told_again_before_there_were_rounds_replaces_what_was_told(
    database: Database, inbox: Inbox
) -> None:
    first = {"stage": "PERMIT", "completed_at": "2022-09-20T02:00:00Z", "elapsed_minutes": 600}
    longer = {"stage": "PERMIT", "completed_at": "2022-10-20T02:00:00Z", "elapsed_minutes": 4_000}
    known = {name: value for name, value in data_of("stage_completed").items() if name != "round"}
    events = [data_of("case_submitted"), known | first, known | longer]
    names = ("case_submitted", "stage_completed", "stage_completed")
    for seq, (event, data) in enumerate(zip(names, events, strict=True), 1):
        await inbox.apply([received(event, data, seq)])
    assert await stages(database) == [("2022-10", 1, 4_000)]


async def test_a_rating_counts_in_the_month_in_which_its_case_closed(
    database: Database, inbox: Inbox
) -> None:
    closed = {"finished_at": "2022-09-30T02:00:00Z", "occurred_at": "2022-09-30T02:00:00Z"}
    await happens(
        inbox,
        database,
        SUBMITTED,
        ("case_closed", closed),
        ("case_rated", {"occurred_at": "2022-11-03T02:00:00Z", "score": 4}),
    )
    ended = {
        key.month: cell.counts
        for key, cell in (await merged(database, "")).items()
        if "closed" in cell.counts
    }
    assert [(month, of["closed"], of["rated_4"]) for month, of in ended.items()] == [("2022-09", 1, 1)]
    assert "rated_5" not in ended["2022-09"]
