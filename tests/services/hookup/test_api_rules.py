"""What the API refuses, to whom, and that a command takes effect once."""

import asyncio
import re
from collections import Counter

import pytest
from sqlalchemy import func, select

from libs.common.auth.callers import Role, ScopeKind
from libs.common.problems import is_chinese
from services.hookup.domain.values.stages import Stage
from services.hookup.http.commands import HOOKUPS
from services.hookup.storage.tables import hookup_case
from tests.support.hookup import Client, Hookup, Json, application

NOBODY = "0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11"
# path, body, the roles that may; all others may not.


async def test_each_command_needs_a_caller_and_a_version(hookup: Hookup) -> None:
    """Who gives which is the table's to say (`test_authorisation.py`)."""
    stranger, clients = hookup.stranger(), {role: hookup.client(role) for role in Role}
    for command in HOOKUPS.declared:
        assert command.form is not None
        at = re.sub(r"{\w+}", NOBODY, command.form.path).removeprefix("/v1")
        assert (await stranger.post(at, {}, 401, version='"1"')).code == "unauthenticated"
        for role in command.roles:
            assert (await clients[role].post(at, {}, 428)).code == "if-match-missing"
    for path in ("/hookups", f"/hookups/{NOBODY}", "/reference", "/calendar?from=2022-10-01&to=2022-10-02"):
        assert (await stranger.get(path, 401)).code == "unauthenticated"
    for role in (Role.APPROVER, Role.ADMINISTRATOR):
        assert (await clients[role].submit(403)).code == "forbidden"


async def test_everybody_sees_and_changes_what_is_theirs_and_nothing_else(hookup: Hookup) -> None:
    city = hookup.client("supervisor")
    here = (await hookup.client("channel").submit()).body["id"]
    there = (
        await hookup.client("channel", ScopeKind.CHANNEL, "WECHAT").submit(
            supply="GAS",
            district="371503",
            utility="G-371503",
            customer_ref="C-2",
            site_division="371503001000",
        )
    ).body["id"]
    places = [
        ("clerk", ScopeKind.UTILITY, "W-371502"),
        ("window", ScopeKind.DISTRICT, "371502"),
        ("channel", ScopeKind.CHANNEL, "ISHANDONG"),
        ("citizen", ScopeKind.CITIZEN, "C-1"),
    ]
    for role, kind, code in places:
        own = hookup.client(role, kind, code, subject=f"{kind}-1")
        assert [each["id"] for each in (await own.get("/hookups")).body["items"]] == [here]
        assert (await own.get(f"/hookups/{here}")).body["id"] == here
        assert (await own.get(f"/hookups/{there}", 404)).code == "not-found"
        assert (await own.post(f"/hookups/{there}/withdrawal", None, 404, version='"1"')).code == "not-found"
        assert (await own.get("/hookups", district="371503")).body["items"] == []
    assert len((await city.get("/hookups")).body["items"]) == 2
    assert (await city.get(f"/hookups/{there}")).body["state"] == "ACCEPTED"


@pytest.mark.parametrize(
    ("role", "kind", "code", "fields"),
    [
        ("clerk", ScopeKind.UTILITY, "W-371503", {}),
        ("window", ScopeKind.DISTRICT, "371503", {}),
        ("channel", ScopeKind.CHANNEL, "WECHAT", {"channel": "ISHANDONG"}),
        ("citizen", ScopeKind.CITIZEN, "C-2", {}),
    ],
)
async def test_nobody_submits_for_somebody_else(
    hookup: Hookup, role: str, kind: ScopeKind, code: str, fields: Json
) -> None:
    refused = await hookup.client(role, kind, code).submit(409, **fields)
    assert (refused.code, refused.body["errors"][0]["field"]) == ("not-your-place", str(kind))
    assert (await hookup.client().get("/hookups")).body["items"] == []


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"utility": "X-1"}, 409, "place-unknown"),
        ({"district": "999999"}, 409, "place-unknown"),
        ({"utility": "G-371502"}, 409, "utility-elsewhere"),
        ({"district": "371503"}, 409, "utility-elsewhere"),
        ({"site_division": "371503001000"}, 409, "site-elsewhere"),
        ({"channel": "FAX"}, 422, "invalid"),
        ({"declared_length_m": "４２"}, 422, "invalid"),
        ({"declared_length_m": "42.05"}, 422, "invalid"),
        ({"declared_length_m": "-1"}, 422, "invalid"),
        ({"declared_length_m": 42.5}, 422, "invalid"),
        ({"supply": "STEAM"}, 422, "invalid"),
        ({"name": "somebody"}, 422, "invalid"),
    ],
)
async def test_an_application_that_is_wrong_makes_nothing(
    hookup: Hookup, fields: Json, status: int, code: str
) -> None:
    clerk = hookup.client()
    refused = await clerk.submit(status, **fields)
    assert refused.code == code
    assert_tells(refused.body, status)
    assert (await clerk.get("/hookups")).body["items"] == []


def assert_tells(document: Json, status: int) -> None:
    """A problem document: stable code, Chinese words, and what to do about each fault."""
    assert document["type"] == f"urn:sqn:problem:{document['code']}"
    assert document["status"] == status
    assert is_chinese(document["title"])
    assert is_chinese(document["detail"])
    assert document["errors"]
    for each in document["errors"]:
        assert is_chinese(each["rule"])
        assert is_chinese(each["remedy"])


async def test_a_broken_rule_is_a_problem_with_its_code_and_changes_nothing(hookup: Hookup) -> None:
    clerk, approver = hookup.client(), hookup.client("approver")
    case_id = (await clerk.submit(declared_length_m=None)).body["id"]
    both = hookup.client("approver", subject="clerk-1")
    evidence = await clerk.evidence(case_id)
    pause = await clerk.act(case_id, "pauses", {"reason": "CROSSING", "evidence_ref": evidence})
    pause_id = pause.body["pauses"][0]["id"]
    await clerk.act(case_id, "special-case", {"reason": "CROSSING", "evidence_ref": evidence})
    await clerk.stage(case_id, Stage.SURVEY_DESIGN, "start")
    seen = await clerk.get(f"/hookups/{case_id}")
    future = {"at": "2022-07-04T09:00:01+08:00"}
    refused: list[tuple[Client, str, Json | None, str, str]] = [
        (clerk, "acceptance", None, "not-in-this-state", "state"),
        (clerk, "stages/CONTRACT/completion", {}, "stage-not-started", "stage"),
        (clerk, "stages/TURN_ON/start", {}, "stage-out-of-order", "stage"),
        (clerk, "stages/SURVEY_DESIGN/start", {}, "stage-already-started", "stage"),
        (clerk, "stages/SURVEY_DESIGN/completion", {}, "length-not-set", "length_m"),
        (clerk, "stages/ACCEPT/completion", {}, "stage-ends-otherwise", "stage"),
        (clerk, "stages/CONTRACT/start", future, "in-the-future", "at"),
        (clerk, "stages/CONTRACT/start", {"at": "2022-07-03T09:00:00Z"}, "before-submission", "at"),
        (
            clerk,
            "pauses",
            {"reason": "PERMIT_ORDINARY", "evidence_ref": evidence},
            "permit-not-filed",
            "starts_at",
        ),
        (
            clerk,
            "pauses",
            {"reason": "CROSSING", "evidence_ref": NOBODY},
            "evidence-not-on-file",
            "evidence_ref",
        ),
        (
            clerk,
            "special-case",
            {"reason": "CROSSING", "evidence_ref": "TS-1"},
            "evidence-not-on-file",
            "evidence_ref",
        ),
        (
            clerk,
            "stages/CONTRACT/start",
            {"late_entry": {"reason": "次日才交回", "evidence_ref": "BL-1"}},
            "evidence-not-on-file",
            "late_entry.evidence_ref",
        ),
        (both, f"pauses/{pause_id}/approval", None, "approver-is-asker", "pause_id"),
        (approver, f"pauses/{NOBODY}/approval", None, "pause-unknown", "pause_id"),
        (clerk, f"pauses/{pause_id}/end", {}, "not-in-this-state", "state"),
        (both, "special-case/approval", None, "approver-is-asker", "reason"),
        (
            clerk,
            "agreed-date",
            {"agreed_date": "2022-08-01", "document_ref": "HT-1"},
            "agreed-date-not-allowed",
            "agreed_date",
        ),
        (clerk, "meter-live", {}, "stage-not-started", "stage"),
        (clerk, "confirmation", None, "stead-document-missing", "document_ref"),
        (clerk, "confirmation", {"document_ref": "QR-1"}, "not-in-this-state", "state"),
    ]
    for client, path, body, code, field in refused:
        answer = await client.act(case_id, path, body, status=409)
        assert (answer.code, answer.body["errors"][0]["field"]) == (code, field)
        assert_tells(answer.body, 409)
    after = await clerk.get(f"/hookups/{case_id}")
    assert (after.body, after.etag) == (seen.body, seen.etag)


# -- once


async def test_a_repeated_command_gives_the_same_bytes_and_changes_nothing_more(hookup: Hookup) -> None:
    clerk = hookup.client()
    first = await clerk.submit(key="k-1")
    hookup.set_clock("2022-07-05 09:00")
    again = await clerk.submit(key="k-1")
    assert again.response.content == first.response.content
    assert again.response.headers["location"] == first.response.headers["location"]
    assert again.etag == first.etag
    assert (await clerk.submit(422, key="k-1", declared_length_m="43")).code == "idempotency-key-reused"
    # Another caller's key of the same name is another key.
    assert (await hookup.client(subject="clerk-2").submit(key="k-1")).body["id"] != first.body["id"]

    path = f"/hookups/{first.body['id']}/stages/SURVEY_DESIGN/start"
    started = await clerk.post(path, {}, version=first.etag, key="k-2")
    # It would be refused now: the version is old, and so would be a fresh one, for the stage is begun.
    for version in (first.etag, started.etag):
        repeated = await clerk.post(path, {}, version=version, key="k-2")
        assert repeated.response.content == started.response.content
    assert (await clerk.post(path, {}, 409, version=started.etag)).code == "stage-already-started"
    assert (await clerk.post(path, {}, 412, version=first.etag)).code == "version-changed"
    without = await clerk.http.post("/v1/hookups", json=application())
    assert (without.status_code, without.json()["code"]) == (400, "idempotency-key-missing")


async def test_duplicates_at_the_same_time_make_one_case(hookup: Hookup) -> None:
    clerk = hookup.client()
    answers = await asyncio.gather(*(clerk.submit(key="k-1") for _ in range(8)))
    assert len({each.response.content for each in answers}) == 1
    assert await count(hookup) == 1
    assert len(await hookup.events(answers[0].body["id"])) == 4


async def count(hookup: Hookup) -> int:
    async with hookup.service.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(hookup_case)) or 0


async def test_of_two_clerks_at_one_case_one_wins(hookup: Hookup) -> None:
    clerks = [hookup.client(subject=f"clerk-{number}") for number in range(6)]
    made = await clerks[0].submit()
    path = f"/v1/hookups/{made.body['id']}/lengths"

    async def change(number: int, client: Client) -> int:
        body = {"kind": "DESIGNED", "length_m": f"{number}.0"}
        headers = {"If-Match": made.etag, "Idempotency-Key": f"k-{number}"}
        return (await client.http.post(path, json=body, headers=headers)).status_code

    found = await asyncio.gather(*(change(number, client) for number, client in enumerate(clerks)))
    assert Counter(found) == {200: 1, 412: 5}
    case = (await clerks[0].get(f"/hookups/{made.body['id']}")).body
    assert (case["version"], len(case["length_changes"])) == (2, 1)
    assert case["length"]["designed_m"] == f"{found.index(200)}.0"


async def test_numbers_are_unique_and_without_holes_however_many_come_at_once(hookup: Hookup) -> None:
    clerk = hookup.client()
    await clerk.submit(409, utility="X-1")
    answers = await asyncio.gather(*(clerk.submit() for _ in range(20)))
    assert sorted(each.body["number"] for each in answers) == [
        f"W-371502-20220704-{number:04d}" for number in range(1, 21)
    ]
    # 00:30 in Shanghai is the day before in UTC.
    hookup.set_clock("2022-07-05 00:30")
    assert (await clerk.submit()).body["number"] == "W-371502-20220705-0001"


async def test_a_length_that_is_wrong_is_said_in_words(hookup: Hookup) -> None:
    """Not as the pattern that the contract has for programs."""
    refused = await hookup.client().submit(422, declared_length_m="50.04")
    (error,) = refused.body["errors"]
    assert (error["field"], error["rule"]) == ("declared_length_m", "外线长度最多保留一位小数")
    assert error["remedy"] == "请以米为单位填写，最多一位小数；没有外线填 0"
