"""What cannot be is refused by name: each field in Chinese, with its rule and remedy; so are versions and keys."""

import re
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.grievances.people import (
    BAD,
    GOOD,
    NO_WATER,
    OWN_WORDS,
    OWNER,
    citizen,
    city,
    clerk,
    desk,
    district,
    replied,
    send,
    told,
    told_by,
)
from tests.support.service import Client, Running

HAN = re.compile("[\u4e00-\u9fff]")
LONG = "字" * 2001


def check_named(answer: Any, field: str) -> None:
    """Check that the first error names a field, with its rule and remedy in Chinese."""
    error = answer.body["errors"][0]
    assert error["field"].partition("[")[0] == field, answer.body
    assert all(HAN.search(error[part]) for part in ("rule", "remedy")), error
    assert LONG not in answer.response.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "GOSSIP"),
        ("kind", None),
        ("category", 7),
        ("supply", "STEAM"),
        ("district", "999999"),
        ("district", None),
        ("site", "371502999000"),
        ("site", "古楼"),
        ("words", ""),
        ("words", LONG),
        ("words", None),
        ("place", "字" * 201),
        ("reporter", "KNOWN"),
        ("name", "字" * 61),
        ("phone", "一三八"),
        ("phone", "1" * 30),
        ("customer_id", "C-1"),
        ("account_id", 7),
        ("source", "RUMOUR"),
        ("secret", "x"),
    ],
)
async def test_what_is_told_wrong_is_named(grievances: Running, field: str, value: Any) -> None:
    check_named(await desk(grievances).post("/grievances", NO_WATER | {field: value}, 422), field)


@pytest.mark.parametrize(
    ("code", "field", "changes"),
    [
        ("category-unknown", "category", {"category": "SUPPLY"}),
        ("category-of-other-supply", "category", {"category": "SUPPLY-COLD"}),
        ("district-not-yours", "district", {"district": "371503", "site": None}),
        ("source-not-yours", "source", {"source": "ISHANDONG"}),
        ("no-contact", "phone", {"phone": None}),
    ],
)
async def test_what_breaks_a_rule_is_named(
    grievances: Running, code: str, field: str, changes: dict[str, Any]
) -> None:
    answer = await desk(grievances).post("/grievances", NO_WATER | changes, 409)
    assert answer.code == code
    check_named(answer, field)


async def test_who_tells_it_from_where_is_not_what_is_written(grievances: Running) -> None:
    for other in ("customer_id", "source"):
        changes = {"customer_id": OWNER[:-1] + "9"} if other == "customer_id" else {"source": "HOTLINE"}
        if other == "source":
            # What the token names holds.
            path = (await citizen(grievances).post("/grievances", OWN_WORDS | changes, 201)).body
            assert path["source"] == "ISHANDONG"
            continue
        answer = await citizen(grievances).post("/grievances", OWN_WORDS | changes, 409)
        assert (answer.code, answer.body["errors"][0]["field"]) == ("not-the-customer", "customer_id")
    taken = await clerk(grievances).post("/grievances", NO_WATER, 201)
    assert taken.body["source"] == "PHONE"
    told_above = await city(grievances).post("/grievances", NO_WATER | {"source": "VISIT"}, 201)
    assert told_above.body["source"] == "VISIT"


COMMANDS: list[tuple[str, str, dict[str, Any], str, Any]] = [
    ("desk", "classification", {"kind": "HELP", "category": "OTHER"}, "kind", "GOSSIP"),
    ("desk", "dispatch", {"utility": "W-371502"}, "utility", 7),
    ("desk", "dispatch", {"utility": "W-371502"}, "helpers", ["W-371503"] * 6),
    ("desk", "dispatch", {"utility": "W-371502"}, "note", "字" * 501),
    ("desk", "refusal", {"reason": "NOT_OURS", "note": "属物业"}, "reason", "LAZY"),
    ("desk", "refusal", {"reason": "NOT_OURS", "note": "属物业"}, "note", ""),
    ("desk", "answer", {"text": "见公告"}, "text", "字"),
    ("desk", "link", {}, "first_id", "SQ-1"),
    ("desk", "return-decision", {}, "granted", "yes"),
    ("clerk", "return", {"reason": "OTHER_UTILITY", "note": "属邻区"}, "reason", "LAZY"),
    ("clerk", "contact", {"way": "PHONE"}, "way", "DREAM"),
    ("clerk", "contact", {"way": "PHONE"}, "at", "昨天"),
    ("clerk", "contact", {"way": "PHONE"}, "at", 1657000000),
    ("clerk", "arrival", {}, "at", "2022-13-01T00:00:00Z"),
    ("clerk", "verification", {"finding": "已核实", "reasonable": True}, "reasonable", "是"),
    ("clerk", "verification", {"finding": "已核实", "reasonable": True}, "finding", None),
    ("clerk", "extension", {"workdays": 3, "reason": "采购"}, "told_at", None),
    (
        "clerk",
        "extension",
        {"workdays": 3, "reason": "采购", "told_at": "2022-07-04T01:00:00Z"},
        "workdays",
        0,
    ),
    (
        "clerk",
        "extension",
        {"workdays": 3, "reason": "采购", "told_at": "2022-07-04T01:00:00Z"},
        "workdays",
        "3",
    ),
    ("clerk", "escalation", {"need": "需协调"}, "need", ""),
    ("clerk", "reply", {"measures": ["TESTED"], "text": "已检测"}, "measures", []),
    ("clerk", "reply", {"measures": ["TESTED"], "text": "已检测"}, "measures", ["MAGIC"]),
    ("clerk", "reply", {"measures": ["TESTED"], "text": "已检测"}, "text", ""),
    ("clerk", "termination", {"reason": "CONFIDENTIAL", "note": "涉密"}, "reason", "LAZY"),
    ("clerk", "ledger-entry", {}, "owner", "张三"),
    ("desk", "call", GOOD, "grade", 6),
    ("desk", "call", GOOD, "grade", "5"),
    ("desk", "call", GOOD, "reached", None),
    ("desk", "call", GOOD, "way", "DREAM"),
    ("desk", "reopening", {"reason": "又停水了"}, "reason", ""),
    ("district", "extension-decision", {"granted": True}, "granted", 1),
    ("district", "finding-confirmation", {"agreed": True}, "agreed", None),
    ("district", "termination-decision", {"granted": True}, "granted", "true"),
    ("district", "escalation-answer", {"answer": "已协调"}, "answer", ""),
    ("district", "cross-off", {"ground": "SOLVED"}, "ground", "TIRED"),
    ("district", "reveal", {"purpose": "HANDLE"}, "purpose", "GOSSIP"),
    ("citizen", "own-call", {"contacted": True, "solved": True, "grade": 5}, "grade", 0),
    ("citizen", "questions", {"text": "何时上门"}, "text", ""),
    ("citizen", "rating", {"score": 5}, "score", 6),
]


@pytest.mark.parametrize("number", range(len(COMMANDS)))
@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
async def test_each_field_of_each_command_is_named(grievances: Running, number: int) -> None:
    who, command, body, field, wrong = COMMANDS[number]
    path = await told_by(grievances)
    await send(grievances, path)
    people = {"desk": desk, "clerk": clerk, "district": district, "citizen": citizen}
    client: Client = people[who](grievances)
    check_named(await client.command(path, command, body | {field: wrong}, 422), field)
    unknown = await client.command(path, command, body | {"secret": "x"}, 422)
    assert "secret" in [error["field"] for error in unknown.body["errors"]]


async def test_a_command_names_the_version_that_was_seen_and_has_a_key(grievances: Running) -> None:
    path = await told(grievances)
    seen = (await desk(grievances).get(path)).etag
    body = {"utility": "W-371502"}
    assert (await desk(grievances).post(f"{path}/dispatch", body, 428)).code == "if-match-missing"
    await desk(grievances).command(path, "classification", {"kind": "HELP", "category": "OTHER"})
    stale = await desk(grievances).post(f"{path}/dispatch", body, 412, version=seen)
    assert stale.code == "version-changed"
    assert (await desk(grievances).get(path)).body["state"] == "NEW"
    headers = {"If-Match": (await desk(grievances).get(path)).etag}
    response = await desk(grievances).http.post(f"/v1{path}/dispatch", json=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["code"] == "idempotency-key-missing"


async def test_a_repeated_command_has_its_effect_once(grievances: Running) -> None:
    path = await replied(grievances)
    seen = (await desk(grievances).get(path)).etag
    answers = [
        await desk(grievances).post(f"{path}/call", BAD, key="the-same", version=seen) for _ in range(2)
    ]
    assert answers[0].response.content == answers[1].response.content
    names = [name for name, _ in await grievances.events(path.rpartition("/")[2])]
    assert names.count("call_back_made") == names.count("redo_begun") == 1
    reused = await desk(grievances).post(f"{path}/call", GOOD, 422, key="the-same", version=seen)
    assert reused.code == "idempotency-key-reused"


async def test_the_timers_of_a_worker_say_what_the_clock_says(grievances: Running) -> None:
    path = await told(grievances, category="SUPPLY-PRESSURE")
    await send(grievances, path)
    grievances.set_clock("2022-07-31 09:00")
    await grievances.fire_timers()
    assert await grievances.timers(path.rpartition("/")[2]) == {}
    shown = (await desk(grievances).get(path)).body
    assert shown["supervised"] == ["超时未办结", "上报事项逾期未答复"]
    cycle = shown["cycles"][0]
    assert (cycle["yellow"], cycle["overdue"], cycle["red"]) == (True, True, True)
    assert [hop["level"] for hop in cycle["escalations"]] == ["COUNTY", "CITY"]
    listed = (await desk(grievances).get("/grievances", overdue="true")).body
    assert listed["total"] == 1
    work = (await district(grievances).get("/grievance-work-list", whose="county")).body["items"]
    assert [item["number"] for item in work] == [shown["number"]]
    counts = (await district(grievances).get("/grievance-work-list/counts")).body["items"]
    assert {item["whose"]: item["total"] for item in counts}["city"] == 1


async def test_a_citizen_without_a_customers_id_is_told_so(grievances: Running) -> None:
    """A channel's account that was never linked has another code."""
    unlinked = grievances.client("citizen", ScopeKind.CITIZEN, "C-9", subject="u-unlinked")
    body = {name: value for name, value in NO_WATER.items() if name not in ("name", "phone")}
    refused = await unlinked.post("/grievances", body, status=409)
    assert refused.body["code"] == "no-customer-id"
