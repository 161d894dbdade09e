"""A value outside its declared range is a dead letter with its reason; what is at its edge is read and kept."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from libs.common import dead_letters
from libs.common.database.engine import Database
from libs.common.dead_letters import Reason
from libs.common.events import InvalidEventError
from libs.common.inbox import Inbox
from services.metrics.domain.months import micros
from services.metrics.events.reader import MOST_MINUTES
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage.tables import duration, subject
from tests.services.metrics.by_hand import PREFIX, data_of, received
from tests.services.metrics.conftest import content, facts, merged

WIDTHS = {
    "case_id": 64,
    "case_number": 64,
    "district": 12,
    "utility": 40,
    "supply": 8,
    "length_class": 20,
    "basis": 12,
    "policy_version": 40,
    "reading": 20,
    "reason": 40,
    "pause_id": 64,
}


def with_value(data: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with another value at a path, as `due.judged_at` or `pauses.0.days`."""
    first, _, rest = path.partition(".")
    if not rest:
        return {**data, first: value}
    inner = data.get(first)
    if isinstance(inner, list):
        number, _, within = rest.partition(".")
        changed = list(inner)
        changed[int(number)] = with_value(inner[int(number)], within, value)
        return {**data, first: changed}
    assert isinstance(inner, dict)
    return {**data, first: with_value(inner, rest, value)}


FAR = ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z")
OUTSIDE: list[tuple[str, str, object]] = [
    *(("case_rated", "score", score) for score in (0, 6, -1, 2**63)),
    *(("stage_completed", name, -1) for name in ("elapsed_minutes", "working_minutes")),
    ("stage_completed", "elapsed_minutes", MOST_MINUTES + 1),
    ("stage_completed", "elapsed_minutes", 1.5),
    ("stage_completed", "round", 0),
    *(("stage_completed", "completed_at", instant) for instant in FAR),
    ("stage_completed", "stage", "TURN_ON,PERMIT"),
    *(("stage_completed", "stage", stage) for stage in ("TOTAL", "TOTAL_NET", "NONE", "")),
    *(
        ("case_closed", name, -1)
        for name in (
            *("elapsed_minutes", "working_minutes", "net_minutes", "net_working_minutes", "gap_minutes"),
            *("gaps", "gap_workdays", "overlap_saved_minutes", "ceiling_workdays", "ceiling_used"),
        )
    ),
    ("case_closed", "gaps", 2**31),
    ("case_closed", "finished_at", "9999-12-31T23:59:59Z"),
    ("case_closed", "finished_at", "2022-10-08T09:00:00"),
    ("case_closed", "due.judged_at", "9999-12-31T09:30:00Z"),
    ("case_closed", "due.basis", "X" * (WIDTHS["basis"] + 1)),
    ("case_closed", "due.policy_version", "X" * (WIDTHS["policy_version"] + 1)),
    ("case_closed", "due.judged", "X" * (WIDTHS["reading"] + 1)),
    ("case_closed", "pauses", [{"reason": "CROSSING", "count": 1, "days": -1}]),
    ("case_closed", "pauses", [{"reason": "X" * (WIDTHS["reason"] + 1), "count": 1, "days": 1}]),
    ("case_accepted", "receipt_date", "1900-01-01"),
    ("case_accepted", "receipt_date", "9999-12-31"),
    ("case_paused", "starts_at", "1970-01-01T00:00:00Z"),
    ("case_paused", "stops_at", "9999-12-31T16:00:00Z"),
    ("case_paused", "pause_id", "X" * (WIDTHS["pause_id"] + 1)),
    ("gap_detected", "since", "0001-01-01T00:00:00Z"),
    ("permit_decided", "working_minutes", -5),
    ("bill_compared", "difference_fen", 10**16),
    *(
        ("case_submitted", name, "县" * (WIDTHS[name] + 1))
        for name in ("case_id", "case_number", "district", "utility", "supply", "length_class")
    ),
    *(("case_submitted", "utility", f"W-{unseen}") for unseen in ("\u0000", "\n", "\x1f")),
    ("case_closed", "due.policy_version", "\u0000"),
    ("case_closed", "pauses", [{"reason": "CROSS\tING", "count": 1, "days": 1}]),
    ("case_submitted", "district", ""),
    *(("case_submitted", "occurred_at", instant) for instant in FAR),
    ("case_submitted", "recorded_at", "9999-12-31T23:59:59Z"),
]


@pytest.mark.parametrize(("event", "path", "value"), OUTSIDE)
def test_a_value_outside_its_range_is_refused_with_its_field_and_without_the_value(
    event: str, path: str, value: object
) -> None:
    data = with_value(data_of(event), path, value)
    with pytest.raises(InvalidEventError) as refused:
        HOOKUP.read(f"{PREFIX}{event}.v1", msgspec.json.encode(data))
    said = str(refused.value)
    assert path.rpartition(".")[2] in said
    if isinstance(value, str) and len(value) > 12:
        assert value not in said


def test_a_control_character_that_is_not_escaped_is_no_json() -> None:
    data = msgspec.json.encode(data_of("case_submitted")).replace(b"case-1", b"case\n1")
    with pytest.raises(InvalidEventError, match="invalid"):
        HOOKUP.read(f"{PREFIX}case_submitted.v1", data)


@pytest.mark.parametrize(
    ("event", "path", "value"),
    [
        *(("case_rated", "score", score) for score in (1, 5)),
        *(("stage_completed", "elapsed_minutes", minutes) for minutes in (0, MOST_MINUTES)),
        ("stage_completed", "completed_at", "2000-01-01T00:00:00Z"),
        ("stage_completed", "completed_at", "2099-12-31T23:59:59Z"),
        ("case_submitted", "case_number", "县" * WIDTHS["case_number"]),
        ("case_submitted", "utility", "县" * WIDTHS["utility"]),
        ("case_closed", "due.judged_at", None),
        ("case_closed", "ceiling_used", None),
        ("bill_compared", "difference_fen", -(10**15)),
    ],
)
async def test_a_value_at_the_edge_is_read_and_kept(
    database: Database, inbox: Inbox, event: str, path: str, value: object
) -> None:
    await inbox.apply([received(event, with_value(data_of(event), path, value))])
    assert await dead_letters.find(database) == []
    assert len(await content(database, subject)) == 1


async def test_a_dead_letter_says_why_and_nothing_of_the_event_is_kept(
    database: Database, inbox: Inbox
) -> None:
    bad = with_value(data_of("stage_completed"), "elapsed_minutes", -7)
    good = data_of("case_submitted")
    batch = [received("case_submitted", good), received("stage_completed", bad, 2)]
    batch.append(received("case_rated", data_of("case_rated"), 3))
    await inbox.apply(batch)
    first, second = await dead_letters.find(database)
    assert (first.reason, second.reason) == (Reason.HANDLER_FAILED, Reason.GAP)
    assert first.detail == "Expected `int` >= 0 - at `$.elapsed_minutes`"
    assert len(await content(database, subject)) == 1
    assert await content(database, duration) == []


async def test_the_time_of_an_event_far_outside_does_not_become_how_far_the_figures_reach(
    database: Database, inbox: Inbox
) -> None:
    await inbox.apply([received("case_submitted", data_of("case_submitted"), time="9999-12-31T00:00:00Z")])
    (letter,) = await dead_letters.find(database)
    assert letter.detail == "the time of an event is far outside"
    assert await content(database, subject) == []


async def test_more_stages_than_a_case_can_have_are_refused(database: Database, inbox: Inbox) -> None:
    started = data_of("stage_started")
    stages = [f"STAGE_OF_ANOTHER_{number:02d}" for number in range(7)]
    batch = [
        received("stage_started", {**started, "stage": stage}, seq) for seq, stage in enumerate(stages, 1)
    ]
    await inbox.apply(batch)
    (letter, *_) = await dead_letters.find(database)
    assert letter.detail == "more stages are open than a case can have"
    assert (await facts(database)).open_stages == ",".join(stages[:6])


async def test_pauses_of_one_reason_told_twice_are_added_up(database: Database, inbox: Inbox) -> None:
    pause = {"reason": "CROSSING", "count": 1, "days": 3}
    await inbox.apply([received("case_closed", {**data_of("case_closed"), "pauses": [pause, pause]})])
    ((key, cell),) = (await merged(database, "reason")).items()
    assert (key.by, cell.counts) == ("CROSSING", {"pauses": 2, "pause_days": 6})


OLD = ("recorded_at", "entry", "in_stead", "overdue", "round", "stops_at", "counts_from", "by_late_entry")
NEWER = (*OLD, "net_minutes", "net_working_minutes", "ceiling_workdays", "ceiling_used", "breached")


async def test_events_of_before_are_read_without_what_they_lack(database: Database, inbox: Inbox) -> None:
    events = [
        ("case_submitted", {}),
        ("stage_completed", {}),
        ("case_paused", {"starts_at": "2022-10-01T15:59:00Z"}),
        ("case_closed", {}),
    ]
    for seq, (event, changed) in enumerate(events, 1):
        data = {name: value for name, value in data_of(event).items() if name not in NEWER}
        await inbox.apply([received(event, data | changed, seq)])
        fact = await facts(database)
        if event == "case_paused":
            # The day on which the pause began still counts: it began a minute before its end.
            assert fact.stopped_at == micros(datetime(2022, 10, 1, 16, tzinfo=UTC))
    assert await dead_letters.find(database) == []
    assert (fact.act_recorded_at, fact.ended_overdue, fact.special_overdue) == (None, False, False)
    stage = data_of("stage_completed")["stage"]
    assert {(time.by, time.round) for time in fact.times} == {(stage, 1), ("TOTAL", 1)}
