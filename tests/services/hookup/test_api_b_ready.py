"""B-READY over HTTP: the figures, and the rows as a spreadsheet reads them."""

import csv
import io

import pytest

from libs.common.auth.callers import ScopeKind
from libs.common.places import Supply
from services.hookup.domain.parts.special import Special
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.usecases import b_ready
from tests.services.hookup.past import closed_case, put
from tests.support.hookup import Client, Hookup, submitted_case

MAY = {"first_month": "2022-05", "last_month": "2022-05"}


async def some_cases(hookup: Hookup) -> None:
    special = closed_case("2022-05-23 09:00", works_days=4, number="W-371502-3")
    special.special = Special(PauseReason.CROSSING, "OBJ-1", "clerk-1", approved_by="approver-1")
    withdrawn = submitted_case("2022-05-09 09:00")
    withdrawn.number = "W-371502-5"
    withdrawn.withdraw(withdrawn.submitted_at)
    gas = closed_case(number="G-371502-1")
    gas.supply = Supply.GAS
    await put(
        hookup,
        closed_case("2022-05-09 09:00", number="W-371502-1"),
        closed_case("2022-05-16 09:00", works_days=2, number="W-371502-2"),
        special,
        closed_case(
            "2022-05-30 09:00", works_days=9, number="W-371503-1", utility="W-371503", district="371503"
        ),
        closed_case("2022-06-06 09:00", number="W-371502-4"),
        withdrawn,
        gas,
    )


async def sheet(client: Client, **query: str) -> list[list[str]]:
    response = await client.http.get("/v1/b-ready.csv", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


async def test_days_are_told_by_utility_and_in_all(hookup: Hookup) -> None:
    await some_cases(hookup)
    told = (await hookup.client("supervisor").get("/b-ready", query=MAY)).body
    assert told["total"] == {"connections": 4, "special": 1, "mean": "6.0", "median": "5.0"}
    assert [
        (each["utility"], each["connections"], each["mean"], each["median"]) for each in told["utilities"]
    ] == [
        ("W-371502", 3, "4.3", "4.0"),
        ("W-371503", 1, "11.0", "11.0"),
    ]
    assert told["utilities"][0]["name"] == "东昌府区供水专营单位"
    assert "自然日" in told["definition"]
    empty = (await hookup.client().get("/b-ready", first_month="2022-01", last_month="2022-02")).body
    assert empty["total"] == {"connections": 0, "special": 0, "mean": None, "median": None}


async def test_each_connection_is_a_row(hookup: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    await some_cases(hookup)
    client = hookup.client("supervisor")
    headings, *rows = await sheet(client, **MAY)
    assert headings[0] == "受理编号"
    assert rows[-1] == [
        "W-371502-1",
        "W-371502",
        "东昌府区供水专营单位",
        "371502",
        "东昌府区",
        "50米以内",
        "2022-05-09 09:00",
        "2022-05-12 10:00",
        "3",
        "",
    ]
    assert [(row[0], row[8], row[9]) for row in rows] == [
        ("W-371503-1", "11", ""),
        ("W-371502-3", "6", "是"),
        ("W-371502-2", "4", ""),
        ("W-371502-1", "3", ""),
    ]
    monkeypatch.setattr(b_ready, "PAGE", 1)
    assert await sheet(client, **MAY) == [headings, *rows]
    assert await sheet(client, first_month="2022-01", last_month="2022-01") == [headings]


async def test_everyone_exports_what_lies_in_their_place(hookup: Hookup) -> None:
    await some_cases(hookup)
    for role, place, code, numbers in (
        ("clerk", ScopeKind.UTILITY, "W-371503", ["W-371503-1"]),
        ("window", ScopeKind.DISTRICT, "371521", []),
    ):
        client = hookup.client(role, place, code)
        assert [row[0] for row in (await sheet(client, **MAY))[1:]] == numbers
        assert (await client.get("/b-ready", query=MAY)).body["total"]["connections"] == len(numbers)
    await hookup.stranger().get("/b-ready.csv", 401, MAY)
    for path in ("/b-ready", "/b-ready.csv"):
        await client.get(path, 409, first_month="2022-05", last_month="2024-05")
        await client.get(path, 422, first_month="2022-05", last_month="2022-5")
        await client.get(path, 422)
