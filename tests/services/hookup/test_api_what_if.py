"""What-if over HTTP: the table of differences, who sees what, and that nothing is changed."""

from typing import Any

import pytest
from sqlalchemy import select, text

from libs.common.auth.callers import ScopeKind
from services.hookup.storage.tables import metadata
from services.hookup.usecases import what_if
from tests.services.hookup.past import closed_case, put
from tests.support.hookup import Hookup, Json

MAY: Json = {"first_month": "2022-05", "last_month": "2022-05"}
STRICT: Json = {**MAY, "judged": "calendar_strict"}
PATH = "/policies/what-if"


async def some_cases(hookup: Hookup) -> None:
    """Received on Monday 9 May, due on Monday 16 May (the fifth day is a Saturday): on time, on a Sunday, late."""
    await put(
        hookup,
        closed_case(),
        closed_case(works_days=4),
        closed_case(works_days=9),
        closed_case(utility="W-371503", district="371503", works_days=4),
        # Closed in June.
        closed_case("2022-05-30 09:00", works_days=4),
    )


async def rows(hookup: Hookup) -> dict[str, Any]:
    """Every row of the service but its memory of answers."""
    found = {}
    async with hookup.service.database.reading() as connection:
        for table in [*metadata.sorted_tables]:
            found[table.name] = sorted(map(repr, await connection.execute(select(table))))
        for name in ("outbox", "timer", "policy_version", "inbox", "dead_letter"):
            found[name] = sorted(map(repr, await connection.execute(text(f"SELECT * FROM {name}"))))
    return found


async def test_differences_are_told_by_utility_and_in_all(hookup: Hookup) -> None:
    await some_cases(hookup)
    told = (await hookup.client("supervisor").post(PATH, STRICT)).body
    assert told["total"] == {
        "cases": 4,
        "on_time_before": 3,
        "on_time_then": 1,
        "became_on_time": 0,
        "became_late": 2,
        "rate_before": {"numerator": 3, "denominator": 4, "percent": "75.00"},
        "rate_then": {"numerator": 1, "denominator": 4, "percent": "25.00"},
    }
    by_utility = {each["utility"]: each for each in told["utilities"]}
    assert list(by_utility) == ["W-371502", "W-371503"]
    assert by_utility["W-371502"]["rate_then"]["percent"] == "33.33"
    assert by_utility["W-371503"]["name"] == "茌平区供水专营单位"
    changed = [(each["utility"], each["on_time_before"], each["on_time_then"]) for each in told["changed"]]
    assert sorted(changed) == [("W-371502", True, False), ("W-371503", True, False)]
    assert told["changed"][0]["due_before"] == "2022-05-16T09:30:00Z"
    assert told["changed"][0]["due_then"] == "2022-05-14T09:30:00Z"


async def test_each_part_of_other_rules_is_taken(hookup: Hookup) -> None:
    await some_cases(hookup)
    client = hookup.client("administrator")
    for other, then in (
        ({}, 3),
        ({"policy_version": "2022-49"}, 3),
        # Twelve days later: 9 + 2 days of works end on Friday the 20th.
        ({"limit_days": {"WATER": {"L1_LE50": 12}}}, 4),
        ({"limit_days": {"GAS": {"L1_LE50": 12}}}, 3),
        ({"excluded_stages": ["EXTERNAL_WORKS"]}, 4),
        ({"excluded_stages": ["PERMIT"]}, 3),
    ):
        told = (await client.post(PATH, {**MAY, **other})).body
        assert told["total"]["on_time_then"] == then, other
    both = {"first_month": "2022-05", "last_month": "2022-06"}
    assert (await client.post(PATH, both)).body["total"]["cases"] == 5
    nothing = (await client.post(PATH, {"first_month": "2022-01", "last_month": "2022-01"})).body
    assert nothing["total"]["rate_before"] == {"numerator": 0, "denominator": 0, "percent": None}
    assert (nothing["utilities"], nothing["changed"]) == ([], [])


async def test_nothing_is_changed(hookup: Hookup) -> None:
    await some_cases(hookup)
    before = await rows(hookup)
    assert before["hookup_case"]
    assert before["outbox"]
    await hookup.client("clerk").post(PATH, STRICT)
    assert await rows(hookup) == before


async def test_the_answer_is_the_same_however_it_is_read(
    hookup: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some_cases(hookup)
    client = hookup.client("approver")
    whole = (await client.post(PATH, STRICT, key="a")).body
    monkeypatch.setattr(what_if, "PAGE", 1)
    assert (await client.post(PATH, STRICT)).body == whole
    # A repeated key has its first answer, whatever has happened since.
    await put(hookup, closed_case())
    assert (await client.post(PATH, STRICT, key="a")).body == whole


async def test_officials_compare_what_lies_in_their_place(hookup: Hookup) -> None:
    await some_cases(hookup)
    for role, place, code, cases in (
        ("clerk", ScopeKind.UTILITY, "W-371503", 1),
        ("supervisor", ScopeKind.DISTRICT, "371502", 3),
        ("supervisor", ScopeKind.DISTRICT, "371521", 0),
    ):
        told = (await hookup.client(role, place, code).post(PATH, STRICT)).body
        assert told["total"]["cases"] == cases
        assert all(each["utility"] == code for each in told["utilities"] if place is ScopeKind.UTILITY)
    await hookup.client("citizen", ScopeKind.CITIZEN, "C-1").post(PATH, STRICT, 403)
    await hookup.client("channel", ScopeKind.CHANNEL, "ISHANDONG").post(PATH, STRICT, 403)
    await hookup.stranger().post(PATH, STRICT, 401)


async def test_what_is_asked_wrongly_is_told_where_it_is(hookup: Hookup) -> None:
    client = hookup.client()
    for other, field, code, status in (
        ({"policy_version": "1999-1"}, "policy_version", "version-unknown", 422),
        ({"judged": "lunar"}, "judged", "not-allowed", 422),
        ({"excluded_stages": ["SURVEY_DESIGN"]}, "excluded_stages[0]", "not-allowed", 422),
        ({"limit_days": {"WATER": {"L0_NONE": 0}}}, "limit_days.WATER.L0_NONE", "too-small", 422),
        ({"last_month": "2022-13"}, "last_month", "rule", 422),
        ({"first_month": "2022-09\n"}, "first_month", "rule", 422),
        ({"first_month": 202209}, "first_month", "type", 422),
        ({"last_month": "2022-04"}, "last_month", "range-invalid", 409),
        ({"last_month": "2024-05"}, "last_month", "range-invalid", 409),
    ):
        answer = await client.post(PATH, {**MAY, **other}, status)
        assert [(each["field"], each["code"]) for each in answer.body["errors"]] == [(field, code)], other
    for wrong in (
        {"limit_days": {"HEAT": {"L0_NONE": 3}}},
        {"limit_days": {"WATER": {"L3_GT200": 3}}},
        {"days": 3},
    ):
        await client.post(PATH, {**MAY, **wrong}, 422)
