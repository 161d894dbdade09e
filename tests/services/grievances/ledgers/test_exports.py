"""Ledgers 3 and 4 as workbooks: of the own scope, masked, with a watermark, and on the audit record."""

import asyncio
import io
from typing import Any

import openpyxl

from tests.services.grievances.people import (
    BAD,
    GOOD,
    city,
    clerk,
    desk,
    district,
    entries,
    replied,
    utility,
    work_on,
)
from tests.services.grievances.test_pages import at_unit
from tests.support.service import Answered, Client, Running

_MOST_SECONDS = 900


async def in_ledger(grievances: Running, **other: Any) -> str:
    """Bring a grievance into the ledger: its call-back was bad."""
    path = await replied(grievances, **other)
    await desk(grievances).command(path, "call", BAD)
    return path


async def exported(grievances: Running, client: Client, **body: Any) -> dict[str, Any]:
    """Ask for an export and let a worker write it; return it."""
    given = {"ledger": "CLEARING", "purpose": "SUPERVISE"} | body
    asked = (await client.post("/ledger-exports", given, 202)).body
    (loop,) = (loop for loop in grievances.service.extra_loops if loop.name == "ledger-exports")
    async with asyncio.timeout(_MOST_SECONDS):
        while True:
            export = (await client.get(f"/ledger-exports/{asked['id']}")).body
            if export["state"] not in ("waiting", "writing"):
                return export
            await loop.step()


async def taken(client: Client, export: dict[str, Any], status: int = 200) -> Answered:
    """Take the file of an export."""
    return await client.get(f"/ledger-exports/{export['id']}/file.xlsx", status)


def sheet_of(answer: Answered) -> tuple[str, str, list[dict[str, Any]], list[str]]:
    """Return title, mark, rows by their headings, and the headings."""
    sheet = openpyxl.load_workbook(io.BytesIO(answer.response.content)).worksheets[0]
    title, mark, headings, *rows, _total = sheet.iter_rows(values_only=True)
    names = list(map(str, headings))
    return str(title[0]), str(mark[0]), [dict(zip(names, row, strict=True)) for row in rows], names


async def test_the_ledger_of_clearing_has_the_columns_of_the_office(grievances: Running) -> None:
    path = await in_ledger(grievances)
    keeping = {"measures": "更换水泵", "progress": "水泵已订购"}
    await clerk(grievances).command(path, "ledger-entry", keeping)
    export = await exported(grievances, district(grievances))
    assert (export["state"], export["rows"]) == ("done", 1)
    title, mark, rows, headings = sheet_of(await taken(district(grievances), export))
    assert title == "诉求“清零”台账"
    assert export["number"] in mark
    assert "已脱敏" in mark
    assert headings == [
        *("序号", "来源", "工单号", "诉求人类别", "诉求内容", "区划", "责任单位", "责任人"),
        *("收到时间", "清零时限", "办理措施", "进展", "是否合理", "回访结果", "销号时间", "销号审批"),
    ]
    (row,) = rows
    number = (await desk(grievances).get(path)).body["number"]
    assert (row["工单号"], row["来源"], row["办理措施"]) == (number, "办事大厅", "更换水泵")
    assert row["诉求内容"] == "小区昨天起停水，请打我电话 ******，详见 （链接已略去）"
    assert (row["进展"], row["是否合理"], row["销号时间"]) == ("07-04 水泵已订购", "是", None)
    assert b"13800138000" not in (await taken(district(grievances), export)).response.content
    said = [entry for entry in await entries(grievances) if entry["action"] == "EXPORT"]
    assert len(said) == 3
    assert {entry["purpose"] for entry in said} == {"SUPERVISE"}


async def test_each_call_back_is_a_row_with_what_followed(grievances: Running) -> None:
    path = await in_ledger(grievances)
    await work_on(clerk(grievances), path)
    await desk(grievances).command(path, "call", GOOD)
    export = await exported(grievances, city(grievances), ledger="CALL_BACKS")
    _, _, rows, headings = sheet_of(await taken(city(grievances), export))
    assert headings[1:] == [
        *("工单号", "回访方式", "时间", "对象", "等级", "问题", "整改措施", "整改时限", "复访结果")
    ]
    bad, good = rows
    assert (bad["对象"], bad["等级"], bad["问题"]) == ("李**", "非常不满意", "仍然没有水")
    assert (bad["整改措施"], bad["复访结果"]) == ("设备已修好，供水已恢复。", "满意")
    assert (good["等级"], good["问题"], good["复访结果"]) == ("满意", None, None)


async def test_the_weekly_list_is_what_is_overdue(grievances: Running) -> None:
    path = await in_ledger(grievances)
    none_there = await district(grievances).post(
        "/ledger-exports", {"ledger": "CLEARING", "purpose": "SUPERVISE", "overdue": True}, 422
    )
    assert none_there.code == "ledger-export-empty"
    assert (await district(grievances).get("/grievance-ledger", overdue="true")).body["items"] == []
    assert len((await district(grievances).get("/grievance-ledger", open="true")).body["items"]) == 1
    grievances.set_clock("2022-08-01 09:00")
    (late,) = (await district(grievances).get("/grievance-ledger", overdue="true")).body["items"]
    assert late["id"] == path.rpartition("/")[2]
    export = await exported(grievances, district(grievances), overdue=True)
    title, _, rows, _ = sheet_of(await taken(district(grievances), export))
    assert title == "诉求“清零”台账（节选：按逾期选取）"
    assert len(rows) == 1


async def test_everybody_has_the_own_part_and_the_own_files(grievances: Running) -> None:
    await in_ledger(grievances)
    neighbour = utility(grievances, "W-371503")
    refused = await neighbour.post("/ledger-exports", {"ledger": "CLEARING", "purpose": "HANDLE"}, 422)
    assert refused.code == "ledger-export-empty"
    export = await exported(grievances, district(grievances))
    assert (await neighbour.get(f"/ledger-exports/{export['id']}", 404)).code == "not-found"
    assert (await taken(city(grievances), export, 409)).code == "not-the-asker"
    for _ in range(3):
        await taken(district(grievances), export)
    assert (await taken(district(grievances), export, 409)).code == "ledger-export-not-there"
    grievances.set_clock("2022-07-08 09:00")
    over = (await district(grievances).get(f"/ledger-exports/{export['id']}")).body
    assert over["state"] == "expired"


async def test_who_asked_to_be_kept_confidential_is_nobody_in_them(grievances: Running) -> None:
    await in_ledger(grievances, reporter="CONFIDENTIAL")
    export = await exported(grievances, clerk(grievances), ledger="CALL_BACKS", purpose="HANDLE")
    _, _, rows, _ = sheet_of(await taken(clerk(grievances), export))
    assert {row["对象"] for row in rows} == {"要求保密"}


async def test_pages(grievances: Running) -> None:
    await in_ledger(grievances)
    async with at_unit(grievances) as unit:
        page = await unit.open("/grievance-ledger?open=true")
        assert "在账" in page
        assert "导出台账" in page
        form = (await unit.forms("/ledger-exports/new"))["导出"]
        path, page = await unit.send(form, ledger="CLEARING", purpose="HANDLE")
        assert "排队中" in page
        assert "台账导出" in await unit.open("/ledger-exports?mine=true")
        assert path.startswith("/ledger-exports/")
        assert "清零台账导入" in await unit.open("/clearing-ledger-imports")
        assert "满意度回访台账" in await unit.open("/call-back-ledger-imports")
