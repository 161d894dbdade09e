"""Charges through the API: the catalogue, a quote, the answers to it, and the bill."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from libs.common.auth.callers import ScopeKind
from libs.common.policy_changes import load_policies
from libs.common.problems import is_chinese
from services.hookup.storage.policies import POLICIES
from tests.services.hookup.domain.charge_samples import VERSION
from tests.services.hookup.test_api_rules import NOBODY, assert_tells
from tests.support.hookup import Answered, Client, Hookup, Json


def lines(*codes: str, **more: object) -> Json:
    """The body of a quote: one of each."""
    return {"lines": [{"code": each, "quantity": "1"} for each in codes], **more}


async def quoted(client: Client, *codes: str) -> str:
    """A case with a quote."""
    case_id = str((await client.submit()).body["id"])
    await client.act(case_id, "quote", lines(*codes))
    return case_id


async def happened(client: Client, case_id: str, *names: str) -> list[Json]:
    """What was published of a case under some names: what each event says, with its name."""
    items = (await client.get(f"/hookups/{case_id}/events")).body["items"]
    return [{"event": each["event"], **each["particulars"]} for each in items if each["event"] in names]


async def test_from_quote_to_bill(hookup: Hookup) -> None:
    clerk, citizen = hookup.client(), hookup.client("citizen", ScopeKind.CITIZEN, "C-1", subject="C-1")
    case_id = (await clerk.submit()).body["id"]
    assert (await clerk.get(f"/hookups/{case_id}")).body["quote"] is None
    body = {
        "lines": [
            {"code": "W-CONNECT", "quantity": "1"},
            {"code": "W-INSIDE", "quantity": "12.345"},
            {"code": "W-METER-TEST", "quantity": "1", "ticked": True},
        ],
        "project_start": "2022-05-01",
    }
    made = (await clerk.act(case_id, "quote", body)).body["quote"]
    assert [
        (
            each["line"],
            each["code"],
            each["quantity"],
            each["amount_fen"],
            each["mandatory"],
            each["accepted"],
        )
        for each in made["lines"]
    ] == [
        (1, "W-CONNECT", "1", 0, True, None),
        (2, "W-INSIDE", "12.345", 228_383, False, None),
        (3, "W-METER-TEST", "1", 5_000, False, None),
    ]
    assert (made["total_fen"], made["mandatory_fen"], made["accepted_fen"]) == (233_383, 0, 0)
    assert (made["catalogue_version"], made["project_start"]) == ("2022-2", "2022-05-01")
    assert made["comparison"] is None
    found = made["lines"][2]["findings"]
    assert [(each["code"], each["blocks"]) for each in found] == [
        ("F6_NO_PRICE_DOCUMENT", False),
        ("F9_PRE_TICKED", False),
    ]
    assert all(is_chinese(each["text"]) and "《价格法》" in each["consequence"] for each in found)

    mandatory = await citizen.act(case_id, "quote/lines/1/refusal", status=409)
    assert mandatory.code == "line-mandatory"
    await citizen.act(case_id, "quote/lines/1/acceptance")
    await citizen.act(case_id, "quote/lines/2/acceptance")
    answered = await clerk.act(case_id, "quote/lines/3/refusal")
    assert [each["accepted"] for each in answered.body["quote"]["lines"]] == [True, True, False]
    assert answered.body["quote"]["lines"][1]["answered_by"] == "C-1"
    assert answered.body["quote"]["accepted_fen"] == 228_383

    bill = {
        "lines": [{"code": "W-INSIDE", "amount_fen": 228_383}, {"code": "W-METER-TEST", "amount_fen": 5_000}]
    }
    billed = (await clerk.act(case_id, "bill", bill)).body["quote"]["comparison"]
    assert (billed["quoted_fen"], billed["billed_fen"], billed["difference_fen"]) == (228_383, 233_383, 5_000)
    assert billed["unquoted_lines"] == 1
    assert [(each["code"], each["difference_fen"], each["agreed"]) for each in billed["lines"]] == [
        ("W-CONNECT", 0, True),
        ("W-INSIDE", 0, True),
        ("W-METER-TEST", 5_000, False),
    ]
    assert (await clerk.act(case_id, "quote", body, 409)).code == "bill-recorded"
    assert (await clerk.act(case_id, "bill", bill, 409)).code == "bill-recorded"
    assert await happened(clerk, case_id, "supervision_item_opened") == [
        {
            "event": "supervision_item_opened",
            "length_class": "L1_LE50",
            "finding": code,
            "item_code": "W-METER-TEST",
        }
        for code in ("F6_NO_PRICE_DOCUMENT", "F9_PRE_TICKED")
    ]
    names = ("quote_made", "quote_line_answered", "bill_compared")
    assert [each["event"] for each in await happened(clerk, case_id, *names)] == [
        "quote_made",
        *["quote_line_answered"] * 3,
        "bill_compared",
    ]


async def test_a_refusal_on_record_is_kept_once_and_changes_nothing_else(hookup: Hookup) -> None:
    clerk = hookup.client()
    made = await clerk.submit()
    path = f"/hookups/{made.body['id']}"
    body = lines("W-INSIDE", "NONE-7")
    first = await clerk.post(f"{path}/quote", body, 422, version=made.etag, key="k-1")
    assert first.code == "charge-forbidden"
    assert_tells(first.body, 422)
    assert "《价格法》" in first.body["detail"]
    again = await clerk.post(f"{path}/quote", body, 422, version=made.etag, key="k-1")
    assert again.response.content == first.response.content
    seen = await clerk.get(path)
    assert seen.body["quote"] is None
    assert seen.body["version"] == made.body["version"] + 1
    blocked = await happened(clerk, made.body["id"], "quote_blocked", "quote_made")
    assert [each["charges"] for each in blocked] == [
        [{"item_code": None, "amount_fen": 0, "findings": ["NOT_IN_CATALOGUE"]}]
    ]
    # The item that was in order may be quoted, and a bill is held to the same.
    await clerk.act(made.body["id"], "quote", lines("W-INSIDE"))
    refused = await clerk.act(made.body["id"], "bill", {"lines": [{"code": "G-ALARM", "amount_fen": 9}]}, 422)
    assert refused.code == "charge-forbidden"
    (event,) = await happened(clerk, made.body["id"], "bill_blocked")
    assert event["charges"] == [{"item_code": None, "amount_fen": 9, "findings": ["NOT_IN_CATALOGUE"]}]
    assert (await clerk.get(path)).body["quote"]["comparison"] is None


async def test_a_new_version_of_the_catalogue_rules_from_its_first_day(
    hookup: Hookup, tmp_path: Path
) -> None:
    """An official changes the policy; nothing is released."""
    body = {
        **VERSION.body,
        "items": [
            {**each, "location": "OUTSIDE"} if each["code"] == "W-INSIDE" else each
            for each in VERSION.body["items"]
        ],
    }
    changed = {"version": "2022-3", "valid_from": "2022-07-05", "body": body}
    path = tmp_path / "policies.yaml"
    path.write_text(
        yaml.safe_dump([{**VERSION.model_dump(mode="json"), **changed}], allow_unicode=True), "utf-8"
    )
    await load_policies(hookup.service.database, replace(POLICIES, path=path), hookup.clock.now())
    await hookup.app.state.rulebook.reload()

    clerk = hookup.client()
    case_id = await quoted(clerk, "W-INSIDE")
    hookup.set_clock("2022-07-05 00:00")
    refused = await clerk.act(case_id, "quote", lines("W-INSIDE"), 422)
    assert "红线外" in refused.body["detail"]
    (event,) = await happened(clerk, case_id, "quote_blocked")
    assert event["charges"] == [
        {"item_code": "W-INSIDE", "amount_fen": 18_500, "findings": ["F2_OUTSIDE_RED_LINE"]}
    ]
    # The old quote stands, and what became unlawful is not billed by it.
    await clerk.act(case_id, "quote/lines/1/acceptance", {"document_ref": "OBJ-1"})
    await clerk.act(case_id, "bill", {"lines": [{"code": "W-INSIDE", "amount_fen": 18_500}]}, 422)
    catalogue = (await clerk.get("/fee-catalogue", supply="WATER")).body
    assert (catalogue["version"], catalogue["on"]) == ("2022-3", "2022-07-05")
    assert [each["code"] for each in catalogue["items"] if each["blocked"]] == ["W-INSIDE"]


async def test_who_may(hookup: Hookup) -> None:
    bill = {"lines": [{"code": "W-INSIDE", "amount_fen": 1}]}
    allowed: list[tuple[str, Json | None, set[str]]] = [
        ("quote", lines("W-INSIDE"), {"clerk", "agent"}),
        ("quote/lines/1/acceptance", None, {"clerk", "channel", "citizen", "agent"}),
        ("quote/lines/1/refusal", None, {"clerk", "channel", "citizen", "agent"}),
        ("bill", bill, {"clerk"}),
    ]
    for role in ("clerk", "agent", "channel", "citizen", "approver", "administrator"):
        client = hookup.client(role)
        for path, body, roles in allowed:
            at = f"/hookups/{NOBODY}/{path}"
            assert (await client.post(at, body, 404 if role in roles else 403, version='"1"')).code
        assert (await client.get("/fee-catalogue")).body["items"]
    stranger = hookup.stranger()
    assert (await stranger.get("/fee-catalogue", 401)).code == "unauthenticated"
    assert (await stranger.post(f"/hookups/{NOBODY}/quote", lines("W-INSIDE"), 401)).code == "unauthenticated"


async def test_only_the_applicant_and_those_who_act_for_him_answer(hookup: Hookup) -> None:
    case_id = await quoted(hookup.client(), "W-INSIDE")
    other = hookup.client("citizen", ScopeKind.CITIZEN, "C-2", subject="C-2")
    path = f"/hookups/{case_id}/quote/lines/1/acceptance"
    assert (await other.post(path, None, 404, version='"2"')).code == "not-found"
    agent = hookup.client("agent", ScopeKind.UTILITY, "W-371502")
    assert (await agent.act(case_id, "quote/lines/1/acceptance", status=409)).code == "agent-not-authorised"
    await agent.act(case_id, "quote", lines("W-ALTER"))
    answered = await hookup.client("citizen").act(case_id, "quote/lines/1/acceptance")
    assert answered.body["quote"]["accepted_fen"] == 35_000


async def test_all_lines_are_answered_by_one_command(hookup: Hookup) -> None:
    case_id = await quoted(hookup.client(), "W-CONNECT", "W-INSIDE")
    answers = [{"line": 1, "answer": "ACCEPT"}, {"line": 2, "answer": "DECLINE"}]
    clerk = hookup.client()
    refused = await clerk.act(case_id, "quote/answers", {"lines": answers}, 409)
    assert refused.code == "stead-document-missing"
    answered = await clerk.act(case_id, "quote/answers", {"lines": answers, "document_ref": "QZ-1"})
    assert [line["accepted"] for line in answered.body["quote"]["lines"]] == [True, False]
    assert [row["name"] for row in answered.body["in_stead"]] != []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("quote", {"lines": []}, "lines"),
        ("quote", {"lines": [{"code": "W-INSIDE"}]}, "lines[0].quantity"),
        ("quote", {"lines": [{"code": "W-INSIDE", "quantity": 1}]}, "lines[0].quantity"),
        ("quote", {"lines": [{"code": "W-INSIDE", "quantity": "0"}]}, "lines[0].quantity"),
        ("quote", {"lines": [{"code": "W-INSIDE", "quantity": "-1"}]}, "lines[0].quantity"),
        ("quote", {"lines": [{"code": "W-INSIDE", "quantity": "1.0001"}]}, "lines[0].quantity"),
        ("quote", {"lines": [{"code": "W-INSIDE", "quantity": "１"}]}, "lines[0].quantity"),
        ("quote", {"lines": [{"code": "开户费", "quantity": "1"}]}, "lines[0].code"),
        ("quote", {"lines": [{"code": "W-INSIDE", "quantity": "1", "price_fen": 1}]}, "lines[0].price_fen"),
        ("quote", lines("W-INSIDE", project_start="2021-02-29"), "project_start"),
        ("quote", lines("W-INSIDE", project_start="1899-01-01"), "project_start"),
        ("quote", lines(*["W-INSIDE"] * 51), "lines"),
        ("bill", {"lines": [{"code": "W-INSIDE", "amount_fen": -1}]}, "lines[0].amount_fen"),
        ("bill", {"lines": [{"code": "W-INSIDE", "amount_fen": 1.5}]}, "lines[0].amount_fen"),
        ("bill", {"lines": [{"code": "W-INSIDE", "amount_fen": "100"}]}, "lines[0].amount_fen"),
        ("bill", {"lines": [{"code": "W-INSIDE", "amount_fen": 10**12 + 1}]}, "lines[0].amount_fen"),
        ("quote/lines/0/acceptance", None, "path.line"),
        ("quote/lines/x/acceptance", None, "path.line"),
    ],
)
async def test_what_is_wrong_is_said_in_words(
    hookup: Hookup, path: str, body: Json | None, field: str
) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    refused = await clerk.act(case_id, path, body, 422)
    assert refused.code == "invalid"
    assert [each["field"] for each in refused.body["errors"]] == [field]
    assert_tells(refused.body, 422)
    assert (await clerk.get(f"/hookups/{case_id}")).body["version"] == 1


async def test_a_charge_by_name_is_told_where_codes_are(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = (await clerk.submit()).body["id"]
    by_name = {"lines": [{"code": "开户费", "quantity": "1"}]}
    (fault,) = (await clerk.act(case_id, "quote", by_name, 422)).body["errors"]
    assert (fault["rule"], fault["remedy"]) == (
        "不是收费项目代码",
        "请从收费目录中选择项目，目录之外不得收费",
    )


async def test_the_catalogue_says_what_a_guide_needs(hookup: Hookup) -> None:
    channel = hookup.client("channel", ScopeKind.CHANNEL, "WECHAT")

    async def of(**query: str) -> Answered:
        return await channel.get("/fee-catalogue", query=query)

    everything, gas = (await of()).body["items"], (await of(supply="GAS")).body["items"]
    assert [each for each in everything if each["supply"] == "GAS"] == gas
    assert {each["supply"] for each in everything} == {"WATER", "GAS", "HEAT"}
    home = next(each for each in gas if each["code"] == "G-HOME")
    assert (home["name"], home["unit"], home["price_fen"], home["mandatory"]) == (
        "居民燃气工程安装",
        "户",
        240_000,
        True,
    )
    assert (home["location_name"], home["payer_name"], home["pricing_name"]) == (
        "红线内",
        "用户",
        "政府指导价",
    )
    assert (home["price_document"], home["source"]) == (None, "待价格主管部门核定")
    assert ([each["code"] for each in home["findings"]], home["blocked"]) == (["F6_NO_PRICE_DOCUMENT"], False)
    assert (await channel.get("/fee-catalogue", 422, supply="STEAM")).code == "invalid"
