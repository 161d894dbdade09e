"""What strangers send: one rule for one kind of value, whatever the door, and a refusal changes nothing."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.stages import Stage
from tests.services.hookup.permit_samples import ROAD, citizen, clerk_of, surveyed
from tests.services.hookup.test_api_rules import assert_tells
from tests.support.hookup import Hookup, Json, application


def cursor(first: str, values: Sequence[object]) -> str:
    """A cursor whose values were changed by hand; `first` is a real one."""
    found: list[Any] = msgspec.json.decode(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    forged = json.dumps([found[0], values]).encode()
    return base64.urlsafe_b64encode(forged).rstrip(b"=").decode()


# -- digits and types


@pytest.mark.parametrize(
    "fields",
    [
        {"site_division": "371502٠٠٨٠٠٠"},
        {"site_division": "３７１５０２００８０００"},
        {"declared_length_m": "４２.0"},
        {"declared_length_m": "٤٢"},
        {"complete": "off"},
        {"complete": "yes"},
        {"complete": 1},
        {"declared_length_m": 42},
        {"customer_ref": 318},
        {"channel": "FAX"},
    ],
)
async def test_no_other_scripts_digits_and_no_other_type_in_an_application(
    hookup: Hookup, fields: Json
) -> None:
    clerk = hookup.client()
    refused = await clerk.submit(422, **fields)
    assert [each["field"] for each in refused.body["errors"]] == list(fields)
    assert_tells(refused.body, 422)
    assert (await clerk.get("/hookups")).body["items"] == []


@pytest.mark.parametrize("month", ["20２２-09", "٢٠٢٢-09", "2022-9"])
@pytest.mark.parametrize(
    ("path", "names"),
    [("/ledger.xlsx", ("month",)), ("/b-ready", ("first_month", "last_month"))],
)
async def test_a_month_is_written_in_ascii_digits(
    hookup: Hookup, path: str, names: tuple[str, ...], month: str
) -> None:
    refused = await hookup.client().get(path, 422, query=dict.fromkeys(names, month))
    assert refused.code == "invalid"
    assert_tells(refused.body, 422)


@pytest.mark.parametrize(
    "at", [1657245600, "1657245600", 1657245600000, True, "2022-07-04", "0001-01-01T00:00:00+14:00"]
)
async def test_a_number_is_no_time(hookup: Hookup, at: object) -> None:
    hookup.set_clock("2022-07-08 10:00")
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    for path, body in (
        ("stages/SURVEY_DESIGN/start", {"at": at}),
        ("stages/SURVEY_DESIGN/completion", {"at": at}),
        ("meter-live", {"at": at}),
        ("pauses", {"reason": "CROSSING", "evidence_ref": "OBJ-1", "starts_at": at}),
    ):
        refused = await clerk.act(case_id, path, body, 422)
        assert_tells(refused.body, 422)
    assert (await clerk.get(f"/hookups/{case_id}")).body["version"] == 1


@pytest.mark.parametrize("day", [1660003200, "1660003200", "2022-08-09T00:00:00", "9999-12-31"])
async def test_a_number_is_no_day(hookup: Hookup, day: object) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit(declared_length_m="300")).body["id"]
    refused = await clerk.act(case_id, "agreed-date", {"agreed_date": day, "document_ref": "D"}, 422)
    assert [each["field"] for each in refused.body["errors"]] == ["agreed_date"]
    administrator = hookup.client("administrator")
    days = [{"date": day, "is_workday": False, "kind": "holiday", "name": "节假日"}]
    body = {"source_document": "国办发明电〔2026〕8号", "days": days}
    await administrator.post("/calendar-amendments", body, 422)


async def test_a_number_is_no_boolean_and_a_text_no_number(hookup: Hookup) -> None:
    clerk, administrator = clerk_of(hookup), hookup.client("administrator")
    case_id = await surveyed(clerk)
    await clerk.act(case_id, "permits", {"items": [{**ROAD, "applicant_commits": "no"}]}, 422)
    await clerk.act(case_id, "quote", {"lines": [{"code": "W-INSIDE", "quantity": "1", "ticked": 0}]}, 422)
    await citizen(hookup).act(case_id, "rating", {"score": "5"}, 422)
    await citizen(hookup).act(case_id, "rating", {"score": True}, 422)
    day = {"date": "2027-01-01", "is_workday": "off", "kind": "holiday", "name": "元旦"}
    body = {"source_document": "国办发明电〔2026〕8号", "days": [day]}
    await administrator.post("/calendar-amendments", body, 422)
    months = {"first_month": "2022-07", "last_month": "2022-07", "limit_days": {"WATER": {"L0_NONE": "2"}}}
    await administrator.post("/policies/what-if", months, 422)
    for query in ({"overdue": "yes"}, {"special": "1"}, {"due_today": "on"}):
        assert_tells((await clerk.get("/hookups", 422, query=query)).body, 422)
    await clerk.get("/permits", 422, pending="t")


@pytest.mark.parametrize(
    ("written", "decimetres"), [("50.00", "50.0"), ("50", "50.0"), ("50.0", "50.0"), ("0.000", "0.0")]
)
async def test_a_length_may_have_zeros_at_its_end(hookup: Hookup, written: str, decimetres: str) -> None:
    clerk = hookup.client()
    made = (await clerk.submit(declared_length_m=written)).body
    assert made["length"]["declared_m"] == decimetres
    changed = await clerk.act(made["id"], "lengths", {"kind": "DESIGNED", "length_m": written})
    assert changed.body["length"]["designed_m"] == decimetres
    assert (await clerk.submit(422, declared_length_m="50.04")).body["errors"][0]["field"]


async def test_a_quantity_may_have_zeros_at_its_end(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = await surveyed(clerk)
    quoted = await clerk.act(case_id, "quote", {"lines": [{"code": "W-INSIDE", "quantity": "12.5000"}]})
    assert quoted.body["quote"]["lines"][0]["quantity"] == "12.5"
    await clerk.act(case_id, "quote", {"lines": [{"code": "W-INSIDE", "quantity": "12.5001"}]}, 422)


async def test_before_the_first_policy_a_request_is_answered(hookup: Hookup) -> None:
    """The system's policies begin with the year of the notice that it puts into practice."""
    hookup.set_clock("2021-12-31 10:00")
    clerk = hookup.client()
    for path in ("/hookups", "/reference", "/ledger.xlsx"):
        await clerk.get(path)
    await clerk.get("/calendar", query={"from": "2021-12-01", "to": "2021-12-31"})
    for path in ("/fee-catalogue", "/material-lists"):
        refused = await clerk.get(path, 409)
        assert refused.code == "no-rules-then"
        assert_tells(refused.body, 409)
    refused = await clerk.submit(409)
    assert refused.code == "no-rules-then"
    assert (await clerk.get("/hookups")).body["items"] == []


# -- queries, cursors, methods


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/hookups", {"custmer_ref": "C-1"}),
        ("/hookups", {"Limit": 1}),
        ("/reference", {"x": ""}),
        ("/permits", {"state": "OPEN"}),
        ("/ledger.xlsx", {"page": 1}),
        ("/calendar", {"from": "2022-09-01", "to": "2022-09-02", "until": "2022-09-03"}),
        ("/work-list", {"who": "clerk"}),
        ("/imports", {"state": "done"}),
    ],
)
async def test_an_unknown_parameter_is_refused(hookup: Hookup, path: str, query: dict[str, Any]) -> None:
    refused = await hookup.client().get(path, 422, query=query)
    name = list(query)[-1]
    assert [(each["field"], each["code"]) for each in refused.body["errors"]] == [
        (f"query.{name}", "unknown-field")
    ]
    assert_tells(refused.body, 422)
    assert (await hookup.stranger().get(path, 401, query=query)).code == "unauthenticated"


async def test_a_parameter_is_given_once(hookup: Hookup) -> None:
    refused = await hookup.client().http.get("/v1/hookups?limit=1&limit=2")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "given-twice")
    posted = await hookup.client().http.post(
        "/v1/hookups?dry_run=true", json=application(), headers={"Idempotency-Key": "k"}
    )
    assert (posted.status_code, posted.json()["errors"][0]["field"]) == (422, "query.dry_run")


async def test_a_forged_cursor_is_refused(hookup: Hookup) -> None:
    clerk = hookup.client()
    cases = [(await clerk.submit()).body["id"] for _ in range(3)]
    listed = (await clerk.get("/hookups", limit=1)).body["next"]
    events = (await clerk.get(f"/hookups/{cases[0]}/events", limit=1)).body["next"]
    for path, query, forged in (
        *(
            ("/hookups", Json(), cursor(listed, values))
            for values in (
                ["0001-01-01T00:00:00+14:00", cases[0]],
                ["9999-12-31T23:59:59-14:00", cases[0]],
                ["2022-07-04T01:00:00Z", "no id"],
                ["2022-07-04T01:00:00Z", "\0"],
                ["2022-07-04T01:00:00Z", 7],
                [1657245600, cases[0]],
            )
        ),
        *(
            (f"/hookups/{cases[0]}/events", {}, cursor(events, [value]))
            for value in (2**63, -(2**63) - 1, 2**31, 10**40, 1.5, True, "1")
        ),
        ("/hookups", {}, "a" * 5_000),
        ("/hookups", {}, base64.urlsafe_b64encode(b"[" * 3_000).decode()),
    ):
        refused = await clerk.get(path, 400, query={"limit": 1, "cursor": forged, **query})
        assert refused.code == "cursor-invalid"


async def test_head_is_answered_as_get(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    for path in (
        "/hookups",
        f"/hookups/{case_id}",
        "/ledger.xlsx",
        "/reference",
        f"/hookups/{case_id}/events",
    ):
        got, head = await clerk.http.get(f"/v1{path}"), await clerk.http.head(f"/v1{path}")
        assert (head.status_code, head.content) == (200, b"")
        same = ("content-type", "content-length", "etag", "content-disposition")
        assert [head.headers.get(name) for name in same] == [got.headers.get(name) for name in same], path
    for path, status in (("/hookups/x", 422), (f"/hookups/{case_id}/urges", 405), ("/nothing", 404)):
        head = await clerk.http.head(f"/v1{path}")
        assert (head.status_code, head.content) == (status, b"")
    assert (await hookup.stranger().http.head("/v1/hookups")).status_code == 401
    refused = await clerk.http.put("/v1/hookups")
    assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST"})


async def test_if_match_is_read_as_http_has_it(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    path = f"/hookups/{case_id}/stages/SURVEY_DESIGN/start"
    for stale in ('W/"1"', '"2", "3"', '"x"', 'W/"1", "2"', '"99999999999"'):
        assert (await clerk.post(path, {}, 412, version=stale)).code == "version-changed"
    for malformed in ("1", '"1', '"1" "2"', '"1",*', "'1'"):
        assert (await clerk.post(path, {}, 400, version=malformed)).code == "if-match-invalid"
    assert (await clerk.post(path, {}, version='"7", W/"1" , "1"')).body["version"] == 2
    body = {"kind": "DESIGNED", "length_m": "42"}
    assert (await clerk.post(f"/hookups/{case_id}/lengths", body, version="*")).body["version"] == 3
    nothing = "/hookups/0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11/lengths"
    assert (await clerk.post(nothing, body, 404, version="*")).code == "not-found"
    manager = hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    at = "/utilities/W-371502/agents"
    for version, expected in (("*", 1), ('"9", "1"', 2), ("*", 3)):
        assert (await manager.put(at, {"agents": ["a"]}, version=version)).body["version"] == expected
    assert (await manager.put(at, {"agents": ["a"]}, 412, version='"1", "2"')).code == "version-changed"


async def test_an_instant_with_another_zone_is_the_same_instant(hookup: Hookup) -> None:
    hookup.set_clock("2022-07-04 12:00")
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    hookup.set_clock("2022-07-04 15:00")
    started = await clerk.act(
        case_id, f"stages/{Stage.SURVEY_DESIGN}/start", {"at": "2022-07-04T14:00:00+08:00"}
    )
    assert started.body["stages"][1]["started_at"] == "2022-07-04T06:00:00Z"
