"""The report of an import: each row in question in its own ledger's columns, kept for a week, to be read in again."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.texts import plain
from libs.workbooks.jobs.imports import JobState, Mode
from libs.workbooks.ledgers.own_layout import Layout
from services.hookup.storage.imports import LEDGERS
from services.hookup.storage.tables import IMPORTS
from tests.libs.workbooks.files.spellings import Spelling, spelled
from tests.services.hookup.ledger.books import book, changed, models
from tests.services.hookup.ledger.conftest import CITY, NOW, World
from tests.services.hookup.ledger.office_files import HEADINGS, values
from tests.services.hookup.ledger.test_routes import XLSX, hand_in, work
from tests.support.hookup import Hookup


async def report_of(
    world: World, content: bytes, mode: Mode = Mode.GOOD, layout: Layout | None = None
) -> Any:
    """The workbook of an import's report; None where there is none."""
    job_id = await world.hand_in(content, mode, layout=layout)
    while await world.runner.step():
        pass
    async with world.database.reading() as connection:
        report = await LEDGERS.jobs.report_of(connection, job_id, CITY)
    return report and load_workbook(io.BytesIO(report))


async def test_each_row_has_its_reasons_before_its_own_cells(small: World, bad_rows: bytes) -> None:
    made = await report_of(small, bad_rows, Mode.ALL)
    rows = list(made["问题行"].iter_rows(values_only=True))
    assert rows[0][:6] == ("行号", "结果", "原因", "怎样改", "序号", "受理编号")
    assert [row[0] for row in rows[1:]] == list(range(7, 41))
    assert rows[1][:4] == (7, "不合格", "受理编号：受理编号未填写", "请填写受理编号")
    original = load_workbook(io.BytesIO(bad_rows)).worksheets[0]
    for row in rows[1:]:
        assert row[5] == original.cell(row[0], 2).value
        assert row[12] == original.cell(row[0], 10).value or isinstance(row[12], datetime)


async def test_it_has_the_columns_and_words_of_the_utility(small: World) -> None:
    theirs = {"受理编号": "工单号码", "用户类别": "客户分类", "用户名称": "联系人姓名"}
    headings = [theirs.get(each, each) for each in HEADINGS]
    layout = Layout({"工单号码": "受理编号", "客户分类": "用户类别"}, {"用户类别": {"大户": "ENT"}})
    rows = [
        ["2022 年报装登记"],
        headings,
        values(changes={"用户类别": "大户", "用户名称": "某某", "申请时间": "2022-03-01"}),
        values(
            changes={"受理编号": "W-2", "用户类别": "未知户", "用户编号": "13800138000", "用户名称": "某某"}
        ),
    ]
    made = await report_of(small, spelled(rows, Spelling()), layout=layout)
    header, first, second = made["问题行"].iter_rows(values_only=True)
    shown = dict(zip(header, first, strict=True))
    assert {"工单号码", "客户分类"} <= set(header)
    assert shown["客户分类"] == "大户"
    assert shown["原因"] == "申请时间：申请时间“2022-03-01”只有日期，没有时刻"
    shown = dict(zip(header, second, strict=True))
    assert shown["原因"].startswith("用户编号：用户编号中不能有手机号；客户分类：“未知户”不是规定的用户类别")
    # What people are called and how they are reached is not kept.
    assert "联系人姓名" not in header
    assert shown["用户编号"] == "（已隐去）"
    assert "某某" not in str(list(made["问题行"].values))


async def test_rows_that_were_mended_in_it_can_be_read_in_from_it(small: World) -> None:
    wrong = [changed(row, {"用户类别": "?", "一次性补正内容": "=1+1"}) for row in models(2)]
    made = await report_of(small, book([*wrong, changed(models(3)[2], {})]))
    sheet = made["问题行"]
    column = [cell.value for cell in sheet[1]].index("用户类别") + 1
    for row in (2, 3):
        sheet.cell(row, column).value = "企业用户"
        sheet.cell(row, [cell.value for cell in sheet[1]].index("一次性补正内容") + 1).value = None
    target = io.BytesIO()
    made.save(target)
    job = await small.read_in(target.getvalue(), Mode.GOOD)
    assert (job.state, job.loaded, job.bad) == (JobState.DONE, 2, 0)


async def test_what_concerns_the_file_has_a_sheet_of_its_own(small: World) -> None:
    rows = [HEADINGS, values(changes={"用户类别": "?"}), ["制表人：某某"]]
    made = await report_of(small, spelled(rows, Spelling()))
    assert [each.title for each in made] == ["问题行", "文件说明"]
    assert list(made["文件说明"].values) == [("表头", "第 3 行是签名或说明，未读取")]


async def test_there_is_none_of_a_ledger_without_fault(small: World) -> None:
    assert await report_of(small, book(models(1))) is None


async def test_it_is_forgotten_after_a_week(small: World, bad_rows: bytes) -> None:
    assert await report_of(small, bad_rows) is not None
    later = small.new_runner()
    small.clock.instant = NOW + timedelta(days=7)
    await later.step()
    (job,) = [await small.job(each) for each in await job_ids(small)]
    assert job.has_report
    small.clock.instant += timedelta(seconds=1)
    await small.new_runner().step()
    (job,) = [await small.job(each) for each in await job_ids(small)]
    assert not job.has_report


async def job_ids(world: World) -> list[str]:
    async with world.database.reading() as connection:
        return list(await connection.scalars(select(IMPORTS.job.c.id)))


async def test_it_is_taken_away_over_http_by_whose_it_is(hookup: Hookup, bad_rows: bytes) -> None:
    hookup.clock.instant = NOW
    own = hookup.client("clerk", ScopeKind.UTILITY, "W-371502")
    other = hookup.client("clerk", ScopeKind.UTILITY, "W-371503", "clerk-2")
    path = f"/imports/{(await hand_in(own, bad_rows)).body['id']}"
    assert (await own.get(f"{path}/report.xlsx", 404)).code == "report-not-there"
    assert (await own.get(path)).body["has_report"] is False
    await work(hookup)
    assert (await own.get(path)).body["has_report"] is True
    response = (await own.get(f"{path}/report.xlsx")).response
    assert response.headers["content-type"] == XLSX
    assert response.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert plain(str(load_workbook(io.BytesIO(response.content))["问题行"]["A1"].value)) == "行号"
    assert (await other.get(f"{path}/report.xlsx", 404)).code == "report-not-there"


@pytest.mark.parametrize("path", ["/imports/x/report.xlsx"])
async def test_an_id_that_is_none_is_refused(hookup: Hookup, path: str) -> None:
    assert (await hookup.client().get(path, 422)).code == "invalid"
