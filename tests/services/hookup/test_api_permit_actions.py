"""What an authority is offered on a permit item: each command with its form, while it can be given."""

from typing import Any

import pytest

from tests.services.hookup.permit_samples import (
    BASIS,
    DOCUMENT,
    GRANTED,
    OBJECTION,
    act_on,
    clerk_of,
    commitment,
    file,
    office,
    surveyed,
)
from tests.support.hookup import Client, Hookup, Json

APPROVAL = {"kind": "TREES", "mode": "APPROVAL"}
RECORD = {"kind": "GREEN_LAND", "mode": "RECORD", "basis": BASIS}


async def filed(hookup: Hookup, item: Json) -> tuple[str, str]:
    """Return a case and its one item, filed as given."""
    clerk = clerk_of(hookup)
    case_id = await surveyed(clerk, "99.0")
    return case_id, (await file(clerk, case_id, item)).body["permits"][0]["id"]


async def offered(client: Client, item: str) -> dict[str, Json]:
    """Return the forms that a caller is offered on an item, by operation: the choices of each field."""
    actions = (await client.get(f"/permits/{item}/actions")).body
    seen = await client.get(f"/permits/{item}")
    assert f'"{actions["version"]}"' == seen.etag
    return {
        action["operation_id"]: {field["name"]: _codes(field) for field in action["fields"]}
        for action in actions["items"]
    }


def _codes(field: Json) -> list[Any]:
    return [choice["value"] for choice in field["choices"] or []]


async def test_an_approval_is_decided_either_way_and_then_only_risks_are_reported(hookup: Hookup) -> None:
    _, item = await filed(hookup, APPROVAL)
    authority = office(hookup)
    before = await offered(authority, item)

    assert before.keys() == {"decidePermit", "reportPermitRisk"}
    assert sorted(before["decidePermit"]["decision"]) == ["GRANTED", "REFUSED"]

    await act_on(authority, item, "decision", GRANTED)
    assert (await offered(authority, item)).keys() == {"reportPermitRisk"}


async def test_a_record_is_objected_to_and_not_refused(hookup: Hookup) -> None:
    _, item = await filed(hookup, RECORD)
    authority = office(hookup)
    before = await offered(authority, item)

    assert before.keys() == {"decidePermit", "objectToPermit", "reportPermitRisk"}
    assert before["decidePermit"]["decision"] == ["GRANTED"]

    await act_on(authority, item, "objection", OBJECTION)
    assert sorted((await offered(authority, item))["decidePermit"]["decision"]) == ["GRANTED", "REFUSED"]


async def test_a_commitment_is_checked_and_a_risk_is_reported_once(hookup: Hookup) -> None:
    case_id, item = await filed(hookup, commitment())
    clerk, authority = clerk_of(hookup), office(hookup)
    await clerk.act(case_id, f"permits/{item}/commitment", DOCUMENT)
    before = await offered(authority, item)

    assert before.keys() == {"checkCommitment", "reportPermitRisk"}

    risks = before["reportPermitRisk"]["risks"]
    await act_on(authority, item, "risks", {"risks": risks[:1], **DOCUMENT})
    assert (await offered(authority, item))["reportPermitRisk"]["risks"] == risks[1:]


async def test_an_action_is_followed_as_it_is_offered(hookup: Hookup) -> None:
    _, item = await filed(hookup, RECORD)
    authority = office(hookup)
    actions = (await authority.get(f"/permits/{item}/actions")).body
    (objection,) = [item for item in actions["items"] if item["operation_id"] == "objectToPermit"]

    answer = await authority.post(
        objection["href"].removeprefix("/v1"),
        OBJECTION,
        version=f'"{actions["version"]}"',
    )

    assert answer.body["mode"] == "APPROVAL"


async def test_of_a_case_that_has_come_to_nothing_nothing_is_offered(hookup: Hookup) -> None:
    case_id, item = await filed(hookup, APPROVAL)
    await clerk_of(hookup).act(case_id, "withdrawal", DOCUMENT)

    assert await offered(office(hookup), item) == {}


@pytest.mark.parametrize("role", ["administrator", "supervisor"])
async def test_who_only_reads_is_offered_nothing(hookup: Hookup, role: str) -> None:
    _, item = await filed(hookup, APPROVAL)

    assert await offered(hookup.client(role), item) == {}


async def test_another_authority_does_not_find_the_item(hookup: Hookup) -> None:
    _, item = await filed(hookup, APPROVAL)

    await office(hookup, "TRAFFIC_POLICE").get(f"/permits/{item}/actions", 404)
