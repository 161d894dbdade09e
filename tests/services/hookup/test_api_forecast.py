"""Forecasts over HTTP: of one case and of a page, from past cases that the caller may not see one by one."""

from fractions import Fraction
from time import monotonic
from typing import Any

import pytest

from libs.common.auth.callers import ScopeKind
from services.hookup.domain.values.stages import Stage
from services.hookup.storage import past_cases
from tests.services.hookup.past import closed_case, put
from tests.support.hookup import Client, Hookup, Json


async def in_works(client: Client, hookup: Hookup, **fields: Any) -> str:
    """Submit on Monday 4 July, 09:00; the works begin on Wednesday at nine. Return the case's id."""
    hookup.set_clock("2022-07-04 09:00")
    case_id: str = (await client.submit(**fields)).body["id"]
    for stage, start, end in (
        (Stage.SURVEY_DESIGN, "2022-07-04 10:00", "2022-07-05 10:00"),
        (Stage.CONTRACT, "2022-07-05 10:00", "2022-07-06 09:00"),
    ):
        # Before a gap is announced.
        hookup.set_clock(end)
        await client.stage(case_id, stage, "start", start)
        await client.stage(case_id, stage, "completion", end)
    await client.act(case_id, "no-permit", {"reason": "NOT_PUBLIC_GROUND", "document_ref": "OBJ-1"})
    await client.stage(case_id, Stage.EXTERNAL_WORKS, "start", "2022-07-06 09:00")
    return case_id


async def forecast_of(client: Client, case_id: str) -> Json:
    return (await client.get(f"/hookups/{case_id}/forecast")).body


async def test_a_case_is_compared_with_the_past_cases_of_its_utility(hookup: Hookup) -> None:
    # Due on Monday the 11th. Works of three days end on Saturday, those of a week after the due time.
    await put(hookup, *(closed_case(works_days=2) for _ in range(20)))
    await put(hookup, *(closed_case(works_days=7) for _ in range(12)))
    # Others' cases, other classes and other services are no comparison.
    await put(hookup, *(closed_case(utility="W-371503", district="371503") for _ in range(40)))
    clerk = hookup.client(scope=ScopeKind.UTILITY, code="W-371502")
    case_id = await in_works(clerk, hookup)
    told = await forecast_of(clerk, case_id)
    assert told["chance"] == {"numerator": 21, "denominator": 34, "percent": "62"}
    assert (told["sample"], told["level"], told["why_not"]) == (32, "UTILITY", None)
    assert told["due_at"] == "2022-07-11T09:30:00Z"
    assert told["basis"] == "本单位同类件32件，在同一环节停留不短于此件"
    assert "拉普拉斯" in told["method"]
    # After three days only those of a week had still been at it.
    hookup.set_clock("2022-07-09 09:00")
    later = await forecast_of(clerk, case_id)
    assert (later["sample"], later["level"]) == (12, "CITY")
    assert later["chance"]["numerator"] / later["chance"]["denominator"] == pytest.approx(1 / 14)
    hookup.set_clock("2022-07-11 17:31")
    late = await forecast_of(clerk, case_id)
    assert (late["chance"]["percent"], late["level"], late["basis"]) == ("0", None, "应办结时间已过")


async def test_what_is_due_soon_is_listed_by_its_chance_and_the_misses_add_up(hookup: Hookup) -> None:
    await put(hookup, *(closed_case(works_days=2) for _ in range(20)))
    await put(hookup, *(closed_case(works_days=7) for _ in range(12)))
    clerk = hookup.client(scope=ScopeKind.UTILITY, code="W-371502")
    early = await in_works(clerk, hookup)
    later = (await clerk.submit(customer_ref="C-000002")).body["id"]
    risk = (await clerk.get("/forecasts/at-risk")).body
    assert {row["id"] for row in risk["items"]} == {early, later}
    told = [row["forecast"]["chance"] for row in risk["items"]]
    chances = [Fraction(chance["numerator"], chance["denominator"]) for chance in told if chance]
    assert chances == sorted(chances)
    assert Fraction(risk["misses"]["numerator"], risk["misses"]["denominator"]) == len(chances) - sum(chances)
    assert (risk["cases"], risk["more_than_cases"]) == (2, False)
    # Overdue is not at risk any more, and what is due later is not yet.
    hookup.set_clock("2022-07-11 17:31")
    assert early not in [row["id"] for row in (await clerk.get("/forecasts/at-risk")).body["items"]]
    hookup.set_clock("2022-07-06 09:00")
    assert (await clerk.get("/forecasts/at-risk", days=1)).body["items"] == []
    assert (await clerk.get("/forecasts/at-risk", 422, days=32)).body["errors"][0]["field"] == "query.days"


async def test_with_too_few_cases_of_the_utility_the_citys_are_compared(hookup: Hookup) -> None:
    await put(hookup, *(closed_case(works_days=7) for _ in range(29)))
    await put(hookup, *(closed_case(utility="W-371503", district="371503") for _ in range(71)))
    clerk = hookup.client()
    case_id = await in_works(clerk, hookup)
    told = await forecast_of(clerk, case_id)
    assert (told["sample"], told["level"]) == (100, "CITY")
    chance = told["chance"]
    assert Fraction(chance["numerator"], chance["denominator"]) == Fraction(72, 102)
    assert told["basis"].startswith("全市同类件100件")


async def test_cases_that_close_are_compared_after_a_while(
    hookup: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = hookup.client()
    case_id = await in_works(clerk, hookup)
    told = await forecast_of(clerk, case_id)
    assert (told["chance"], told["sample"], told["why_not"]) == (None, 0, "TOO_FEW")
    assert told["basis"] == "可比的已办结件不足5件"
    await put(hookup, *(closed_case() for _ in range(30)))
    assert (await forecast_of(clerk, case_id))["sample"] == 0
    now = monotonic()
    monkeypatch.setattr(past_cases, "monotonic", lambda: now + past_cases.KEEP_SECONDS)
    assert (await forecast_of(clerk, case_id))["sample"] == 30


async def test_only_the_latest_cases_are_read(hookup: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_cases, "MOST_CASES", 30)
    await put(hookup, *(closed_case("2022-06-13 09:00", works_days=7) for _ in range(30)))
    await put(hookup, *(closed_case() for _ in range(30)))
    clerk = hookup.client()
    told = await forecast_of(clerk, await in_works(clerk, hookup))
    assert (told["sample"], told["chance"]["percent"]) == (30, "3")


async def test_of_some_cases_the_reason_is_told(hookup: Hookup) -> None:
    clerk = hookup.client()
    for fields, why_not in (
        ({"complete": False}, "NOT_ACCEPTED"),
        ({"declared_length_m": None}, "LENGTH_UNKNOWN"),
        ({"declared_length_m": "200.1"}, "NO_DATE"),
    ):
        case_id = (await clerk.submit(**fields)).body["id"]
        told = await forecast_of(clerk, case_id)
        assert (told["chance"], told["why_not"]) == (None, why_not)
    await clerk.act(case_id, "withdrawal", {"document_ref": "OBJ-1"})
    assert (await forecast_of(clerk, case_id))["why_not"] == "FINISHED"


async def test_nobody_learns_of_a_case_elsewhere(hookup: Hookup) -> None:
    clerk = hookup.client()
    case_id = await in_works(clerk, hookup)
    path = f"/hookups/{case_id}/forecast"
    await hookup.client(scope=ScopeKind.UTILITY, code="W-371503").get(path, 404)
    await hookup.client("window", ScopeKind.DISTRICT, "371503").get(path, 404)
    await hookup.client("citizen", ScopeKind.CITIZEN, "C-1").get(path)
    await hookup.client("citizen", ScopeKind.CITIZEN, "C-2").get(path, 404)
    await hookup.stranger().get(path, 401)
    others = hookup.client(scope=ScopeKind.UTILITY, code="W-371503")
    assert (await others.get("/forecasts")).body["items"] == []


async def test_running_cases_are_listed_by_their_due_times_with_their_chances(hookup: Hookup) -> None:
    await put(hookup, *(closed_case() for _ in range(30)))
    clerk = hookup.client()
    first = await in_works(clerk, hookup)
    hookup.set_clock("2022-07-06 10:00")
    # Ten days; the others are due on Monday, the one without a length provisionally.
    second = (await clerk.submit(declared_length_m="120")).body["id"]
    third = (await clerk.submit(declared_length_m=None)).body["id"]
    await clerk.submit(declared_length_m="200.1")
    page = (await clerk.get("/forecasts", limit=2)).body
    assert [each["id"] for each in page["items"]] == [first, third]
    rest = (await clerk.get("/forecasts", limit=2, cursor=page["next"])).body
    assert ([each["id"] for each in rest["items"]], rest["next"]) == ([second], None)
    told = {each["id"]: each["forecast"] for each in page["items"] + rest["items"]}
    assert told[third]["why_not"] == "LENGTH_UNKNOWN"
    assert told[first] == {name: (await forecast_of(clerk, first))[name] for name in told[first]}
    assert told[first]["chance"]["percent"] == "97"
    assert (await clerk.get("/forecasts", supply="GAS")).body["items"] == []
    await clerk.get("/forecasts", 422, limit=101)


async def test_a_page_reads_the_past_once_a_like(hookup: Hookup) -> None:
    await put(hookup, *(closed_case() for _ in range(3)))
    clerk = hookup.client("window")
    for _ in range(5):
        await clerk.submit()
    await clerk.submit(supply="GAS", utility="G-371502")
    async with hookup.counting() as statements:
        items = (await clerk.get("/forecasts")).body["items"]
    assert len(items) == 6
    # The page; water's utility and city, gas's utility and city.
    assert len(statements) == 5
    async with hookup.counting() as statements:
        await clerk.get("/forecasts")
    assert len(statements) == 1
