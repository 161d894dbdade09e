"""Each case number has one owner: the system gives those of today, a ledger those that nobody gave."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import local
from libs.common.places import Supply
from libs.workbooks.jobs.imports import JobState, Mode
from services.hookup.domain.reports.ledger_row import LedgerRow
from services.hookup.storage import cases
from services.hookup.storage.cases import CASES
from services.hookup.storage.tables import case_counter, hookup_case
from services.hookup.usecases import import_ledger
from services.hookup.usecases.import_numbers import numbers_of, twins_of
from tests.services.hookup.ledger.books import book, changed, models
from tests.services.hookup.ledger.conftest import World
from tests.services.hookup.ledger.test_routes import hand_in, work
from tests.support.hookup import Hookup

PREFIX = "W-371502-20220301"


def numbered(number: str, submitted: datetime | None = None) -> LedgerRow:
    """A row that was applied for and accepted, with a number."""
    model = models(1)[0]
    at = submitted or model.submitted_at
    return replace(
        model, number=number, submitted_at=at, accepted_at=at, stages={}, turn_on_at=None, meter_live_at=None,
        confirmed_at=None, designed_dm=None, state=model.state.ACCEPTED,
    )  # fmt: skip


async def codes(world: World, row: LedgerRow) -> list[str]:
    job = await world.read_in(book([row]), Mode.GOOD)
    return [each.code for each in await world.findings(job)]


async def counters(world: World) -> dict[str, tuple[int, bool]]:
    async with world.database.reading() as connection:
        rows = await connection.execute(select(case_counter))
        return {row.prefix: (row.last, row.issued) for row in rows}


TODAY = datetime(2022, 3, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        # Of today or later.
        (f"{PREFIX}-0001", "number-not-given-yet"),
        (f"{PREFIX}-9999", "number-not-given-yet"),
        # Of a day or a utility that are not its own.
        ("W-371502-20220302-0001", "number-of-another-day"),
        ("W-371502-20220228-0001", "number-of-another-day"),
        ("W-371503-20220301-0001", "number-of-another-day"),
        ("w-371502-２０２２0228-0001", "number-of-another-day"),
        # A utility's own.
        ("GD2022-0301", None),
        ("W-371502-20220231-0001", None),
    ],
)
async def test_whose_a_number_is(small: World, number: str, code: str | None) -> None:
    small.clock.instant = TODAY
    assert await codes(small, numbered(number)) == ([code] if code else [])


async def test_a_day_ends_at_midnight_in_shanghai(small: World) -> None:
    small.clock.instant = datetime(2022, 3, 1, 15, 59, 59, tzinfo=UTC)
    assert await codes(small, numbered(f"{PREFIX}-0001")) == ["number-not-given-yet"]
    small.clock.instant += timedelta(seconds=1)
    assert await codes(small, numbered(f"{PREFIX}-0001")) == []


async def test_the_counter_moves_past_what_a_ledger_brought(world: World) -> None:
    rows = [numbered(f"{PREFIX}-{count:04d}") for count in (7, 3, 12)]
    job = await world.read_in(book([*rows, numbered("GD-1")]))
    assert (job.state, job.loaded) == (JobState.DONE, 4)
    assert await counters(world) == {PREFIX: (12, False)}
    # The rest of the same ledger, in another file: nobody numbered that day but the paper.
    job = await world.read_in(book([numbered(f"{PREFIX}-0040"), numbered(f"{PREFIX}-0005")]))
    assert (job.loaded, job.bad) == (2, 0)
    assert await counters(world) == {PREFIX: (40, False)}
    async with world.database.unit_of_work(world.clock.now()) as unit:
        assert await cases.next_number(unit, PREFIX) == f"{PREFIX}-0041"
    assert await counters(world) == {PREFIX: (41, True)}


async def test_a_number_ahead_of_what_the_system_gave_that_day_is_refused(world: World) -> None:
    async with world.database.unit_of_work(world.clock.now()) as unit:
        await unit.connection.execute(insert(case_counter).values(prefix=PREFIX, last=2, issued=True))
    job = await world.read_in(book([numbered(f"{PREFIX}-0002"), numbered(f"{PREFIX}-0003")]), Mode.GOOD)
    (finding,) = await world.findings(job)
    assert (job.loaded, finding.code, finding.reason) == (1, "number-not-given-yet", "系统当天只编到 0002 号")
    assert await counters(world) == {PREFIX: (2, True)}


async def test_submissions_go_on_whatever_a_ledger_was_numbered(hookup: Hookup) -> None:
    """A ledger with a number of the day after: that day the utility's submissions met it, each with a 500."""
    clerk = hookup.client()
    today = local(hookup.clock.now())
    at = hookup.clock.now() - timedelta(hours=1)
    rows = [numbered(f"W-371502-{today + timedelta(days=days):%Y%m%d}-0001", at) for days in (0, 1, 2)]
    await hand_in(clerk, book(rows), "good")
    await work(hookup)
    assert (await clerk.get("/imports")).body["items"][0]["bad"] == 3
    for days in range(3):
        hookup.clock.instant += timedelta(days=min(days, 1))
        submitted = (await clerk.submit()).body
        assert submitted["number"] == f"W-371502-{today + timedelta(days=days):%Y%m%d}-0001"


async def test_an_unfinished_row_beside_an_open_case_of_the_same_is_noted(hookup: Hookup) -> None:
    """Else a case that is late would be read in anew, under another number and with better dates."""
    clerk = hookup.client()
    live = (await clerk.submit()).body
    at = hookup.clock.now() - timedelta(days=1)
    same = replace(
        numbered("GD-1", at),
        customer_ref=live["customer_ref"],
        supply=Supply(live["supply"]),
        site_division=live["site_division"],
    )
    rows = [
        same,
        replace(same, number="GD-2", customer_ref="C-9"),
        replace(same, number="GD-3", site_division="371502002000"),
        # What is done competes with nothing.
        replace(same, number="GD-4", state=same.state.WITHDRAWN, ended_at=at + timedelta(hours=1)),
    ]
    await hand_in(clerk, book(rows), "good")
    await work(hookup)
    (job,) = (await clerk.get("/imports")).body["items"]
    assert (job["bad"], job["loaded"]) == (0, 4)
    (note,) = (await clerk.get(f"/imports/{job['id']}")).body["warning_rows"]
    assert note["code"] == "lives-beside"
    assert live["number"] in note["reason"]
    # Read in again it is the same row, and no twin of what was read in.
    await hand_in(clerk, book(rows), "good")
    await work(hookup)
    assert (await clerk.get("/imports")).body["items"][0]["repeated"] == 4


async def test_a_number_is_told_to_who_sees_its_case_only(hookup: Hookup) -> None:
    live = (await hookup.client().submit()).body
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as unit:
        case = await CASES.load(unit, live["id"])
    case.number = "GD-1"
    async with hookup.service.database.reading() as connection:
        for code, twins in (("W-371502", {"GD-1": live["number"]}), ("W-371503", {})):
            assert await twins_of(connection, [case], Scope(ScopeKind.UTILITY, code)) == twins


async def test_a_case_that_lives_here_is_known_in_any_spelling(world: World) -> None:
    await world.read_in(book([numbered(f"{PREFIX}-0001")]))
    async with world.database.unit_of_work(world.clock.now()) as unit:
        # As if it had been submitted through the API.
        await unit.connection.execute(update(hookup_case).values(source_hash=None))
    wide = f"{PREFIX}-0001".lower().translate({each: each + 0xFEE0 for each in range(0x21, 0x7F)})
    odd = changed(
        numbered(f"{PREFIX}-0001"), {"受理编号": f"\u200b{wide}", "用户类别": "?", "申请时间": "昨天"}
    )
    job = await world.read_in(book([odd]))
    (note,) = await world.findings(job, is_bad=False)
    assert (job.state, job.repeated, job.bad, note.code) == (JobState.DONE, 1, 0, "lives-here")


async def test_a_conflict_that_is_met_while_writing_is_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes a number between our look and our write: the row is bad then, and the job is done."""
    first, second = numbered(f"{PREFIX}-0001"), numbered(f"{PREFIX}-0002")
    job_id = await world.hand_in(book([first, second]), Mode.GOOD)
    while (await world.job(job_id)).state is JobState.CHECKING:
        await world.runner.step()
    await world.read_in_first(book([replace(first, declared_dm=999)]))
    real, blind = numbers_of, [True]

    async def looked_too_early(*arguments: object) -> object:
        found = await real(*arguments)  # type: ignore[arg-type]  # passed on as they came
        return replace(found, stored={}) if blind and blind.pop() else found

    monkeypatch.setattr(import_ledger, "numbers_of", looked_too_early)
    while await world.runner.step():
        pass
    job = await world.job(job_id)
    assert (job.state, job.loaded, job.bad) == (JobState.DONE, 1, 1)
    assert [each.code for each in await world.findings(job)] == ["number-taken"]


def test_days_are_those_of_shanghai() -> None:
    assert local(TODAY).date() == date(2022, 3, 1)
