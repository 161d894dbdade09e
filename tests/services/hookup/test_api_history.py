"""Who did what on a case, and what it changed from what to what: persons for the staff, units for users."""

from typing import Any

import msgspec
from sqlalchemy import select, update

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import outbox
from libs.common.places import load_places
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.permit_samples import GRANTED, act_on, citizen, events, file, office
from tests.services.hookup.staff_samples import head_of, one_of_staff, with_staff
from tests.support.hookup import Hookup, Json


async def last(hookup: Hookup, case_id: str, reader: Any = None) -> Json:
    found = await events(reader or head_of(hookup), case_id)
    return found[-1]


async def rewrite(hookup: Hookup, **fields: object) -> None:
    """Give every event these fields, without those that are None, as an older release wrote them."""
    async with hookup.service.database.unit_of_work(hookup.clock.now()) as uow:
        for row in await uow.connection.execute(select(outbox.c.seq, outbox.c.payload)):
            payload = {**msgspec.json.decode(row.payload), **fields}
            data = msgspec.json.encode({name: value for name, value in payload.items() if value is not None})
            await uow.connection.execute(update(outbox).where(outbox.c.seq == row.seq).values(payload=data))


async def test_the_staff_see_persons_and_users_units(hookup: Hookup) -> None:
    await with_staff(hookup)
    user, clerk = citizen(hookup), one_of_staff(hookup, "clerk-1")
    case_id = (await user.submit()).body["id"]
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    entry = await last(hookup, case_id)
    assert entry["person"] == {
        "subject": "clerk-1",
        "name": "经办一",
        "unit": "东昌府区供水专营单位",
        "role": None,
    }
    assert (entry["actor"], entry["unit"]["code"]) == ("clerk-1", "utility:W-371502")
    assert entry["recorded_at"] == entry["at"] == "2022-07-04T01:00:00Z"
    assert "actor_unit" not in entry["particulars"]
    app = hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG")
    for reader in (user, app):
        first, *_, seen = await events(reader, case_id)
        assert (seen["actor"], seen["person"], seen["unit"]) == (None, None, entry["unit"])
        assert seen["unit"]["name"]
        assert (first["person"], first["unit"]) == (None, {"code": "citizen", "name": "用户"})
    # One's own acts stay one's own.
    assert next(each["actor"] for each in await events(user, case_id)) == "C-1"
    assert next(each["actor"] for each in await events(app, case_id)) is None


async def test_who_acted_on_a_case_is_listed_once_by_name_or_by_unit_and_role(hookup: Hookup) -> None:
    await with_staff(hookup)
    user, clerk = citizen(hookup), one_of_staff(hookup, "clerk-1")
    case_id = (await user.submit()).body["id"]
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    hall = hookup.client("window", ScopeKind.DISTRICT, "371502", subject="hall-1")
    for text in ("何时进场施工？", "何时通水？"):
        await hall.act(case_id, "questions", {"text": text})
    path = f"/hookups/{case_id}/people"
    listed = (await clerk.get(path)).body["items"]
    assert [(one["subject"], one["name"], one["unit"], one["role"]) for one in listed] == [
        ("C-1", None, "用户", None),
        # Who was put on it has not done anything yet.
        ("agent-1", "帮办一", "东昌府区供水专营单位", None),
        ("clerk-1", "经办一", "东昌府区供水专营单位", None),
        ("hall-1", None, "东昌府区", "工作人员"),
    ]
    # An agent without a name is known as one.
    agents = "/utilities/W-371502/agents"
    seen = await head_of(hookup).get(agents)
    await head_of(hookup).put(agents, {"agents": ["agent-9"]}, version=seen.etag)
    agent = one_of_staff(hookup, "agent-9")
    await clerk.act(case_id, "agent", {"agent": "agent-9"})
    await agent.act(case_id, "notes", {"text": "已联系"})
    assert (await clerk.get(path)).body["items"][-1] == {
        "subject": "agent-9",
        "name": None,
        "unit": "东昌府区供水专营单位",
        "role": "帮办人员",
    }
    await user.get(path, 403)
    await one_of_staff(hookup, "clerk-1", "G-371502").get(path, 404)


async def test_a_utility_does_not_rename_the_people_of_others(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = (await clerk.submit()).body["id"]
    staff = "/utilities/W-371502/staff"
    seen = await head_of(hookup).get(staff)
    listed = [*seen.body["staff"], {"subject": "u-371502", "name": "本单位小王", "is_agent": False}]
    await head_of(hookup).put(staff, {"staff": listed}, version=seen.etag)
    supervisor = hookup.client("supervisor", ScopeKind.DISTRICT, "371502", subject="u-371502")
    await supervisor.act(case_id, "notes", {"text": "请说明为何没有进场"})
    told = {"subject": "u-371502", "name": None, "unit": "东昌府区", "role": "工作人员"}
    assert (await last(hookup, case_id))["person"] == told
    assert (await clerk.get(f"/hookups/{case_id}/people")).body["items"][-1] == told


async def test_each_kind_of_unit_has_its_name(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk, user = one_of_staff(hookup, "clerk-1"), citizen(hookup)
    hall = hookup.client("window", ScopeKind.DISTRICT, "371502")
    case_id = (await hall.submit()).body["id"]
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    (item,) = (await file(clerk, case_id, {"kind": "TREES", "mode": "APPROVAL"})).body["permits"]
    await act_on(office(hookup), item["id"], "decision", GRANTED)
    city = hookup.client("window", ScopeKind.CITY, "", subject="city-window")
    await city.act(case_id, "questions", {"text": "何时进场施工？"})
    units = [each["unit"] for each in await events(user, case_id) if each["unit"]]
    assert {unit["code"]: unit["name"] for unit in units} == {
        "district:371502": "东昌府区",
        "utility:W-371502": load_places().utility("W-371502").name,
        "authority:GREENING-371502": "东昌府区城市绿化行政主管部门",
        "city": "市级主管部门",
    }
    assert (await office(hookup).get(f"/hookups/{case_id}/events", 403)).code == "forbidden"


async def test_events_from_before_units_were_kept(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = (await clerk.submit()).body["id"]
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    await rewrite(hookup, actor_unit=None)
    # The list of the staff tells where somebody is from.
    for entry in await events(citizen(hookup), case_id):
        assert entry["actor"] is None
        assert entry["unit"]["code"] == "utility:W-371502"
    await rewrite(hookup, actor="clerk-9")
    entry = await last(hookup, case_id)
    nobody_listed = {"subject": "clerk-9", "name": None, "unit": None, "role": None}
    assert (entry["person"], entry["unit"]) == (nobody_listed, None)


async def changes(hookup: Hookup, case_id: str) -> list[tuple[str, str | None, str | None]]:
    entry = await last(hookup, case_id)
    return [(change["name"], change["old"], change["new"]) for change in entry["changes"]]


async def test_what_changed_is_told_as_people_read_it(hookup: Hookup) -> None:
    await with_staff(hookup)
    clerk = one_of_staff(hookup, "clerk-1")
    case_id = (await clerk.submit()).body["id"]
    assert await changes(hookup, case_id) == [("帮办人员", None, "帮办一")]
    await clerk.act(case_id, "lengths", {"kind": "DESIGNED", "length_m": "60.0"})
    length, kind, due = await changes(hookup, case_id)
    assert (length, kind) == (("外线长度（米）", None, "60.0"), ("长度类别", "50米以内", "200米以内"))
    assert due[0] == "应办结时间"
    assert due[1] is not None
    assert due[2] is not None
    assert due[1] < due[2]
    case_id = (await clerk.submit(declared_length_m="260.0")).body["id"]
    await clerk.act(case_id, "agreed-date", {"agreed_date": "2022-08-01", "document_ref": "OBJ-1"})
    agreed, _ = await changes(hookup, case_id)
    assert agreed == ("约定日期", None, "2022-08-01")
    await rewrite(hookup, due_before=None, agreed_before=None)
    # An event from before the old value was kept tells no change of it.
    assert await changes(hookup, case_id) == []
