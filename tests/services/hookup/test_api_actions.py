"""What can be done to a case now, each command with its form: what channels and pages draw their forms from."""

from collections.abc import Iterator
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from libs.common.http.actions import Action
from libs.common.http.form_fields import FieldKind, FormField, fields_of
from libs.common.http.labels import HINT, NAMES, UNIT
from libs.common.problems import is_chinese
from services.hookup.domain.values.stages import Stage
from services.hookup.http.commands import HOOKUPS
from tests.services.hookup.permit_samples import citizen, clerk_of
from tests.services.hookup.test_api_agents import with_agents
from tests.support.hookup import Client, Hookup, Json


async def actions(client: Client, case_id: str) -> dict[str, list[Json]]:
    """What a caller is offered on a case: by operation, one action for each target."""
    found: dict[str, list[Json]] = {}
    for item in (await client.get(f"/hookups/{case_id}/actions")).body["items"]:
        found.setdefault(item["operation_id"], []).append(item)
    return found


async def take(client: Client, action: Json, body: Json | None = None) -> Json:
    """Follow an action as it is offered."""
    path = action["href"].removeprefix("/v1")
    seen = await client.get(f"/hookups/{path.split('/')[2]}")
    return (await client.post(path, body, version=seen.etag)).body


def all_fields(fields: list[FormField]) -> Iterator[FormField]:
    for item in fields:
        yield item
        yield from all_fields(item.fields or [])


def declared(hookup: Hookup) -> Iterator[tuple[str, list[FormField]]]:
    """Every command with the fields of its form."""
    for by in HOOKUPS.declared:
        assert by.form is not None
        yield by.form.operation_id, fields_of(by.form)


async def test_every_field_of_every_command_has_a_label_and_every_code_a_name(hookup: Hookup) -> None:
    unnamed = [
        f"{operation}: {item.name}"
        for operation, fields in declared(hookup)
        for item in all_fields(fields)
        if not is_chinese(item.label) or not all(is_chinese(choice.label) for choice in item.choices or ())
    ]
    assert unnamed == []


async def test_the_document_of_the_api_carries_the_same(hookup: Hookup) -> None:
    schemas = hookup.app.openapi()["components"]["schemas"]
    length = schemas["ChangeLength"]["properties"]
    assert (length["length_m"]["title"], length["length_m"][UNIT]) == ("长度", "米")
    assert length["length_m"][HINT] == "最多一位小数；没有外线填 0"
    assert length["kind"][NAMES] == {"DECLARED": "申报", "DESIGNED": "设计", "AS_BUILT": "竣工"}


async def test_a_form_is_followed_as_it_is_offered(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await citizen(hookup).submit(complete=True)).body["id"]
    offered = await actions(clerk, case_id)
    (start,) = offered["startStage"]
    # What cannot begin yet is told with the reason (HK-03).
    assert "勘查设计完成之前不能开始外线施工" in start["hint"]
    assert start["target"] == {"value": "SURVEY_DESIGN", "label": "勘查设计"}
    assert start["href"] == f"/v1/hookups/{case_id}/stages/SURVEY_DESIGN/start"
    assert (start["title"], start["group"], start["method"]) == ("开始环节", "受理与环节", "POST")
    (grounds, at) = start["fields"]
    assert (at["name"], at["kind"], at["required"], at["hint"]) == ("at", "INSTANT", False, "不填即现在")
    assert [item["name"] for item in grounds["fields"]] == ["reason", "evidence_ref"]
    await take(clerk, start, {})
    after = await actions(clerk, case_id)
    assert [each["target"]["value"] for each in after["startStage"]] == [Stage.CONTRACT, Stage.PERMIT]
    assert [each["target"]["value"] for each in after["completeStage"]] == [Stage.SURVEY_DESIGN]


async def test_a_file_is_asked_for_where_a_command_takes_one(hookup: Hookup) -> None:
    user = citizen(hookup)
    case_id = (await user.submit(complete=False)).body["id"]
    uploads = (await actions(user, case_id))["uploadMaterial"]
    assert "PREMISES_PROOF" in [each["target"]["value"] for each in uploads]
    assert {each["content_type"] for each in uploads} == {"multipart/form-data"}
    assert [field["kind"] for field in uploads[0]["fields"]] == [FieldKind.FILE]


async def test_what_is_there_to_choose_comes_from_the_case(hookup: Hookup) -> None:
    clerk, head = clerk_of(hookup), hookup.client("approver", ScopeKind.UTILITY, "W-371502")
    await with_agents(hookup, "agent-1", "agent-2")
    case_id = (await citizen(hookup).submit()).body["id"]
    evidence = await clerk.evidence(case_id)
    offered = await actions(clerk, case_id)
    (pause,) = offered["requestPause"]
    by_name = {field["name"]: field for field in pause["fields"]}
    assert [choice["value"] for choice in by_name["evidence_ref"]["choices"]] == [evidence]
    assert by_name["evidence_ref"]["kind"] == "CHOICE"
    assert "EMERGENCY_STOP" in {choice["value"] for choice in by_name["reason"]["choices"]}
    (agent,) = offered["assignAgent"]
    assert len(agent["fields"][0]["choices"]) == 1
    assert "approvePause" not in await actions(head, case_id)
    asked = await take(clerk, pause, {"reason": "EMERGENCY_STOP", "evidence_ref": evidence})
    (approval,) = (await actions(head, case_id))["approvePause"]
    assert approval["href"].endswith(f"/pauses/{asked['pauses'][0]['id']}/approval")
    assert approval["fields"] == []
    await take(head, approval)
    assert "approvePause" not in await actions(head, case_id)
    assert "resumeHookup" in await actions(clerk, case_id)


@pytest.mark.parametrize(
    ("role", "place", "meant", "withheld"),
    [
        ("citizen", None, {"withdrawHookup", "askQuestion", "urgeHookup"}, {"startStage", "refuseHookup"}),
        ("window", (ScopeKind.DISTRICT, "371502"), {"withdrawHookup"}, {"startStage", "urgeHookup"}),
        ("supervisor", None, set(), {"startStage", "withdrawHookup", "approveSpecialCase"}),
        ("agent", None, {"giveGuidance"}, {"withdrawHookup", "authoriseAgent"}),
    ],
)
async def test_each_role_is_offered_its_own(
    hookup: Hookup,
    role: str,
    place: tuple[ScopeKind, str] | None,
    meant: set[str],
    withheld: set[str],
) -> None:
    case_id = (await citizen(hookup).submit()).body["id"]
    client: Any = hookup.client(role, *place) if place else hookup.client(role, subject=_subject(role))
    offered = set(await actions(client, case_id))
    assert meant <= offered
    assert not withheld & offered


def _subject(role: str) -> str:
    return "C-1" if role == "citizen" else f"{role}-1"


async def test_the_version_is_that_of_the_case_and_who_sees_no_case_is_told_nothing(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case_id = (await citizen(hookup).submit()).body["id"]
    seen, listed = await clerk.get(f"/hookups/{case_id}"), await clerk.get(f"/hookups/{case_id}/actions")
    assert (listed.etag, listed.body["version"]) == (seen.etag, seen.body["version"])
    await clerk_of(hookup, "W-371503").get(f"/hookups/{case_id}/actions", 404)
    assert Action.model_validate(listed.body["items"][0]).method == "POST"
