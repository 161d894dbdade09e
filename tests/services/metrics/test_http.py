"""The API of figures: narrowed by place, merged by group, and defined."""

from fractions import Fraction

import pytest

from libs.common.auth.callers import Scope, ScopeKind
from services.metrics.declare import Mean, Rate
from services.metrics.sources.hookup import HOOKUP
from tests.services.metrics.api import PATHS, Client, behind, codes, figures, get
from tests.services.metrics.conftest import CITY

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", [*PATHS, "/v1/watermark/hookup", "/v1/board/stream"])
@pytest.mark.parametrize(
    "scope",
    [Scope(ScopeKind.CHANNEL, "ISHANDONG"), Scope(ScopeKind.CITIZEN, "C-1")],
    ids=lambda scope: scope.kind,
)
async def test_channels_and_citizens_are_refused(client: Client, path: str, scope: Scope) -> None:
    answer = await client(scope).get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_nobody_is_let_in_without_a_token(client: Client) -> None:
    for path in PATHS:
        assert (await client(CITY).get(path, headers={"Authorization": ""})).status_code == 401


@pytest.mark.parametrize(
    "scope",
    [Scope(ScopeKind.UTILITY, "W-371502"), Scope(ScopeKind.DISTRICT, "371502")],
    ids=lambda scope: scope.kind,
)
async def test_a_place_sees_its_own_only(client: Client, scope: Scope) -> None:
    city, own = client(CITY), client(scope)
    name = str(scope.kind)
    for code in ("stages", "closed", "pauses", "urged", "open"):
        everything = await figures(city, code, group_by=name)
        seen = await figures(own, code, group_by=name)
        assert {codes(item)[name] for item in everything} > {scope.code}
        assert seen == [item for item in everything if codes(item)[name] == scope.code]
        assert (
            await figures(own, code, group_by=name, **{name: "371581" if name == "district" else "H-371581"})
            == []
        )
    board = (await get(own, "/v1/board/hookup"))["panels"]
    assert [codes(item)[name] for item in board[f"ended_by_{name}"]] == [scope.code]
    assert [codes(item)[name] for item in board[f"live_by_{name}"]] == [scope.code]
    everything = (await get(city, "/v1/board/hookup"))["panels"]
    for panel, code in (("ended", "closed"), ("live", "open"), ("acts", "urged")):
        assert board[panel][0]["figures"][code] < everything[panel][0]["figures"][code]
    listed = await behind(own, "closed")
    assert listed == [
        case for case in await behind(city, "closed") if case["dims"][name]["code"] == scope.code
    ]
    assert listed


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"distrct": "371502"}, "query.distrct"),
        ({"month_from": "20２２-09"}, "query.month_from"),
        ({"month_from": "٢٠٢٢-09"}, "query.month_from"),
        ({"month_from": "0001-01"}, "query.month_from"),
        ({"month_to": "9999-12"}, "query.month_to"),
    ],
)
@pytest.mark.parametrize("path", [*PATHS[:3], "/v1/watermark/hookup"])
async def test_what_is_no_parameter_or_month_is_refused(
    client: Client, path: str, query: dict[str, str], field: str
) -> None:
    address, _, asked = path.partition("?")
    answer = await client(CITY).get(address, params=query | dict([asked.split("=")] if asked else []))
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_a_utility_is_the_same_in_any_writing(client: Client) -> None:
    city = client(CITY)
    utility = codes((await figures(city, "open", group_by=["utility"]))[0])["utility"]
    whole = await figures(city, "open", utility=utility)
    for written in (utility.lower(), f" {utility}\u200b", utility.replace("-", "－")):
        assert await figures(city, "open", utility=written) == whole


async def test_figures_have_heads_and_forged_cursors_are_refused(client: Client) -> None:
    city = client(CITY)
    head = await city.head("/v1/board/hookup")
    assert (head.status_code, head.content) == (200, b"")
    for cursor in ("x", "a" * 400, "W10"):
        answer = await city.get("/v1/drill-down/hookup", params={"code": "closed", "cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


async def test_where_nothing_counts_a_figure_is_zero_and_a_group_is_none(client: Client) -> None:
    city, never = client(CITY), {"month_from": "2031-01"}
    asked = ("closed", "ratings.satisfied", "permits.working", "stages")
    (item,) = await figures(city, *asked, **never)
    assert item["figures"] == {
        "closed": 0,
        "ratings.satisfied": {
            "numerator": 0,
            "denominator": 0,
            "percent": None,
            "from_ledger": 0,
            "meets": None,
            "interval": None,
        },
        "permits.working": {"total": 0, "count": 0, "mean": None},
        "stages": {"count": 0, "elapsed": None, "working": None},
    }
    assert await figures(city, *asked, group_by="utility", **never) == []


async def test_a_period_goes_by_today(client: Client) -> None:
    city = client(CITY)
    for period, first, last in (
        ("month", "2022-11", "2022-11"),
        ("year", "2022-01", "2022-12"),
        ("last-year", "2021-01", "2021-12"),
    ):
        for path in PATHS[:3]:
            address, _, asked = path.partition("?")
            more = dict([asked.split("=")] if asked else [])
            said = await get(city, address, period=period, **more)
            assert said == await get(city, address, month_from=first, month_to=last, **more)
    answer = await city.get("/v1/board/hookup", params={"period": "year", "month_to": "2022-03"})
    assert answer.status_code == 422


async def test_the_board_has_this_month_whatever_period_is_asked_for(client: Client) -> None:
    city = client(CITY)
    (month,) = await figures(city, "closed", "cases.limit", period="month")
    assert (await get(city, "/v1/board/hookup", period="last-year"))["panels"]["this_month"] == [month]
    assert month["figures"]["closed"] > 0


async def test_every_figure_has_its_definition(client: Client) -> None:
    said = await get(client(CITY), "/v1/definitions/hookup")
    defined = {each["code"]: each for each in said["items"]}
    assert len(defined) == len(said["items"])
    assert {figure.explained_by or figure.code for figure in HOOKUP.figures} <= defined.keys()
    assert all(each["numerator"] and each["exclusions"] and each["clause"] for each in defined.values())
    rates = {
        figure.code
        for figure in HOOKUP.figures
        if isinstance(figure, Rate | Mean) and not figure.explained_by
    }
    assert {code for code, each in defined.items() if each["denominator"]} == rates
    assert said["judged_under"] == [
        {
            "policy_version": "2022-1",
            "reading": {"code": "calendar_roll", "name": "自然日（末日遇休息日顺延）"},
        }
    ]


@pytest.mark.parametrize("name", ["utility", "district"])
async def test_the_ranking_goes_by_exact_fractions(client: Client, name: str) -> None:
    city = client(CITY)
    places = await figures(city, "ratings.satisfied", group_by=name)
    rates = {codes(item)[name]: item["figures"]["ratings.satisfied"] for item in places}
    ranking = (await get(city, "/v1/board/hookup"))["panels"][f"satisfaction_by_{name}"]
    assert {codes(each)[name] for each in ranking} == {
        code for code, rate in rates.items() if rate["denominator"]
    }
    shares = []
    for each in ranking:
        rate = each["figures"]["ratings.satisfied"]
        assert rate == rates[codes(each)[name]]
        assert each["is_small"] is (rate["denominator"] < 30)
        assert rate["meets"] is (1000 * rate["numerator"] >= 995 * rate["denominator"])
        low, high = (float(rate["interval"][end]) for end in ("low", "high"))
        assert 0 <= low <= 100 * rate["numerator"] / rate["denominator"] <= high <= 100
        shares.append(Fraction(rate["numerator"], rate["denominator"]))
    assert [each["rank"] for each in ranking] == [
        1 + sum(other > share for other in shares) for share in shares
    ]


async def test_the_board_agrees_with_the_figures(client: Client) -> None:
    city = client(CITY)
    board = await get(city, "/v1/board/hookup")
    for panel in HOOKUP.board:
        if not panel.ranked and not panel.this_month:
            assert board["panels"][panel.name] == await figures(city, *panel.codes, group_by=panel.by)
    assert board["reach"] == await get(city, "/v1/watermark/hookup")
    rate = board["panels"]["ended"][0]["figures"]["cases.limit"]
    assert float(rate["percent"]) == pytest.approx(100 * rate["numerator"] / rate["denominator"], abs=0.005)


async def test_months_narrow_what_has_ended_and_not_what_is_live(client: Client) -> None:
    city = client(CITY)
    whole = (await get(city, "/v1/board/hookup"))["panels"]
    month = codes(whole["ended_by_month"][0])["month"]
    part = (await get(city, "/v1/board/hookup", month_to=month))["panels"]
    assert part["ended_by_month"] == whole["ended_by_month"][:1]
    assert part["live"] == whole["live"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"month_from": "2022-13"},
        {"group_by": "weather"},
        {"colour": "blue"},
        {"supply": "STEAM"},
        {"period": "week"},
        {"codes": "of_no_figure"},
        {"group_by": "stage"},
        {"stage": "CONTRACT"},
        {"age": "0-3"},
    ],
)
async def test_what_is_not_understood_is_refused(client: Client, wanted: dict[str, str]) -> None:
    answer = await client(CITY).get("/v1/figures/hookup", params={"codes": "closed"} | wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
