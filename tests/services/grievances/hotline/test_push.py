"""Orders pushed by the hotline, on both engines: taken once, changed by newer versions, or parked."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from libs.common.calendars.workdays import BusinessCalendar, WorkCalendar
from services.grievances.domain.amendment import apply_calendar
from services.grievances.storage.grievances import GRIEVANCES
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import HOTLINE, grievance
from tests.services.grievances.hotline.orders import (
    ORDER,
    city,
    clerk,
    desk,
    hotline,
    push,
    taken,
    work_on,
)
from tests.support.service import Running


async def count(grievances: Running, table: Any = grievance) -> int:
    """Return how many rows a table has."""
    async with grievances.service.database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def test_an_order_becomes_a_grievance_once(grievances: Running) -> None:
    first = await push(grievances)
    again = await push(grievances)
    assert first == again
    path = f"/grievances/{first['grievance_id']}"
    shown = (await desk(grievances).get(path)).body
    assert (shown["source"], shown["kind"], shown["category"]) == ("HOTLINE", "COMPLAINT", "SUPPLY-NONE")
    assert shown["words"] == "小区昨天起停水，请打我电话 ******"
    # The time runs from when the hotline had it.
    assert shown["received_at"] == "2022-07-04T00:30:00Z"
    assert await count(grievances) == 1
    events = [name for name, _ in await grievances.events(first["id"])]
    assert events == ["hotline_order_received"]


async def test_the_same_version_with_other_content_is_a_conflict(grievances: Running) -> None:
    await push(grievances)
    refused = await push(grievances, 409, words="小区昨天起停水两天了")
    assert refused["code"] == "hotline-order-differs"
    assert "第 1 版" in refused["detail"]


async def test_pushes_at_the_same_time_make_one_grievance(grievances: Running) -> None:
    answers = await asyncio.gather(*(push(grievances) for _ in range(4)))
    assert len({answer["id"] for answer in answers}) == 1
    assert await count(grievances) == 1


async def test_an_older_version_never_beats_a_newer_one(grievances: Running) -> None:
    path = await taken(grievances, version=3, reply_by="2022-07-06T12:00:00+08:00")
    late = await push(grievances, version=2, reply_by="2022-07-05T12:00:00+08:00")
    assert late["state"] == "OLDER"
    assert (await desk(grievances).get(path)).body["reply_by"] == "2022-07-06T04:00:00Z"


@pytest.mark.parametrize(
    ("wanted", "rule", "until"),
    [
        ("2022-07-05T10:00:00+08:00", "HOTLINE", "2022-07-05T02:00:00Z"),
        # Longer than the five working days: those hold.
        ("2022-08-05T10:00:00+08:00", "REPLY", "2022-07-11T09:30:00Z"),
    ],
)
async def test_the_hotlines_time_joins_the_limits_and_lengthens_none(
    grievances: Running, wanted: str, rule: str, until: str
) -> None:
    path = await taken(grievances, reply_by=wanted)
    await desk(grievances).command(path, "dispatch", {"utility": "W-371502"})
    shown = (await desk(grievances).get(path)).body
    assert shown["reply_by"] == until
    limit = shown["cycles"][0]["limit"]
    assert limit["rule"] == rule
    # Nor does a later version of the order: it brings back our own limit at most.
    await taken(grievances, version=2, reply_by="2022-09-05T10:00:00+08:00")
    assert (await desk(grievances).get(path)).body["reply_by"] == "2022-07-11T09:30:00Z"


async def test_a_newer_version_changes_time_marks_units_and_words(grievances: Running) -> None:
    path = await taken(grievances)
    await desk(grievances).command(path, "dispatch", {"utility": "W-371502"})
    await taken(grievances, version=2, status="催办", reply_by="2022-07-05T10:00:00+08:00")
    await taken(grievances, version=3, status="督办", unit="茌平区供水专营单位")
    await taken(grievances, version=4, addition="现在楼下也停水了，电话 13900139000")
    shown = (await desk(grievances).get(path)).body
    assert shown["helpers"] == ["W-371503"]
    assert shown["supervised"] == ["12345热线督办"]
    assert len(shown["urges"]) == 1
    names = [name for name, _ in await grievances.events(path.rpartition("/")[2])]
    assert names[2:] == [
        "hotline_limit_set",
        "urged",
        "hotline_marked",
        "hotline_unit_added",
        "hotline_marked",
        "supervision_raised",
        "hotline_words_added",
    ]
    hotlines = (await clerk(grievances).get(f"{path}/hotline")).body
    assert hotlines["order_version"] == 4
    assert hotlines["orders"][3]["addition"] == "现在楼下也停水了，电话 ******"
    assert hotlines["supervised_at"] is not None


async def test_what_is_told_of_who_wants_to_be_kept_secret_is_for_the_desk(grievances: Running) -> None:
    path = await taken(grievances, confidential=True)
    await desk(grievances).command(path, "dispatch", {"utility": "W-371502"})
    order = (await clerk(grievances).get(f"{path}/hotline")).body["orders"][0]
    assert (order["name"], order["phone"]) == (None, None)
    order = (await desk(grievances).get(f"{path}/hotline")).body["orders"][0]
    assert (order["name"], order["phone"]) == ("李**", "138******00")


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        ({"kind": "表扬"}, ["KIND"]),
        ({"status": "待市长批示"}, ["STATUS"]),
        ({"district": "某区"}, ["DISTRICT"]),
        ({"unit": "某公司"}, ["UNIT"]),
        ({"kind": "表扬", "status": "待市长批示"}, ["KIND", "STATUS"]),
        ({"status": "已办结"}, ["REFUSED"]),
        ({"reply_by": "2022-07-04T08:00:00+08:00"}, ["REFUSED"]),
        (
            {"origin": {"system": "SQN", "message_id": "01900000-0000-7000-8000-000000000009"}},
            ["MESSAGE"],
        ),
    ],
)
async def test_what_is_not_understood_is_parked_and_shown(
    grievances: Running, other: dict[str, Any], reasons: list[str]
) -> None:
    parked = await push(grievances, **other)
    assert (parked["state"], parked["reasons"]) == ("PARKED", reasons)
    assert await count(grievances) == 0
    listed = (await city(grievances).get("/hotline-orders", state="PARKED")).body
    assert [item["id"] for item in listed["items"]] == [parked["id"]]
    detail = (await city(grievances).get(f"/hotline-orders/{parked['id']}")).body
    assert detail["words"] == "小区昨天起停水，请打我电话 ******"


async def test_the_desk_says_once_what_words_mean(grievances: Running) -> None:
    parked = await push(grievances, kind="民生诉求", district="本区")
    path = f"/hotline-orders/{parked['id']}"
    await desk(grievances).get(path, 404)
    above = city(grievances)
    missing = await above.command(path, "resolution", {"kind": "HELP"}, 409)
    assert missing.code == "meaning-missing"
    assert missing.body["errors"][0]["field"].endswith("district")
    solved = (await above.command(path, "resolution", {"kind": "HELP", "district": "371502"})).body
    assert (solved["state"], solved["reasons"]) == ("TAKEN", [])
    shown = (await desk(grievances).get(f"/grievances/{solved['grievance_id']}")).body
    assert (shown["kind"], shown["words"]) == ("HELP", "小区昨天起停水，请打我电话 ******")
    # It is known from now on.
    await taken(grievances, number="DH2", kind="民生诉求", district="本区")
    assert (await above.command(path, "resolution", {"kind": "HELP"}, 409)).code == "not-in-this-state"


async def test_a_parked_version_is_not_taken_over_a_newer_one(grievances: Running) -> None:
    parked = await push(grievances, kind="表扬")
    await taken(grievances, version=2)
    path = f"/hotline-orders/{parked['id']}"
    refused = await desk(grievances).command(path, "resolution", {"kind": "HELP"}, 409)
    assert refused.code == "newer-order-taken"
    done = (await desk(grievances).command(path, "dismissal", {"note": "已按第2版办理"})).body
    assert done["state"] == "DISMISSED"


async def test_the_hotlines_call_back_counts_and_its_word_stays(grievances: Running) -> None:
    path = await taken(grievances)
    call = {"at": "2022-07-04T08:50:00+08:00", "reached": True, "contacted": True, "solved": True}
    early = await push(grievances, version=2, call_back=call | {"grade": "满意"})
    assert early["reasons"] == ["REFUSED"]
    await work_on(grievances, path)
    unclear = await push(grievances, version=3, call_back=call | {"grade": "不满意", "reason": "来晚了"})
    assert unclear["reasons"] == ["GRADE"]
    await taken(grievances, version=4, call_back=call | {"grade": "理解", "steps": 4, "reason": "来晚了"})
    shown = (await desk(grievances).get(path)).body
    called = shown["cycles"][0]["calls"][0]
    assert (called["grade"], called["grade_word"]) == (2, "理解")
    # 理解 is not satisfied: it is done anew.
    assert (shown["state"], shown["cycle"]) == ("DISPATCHED", 2)


async def test_a_refused_return_is_the_desks_again_with_the_time_that_it_had(grievances: Running) -> None:
    path = await taken(grievances)
    before = (await desk(grievances).get(path)).body["reply_by"]
    await desk(grievances).command(path, "refusal", {"reason": "NOT_OURS", "note": "属于物业管理"})
    grievances.set_clock("2022-07-05T09:00")
    await taken(grievances, version=2, status="不同意退单")
    shown = (await desk(grievances).get(path)).body
    assert (shown["state"], shown["reply_by"], shown["closed_at"]) == ("NEW", before, None)
    again = await desk(grievances).command(
        path, "refusal", {"reason": "NOT_OURS", "note": "属于物业管理"}, 409
    )
    assert again.code == "hotline-refused-return"


async def test_nobody_else_pushes_orders(grievances: Running) -> None:
    await city(grievances).post("/hotline-orders", ORDER, 403)
    await grievances.stranger().post("/hotline-orders", ORDER, 401)
    await hotline(grievances).get("/hotline-orders", 403)
    assert await count(grievances, HOTLINE.order) == 0


async def test_a_unit_that_the_hotline_named_is_proposed_at_the_dispatch(grievances: Running) -> None:
    path = await taken(grievances, unit="茌平区供水专营单位")
    offered = (await desk(grievances).get(f"{path}/actions")).body["items"]
    (dispatch,) = (item for item in offered if item["operation_id"] == "dispatchGrievance")
    (helpers,) = (field for field in dispatch["fields"] if field["name"] == "helpers")
    assert helpers["default"] == ["W-371503"]


async def test_an_amended_calendar_does_not_move_the_hotlines_time(grievances: Running) -> None:
    path = await taken(grievances, reply_by="2022-07-05T10:00:00+08:00")
    async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
        rulebook = grievances.service.state["rulebook"]
        assert isinstance(rulebook, RuleBook)
        item = await GRIEVANCES.load(uow, path.rpartition("/")[2])
        days = WorkCalendar({date(2022, 7, 5): False}, (2022,), version=9)
        calendar = BusinessCalendar(days, rulebook.rules.calendar.close)
        before = item.cycle.reply_by
        apply_calendar(item, uow.now, replace(rulebook.rules, calendar=calendar))
        assert item.cycle.reply_by == before
