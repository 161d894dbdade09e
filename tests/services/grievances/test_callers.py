"""Who calls is found by the number, and what was told is shown whole for a purpose, on the audit record."""

import pytest
from sqlalchemy import select

from services.grievances.http import words_routes
from services.grievances.storage.tables import AUDIT
from tests.services.grievances.people import clerk, desk, send, told
from tests.services.grievances.test_pages import at_desk
from tests.support.service import Running


async def test_a_number_is_found_however_it_is_written_and_on_record(grievances: Running) -> None:
    path = await told(grievances)
    other = await told(grievances, phone="13900139000")
    for written in ("13800138000", "+86 138-0013-8000", "138 0013 8000"):
        answer = await desk(grievances).post("/grievance-search", {"phone": written})
        assert [f"/grievances/{item['id']}" for item in answer.body["items"]] == [path]
        assert "13800138000" not in answer.response.text
    assert other != path
    nothing = await desk(grievances).post("/grievance-search", {"phone": "13700137000"})
    assert nothing.body == {"items": [], "more": False}
    async with grievances.service.database.reading() as connection:
        entries = (
            await connection.execute(select(AUDIT.entry).where(AUDIT.entry.c.action == "SEARCH"))
        ).all()
    assert len(entries) == 4


async def test_a_utility_finds_what_it_sees_and_nobody_who_asked_not_to_be_named(grievances: Running) -> None:
    named, confidential = await told(grievances), await told(grievances, reporter="CONFIDENTIAL")
    unit = clerk(grievances)
    assert (await unit.post("/grievance-search", {"phone": "13800138000"})).body["items"] == []
    for path in (named, confidential):
        await send(grievances, path)
    found = (await unit.post("/grievance-search", {"phone": "13800138000"})).body["items"]
    assert [f"/grievances/{item['id']}" for item in found] == [named]


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_what_a_utility_may_not_know_of_leaves_no_gap(
    grievances: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words_routes, "_MOST_FOUND", 2)
    paths = [await told(grievances, reporter=reporter) for reporter in ("NAMED", "CONFIDENTIAL", "NAMED")]
    for path in paths:
        await send(grievances, path)
    answer = (await clerk(grievances).post("/grievance-search", {"phone": "13800138000"})).body
    assert {f"/grievances/{item['id']}" for item in answer["items"]} == {paths[0], paths[2]}
    assert answer["more"] is False
    assert (await desk(grievances).post("/grievance-search", {"phone": "13800138000"})).body["more"] is True


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_the_desk_finds_the_caller_and_sees_the_number_for_a_purpose(grievances: Running) -> None:
    path = await told(grievances)
    async with at_desk(grievances) as visitor:
        form = (await visitor.forms("/grievance-callers"))["查找"]
        _, page = await visitor.send(form, phone="13800138000")
        assert "找到 1 件" in page
        assert path in page
        assert "13800138000" not in await visitor.open(path)
        form = (await visitor.forms(path))["查看完整内容和联系方式"]
        _, page = await visitor.send(form, purpose="CALL_BACK")
        assert "13800138000" in page
