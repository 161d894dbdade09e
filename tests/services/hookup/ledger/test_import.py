"""Import jobs: all rows or the good ones, each once, and what is said of the others."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.database.tables import timer
from libs.workbooks.jobs.imports import JobState, Mode
from libs.workbooks.ledgers.sheet_cells import Cell
from services.hookup.domain.values.stages import Interval
from services.hookup.domain.values.transitions import CaseState
from services.hookup.storage.imports import LEDGERS
from services.hookup.storage.tables import hookup_case
from tests.services.hookup.ledger.books import book, changed, models
from tests.services.hookup.ledger.conftest import World


async def test_rows_of_one_customer_at_one_site_are_no_duplicates(world: World) -> None:
    """What was done is read in as it was done: nobody is asked whether it is another application."""
    rows = [changed(row, {"用户编号": "C-000001"}) for row in models(3)]
    job = await world.read_in(book(rows))
    assert (job.state, job.loaded, job.bad) == (JobState.DONE, 3, 0)
    assert {case.customer_ref for case in (await world.cases()).values()} == {"C-000001"}


async def test_cases_publish_their_events_in_order_and_wait_for_what_is_still_to_come(small: World) -> None:
    small.clock.instant = models(1)[0].submitted_at + timedelta(hours=30)
    early = replace(
        models(1)[0], state=CaseState.ACCEPTED, stages={}, turn_on_at=None, meter_live_at=None,
        confirmed_at=None, designed_dm=None,
    )  # fmt: skip
    await small.read_in(book([early]))
    events = await small.events()
    assert [each.aggregate_seq for each in events] == list(range(1, len(events) + 1))
    assert json.loads(events[0].payload)["occurred_at"] == "2022-03-01T01:00:00Z"
    async with small.database.reading() as connection:
        kinds = set(await connection.scalars(select(timer.c.kind)))
    assert kinds == {"due_reminder", "due_soon", "overdue", "gap"}


async def test_the_same_file_twice_adds_nothing(world: World) -> None:
    content = book(models(60))
    await world.read_in(content)
    told = len(await world.events())
    job = await world.read_in(content)
    assert (job.state, job.loaded, job.repeated, job.bad) == (JobState.DONE, 0, 60, 0)
    assert len(await world.events()) == told


async def test_the_same_content_written_otherwise_is_repeated(small: World) -> None:
    (model,) = models(1)
    await small.read_in(book([model]))
    job = await small.read_in(book([changed(model, {"区划": "371502", "申请时间": "2022-03-01 09:00"})]))
    assert (job.repeated, job.bad) == (1, 0)


async def test_other_content_under_a_known_number_is_bad(world: World) -> None:
    (model,) = models(1)
    await world.read_in(book([model]))
    job = await world.read_in(book([replace(model, designed_dm=410)]), Mode.GOOD)
    (finding,) = await world.findings(job)
    assert (job.loaded, job.bad, finding.code, finding.column) == (0, 1, "number-taken", "受理编号")
    assert (await world.cases())[model.number].designed_dm == 400


async def test_a_case_that_lives_in_the_system_is_not_changed_by_a_row(world: World) -> None:
    (model,) = models(1)
    await world.read_in(book([model]))
    async with world.database.unit_of_work(world.clock.now()) as work:
        # As if it had been submitted through the API.
        await work.connection.execute(update(hookup_case).values(source_hash=None))
    told = len(await world.events())
    job = await world.read_in(book([replace(model, designed_dm=410)]))
    (note,) = await world.findings(job, is_bad=False)
    assert (job.state, job.loaded, job.repeated, job.bad) == (JobState.DONE, 0, 1, 0)
    assert (note.code, note.column) == ("lives-here", "受理编号")
    assert (await world.cases())[model.number].designed_dm == 400
    assert len(await world.events()) == told


async def test_a_number_that_is_taken_after_the_check_is_bad(small: World) -> None:
    first, second = models(2)
    job_id = await small.hand_in(book([first, second]))
    while (await small.job(job_id)).state is JobState.CHECKING:
        await small.runner.step()
    # The later job overtakes: as if a live case had got the number.
    await small.read_in_first(book([replace(first, designed_dm=410)]))
    while await small.runner.step():
        pass
    job = await small.job(job_id)
    assert [each.code for each in await small.findings(job)] == ["number-taken"]
    assert (job.state, job.loaded, job.bad, job.taken) == (JobState.DONE, 1, 1, 2)


async def test_rows_of_another_place_are_bad(small: World) -> None:
    job = await small.read_in(book(models(2)), Mode.GOOD, Scope(ScopeKind.UTILITY, "W-371503"))
    assert [each.code for each in await small.findings(job)] == ["not-your-place"] * 2


async def test_what_is_not_kept_is_said_once_and_not_kept(small: World) -> None:
    named = [changed(model, {"用户名称": "示例有限公司", "满意度": "满意"}) for model in models(3)]
    job = await small.read_in(book(named))
    (note,) = await small.findings(job, is_bad=False)
    assert (note.row, note.column, note.code) == (3, "用户名称、满意度", "column-not-kept")
    assert "示例有限公司" not in str(await small.cases())
    assert "示例有限公司" not in str(await small.events())


@pytest.mark.parametrize("mode", Mode)
async def test_the_file_is_forgotten_when_the_job_is_finished(
    small: World, bad_rows: bytes, mode: Mode
) -> None:
    job = await small.read_in(bad_rows, mode)
    async with small.database.reading() as connection:
        assert await LEDGERS.jobs.content_of(connection, job.id) == b""


async def test_one_extreme_value_makes_its_row_bad_and_the_others_go_on(world: World) -> None:
    extremes: list[dict[str, Cell]] = [
        {"暂停原因及起止": "应急停工 0001-01-01 00:00~0001-01-01 08:00"},
        {"暂停原因及起止": "应急停工 2022-03-02 10:00~9999-12-31 23:59"},
        {"申请时间": "0001-01-01 00:00", "受理时间": "0001-01-01 00:00"},
        {"约定日期": "9999-12-31", "外线长度(设计)": "300", "时限类别": None},
        {"外线长度(设计)": True},
        {"外线长度(设计)": 1e300},
    ]
    rows = models(len(extremes) + 1)
    bad = [changed(row, cells) for row, cells in zip(rows[1:], extremes, strict=True)]
    job = await world.read_in(book([*bad, rows[0]]), Mode.GOOD)
    assert (job.state, job.loaded, job.bad) == (JobState.DONE, 1, len(extremes))
    assert {each.row for each in await world.findings(job)} == set(range(4, 4 + len(extremes)))


async def test_a_case_from_before_the_rules_is_read_in_by_the_first_and_marked(world: World) -> None:
    (model,) = models(1)
    days = timedelta(days=76)
    early = replace(
        model,
        number="W-371502-20211215-0001",
        submitted_at=model.submitted_at - days,
        accepted_at=model.accepted_at and model.accepted_at - days,
        stages={stage: shifted(each, days) for stage, each in model.stages.items()},
        turn_on_at=model.turn_on_at and model.turn_on_at - days,
        meter_live_at=model.meter_live_at and model.meter_live_at - days,
        confirmed_at=model.confirmed_at and model.confirmed_at - days,
    )
    cells = {"应办结时间": None, "是否超时": None, "总用时(自然日)": None, "总用时(工作日)": None}
    job = await world.read_in(book([changed(early, cells)]))
    assert (job.state, job.loaded, job.bad) == (JobState.DONE, 1, 0)
    (note,) = await world.findings(job, is_bad=False)
    assert (note.column, note.code) == ("申请时间", "before-first-rules")
    (case,) = (await world.cases()).values()
    assert case.policy_version == "2022-49"
    # And out again, and in again.
    again = await world.read_in(await world.export())
    assert (again.repeated, again.bad) == (1, 0)


def shifted(interval: Interval, by: timedelta) -> Interval:
    return replace(interval, start=interval.start - by, end=interval.end and interval.end - by)
