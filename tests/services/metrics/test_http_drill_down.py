"""Every figure of the API leads to the cases behind it, which add up to it."""

from typing import Any

import pytest

from services.metrics.declare import Count, Rate
from services.metrics.sources.hookup import HOOKUP
from tests.services.metrics.api import Client, behind, codes, figures, get, only
from tests.services.metrics.conftest import CITY

pytestmark = pytest.mark.asyncio(loop_scope="module")

STANDING = [figure.code for figure, _ in HOOKUP.counts if not figure.by]
ACTS = [figure.code for figure in HOOKUP.figures if isinstance(figure, Count) and figure.on]
LIVE = [figure.code for figure in HOOKUP.live]
RATES = [figure.code for figure in HOOKUP.figures if isinstance(figure, Rate)]


async def test_the_cases_behind_each_count_add_up_to_its_cells(client: Client) -> None:
    city = client(CITY)
    (whole,) = await figures(city, *STANDING, *ACTS)
    cells = await figures(city, *STANDING, *ACTS, group_by=["utility", "month"])
    for code in (*STANDING, *ACTS):
        listed = await behind(city, code)
        assert sum(case["adds"] for case in listed) == whole["figures"][code] > 0
        assert sum(item["figures"][code] for item in cells) == whole["figures"][code]
        assert len({case["id"] for case in listed}) == len(listed)
        for narrowed in ({}, only(cells[-1])):
            page = await get(city, "/v1/drill-down/hookup", code=code, limit=200, **narrowed)
            item = cells[-1] if narrowed else whole
            number, subjects = page["totals"]["number"], page["totals"]["subjects"]
            assert (subjects if number is None else number) == item["figures"][code]
            if page["next"] is None:
                assert subjects == len(page["items"])
                assert sum(case["adds"] for case in page["items"]) == item["figures"][code]


@pytest.mark.parametrize("by", [["supply", "stage"], ["stage", "age"], []], ids=lambda by: "-".join(by))
async def test_the_cases_behind_each_live_count_add_up_to_its_cells(client: Client, by: list[str]) -> None:
    city = client(CITY)
    items = await figures(city, *LIVE, group_by=by)
    assert items
    for item in items:
        for code in LIVE:
            page = await get(city, "/v1/drill-down/hookup", code=code, limit=200, **codes(item))
            assert page["totals"] == {
                "subjects": item["figures"][code],
                "number": None,
                "part": None,
                "part_name": None,
            }
            assert len(page["items"]) == item["figures"][code]
            assert page["narrowed"] == item["group"]


@pytest.mark.parametrize("code", RATES)
async def test_the_cases_behind_a_rate_add_up_to_it(client: Client, code: str) -> None:
    city = client(CITY)
    (item,) = await figures(city, code)
    rate = item["figures"][code]
    listed = await behind(city, code)
    assert sum(case["adds"] for case in listed) == rate["denominator"] > 0
    if rate["from_ledger"] is not None:
        assert 0 < sum(case["facts"]["from_ledger"] for case in listed) == rate["from_ledger"] < len(listed)
        assert sum(case["in_part"] for case in listed) == rate["numerator"]
    page = await get(city, "/v1/drill-down/hookup", code=code, limit=1)
    shown = {name: rate[name] for name in ("numerator", "denominator", "percent")}
    if set(HOOKUP.rate(code).of) != {HOOKUP.rate(code).part}:
        assert {name: page["totals"]["part"][name] for name in shown} == shown
    assert page["totals"]["subjects"] == len(listed)
    if page["next"]:
        following = await get(city, "/v1/drill-down/hookup", code=code, limit=1, cursor=page["next"])
        assert following["totals"] is None


async def test_drill_down_lists_as_many_stage_times_as_the_cell_counts(client: Client) -> None:
    city = client(CITY)
    items = await figures(city, "stages", group_by=["stage", "length_class"])
    for item in items:
        listed = await behind(city, "stages", **codes(item))
        page = await get(city, "/v1/drill-down/hookup", code="stages", limit=1, **codes(item))
        took = item["figures"]["stages"]
        assert page["totals"]["subjects"] == len(listed) == took["count"]
        assert sum(case["elapsed_minutes"] for case in listed) == took["elapsed"]["sum"]
    assert len({codes(item)["stage"] for item in items}) == 8
    (whole,) = await figures(city, "stages")
    assert len(await behind(city, "stages")) == whole["figures"]["stages"]["count"]


async def test_what_is_behind_a_quantile_can_be_counted_out(client: Client) -> None:
    city = client(CITY)
    for stage in ("SURVEY_DESIGN", "TOTAL", "TOTAL_NET"):
        (item,) = await figures(city, "stages", stage=stage)
        figure = item["figures"]["stages"]
        for time in ("elapsed", "working"):
            listed = await behind(city, "stages", stage=stage, quantile=f"{time}_p50")
            minutes = [case[f"{time}_minutes"] for case in listed]
            assert minutes == sorted(minutes)
            assert len(minutes) == figure["count"] > 20
            assert [case["position"] for case in listed] == list(range(1, len(listed) + 1))
            for percent in (50, 90, 99):
                wanted = {"stage": stage, "quantile": f"{time}_p{percent}", "limit": 7}
                page = await get(city, "/v1/drill-down/hookup", code="stages", **wanted)
                found = page["quantile"]
                rank = (len(minutes) * percent + 99) // 100
                assert (found["rank"], found["count"], found["minutes"]) == (
                    rank,
                    len(minutes),
                    minutes[rank - 1],
                )
                # The board's figure is within 1 % of it, being made of buckets.
                assert abs(figure[time][f"p{percent}"] - found["minutes"]) <= found["minutes"] / 100 + 0.001
                if found["cursor"]:
                    page = await get(
                        city, "/v1/drill-down/hookup", code="stages", cursor=found["cursor"], **wanted
                    )
                    assert page["quantile"] == found
                marked = [case for case in page["items"] if case["at_quantile"]]
                assert rank in [case["position"] for case in marked]
                assert {case[f"{time}_minutes"] for case in marked} == {found["minutes"]}


async def test_only_stage_times_have_quantiles_and_lists_without_have_no_places(client: Client) -> None:
    city = client(CITY)
    answer = await city.get("/v1/drill-down/hookup", params={"code": "closed", "quantile": "elapsed_p50"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    page = await get(city, "/v1/drill-down/hookup", code="stages", limit=3)
    assert page["quantile"] is None
    assert [(case["position"], case["at_quantile"]) for case in page["items"]] == [(None, False)] * 3
    answer = await city.get(
        "/v1/drill-down/hookup",
        params={"code": "stages", "quantile": "elapsed_p50", "limit": 3, "cursor": page["next"]},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")
    empty = await get(
        city, "/v1/drill-down/hookup", code="stages", quantile="elapsed_p90", month_from="2031-01"
    )
    assert (empty["items"], empty["quantile"]) == ([], None)


async def test_each_round_of_a_stage_is_behind_its_figure_and_a_case_is_listed_once_elsewhere(
    client: Client,
) -> None:
    city = client(CITY)
    stages = await behind(city, "stages", stage="SURVEY_DESIGN")
    rounds = {(case["id"], case["round"]) for case in stages}
    assert len(rounds) == len(stages)
    again = {case["id"] for case in stages if case["round"] > 1}
    assert again
    closed = {case["id"]: case["round"] for case in await behind(city, "closed", stage="SURVEY_DESIGN")}
    latest = {case_id: max(number for of, number in rounds if of == case_id) for case_id in again}
    assert {case_id: closed[case_id] for case_id in again & closed.keys()} == {
        case_id: latest[case_id] for case_id in again & closed.keys()
    }
    assert again & closed.keys()


async def test_a_cursor_does_not_move_to_another_measure(client: Client) -> None:
    city = client(CITY)
    page = await get(city, "/v1/drill-down/hookup", code="closed", limit=3)
    answer = await city.get(
        "/v1/drill-down/hookup", params={"code": "limit_late", "limit": 3, "cursor": page["next"]}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


async def test_what_has_ended_has_no_age(client: Client) -> None:
    city = client(CITY)
    answer = await city.get("/v1/drill-down/hookup", params={"code": "closed", "age": "0-3"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("code", ["closed", "open", "cases.limit", "urged", "stages"])
@pytest.mark.parametrize("order", ["number", "-number", "elapsed", "-elapsed", "-working"])
async def test_a_list_is_sorted_page_by_page_without_losing_a_case(
    client: Client, code: str, order: str
) -> None:
    city = client(CITY)
    plain = await behind(city, code)
    listed: list[Any] = []
    cursor: str | None = None
    while True:
        at: dict[str, str] = {"cursor": cursor} if cursor else {}
        page = await get(city, "/v1/drill-down/hookup", code=code, order=order, limit=7, **at)
        listed += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(case["id"] for case in listed) == sorted(case["id"] for case in plain)
    name = order.removeprefix("-")
    values = [case["number"] if name == "number" else case[f"{name}_minutes"] for case in listed]
    # Those without a time come last in either direction.
    told = [value for value in values if value is not None]
    assert values == sorted(told, reverse=order != name) + [None] * (len(values) - len(told))
    assert len({*told}) > 1 or not told


async def test_a_quantiles_list_has_its_own_order(client: Client) -> None:
    query = {"code": "stages", "quantile": "elapsed_p50", "order": "number"}
    answer = await client(CITY).get("/v1/drill-down/hookup", params=query)
    assert answer.status_code == 422
    assert "分位数的清单按用时排列" in answer.text
