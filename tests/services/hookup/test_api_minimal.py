"""`Prefer: return=minimal` (RFC 7240): a command answers with the version alone."""

from uuid import uuid4

import httpx
import pytest

from libs.common.http.command import wants_minimal
from tests.services.hookup.permit_samples import citizen, clerk_of
from tests.support.hookup import Client, Hookup


async def give(client: Client, path: str, version: str, prefer: str, key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid4()), "If-Match": version, "Prefer": prefer}
    return await client.http.post(f"/v1/hookups/{path}", json={}, headers=headers)


async def test_the_version_is_all_that_is_answered(hookup: Hookup) -> None:
    clerk = clerk_of(hookup)
    case = (await citizen(hookup).submit()).body
    start = f"{case['id']}/stages/SURVEY_DESIGN/start"
    answer = await give(clerk, start, f'"{case["version"]}"', "return=minimal", key="once")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["preference-applied"] == "return=minimal"
    seen = await clerk.get(f"/hookups/{case['id']}")
    assert (seen.etag, answer.headers["etag"]) == (f'"{case["version"] + 1}"', seen.etag)
    assert seen.body["open_stages"] == ["SURVEY_DESIGN"]
    again = await give(clerk, start, seen.etag, "return=minimal", key="once")
    assert (again.status_code, again.headers["etag"]) == (204, seen.etag)


async def test_a_refusal_is_told_in_full(hookup: Hookup) -> None:
    case = (await citizen(hookup).submit()).body
    start = f"{case['id']}/stages/TURN_ON/start"
    answer = await give(clerk_of(hookup), start, f'"{case["version"]}"', "return=minimal")
    assert (answer.status_code, answer.json()["code"]) == (409, "stage-out-of-order")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], False),
        (["return=minimal"], True),
        (['Return = "minimal"; foo=bar'], True),
        (["respond-async, return=minimal"], True),
        (["respond-async", "return=minimal"], True),
        (["return=representation"], False),
        (["return=representation, return=minimal"], False),
        (["returns=minimal"], False),
        (["minimal"], False),
    ],
)
def test_what_asks_for_it(headers: list[str], expected: bool) -> None:
    assert wants_minimal(headers) is expected
