"""Lists of the hotline's orders read in, on both engines: three cities' columns, once, with what is wrong named."""

from typing import Any

import pytest
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from services.grievances.storage.tables import HOTLINE_IMPORTS
from tests.services.grievances.hotline.lists import (
    EVENING,
    MORNING,
    book,
    of_first_city,
    of_second_city,
    of_third_city,
    read_in,
)
from tests.services.grievances.hotline.orders import city, clerk, desk, push, taken, work_on
from tests.support.service import Running

HEADINGS = (
    "工单编号",
    "版本",
    "受理时间",
    "诉求种类",
    "诉求内容",
    "县（市、区）",
    "联系电话",
    "要求答复时间",
)


def row(number: str = "DH1", version: int | None = 1, district: str = "东昌府区", **more: Any) -> list[Any]:
    """A row under our own headings."""
    usual = {
        "工单编号": number,
        "版本": version,
        "受理时间": MORNING,
        "诉求种类": "投诉",
        "诉求内容": "小区停水",
        "县（市、区）": district,
        "联系电话": "13800138001",
    }
    return [(usual | more).get(heading) for heading in HEADINGS]


def counts(job: dict[str, Any]) -> tuple[Any, ...]:
    """What became of a job's rows."""
    return job["state"], job["loaded"], job["repeated"], job["bad"]


async def grievances_of(grievances: Running) -> dict[str, dict[str, Any]]:
    """Return the grievances by the hotline's numbers."""
    who, found = city(grievances), {}
    for order in (await who.get("/hotline-orders", state="TAKEN")).body["items"]:
        found[order["number"]] = (await who.get(f"/grievances/{order['grievance_id']}")).body
    return found


async def test_the_first_citys_list(grievances: Running) -> None:
    job = await read_in(grievances, city(grievances), of_first_city())
    assert counts(job) == ("done", 3, 0, 0), job
    items = await grievances_of(grievances)
    assert set(items) == {"LC2207040001", "LC2207040002"}
    first = items["LC2207040001"]
    assert (first["kind"], first["category"], first["district"]) == ("COMPLAINT", "SUPPLY-NONE", "371502")
    # Serials of a spreadsheet are Shanghai's wall clock.
    assert first["received_at"] == "2022-07-04T00:30:00Z"
    assert first["reply_by"] == "2022-07-06T09:30:00Z"
    assert first["cycles"][0]["limit"]["rule"] == "HOTLINE"
    assert items["LC2207040002"]["district"] == "371503"
    # 表扬 is no kind that is known: it waits for the desk, and the report says so.
    assert [(item["row"], item["code"]) for item in job["warning_rows"]] == [(6, "order-parked")]
    (parked,) = (await city(grievances).get("/hotline-orders", state="PARKED")).body["items"]
    assert (parked["number"], parked["kind"], parked["reasons"]) == ("LC2207040003", "表扬", ["KIND"])


async def test_the_second_citys_list(grievances: Running) -> None:
    job = await read_in(grievances, city(grievances), of_second_city())
    assert counts(job) == ("done", 2, 0, 0), job
    items = await grievances_of(grievances)
    first = items["SD-70001"]
    assert (first["kind"], first["reporter"], first["district"]) == ("HELP", "CONFIDENTIAL", "371522")
    # A day alone ends with the day.
    assert first["cycles"][0]["limit"]["rule"] in ("REPLY", "HOTLINE")
    assert first["reply_by"] == "2022-07-08T15:59:59Z"
    assert (items["SD-70002"]["kind"], items["SD-70002"]["reporter"]) == ("REPORT", "ANONYMOUS")


async def test_the_third_citys_list_and_its_call_backs(grievances: Running) -> None:
    job = await read_in(grievances, city(grievances), of_third_city())
    assert counts(job) == ("done", 1, 0, 0), job
    shown = (await grievances_of(grievances))["H9-1"]
    assert (shown["supply"], shown["category"]) == ("WATER", "SUPPLY-PRESSURE")
    path = f"/grievances/{shown['id']}"
    await work_on(grievances, path)
    grievances.set_clock("2022-07-06T09:00")
    called = (
        of_third_city()
        .decode("gb18030")
        .replace("H9-1,1,", "H9-1,2,")
        .replace("派单,,,,,,", "办结,2022-07-05 10:00,已联系,已解决,基本满意,4,")
    )
    job = await read_in(grievances, city(grievances), called.encode("gb18030"))
    assert counts(job) == ("done", 1, 0, 0), job
    shown = (await city(grievances).get(path)).body
    call = shown["cycles"][0]["calls"][0]
    assert (shown["state"], call["grade"], call["grade_word"]) == ("CLOSED", 3, "基本满意")


async def test_a_list_is_read_in_once(grievances: Running) -> None:
    for expected in (("done", 3, 0, 0), ("done", 0, 3, 0)):
        assert counts(await read_in(grievances, city(grievances), of_first_city())) == expected
    # What was pushed is known, too.
    await push(grievances, number="DH7")
    assert len((await city(grievances).get("/grievances")).body["items"]) == 3


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row(受理时间=None), "missing"),
        (row(受理时间="昨天"), "time-invalid"),
        (row(受理时间="2022-07-04"), "time-missing"),
        (row(受理时间=MORNING + 30), "in-the-future"),
        (row(联系电话="无"), "form-invalid"),
        (row(版本="最新"), "number-invalid"),
        (row(number="工单1"), "form-invalid"),
        (row(要求答复时间="尽快"), "time-invalid"),
        (row(诉求内容="停" * 2001), "too-long"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_bad_rows_are_named_and_the_others_taken(
    grievances: Running, bad: list[Any], code: str
) -> None:
    content = book(HEADINGS, row("DH9", 要求答复时间=EVENING), bad)
    job = await read_in(grievances, city(grievances), content)
    assert counts(job) == ("done", 1, 0, 1), job
    assert [(item["row"], item["code"]) for item in job["bad_rows"]] == [(3, code)]


async def test_a_list_without_versions_changes_nothing_that_is_known(grievances: Running) -> None:
    first = book(HEADINGS, row(version=None))
    assert counts(await read_in(grievances, city(grievances), first)) == ("done", 1, 0, 0)
    assert counts(await read_in(grievances, city(grievances), first)) == ("done", 0, 1, 0)
    changed = await read_in(grievances, city(grievances), book(HEADINGS, row(version=None, 诉求内容="两天")))
    assert [item["code"] for item in changed["bad_rows"]] == ["version-missing"]
    same = await read_in(grievances, city(grievances), book(HEADINGS, row(version=1, 诉求内容="两天")))
    assert [item["code"] for item in same["bad_rows"]] == ["number-taken"]
    newer = book(HEADINGS, row(version=2, 要求答复时间=EVENING))
    assert counts(await read_in(grievances, city(grievances), newer)) == ("done", 1, 0, 0)
    shown = (await grievances_of(grievances))["DH1"]
    assert shown["reply_by"] == "2022-07-06T09:30:00Z"


async def test_a_district_reads_in_its_own_orders_alone(grievances: Running) -> None:
    districts = ("东昌府区", "茌平区", "某区")
    rows = [row(f"DH{number}", district=name) for number, name in enumerate(districts)]
    content = book(HEADINGS, *rows)
    job = await read_in(grievances, desk(grievances), content)
    assert counts(job) == ("done", 1, 0, 2)
    assert {item["code"] for item in job["bad_rows"]} == {"district-not-yours"}


async def test_who_is_no_desk_reads_nothing_in(grievances: Running) -> None:
    await clerk(grievances).get("/hotline-order-imports", 403)
    hall = grievances.client("window", ScopeKind.DISTRICT, "371503")
    assert (await hall.get("/hotline-order-imports")).body["items"] == []


async def test_a_list_is_kept_sealed_and_then_not_at_all(grievances: Running) -> None:
    who = city(grievances)
    await read_in(grievances, who, of_first_city())
    async with grievances.service.database.reading() as connection:
        (job,) = (await connection.execute(select(HOTLINE_IMPORTS.job))).all()
    assert job.content == b""
    assert b"13800138001" not in (job.report or b"")
    assert await taken(grievances, number="DH8")
