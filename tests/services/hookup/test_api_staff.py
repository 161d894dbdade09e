"""The staff of each utility and of the city: the list that the agents are a part of."""

from typing import Any

import pytest
from sqlalchemy import text

from libs.common.auth.callers import ScopeKind
from libs.common.database.migrations import differences
from services.hookup.domain.values.staff import CITY, display_name
from services.hookup.storage.tables import metadata
from tests.services.hookup.permit_samples import clerk_of
from tests.services.hookup.staff_samples import OURS, head_of, member
from tests.support.hookup import Hookup
from tests.support.older import before_teamwork

STAFF, AGENTS = "/utilities/W-371502/staff", "/utilities/W-371502/agents"


def shown(subject: str, name: str | None, *, is_agent: bool) -> dict[str, Any]:
    return {"subject": subject, "name": name, "is_agent": is_agent}


async def test_staff_are_saved_over_the_version_that_was_seen(hookup: Hookup) -> None:
    head = head_of(hookup)
    nobody = await head.get(STAFF)
    assert (nobody.body, nobody.etag) == ({"staff": [], "version": 0}, '"0"')
    saved = await head.put(STAFF, {"staff": OURS}, version=nobody.etag)
    assert saved.body == {"staff": sorted(OURS, key=lambda each: str(each["subject"])), "version": 1}
    assert saved.etag == '"1"'
    for stale in ('"0"', '"2"'):
        assert (await head.put(STAFF, {"staff": []}, 412, version=stale)).code == "version-changed"
    assert (await clerk_of(hookup).get(STAFF)).body == saved.body


async def test_the_agents_are_those_of_the_staff_who_help_users(hookup: Hookup) -> None:
    head = head_of(hookup)
    await head.put(STAFF, {"staff": OURS}, version='"0"')
    assert (await head.get(AGENTS)).body == {"agents": ["agent-1"], "version": 1}
    await head.put(AGENTS, {"agents": ["clerk-2", "agent-9"]}, version='"1"')
    # Who is no agent any more stays on the staff; an agent who was on no list has no name.
    assert (await head.get(STAFF)).body == {
        "staff": [
            shown("agent-1", "帮办一", is_agent=False),
            shown("agent-9", None, is_agent=True),
            shown("clerk-1", "经办一", is_agent=False),
            shown("clerk-2", "经办二", is_agent=True),
        ],
        "version": 2,
    }
    # Both are one version, so neither is written over the other unseen.
    assert (await head.put(STAFF, {"staff": OURS}, 412, version='"1"')).code == "version-changed"


@pytest.mark.parametrize(
    ("staff", "status"),
    [
        ([member("clerk-1", "13812345678")], 422),
        ([member("13812345678", "经办一")], 422),
        ([member("有空格", "经办一")], 422),
        ([member("clerk-1", "")], 422),
        ([member("clerk-1", "经办一"), member("clerk-1", "经办二")], 409),
        ([member(f"clerk-{number}", "经办") for number in range(201)], 422),
    ],
)
@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_what_is_no_list_of_people_is_refused(
    hookup: Hookup, staff: list[dict[str, Any]], status: int
) -> None:
    await head_of(hookup).put(STAFF, {"staff": staff}, status, version='"0"')
    assert (await head_of(hookup).get(STAFF)).body["staff"] == []


def test_a_unit_names_its_own_people_alone() -> None:
    staff = {"W-1": {"clerk-1": "市局督导", "city-1": "改名"}, CITY: {"city-1": "督导一"}}
    assert display_name(staff, "W-1", "city-1") == ("督导一", CITY)
    # Whatever a unit calls somebody, the list tells whose person it is.
    assert display_name(staff, "W-1", "clerk-1") == ("市局督导", "W-1")
    assert display_name(staff, "W-2", "clerk-1") is None


async def test_who_may_set_them(hookup: Hookup) -> None:
    assert (await clerk_of(hookup).put(STAFF, {"staff": []}, 403, version='"0"')).code == "forbidden"
    stranger = head_of(hookup, "G-371502")
    assert (await stranger.put(STAFF, {"staff": []}, 404, version='"0"')).code == "not-found"
    assert (await stranger.get(STAFF, 404)).code == "not-found"
    district = hookup.client("supervisor", ScopeKind.DISTRICT, "371502")
    assert (await district.get(STAFF)).body["staff"] == []
    city = {"staff": [member("city-1", "市局督导")]}
    assert (await head_of(hookup).put("/city/staff", city, 403, version='"0"')).code == "forbidden"
    await hookup.client("administrator").put("/city/staff", city, version='"0"')
    assert (await clerk_of(hookup).get("/city/staff")).body["staff"] == [
        shown("city-1", "市局督导", is_agent=False)
    ]
    agent = {"staff": [member("city-1", "市局督导", is_agent=True)]}
    refused = await hookup.client("administrator").put("/city/staff", agent, 409, version='"1"')
    assert refused.code == "agent-of-city"
    # The city's list is no utility's.
    assert (await hookup.client("administrator").get("/utilities/CITY/staff", 404)).code == "not-found"


async def test_the_update_keeps_the_agents_and_what_the_release_before_writes_after_it(
    hookup: Hookup,
) -> None:
    head, database = head_of(hookup), hookup.service.database
    await head.put(AGENTS, {"agents": ["agent-1"]}, version='"0"')
    async with database.migrating() as connection:
        await before_teamwork(connection)
        await connection.execute(text("UPDATE alembic_version SET version_num = '0010'"))
    await hookup.service.migrations.upgrade(database)
    assert (await head.get(STAFF)).body["staff"] == [shown("agent-1", None, is_agent=True)]
    await head.put(STAFF, {"staff": OURS}, version='"1"')
    # The release before knows of agents alone.
    async with database.migrating() as connection:
        await connection.execute(text("UPDATE agents_of SET version = 3, subjects = '[\"clerk-1\"]'"))
        assert await connection.run_sync(differences, metadata) == []
    after = (await head.get(STAFF)).body
    assert [(each["subject"], each["is_agent"]) for each in after["staff"]] == [
        ("agent-1", False),
        ("clerk-1", True),
        ("clerk-2", False),
    ]
