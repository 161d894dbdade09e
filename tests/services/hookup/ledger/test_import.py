"""Import jobs: all or the good rows, each exactly once, whatever happens on the way."""

import asyncio
import io
import json
import signal
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select, update

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.database.tables import lease, timer
from libs.workbooks.jobs.imports import JobState, Mode, OvertakenError
from libs.workbooks.ledgers.rows import RawRow, open_ledger
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.template import Stored
from libs.workbooks.ledgers.writer import LedgerWriter
from services.hookup.dev.ledger_example.city import CUT
from services.hookup.domain.case import Case
from services.hookup.domain.reports.ledger_row import ledger_row, verdict
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.ledger import reader
from services.hookup.ledger.check import Checker, check
from services.hookup.ledger.layout import LEDGER, SYSTEM_COLUMNS
from services.hookup.ledger.row_cells import row_cells
from services.hookup.ledger.system_cells import system_cells
from services.hookup.storage.imports import LEDGERS
from services.hookup.storage.tables import hookup_case
from tests.services.hookup.ledger.books import OF, book, changed, models, some_rows
from tests.services.hookup.ledger.conftest import CITY, SIGNATURE, NewWorld, World
from tests.support.hookup import RULES, Hookup

ROOT = Path(__file__).parents[4]
DEADLINE = 60.0


def without_ids(case: Case) -> dict[str, object]:
    """A case but for the ids that are drawn anew."""
    record = msgspec.to_builtins(replace(case, id=""))
    for pause in record["pauses"]:
        pause["id"] = ""
    return dict(record)


async def test_rows_of_one_customer_at_one_site_are_no_duplicates(world: World) -> None:
    """What was done is read in as it was done: nobody is asked whether it is another application."""
    rows = [changed(row, {"用户编号": "C-000001"}) for row in models(3)]
    job = await world.read_in(book(rows))
    assert (job.state, job.loaded, job.bad) == (JobState.DONE, 3, 0)
    assert {case.customer_ref for case in (await world.cases()).values()} == {"C-000001"}


async def test_an_exported_ledger_makes_the_same_cases_elsewhere(
    new_world: NewWorld, world: World, sqlite_url: str
) -> None:
    rows = some_rows(150)
    job = await world.read_in(book(rows))
    assert (job.state, job.loaded, job.bad, job.warnings) == (JobState.DONE, 150, 0, 0)
    elsewhere: World = await new_world(sqlite_url)
    again = await elsewhere.read_in(await world.export())
    assert (again.loaded, again.warnings) == (150, 0)
    ours, theirs = await world.cases(), await elsewhere.cases()
    assert {number: without_ids(case) for number, case in theirs.items()} == {
        number: without_ids(case) for number, case in ours.items()
    }


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


async def test_a_file_that_cannot_be_read_any_more_fails_and_the_next_is_taken(small: World) -> None:
    async with small.database.unit_of_work(small.clock.now()) as work:
        broken = await LEDGERS.jobs.add(
            work, file_name="x", content=b"x", rows=1, mode=Mode.ALL, asked_by="someone", scope=CITY
        )
    job = await small.read_in(book(models(1)))
    failed = await small.job(broken)
    assert (failed.state, failed.error) == (
        JobState.FAILED,
        "ledger-not-xlsx: 不是 Excel 或 CSV 文件，请用 Excel 打开后另存为 .xlsx 再导入",
    )
    assert job.state is JobState.DONE


async def test_an_unforeseen_fault_fails_the_job_and_tells_no_secret(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await small.hand_in(book(models(1)))

    def fail(*_: object) -> None:
        raise KeyError("swordfish")

    monkeypatch.setattr("services.hookup.ledger.check.read_row", fail)
    while await small.runner.step():
        pass
    job = await small.job(job_id)
    assert (job.state, job.error) == (JobState.FAILED, "系统内部错误，请联系管理员")


async def test_one_process_works_at_a_time(world: World) -> None:
    await world.hand_in(book(models(2)))
    other = world.new_runner()
    assert await world.runner.step()
    assert not await other.step()
    assert await world.runner.step()


async def test_whoever_has_finished_a_job_lets_the_next_process_work_at_once(world: World) -> None:
    await world.read_in(book(models(1)))
    await world.hand_in(book(models(2)))
    assert await world.new_runner().step()


async def test_a_process_that_was_overtaken_changes_nothing(world: World) -> None:
    job_id = await world.hand_in(book(models(2)))
    stale = await world.job(job_id)
    while await world.runner.step():
        pass
    with pytest.raises(OvertakenError):
        async with world.database.unit_of_work(world.clock.now()) as work:
            await LEDGERS.jobs.advance(work, stale, {"checked": 1})
    assert (await world.job(job_id)).checked == 2


async def test_progress_is_seen_while_it_grows(small: World) -> None:
    job_id = await small.hand_in(book(models(250)))
    seen = []
    while await small.runner.step():
        job = await small.job(job_id)
        seen.append((job.state, job.checked, job.taken))
    assert seen[:3] == [(JobState.CHECKING, 200, 0), (JobState.LOADING, 250, 0), (JobState.LOADING, 250, 50)]
    assert seen[-1] == (JobState.DONE, 250, 250)


async def test_the_loop_lives_while_rows_are_checked(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check runs in a thread: a task on the loop goes on while a row is being read."""
    waiting, beaten = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    real = reader.read_row

    def slow(raw: RawRow, now: object) -> object:
        loop.call_soon_threadsafe(waiting.set)
        asyncio.run_coroutine_threadsafe(beaten.wait(), loop).result(DEADLINE)
        return real(raw, now)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr("services.hookup.ledger.check.read_row", slow)
    await small.hand_in(book(models(1)))
    step = asyncio.create_task(small.runner.step())
    await asyncio.wait_for(waiting.wait(), DEADLINE)
    beaten.set()
    assert await asyncio.wait_for(step, DEADLINE)


async def test_a_killed_process_leaves_each_row_once_and_right_counts(world: World) -> None:
    rows = some_rows(400, seed=11)
    bad = [changed(rows[0], {"受理编号": f"BAD-{n}", "用户类别": "?"}) for n in range(7)]
    job_id = await world.hand_in(book([*rows[:200], *bad, *rows[200:]]), Mode.GOOD)
    # Killed once while it checks, and three times while it loads.
    for reached in ("checked 200", "taken 50", "taken 150", "taken 250"):
        await kill_when(world, job_id, *reached.split())
    # The killed processes' lease runs out by itself; here we give it back at once.
    await forget_lease(world)
    while await world.runner.step():
        pass
    job = await world.job(job_id)
    assert (job.state, job.rows, job.taken, job.loaded, job.repeated, job.bad) == (
        JobState.DONE, 407, 407, 400, 0, 7,
    )  # fmt: skip
    assert len(await world.findings(job)) == 7
    assert (await world.cases()).keys() == {row.number for row in rows}
    told = Counter((each.key, each.aggregate_seq) for each in await world.events())
    last = Counter(each.key for each in await world.events())
    assert set(told.values()) == {1}
    assert all((key, count) in told for key, count in last.items())
    assert len(last) == 400


async def forget_lease(world: World) -> None:
    async with world.database.unit_of_work(world.clock.now()) as work:
        await work.connection.execute(delete(lease))


async def kill_when(world: World, job_id: str, column: str, count: str) -> None:
    """Start a process that does imports, and kill it as soon as a count is reached."""
    await forget_lease(world)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.hookup.ledger.importing", world.database.url, cwd=ROOT
    )
    try:
        async with asyncio.timeout(DEADLINE):
            while getattr(await world.job(job_id), column) < int(count):
                assert process.returncode is None, "the process ended by itself"
                await asyncio.sleep(0.002)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


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


@pytest.mark.parametrize("name", ["ledger-2022.xlsx", "ledger-bad-rows.xlsx"])
def test_every_example_ledger_comes_in_again_as_it_is_written_without_a_bad_row(name: str) -> None:
    checker = Checker(lambda _: OF.rules, date(2022, 1, 1), CUT, "test", CITY)
    checked = [
        check(raw, checker) for raw in open_ledger(LEDGER, (ROOT / "examples" / name).read_bytes()).rows
    ]
    target = io.BytesIO()
    writer = LedgerWriter(LEDGER, target, SIGNATURE)
    for each in checked:
        if each.item is not None:
            case, rules = each.item.case, each.item.rules
            writer.write({**row_cells(ledger_row(case), verdict(case, rules)), **system_cells(case, rules)})
    writer.close()
    again = [check(raw, checker) for raw in open_ledger(LEDGER, target.getvalue()).rows]
    assert [found for each in again for found in each.findings] == []
    assert [each.digest for each in again] == [each.digest for each in checked if each.item is not None]


async def test_an_exported_ledger_of_one_system_changes_nothing_in_it(world: World) -> None:
    await world.read_in(book(some_rows(60, seed=5)))
    async with world.database.unit_of_work(world.clock.now()) as work:
        # As if half of them had been submitted through the API.
        lived = hookup_case.c.number.like("%1") | hookup_case.c.number.like("%2")
        await work.connection.execute(update(hookup_case).where(lived).values(source_hash=None))
    told = len(await world.events())
    job = await world.read_in(await world.export())
    assert (job.state, job.loaded, job.repeated, job.bad) == (JobState.DONE, 0, 60, 0)
    assert {each.code for each in await world.findings(job, is_bad=False)} == {"lives-here"}
    assert len(await world.events()) == told


async def test_whoever_looked_while_another_finished_finds_nothing_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two processes one may see a job, wait for the lease, and get it when the job is done and its file gone."""
    job_id = await world.hand_in(book(models(1)))
    late = world.new_runner()
    real = LEDGERS.jobs.oldest_unfinished
    first = True

    async def then_another_finishes(connection: Any) -> Any:
        nonlocal first
        found = await real(connection)
        if first:
            first = False
            while await world.runner.step():
                pass
        return found

    monkeypatch.setattr(LEDGERS.jobs, "oldest_unfinished", then_another_finishes)
    assert await late.step()
    assert not await late.step()
    job = await world.job(job_id)
    assert (job.state, job.loaded, job.error) == (JobState.DONE, 1, None)


async def test_what_the_system_knows_is_shown_and_not_read_in_again(
    hookup: Hookup, new_world: NewWorld, sqlite_url: str
) -> None:
    """A case of everything that there is comes out, and its row comes in."""
    case = await full_case(hookup)
    content = (await hookup.client("supervisor").get("/ledger.xlsx")).response.content
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    shown = {heading.value: cell.value for heading, cell in zip(sheet[3], sheet[4], strict=True)}
    assert {column.heading: shown[column.heading] for column in SYSTEM_COLUMNS} == {
        "并联审批事项": "挖掘城市道路（市政工程行政主管部门，审批）2022-06-30 09:00报件，2022-06-30 09:00准予；"
        "挖掘城市道路（公安交通管理部门，审批）2022-06-30 09:00报件，2022-06-30 09:00准予；"
        "临时占用城市绿地（城市绿化行政主管部门，告知承诺）2022-06-30 09:00报件，2022-06-30 09:00准予",
        "告知承诺": "临时占用城市绿地：已承诺并准予",
        "帮办人员指派时间": datetime(2022, 6, 30, 9),  # noqa: DTZ001 - a sheet's wall time
        "报价金额(元)": 2312.5,
        "结算金额(元)": 2312.5,
        "催办次数": 1,
        "用户评价": "5分",
        "规则依据": RULES.policy.source_document,
        "来源": "系统",
        "补录事项": "完成环节（外线施工）2022-06-30 09:00发生，2022-07-04 09:00由clerk-1录入（补录）",
        "补录后按时": None,
        "代录事项": "用户答复报价项目2022-06-30 09:00由clerk-1代录（QZ-1）",
        "用户异议": "2022-07-04 09:00对2022-07-04 09:00的开通：阀门已开，户内没有水",
    }
    elsewhere: World = await new_world(sqlite_url)
    job = await elsewhere.read_in(content)
    assert (job.state, job.loaded, job.bad) == (JobState.DONE, 1, 0)
    (note,) = await elsewhere.findings(job, is_bad=False)
    filled = [
        column.heading
        for column in SYSTEM_COLUMNS
        if shown[column.heading] is not None and column.stored is Stored.NO
    ]
    assert (note.code, note.column) == ("column-not-kept", "、".join(filled))
    (read,) = (await elsewhere.cases()).values()
    assert (read.number, read.permits, read.quote, read.agency) == (case["number"], [], None, None)
    assert [(each.stage, each.end) for each in read.stages] == [
        (each["stage"], datetime.fromisoformat(each["completed_at"])) for each in case["stages"]
    ]


async def full_case(hookup: Hookup) -> dict[str, Any]:
    """A case of everything: 42 m of water for which all was asked, granted and paid; the works are entered late."""
    hookup.set_clock("2022-06-30 09:00")
    head, clerk, user = (
        hookup.client("approver"),
        hookup.client(),
        hookup.client("citizen", ScopeKind.CITIZEN, "C-1"),
    )
    await head.put("/utilities/W-371502/agents", {"agents": ["agent-1"]}, version='"0"')
    case = (await clerk.submit()).body

    async def act(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return dict((await clerk.act(case["id"], path, body)).body)

    for stage in (Stage.SURVEY_DESIGN, Stage.CONTRACT):
        await clerk.stage(case["id"], stage, "start")
        await clerk.stage(case["id"], stage, "completion")
    await act("quote", {"lines": [{"code": "W-INSIDE", "quantity": "12.5"}]})
    await act("quote/lines/1/acceptance", {"document_ref": "QZ-1"})
    await user.act(case["id"], "urges")
    kinds = (("ROAD_EXCAVATION", "APPROVAL"), ("GREEN_LAND", "COMMITMENT"))
    filed = await act("permits", {"items": [{"kind": kind, "mode": mode} for kind, mode in kinds]})
    for item in filed["permits"]:
        if item["mode"] == "COMMITMENT":
            await act(f"permits/{item['id']}/commitment", {"document_ref": "CN-1"})  # the utility's own
            continue
        office = hookup.client("authority", ScopeKind.AUTHORITY, item["authority"])
        seen = await office.get(f"/permits/{item['id']}")
        decision = {"decision": "GRANTED", "document_ref": "XK-1"}
        await office.post(f"/permits/{item['id']}/decision", decision, version=seen.etag)
    await clerk.stage(case["id"], Stage.EXTERNAL_WORKS, "start")
    await act("excavation", {"sites": ["ROAD", "GREEN_LAND"]})
    built_at = hookup.clock.now()
    hookup.set_clock(built_at + timedelta(days=4))
    await clerk.stage(case["id"], Stage.EXTERNAL_WORKS, "completion", built_at)
    await clerk.stage(case["id"], Stage.TURN_ON, "start")
    await act("meter-live", {})
    await user.act(case["id"], "dispute", {"reason": "阀门已开，户内没有水"})
    await act("meter-live", {"evidence_ref": await clerk.evidence(case["id"])})
    await user.act(case["id"], "confirmation")
    await act("bill", {"lines": [{"code": "W-INSIDE", "amount_fen": 231250}]})
    return dict((await user.act(case["id"], "rating", {"score": 5})).body)


async def test_a_ledger_from_before_these_columns_reads_as_it_did(small: World) -> None:
    content = book(models(2))
    old = load_workbook(io.BytesIO(content))
    old.worksheets[0].delete_cols(len(LEDGER.columns) - len(SYSTEM_COLUMNS) + 1, len(SYSTEM_COLUMNS))
    saved = io.BytesIO()
    old.save(saved)
    job = await small.read_in(saved.getvalue())
    assert (job.state, job.loaded, job.bad, job.warnings) == (JobState.DONE, 2, 0, 0)
