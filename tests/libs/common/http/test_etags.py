import httpx
import pytest

BODY = {"id": "M-1", "place": "371502"}


async def test_the_etag_of_a_reading_is_the_if_match_of_a_change(client: httpx.AsyncClient) -> None:
    seen = (await client.get("/v1/meters/M-1")).headers["etag"]
    assert seen == '"1"'
    answer = await client.put("/v1/meters/M-1", json=BODY, headers={"If-Match": seen})
    assert (answer.status_code, answer.json()) == (200, {"id": "M-1", "version": 2})


@pytest.mark.parametrize("value", ['"2"', 'W/"1"', '"x"', "1", '"1", "2"', ""])
async def test_another_version_is_refused(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.put("/v1/meters/M-1", json=BODY, headers={"If-Match": value})
    assert (answer.status_code, answer.json()["code"]) == (412, "version-changed")


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}])
async def test_a_change_must_name_its_version(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.put("/v1/meters/M-1", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (428, "if-match-missing")
