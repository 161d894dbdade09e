"""Permit items that their authorities objected to, listed to each as far as it may see them."""

from sqlalchemy import text

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.work import WorkKind
from services.hookup.storage.tables import permit_item
from tests.services.hookup.permit_samples import (
    GRANTED,
    OBJECTION,
    ROAD,
    act_on,
    clerk_of,
    file,
    office,
    recorded,
    surveyed,
)
from tests.services.hookup.test_api_work import ids
from tests.support.hookup import Client, Hookup
from tests.support.older import before_open_tasks
from tests.support.records import in_the_clear


async def items(client: Client, **query: object) -> list[str]:
    """Return the ids of the permit items of a list."""
    return [item["id"] for item in (await client.get("/permits", query=query)).body["items"]]


async def two_objections(hookup: Hookup) -> tuple[str, str, str]:
    """File three records and an approval; the authority objects to the second record, then to the first.

    Return the items of the records, in the order of their filing.
    """
    clerk, authority = clerk_of(hookup), office(hookup)
    records = []
    for _ in range(3):
        filed = (await file(clerk, await surveyed(clerk), recorded(), ROAD)).body["permits"]
        records.append(next(item["id"] for item in filed if item["mode"] == "RECORD"))
    first, second, third = records
    for number, item in enumerate((second, first)):
        hookup.set_clock(f"2022-07-05 09:0{number}")
        await act_on(authority, item, "objection", OBJECTION)
    return first, second, third


async def test_objections_are_listed_the_latest_first_to_who_may_see_them(hookup: Hookup) -> None:
    first, second, third = await two_objections(hookup)
    clerk, authority = clerk_of(hookup), office(hookup)
    district = hookup.client("supervisor", ScopeKind.DISTRICT, "371502")
    for client in (clerk, authority, district, hookup.client("administrator")):
        assert await items(client, objected=True) == [first, second]
    for client in (
        clerk_of(hookup, "G-371502"),
        office(hookup, "MUNICIPAL"),
        hookup.client("supervisor", ScopeKind.DISTRICT, "371503"),
    ):
        assert await items(client, objected=True) == []
    assert await items(authority, objected=False) == [third]
    page = (await clerk.get("/permits", objected=True, limit=1)).body
    following = (await clerk.get("/permits", objected=True, cursor=page["next"])).body
    assert [item["id"] for item in (*page["items"], *following["items"])] == [first, second]
    assert (await clerk.get("/permits", 400, cursor=page["next"])).code == "cursor-invalid"
    # An objection stands when the item has been decided after all.
    await act_on(authority, first, "decision", GRANTED)
    assert await items(clerk, objected=True) == [first, second]
    assert await items(clerk, objected=True, pending=True) == [second]
    await clerk.get("/permits", 422, objected="yes")


async def test_records_in_their_term_are_a_list_of_the_work_that_authorities_have(hookup: Hookup) -> None:
    _, _, third = await two_objections(hookup)
    clerk = clerk_of(hookup)
    (case_id,) = await ids(clerk, "authority", kind=WorkKind.REVIEW_RECORD)
    assert third in [item["id"] for item in (await clerk.get(f"/hookups/{case_id}")).body["permits"]]
    assert len(await ids(clerk, "authority", kind=WorkKind.DECIDE_PERMIT)) == 3
    hookup.set_clock("2022-07-07 09:00")
    await hookup.fire_timers()
    assert await ids(clerk, "authority", kind=WorkKind.REVIEW_RECORD) == []


async def test_objections_of_before_are_listed_after_the_update(hookup: Hookup) -> None:
    first, second, _ = await two_objections(hookup)
    async with hookup.service.database.migrating() as connection:
        # As it was then: the migration reads records that stand in the clear.
        await in_the_clear(connection, permit_item)
        await before_open_tasks(connection)
        await connection.execute(text("UPDATE alembic_version SET version_num = '0011'"))
    await hookup.service.migrate()
    assert await items(clerk_of(hookup), objected=True) == [first, second]
