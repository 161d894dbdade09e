"""Rounds over HTTP on both engines: drawn, asked, estimated, and never seen by utilities."""

from typing import Any
from uuid import UUID

from libs.common.auth.callers import ScopeKind
from services.registry.domain.accounts import AccountState
from services.registry.domain.categories import Category
from services.registry.domain.particulars import CustomerKind
from services.registry.events.published import (
    AccountClosed,
    CustomerErased,
    CustomerRestricted,
    CustomerRestrictionLifted,
)
from tests.services.grievances.people import city, clerk, desk, district, payloads
from tests.services.grievances.rounds.people import (
    OPENED,
    ROUND,
    account_id,
    customer_id,
    facts,
    interviews,
    open_accounts,
    opened,
    running,
    tell,
)
from tests.services.metrics.lives import received
from tests.support.service import Running

ANSWERS = {"result": "REACHED", "q1": "5", "q2": "YES", "q3": "2"}
FINDING: dict[str, Any] = {"kind": "COMPLAINT", "category": "SUPPLY-PRESSURE", "words": "早晚水压不足"}


async def homes(grievances: Running, number: int = 30, utility: str = "W-371502") -> None:
    """Open accounts of two categories in turn."""
    await open_accounts(
        grievances,
        [opened(place, utility, category=(Category.RES, Category.ENT)[place % 2]) for place in range(number)],
    )


async def test_a_sample_is_drawn_by_strata_and_the_same_for_the_same_seed(grievances: Running) -> None:
    await homes(grievances)
    path = await running(grievances, district(grievances))
    shown = (await district(grievances).get(path)).body
    assert (shown["state"], shown["population"], shown["sample"]) == ("RUNNING", 30, 6)
    assert [(row["name"], row["population"], row["asked"], row["weight"]) for row in shown["strata"]] == [
        ("企业用户", 15, 3, "5"),
        ("居民用户", 15, 3, "5"),
    ]
    asked = await interviews(district(grievances), path)
    assert len({row["account_id"] for row in asked}) == 6
    assert {row["customer_id"] for row in asked} <= {customer_id(number) for number in range(30)}
    again = await district(grievances).command(path, "sample", status=409)
    assert again.code == "not-in-this-state"
    # What is told of it names neither accounts nor customers.
    for row in asked:
        (told,) = await payloads(grievances, f"/x/{row['id']}")
        assert told["event"] == "interview_drawn"
        assert not {row["account_id"], row["customer_id"]} & {str(value) for value in told.values()}
    (prepared, drawn) = await payloads(grievances, path)
    assert (drawn["population"], drawn["sample"], drawn["seed"]) == (30, 6, shown["seed"])
    assert prepared["wanted"] == 6


async def test_only_accounts_that_are_used_are_asked(grievances: Running) -> None:
    await homes(grievances, 6)

    def closed(number: int) -> AccountClosed:
        return AccountClosed(**facts(number, state=AccountState.CLOSED), request_id=UUID(int=7))

    def of_customer(kind: type[Any], number: int) -> Any:
        return kind(
            customer_id=customer_id(number),
            kind=CustomerKind.PERSON,
            occurred_at=OPENED,
            recorded_at=OPENED,
            actor=None,
        )

    messages = [
        received(closed(0), account_id(0), 2, 100),
        received(of_customer(CustomerErased, 1), customer_id(1), 1, 101),
        received(of_customer(CustomerRestricted, 2), customer_id(2), 1, 102),
        received(of_customer(CustomerRestricted, 3), customer_id(3), 1, 103),
        received(of_customer(CustomerRestrictionLifted, 3), customer_id(3), 2, 104),
    ]
    await tell(grievances, messages)
    # Once more, as a bus may: nothing changes.
    await tell(grievances, messages)
    path = await running(grievances, district(grievances))
    asked = await interviews(district(grievances), path)
    assert {row["account_id"] for row in asked} == {account_id(number) for number in (3, 4, 5)}


async def test_a_population_is_narrowed(grievances: Running) -> None:
    await homes(grievances, 10)
    await open_accounts(grievances, [opened(number, "G-371502") for number in range(10, 20)])
    await open_accounts(grievances, [opened(number, "W-371503") for number in range(20, 30)])
    every = (await city(grievances).get(await running(grievances, city(grievances)))).body
    assert every["population"] == 30
    for other, population in (
        ({"utilities": ["G-371502"]}, 10),
        ({"districts": ["371502"], "supplies": ["WATER"]}, 10),
        ({"categories": ["ENT"]}, 5),
    ):
        shown = (await city(grievances).get(await running(grievances, city(grievances), **other))).body
        assert shown["population"] == population
    elsewhere = await district(grievances).post("/rounds", ROUND | {"utilities": ["W-371503"]}, 409)
    assert elsewhere.code == "district-not-yours"
    unknown = await city(grievances).post("/rounds", ROUND | {"utilities": ["W-999999"]}, 422)
    assert unknown.body["errors"][0]["field"] == "utilities.0"
    nobody = await city(grievances).post("/rounds", ROUND | {"categories": ["PUB"]}, 201)
    refused = await city(grievances).command(f"/rounds/{nobody.body['id']}", "sample", status=409)
    assert refused.code == "population-empty"


async def test_a_utility_sees_neither_rounds_nor_who_is_asked(grievances: Running) -> None:
    await homes(grievances)
    path = await running(grievances, district(grievances))
    (first, *_) = await interviews(district(grievances), path)
    unit = clerk(grievances)
    for address in (
        "/rounds",
        path,
        f"{path}/results",
        "/round-interviews",
        f"/round-interviews/{first['id']}",
    ):
        assert (await unit.get(address, 403)).code == "forbidden"
    neighbour = grievances.client("supervisor", ScopeKind.DISTRICT, "371503")
    assert (await neighbour.get(path, 404)).code == "not-found"
    assert (await neighbour.get("/rounds")).body["items"] == []
    assert (await neighbour.get("/round-interviews")).body["items"] == []


async def test_a_district_asks_its_own_customers_in_a_round_of_the_city(grievances: Running) -> None:
    await homes(grievances, 10)
    await open_accounts(grievances, [opened(number, "W-371503") for number in range(20, 30)])
    path = await running(grievances, city(grievances), number=10, stratified_by=["DISTRICT"])
    seen = await interviews(district(grievances), path)
    assert {row["district"] for row in seen} == {"371502"}
    assert len(seen) == 5
    assert (await district(grievances).get(path)).body["coverage"]["asked"] == 5
    refused = await district(grievances).command(path, "closing", status=409)
    assert refused.code == "round-of-another"
    offered = (await district(grievances).get(f"{path}/actions")).body["items"]
    assert [action["operation_id"] for action in offered] == ["shareOutRound"]


async def test_who_is_asked_next_and_what_is_answered(grievances: Running) -> None:
    await homes(grievances)
    path = await running(grievances, district(grievances))
    hall = desk(grievances)
    await district(grievances).command(path, "shares", {"people": ["u-desk", "u-other"]})
    mine = (await hall.get("/round-interviews", mine="true")).body["items"]
    assert len(mine) == 3
    first = (await hall.get(f"{path}/next-interview")).body
    assert (first["waiting"], first["item"]["id"]) == (3, mine[0]["id"])
    skipped = (await hall.get(f"{path}/next-interview", after=mine[0]["id"])).body
    assert skipped["item"]["id"] == mine[1]["id"]
    at = f"/round-interviews/{mine[0]['id']}"
    (form,) = (await hall.get(f"{at}/actions")).body["items"][:1]
    assert [field["label"] for field in form["fields"]] == [
        "结果",
        "您对供水服务是否满意？",
        "维修是否及时？",
        "怎样缴费？",
        "有什么建议？",
    ]
    assert [choice["label"] for choice in form["fields"][3]["choices"]] == ["营业厅", "手机"]
    await hall.command(at, "result", {"result": "NOT_REACHED"})
    # Who was tried comes after who was not.
    assert (await hall.get(f"{path}/next-interview")).body["item"]["id"] == mine[1]["id"]
    wrong = await hall.command(at, "result", ANSWERS | {"q1": "9"}, 409)
    assert wrong.code == "answer-not-offered"
    done = (await hall.command(at, "result", ANSWERS | {"q4": "希望夜间也能维修"})).body
    assert (done["state"], [row["answer"] for row in done["answers"]]) == (
        "REACHED",
        ["5分", "是", "手机", "希望夜间也能维修"],
    )
    others = [
        row
        for row in await interviews(district(grievances), path)
        if row["id"] not in {m["id"] for m in mine}
    ]
    taken = await hall.command(f"/round-interviews/{others[0]['id']}", "result", ANSWERS, 409)
    assert taken.code == "assigned-to-another"
    shown = (await district(grievances).get(path)).body["coverage"]
    assert (shown["asked"], shown["reached"], shown["waiting"], shown["coverage"]) == (6, 1, 5, 0.1667)


async def test_staff_of_the_utility_that_is_asked_about_do_not_ask(grievances: Running) -> None:
    await homes(grievances)
    path = await running(grievances, district(grievances))
    manager = grievances.client("approver", ScopeKind.UTILITY, "W-371502")
    names = await manager.get("/utilities/W-371502/staff")
    await manager.put(
        "/utilities/W-371502/staff", {"staff": [{"subject": "u-desk", "name": "借调"}]}, version=names.etag
    )
    hall = desk(grievances)
    assert (await hall.get(f"{path}/next-interview")).body == {"item": None, "waiting": 0}
    (first, *_) = await interviews(district(grievances), path)
    refused = await hall.command(f"/round-interviews/{first['id']}", "result", ANSWERS, 409)
    assert refused.code == "asked-about-own-unit"
    named = await district(grievances).command(path, "shares", {"people": ["u-desk"]}, 409)
    assert named.code == "asked-about-own-unit"


async def test_results_are_weighted_by_strata(grievances: Running) -> None:
    # Of 40 accounts 30 are of the first category: the sample takes as many of each.
    await open_accounts(
        grievances,
        [opened(place, category=Category.RES if place < 30 else Category.ENT) for place in range(40)],
    )
    path = await running(grievances, district(grievances), number=8, allocation="EQUAL")
    for row in await interviews(district(grievances), path):
        grade = "2" if row["category_name"] == "企业用户" else "4"
        body = {"result": "REACHED", "q1": grade, "q2": "YES", "q3": "1"}
        await desk(grievances).command(f"/round-interviews/{row['id']}", "result", body)
    grades, on_time, way, words = (await district(grievances).get(f"{path}/results")).body["items"]
    assert grades["counts"] == {"1分": 0, "2分": 4, "3分": 0, "4分": 4, "5分": 0}
    mean, good, _ = grades["estimates"]
    # 3/4 · 4 + 1/4 · 2, and not the 3 of the answers.
    assert (mean["value"], good["value"]) == (3.5, 0.75)
    assert on_time["estimates"][0]["value"] == 1.0
    assert on_time["estimates"][0]["low"] < 0.7
    assert [estimate["name"] for estimate in way["estimates"]] == ["营业厅", "手机"]
    assert (words["answered"], words["estimates"]) == (0, [])


async def test_a_grievance_that_is_heard_of_names_where_it_came_from(grievances: Running) -> None:
    await homes(grievances)
    path = await running(grievances, district(grievances))
    (first, second, *_) = await interviews(district(grievances), path)
    at = f"/round-interviews/{first['id']}"
    found = (await desk(grievances).command(at, "grievance", FINDING)).body
    (grievance_id,) = found["grievances"]
    shown = (await desk(grievances).get(f"/grievances/{grievance_id}")).body
    assert (shown["source"], shown["customer_id"], shown["account_id"]) == (
        "CALL_BACK",
        first["customer_id"],
        first["account_id"],
    )
    assert shown["arose_from"] == {"kind": "ROUND", "id": first["id"]}
    # To the unit it is a grievance as any other: that somebody was asked is not told.
    await desk(grievances).command(f"/grievances/{grievance_id}", "dispatch", {"utility": "W-371502"})
    assert (await clerk(grievances).get(f"/grievances/{grievance_id}")).body["arose_from"] is None
    more = (await desk(grievances).command(at, "grievance", FINDING | {"reporter": "CONFIDENTIAL"})).body
    assert len(more["grievances"]) == 2
    anonymous = await desk(grievances).command(at, "grievance", FINDING | {"reporter": "ANONYMOUS"}, 409)
    assert anonymous.code == "not-anonymous"
    refused = {"result": "REFUSED"}
    await desk(grievances).command(f"/round-interviews/{second['id']}", "result", refused)
    over = await desk(grievances).command(f"/round-interviews/{second['id']}", "grievance", FINDING, 409)
    assert over.code == "not-in-this-state"


async def test_a_round_ends_by_the_clock(grievances: Running) -> None:
    await homes(grievances)
    path = await running(grievances, district(grievances))
    (first, *_) = await interviews(district(grievances), path)
    grievances.set_clock("2022-07-16 00:00")
    late = await desk(grievances).command(f"/round-interviews/{first['id']}", "result", ANSWERS, 409)
    assert late.code == "round-over"
    grievances.set_clock("2022-07-16 00:01")
    await grievances.fire_timers()
    assert (await district(grievances).get(path)).body["state"] == "CLOSED"


async def test_questions_are_added_until_the_sample_is_drawn(grievances: Running) -> None:
    await homes(grievances)
    holder = district(grievances)
    made = await holder.post("/rounds", ROUND, status=201)
    path = f"/rounds/{made.body['id']}"
    await holder.command(path, "questions", {"questions": [{"text": "水质如何？", "kind": "GRADE"}]})
    assert len((await holder.get(path)).body["questions"]) == 5
    await holder.command(path, "sample")
    late = await holder.command(
        path, "questions", {"questions": [{"text": "水质如何？", "kind": "GRADE"}]}, 409
    )
    assert late.code == "not-in-this-state"
