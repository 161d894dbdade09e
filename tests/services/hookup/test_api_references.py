"""References, personal data and the one form of a number, the same at every door."""

import pytest

from libs.common.auth.callers import ScopeKind
from tests.services.hookup.permit_samples import citizen, clerk_of
from tests.services.hookup.test_api_rules import assert_tells
from tests.support.hookup import Hookup, application, joint_application

MOBILE = "13800138000"
PERSONAL = [
    MOBILE,
    f"+86{MOBILE}",
    "138 0013 8000",
    "138-0013-8000",
    "１３８００１３８０００",
    "1380013\u200b8000",
    "0635-8220000",
    "身份证371502 19900101 1234",
]


@pytest.mark.parametrize("reference", [MOBILE, "371502199001011234", " ", "\u202eC-0\u202c", "=1+1", "张三"])
async def test_what_is_no_customers_reference_is_refused(hookup: Hookup, reference: str) -> None:
    for path, body_of in (("/hookups", application), ("/joint-applications", joint_application)):
        refused = await hookup.client().post(path, body_of(customer_ref=reference), 422)
        assert [each["field"] for each in refused.body["errors"]] == ["customer_ref"]
        assert_tells(refused.body, 422)
    refused = await hookup.client().get("/hookups", 422, query={"customer_ref": reference})
    assert [each["field"] for each in refused.body["errors"]] == ["query.customer_ref"]
    if reference.isprintable() and reference.strip():
        lifted = await hookup.client("administrator").post(
            f"/commitment-bars/{reference.replace('=', '%3D')}/repair", None, 422
        )
        assert_tells(lifted.body, 422)


@pytest.mark.parametrize("text", PERSONAL)
async def test_no_free_text_and_no_reference_holds_a_number_of_a_person(hookup: Hookup, text: str) -> None:
    clerk, user = clerk_of(hookup), citizen(hookup)
    case_id = (await user.submit(declared_length_m="300")).body["id"]
    question = (await user.act(case_id, "questions", {"text": "北墙？"})).body["questions"][0]["id"]
    urge = (await user.act(case_id, "urges")).body["urges"][0]["id"]
    seen = (await clerk.get(f"/hookups/{case_id}")).body["version"]
    document = {"document_ref": text}
    for client, path, body in (
        (user, "questions", {"text": text}),
        (clerk, f"questions/{question}/answer", {"answer": text}),
        (clerk, f"urges/{urge}/answer", {"answer": text}),
        (clerk, "guidance", document),
        (user, "agent/authorization", document),
        (clerk, "agreed-date", {"agreed_date": "2022-08-09", **document}),
        (clerk, "pauses", {"reason": "CROSSING", "evidence_ref": text}),
        (clerk, "special-case", {"reason": "CROSSING", "evidence_ref": text}),
    ):
        answer = await client.http.post(
            f"/v1/hookups/{case_id}/{path}",
            json=body,
            headers={"Idempotency-Key": path, "If-Match": f'"{seen}"'},
        )
        assert answer.status_code in (409, 422), (path, answer.text)
        assert answer.json()["errors"][0]["code"] in ("personal-data", "personal-data-in-text"), path
    assert (await clerk.get(f"/hookups/{case_id}")).body["version"] == seen


async def test_no_account_name_layout_or_file_holds_a_number_of_a_person(hookup: Hookup) -> None:
    manager = hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    await manager.put("/utilities/W-371502/agents", {"agents": [f"u-{MOBILE}"]}, 422, version='"0"')
    clerk = clerk_of(hookup)
    columns = {each: each for each in (await _headings(hookup))}
    for layout in (
        {"columns": {**columns, f"联系{MOBILE}": ""}},
        {"columns": columns, "values": {"用户类别": {"张三 138-0013-8000": "RES"}}},
    ):
        refused = await clerk.put("/utilities/W-371502/ledger-layout", layout, 422, version='"0"')
        assert "personal-data" in {each["code"] for each in refused.body["errors"]}
    sent = await clerk.http.post(
        "/v1/imports",
        files={"file": (f"张三{MOBILE}.csv", "受理编号\n1\n".encode())},
        data={"mode": "all"},
        headers={"Idempotency-Key": "k"},
    )
    assert (sent.status_code, sent.json()["errors"][0]["code"]) == (422, "personal-data")


async def _headings(hookup: Hookup) -> list[str]:
    clerk = clerk_of(hookup)
    preview = await clerk.http.post(
        "/v1/imports/preview",
        files={"file": ("a.csv", "受理编号,区划\n1,东昌府区\n".encode())},
        headers={"Idempotency-Key": "preview"},
    )
    assert preview.status_code == 200, preview.text
    return [each["name"] for each in preview.json()["fields"] if each["must"]]


async def test_a_number_is_the_same_in_any_writing_at_every_door(hookup: Hookup) -> None:
    clerk = hookup.client()
    made = (await clerk.submit(customer_ref="ｃ-000318\u200b", utility=" w-371502 ")).body
    assert (made["customer_ref"], made["utility"]) == ("C-000318", "W-371502")
    number = made["number"]
    for written in (
        number.lower(),
        f" \ufeff{number} ",
        number.replace("-", "－"),
        number.replace("0", "０"),
        f"{number[:5]}\u200b{number[5:]}",
    ):
        assert [each["id"] for each in (await clerk.get("/hookups", number=written)).body["items"]] == [
            made["id"]
        ]
    for name, values in (
        ("customer_ref", ("c-000318", "Ｃ－000318", "C-0003\u00ad18")),
        ("utility", ("w-371502", "Ｗ-371502", "W-37\u200b1502")),
    ):
        for value in values:
            found = (await clerk.get("/hookups", query={name: value})).body["items"]
            assert [each["id"] for each in found] == [made["id"]], (name, value)
    assert (await clerk.get("/hookups", customer_ref="C-000319")).body["items"] == []
    manager = hookup.client("approver", ScopeKind.UTILITY, "w-371502")
    assert (await manager.get("/utilities/w-371502/agents")).body["version"] == 0
    await manager.put("/utilities/Ｗ-371502/agents", {"agents": ["a"]}, version='"0"')
    assert (await hookup.client("administrator").get("/utilities/W-371502/agents")).body["agents"] == ["a"]
    assert (await hookup.client("citizen", ScopeKind.CITIZEN, "c-000318").get("/hookups")).body["items"]


async def test_a_citizens_business_is_listed_for_the_counter_and_for_the_citizen(hookup: Hookup) -> None:
    clerk, user = hookup.client(), citizen(hookup)
    mine = [(await client.submit()).body["id"] for client in (user, clerk)]
    (await clerk.submit(customer_ref="C-2")).body["id"]
    for client, reference in ((clerk, "C-1"), (user, "C-1")):
        found = (await client.get("/hookups", customer_ref=reference)).body["items"]
        assert {each["id"] for each in found} == set(mine)
    assert (await user.get("/hookups", customer_ref="C-2")).body["items"] == []
    page = (await clerk.get("/hookups", customer_ref="C-1", limit=1)).body
    following = (await clerk.get("/hookups", customer_ref="C-1", limit=1, cursor=page["next"])).body
    assert {each["id"] for each in page["items"] + following["items"]} == set(mine)
    other = await clerk.get("/hookups", 400, customer_ref="C-2", limit=1, cursor=page["next"])
    assert other.code == "cursor-invalid"
