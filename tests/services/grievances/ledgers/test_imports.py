"""Ledgers 3 and 4 read in, on both engines: once, each unit its own, with what is wrong named."""

from typing import Any

from sqlalchemy import select

from services.grievances.storage.ledger_imports import CALL_LEDGERS, CLEARING_LEDGERS
from services.grievances.storage.tables import STAFF, grievance
from tests.services.grievances.hotline.lists import book, read_in
from tests.services.grievances.ledgers.test_exports import exported, in_ledger, sheet_of, taken
from tests.services.grievances.people import city, clerk, desk, district, payloads, replied
from tests.support.service import Client, Running

CLEARING: dict[str, Any] = {
    "编号": "2022-015",
    "来源": "电话回访",
    "诉求类型": "投诉",
    "反映问题": "六楼水压不足，请打 13800138009",
    "责任人": None,
    "接收时间": "2022-03-01 09:00",
    "挂账时间": "2022-03-10 09:00",
    "清零期限": "2022-12-31",
    "整改措施": "更换水泵",
    "办理进展": "水泵已订购",
    "是否合理": "是",
    "回访结果": "不满意",
    "销号时间": None,
    "姓名": "周先生",
    "电话": "13800138009",
}
CALL: dict[str, Any] = {
    "工单号": "",
    "回访方式": "电话",
    "时间": "2022-07-04 09:30",
    "等级": "满意",
    "问题": None,
    "回访人": None,
    "是否联系": "是",
    "是否解决": "是",
}
STAFF_NAMES = {"u-call": "孙师傅", "u-clerk": "李师傅"}


async def clearing(grievances: Running, who: Client, *rows: dict[str, Any]) -> dict[str, Any]:
    """Read a ledger of clearing in, in a layout of the unit's own."""
    return await read(grievances, who, CLEARING, rows, CLEARING_LEDGERS)


async def calls(grievances: Running, who: Client, *rows: dict[str, Any]) -> dict[str, Any]:
    """Read a ledger of call-backs in."""
    return await read(grievances, who, CALL, rows, CALL_LEDGERS)


async def read(
    grievances: Running, who: Client, usual: dict[str, Any], rows: tuple[dict[str, Any], ...], kind: Any
) -> dict[str, Any]:
    """Read rows in; those of a district say what a utility's file leaves out."""
    filled = [usual | row for row in rows]
    headings = list(dict.fromkeys(name for row in filled for name in row))
    content = book(headings, *([row.get(name) for name in headings] for row in filled))
    return await read_in(grievances, who, content, kind=kind)


def counts(job: dict[str, Any]) -> tuple[Any, ...]:
    """What became of a job's rows."""
    return job["state"], job["loaded"], job["repeated"], job["bad"]


def codes(job: dict[str, Any], kind: str = "bad_rows") -> list[tuple[int, str, str]]:
    """What was found, by row and column."""
    return [(found["row"], found["column"], found["code"]) for found in job[kind]]


async def staffed(grievances: Running) -> None:
    """Name the utility's people."""
    async with grievances.service.database.unit_of_work(grievances.service.clock.now()) as uow:
        await STAFF.save(uow, "W-371502", STAFF_NAMES, 0)


async def test_a_utilitys_ledger_of_clearing_is_read_in_once(grievances: Running) -> None:
    await staffed(grievances)
    who = clerk(grievances)
    layout = {"columns": {"编号": "工单号"}, "values": {"来源": {"市长热线": "HOTLINE"}}}
    saved = await who.http.put(
        "/v1/utilities/W-371502/clearing-ledger-layout", json=layout, headers={"If-Match": '"0"'}
    )
    assert saved.status_code == 200, saved.text
    rows: list[dict[str, Any]] = [
        {"责任人": "李师傅"},
        {"编号": "16", "来源": "市长热线", "电话": None, "姓名": None},
    ]
    bad: list[dict[str, Any]] = [
        {"编号": "17", "销号时间": "2022-04-01 09:00"},
        {"编号": "18", "是否合理": "否"},
        {"编号": "19", "回访结果": "满意"},
        {"编号": "20", "责任人": "张师傅"},
        {"编号": "21", "电话": None},
        {"编号": "22", "挂账时间": "2022-02-01 09:00"},
        {"编号": "23", "整改措施": "打 13800138009"},
        {"编号": "24", "诉求类型": None},
        {"编号": "SQ-371502-20220301-0001"},
        {"编号": "16"},
        {"编号": "聊水诉27号"},
    ]
    job = await clearing(grievances, who, *rows, *bad)
    assert counts(job) == ("done", 2, 0, len(bad)), job
    assert codes(job) == [
        (4, "销号时间", "crossed-off-elsewhere"),
        (5, "是否合理", "not-reasonable"),
        (6, "回访结果", "not-to-be-cleared"),
        (7, "责任人", "owner-unknown"),
        (8, "联系电话", "missing"),
        (9, "列账时间", "entered-before-receipt"),
        (10, "办理措施", "personal-data-in-text"),
        (11, "诉求种类", "missing"),
        (12, "工单号", "number-unknown"),
        (13, "工单号", "duplicate-number"),
        (14, "工单号", "reference-invalid"),
    ]
    assert {code for _, _, code in codes(job, "warning_rows")} == {"constant-filled", "clear-by-shortened"}
    items = (await who.get("/grievance-ledger")).body["items"]
    assert {item["source"] for item in items} == {"CALL_BACK", "HOTLINE"}
    shown = (await who.get(f"/grievances/{next(i['id'] for i in items if i['source'] == 'CALL_BACK')}")).body
    assert (shown["state"], shown["outcome_name"], shown["in_ledger"]) == ("CLOSED", "回访不满意", True)
    assert (shown["ledger_number"], shown["read_in_at"]) == (CLEARING["编号"], "2022-07-04T01:00:00Z")
    assert (shown["words"], shown["phone"]) == ("六楼水压不足，请打 ******", "138******09")
    assert (shown["ledger"]["measures"], shown["ledger"]["owner"]["name"]) == ("更换水泵", "李师傅")
    # It was to be cleared by the rule's time, long ago.
    assert (shown["ledger"]["entered_at"], shown["has_order"]) == ("2022-03-10T01:00:00Z", False)
    assert shown["clear_by"] < shown["read_in_at"]
    again = await clearing(grievances, who, *rows)
    assert counts(again) == ("done", 0, 2, 0), again
    changed = await clearing(grievances, who, {"整改措施": "再等等"})
    assert codes(changed) == [(2, "工单号", "number-taken")]
    neighbours = await clearing(grievances, who, {"编号": "26", "责任单位": "W-371503", "区划": "371502"})
    assert codes(neighbours) == [(2, "责任单位", "not-your-ledger")]
    # Another unit's number is another one.
    theirs = await clearing(grievances, district(grievances), {"责任单位": "W-371502", "区划": "东昌府区"})
    assert counts(theirs) == ("done", 1, 0, 0), theirs
    elsewhere = await clearing(grievances, district(grievances), {"责任单位": "W-371503", "区划": "371503"})
    assert codes(elsewhere) == [(2, "区划", "district-not-yours")]
    async with grievances.service.database.reading() as connection:
        texts = [str(row) for row in (await connection.execute(select(grievance))).all()]
    assert not any(word in text for text in texts for word in ("更换水泵", "13800138009", "周先生"))


async def test_what_we_wrote_changes_nothing_when_it_comes_back(grievances: Running) -> None:
    path = await in_ledger(grievances)
    before = (await district(grievances).get(path)).body
    for ledger, kind in (("CLEARING", CLEARING_LEDGERS), ("CALL_BACKS", CALL_LEDGERS)):
        export = await exported(grievances, city(grievances), ledger=ledger)
        content = (await taken(city(grievances), export)).response.content
        job = await read_in(grievances, city(grievances), content, kind=kind)
        assert counts(job) == ("done", 0, 1, 0), job
    assert (await district(grievances).get(path)).body == before
    # Nor does what was changed in it.
    export = await exported(grievances, city(grievances), ledger="CALL_BACKS")
    (row,) = sheet_of(await taken(city(grievances), export))[2]
    job = await calls(grievances, city(grievances), row | {"等级": "非常满意", "问题": None})
    assert codes(job) == [(2, "时间", "call-differs")]
    assert (await district(grievances).get(path)).body == before


async def test_call_backs_of_a_ledger_close_and_begin_anew_as_ours_do(grievances: Running) -> None:
    await staffed(grievances)
    first, second = await replied(grievances), await replied(grievances)
    numbers = [(await desk(grievances).get(path)).body["number"] for path in (first, second)]
    grievances.set_clock("2022-07-20 09:00")
    bad = {"等级": "不满意", "是否解决": "否", "问题": "仍然没有水"}
    own = await calls(
        grievances,
        clerk(grievances),
        {"工单号": numbers[0], "回访人": "孙师傅"},
        {"工单号": numbers[0], "回访人": "孙师傅", "等级": "未联系上", "是否联系": None, "是否解决": None},
        {"工单号": numbers[0], "回访人": "李师傅", **bad},
        {"工单号": numbers[0], "回访人": "赵师傅", **bad},
        {"工单号": numbers[1], "回访人": "孙师傅", **bad},
        {"工单号": numbers[1], "回访人": "孙师傅", **bad},
        {"工单号": "不存在"},
    )
    assert codes(own) == [
        (2, "等级", "own-call-back"),
        (3, "等级", "own-call-back"),
        (4, "工单号", "caller-is-handler"),
        (5, "回访人", "caller-unknown"),
        (8, "工单号", "number-unknown"),
    ]
    assert counts(own) == ("done", 1, 1, 5)
    supervisor = district(grievances)
    assert (await supervisor.get(second)).body["state"] == "REPLIED"
    theirs = await calls(
        grievances,
        supervisor,
        {"工单号": numbers[0]},
        {"工单号": numbers[0], "时间": "2022-07-04 10:00"},
        # What only the person says.
        {"工单号": numbers[1], "时间": "2022-07-04 10:00", "回访方式": "短信链接"},
        {"工单号": numbers[1]},
    )
    assert (counts(theirs), codes(theirs)) == (
        ("done", 2, 0, 2),
        [(3, "工单号", "not-in-this-state"), (4, "回访方式", "way-of-the-person")],
    )
    shown = [(await supervisor.get(path)).body for path in (first, second)]
    assert [item["state"] for item in shown] == ["CLOSED", "CLOSED"]
    # It closes when it is read in, and the time that the ledger claims stands beside.
    assert shown[0]["closed_at"] == "2022-07-20T01:00:00Z"
    call = shown[0]["cycles"][0]["calls"][0]
    assert (call["at"], call["recorded_at"]) == ("2022-07-04T01:30:00Z", "2022-07-20T01:00:00Z")
    # The unit's own is shown, and shuts the real one out of no minute.
    (cycle,) = shown[1]["cycles"]
    assert [(call["grade"], call["has_effect"]) for call in cycle["calls"]] == [(2, False), (4, True)]
    told = [event for event in await payloads(grievances, first) if event["event"] == "call_back_made"]
    assert [(event["occurred_at"], event["actor"]) for event in told] == [
        ("2022-07-04T01:30:00Z", "u-district")
    ]
    job = await calls(grievances, supervisor, {"工单号": numbers[0]})
    assert counts(job) == ("done", 0, 1, 0)
    await desk(grievances).get("/clearing-ledger-imports", 403)
