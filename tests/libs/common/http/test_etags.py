import httpx
import pytest

from libs.common.http.etags import Expected
from libs.common.problems import Problem

BODY = {"id": "M-1", "place": "371502"}


async def test_the_etag_of_a_reading_is_the_if_match_of_a_change(client: httpx.AsyncClient) -> None:
    seen = (await client.get("/v1/meters/M-1")).headers["etag"]
    assert seen == '"1"'
    answer = await client.put("/v1/meters/M-1", json=BODY, headers={"If-Match": seen})
    assert (answer.status_code, answer.json()) == (200, {"id": "M-1", "version": 2})


@pytest.mark.parametrize(
    "value",
    ['"2"', 'W/"1"', '"x"', '"2", "3"', 'W/"1", "2"', '"99999999999"', '""', '"\xb9"', '"1x"', '"a,1"'],
)
async def test_another_version_is_refused(client: httpx.AsyncClient, value: str) -> None:
    headers = {b"If-Match": value.encode("latin-1")}
    answer = await client.put("/v1/meters/M-1", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (412, "version-changed")


@pytest.mark.parametrize("value", ["*", " * ", '"1"', '"7" , "1"', 'W/"1","1"', ',"1",,', '"x","1"'])
async def test_one_of_several_tags_or_any_version_is_enough(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.put("/v1/meters/M-1", json=BODY, headers={"If-Match": value})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)


async def test_a_list_may_come_in_several_lines(client: httpx.AsyncClient) -> None:
    headers = [("If-Match", '"7"'), ("If-Match", '"1"')]
    assert (await client.put("/v1/meters/M-1", json=BODY, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "value", ["1", '"1', '1"', '"1" "2"', '"1", *', "*, *", 'w/"1"', "", "'1'", "\uff11"]
)
async def test_what_is_no_tag_is_said(client: httpx.AsyncClient, value: str) -> None:
    headers = {b"If-Match": value.encode()}
    answer = await client.put("/v1/meters/M-1", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "if-match-invalid")


async def test_a_change_must_name_its_version(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/meters/M-1", json=BODY)
    assert (answer.status_code, answer.json()["code"]) == (428, "if-match-missing")


@pytest.mark.parametrize(
    ("seen", "acted", "accepted"),
    [
        # The version 7 is there; the last act made 4, timers the rest.
        ({7}, 4, True),
        ({4}, 4, True),
        ({5, 1}, 4, True),
        ({3}, 4, False),
        ({8}, 4, False),
        ({3, 8}, 4, False),
        (set(), 4, False),
        (None, 4, True),
        # Where it is not known what was an act every change is one.
        ({6}, None, False),
        ({7}, None, True),
    ],
)
def test_only_acts_conflict(seen: set[int] | None, acted: int | None, *, accepted: bool) -> None:
    expected = Expected(None if seen is None else frozenset(seen))
    assert expected.accepts(7, acted) is accepted
    if accepted:
        assert expected.check(7, acted) == 7
    else:
        with pytest.raises(Problem, match="version-changed"):
            expected.check(7, acted)
