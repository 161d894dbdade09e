"""A ledger that the system has written reads in again, with what only the system knows left out."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from libs.common.auth.callers import ScopeKind
from libs.workbooks.jobs.imports import JobState
from libs.workbooks.ledgers.rows import open_ledger
from libs.workbooks.ledgers.template import Stored
from libs.workbooks.ledgers.writer import LedgerWriter
from services.hookup.dev.ledger_example.city import CUT
from services.hookup.domain.case import Case
from services.hookup.domain.reports.ledger_row import ledger_row, verdict
from services.hookup.domain.values.stages import Stage
from services.hookup.ledger.check import Checker, check
from services.hookup.ledger.layout import LEDGER, SYSTEM_COLUMNS
from services.hookup.ledger.row_cells import row_cells
from services.hookup.ledger.system_cells import system_cells
from services.hookup.storage.tables import hookup_case
from tests.services.hookup.ledger.books import OF, book, models, some_rows
from tests.services.hookup.ledger.conftest import CITY, EXAMPLES, SIGNATURE, NewWorld, World
from tests.support.hookup import RULES, Hookup


def without_ids(case: Case) -> dict[str, object]:
    """A case but for the ids that are drawn anew."""
    record = msgspec.to_builtins(replace(case, id=""))
    for pause in record["pauses"]:
        pause["id"] = ""
    return dict(record)


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


@pytest.mark.parametrize("name", ["ledger-2022.xlsx", "ledger-bad-rows.xlsx"])
def test_every_example_ledger_comes_in_again_as_it_is_written_without_a_bad_row(name: str) -> None:
    checker = Checker(lambda _: OF.rules, date(2022, 1, 1), CUT, "test", CITY)
    checked = [check(raw, checker) for raw in open_ledger(LEDGER, (EXAMPLES / name).read_bytes()).rows]
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
