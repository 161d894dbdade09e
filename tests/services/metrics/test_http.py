"""The API: narrowed by place, merged by group, and every figure leads to its cases."""

from collections.abc import AsyncIterator, Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.clock import ManualClock
from libs.common.http.app import create_app
from libs.common.inbox import Inbox
from services.metrics.bootstrap import build
from services.metrics.declare import Count, Mean, Rate
from services.metrics.events.handlers import subscription
from services.metrics.settings import Settings
from services.metrics.sources.hookup import HOOKUP
from tests.services.metrics.conftest import CITY, apply
from tests.services.metrics.lives import arrivals, batches, live_all

ISSUER = "http://127.0.0.1:9000"
Client = Callable[[Scope], httpx.AsyncClient]


@pytest.fixture
async def client(database_url: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Client]:
    """Clients of a service whose figures come from 90 cases, by the place of their caller."""
    settings = Settings(
        database_url=database_url,
        bus_url=f"sqlite:///{tmp_path}/bus.db",
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks",
    )
    service = build(settings, clock)
    await service.migrate()
    random = Random(16)
    messages = list(arrivals(random, live_all(random, 200)))
    await apply(Inbox(service.database, clock, subscription(HOOKUP)), batches(random, messages, largest=600))
    issuer = LocalIssuer(ISSUER, tmp_path / "issuer", clock, users={}, machines={}, redirect_uris=[])
    app = create_app(service, TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock))
    opened: list[httpx.AsyncClient] = []

    def of(scope: Scope) -> httpx.AsyncClient:
        token = issuer.issue(Caller("somebody", frozenset({ROLES[scope.kind]}), scope))
        opened.append(
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://metrics",
                headers={"Authorization": f"Bearer {token}"},
            )
        )
        return opened[-1]

    yield of
    for each in opened:
        await each.aclose()
    await service.close()


async def get(client: httpx.AsyncClient, path: str, **wanted: Any) -> Any:
    answer = await client.get(path, params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def figures(client: httpx.AsyncClient, *wanted: str, **narrowed: Any) -> list[dict[str, Any]]:
    """Return the rows of figures."""
    items = (await get(client, "/v1/figures/hookup", codes=wanted, **narrowed))["items"]
    assert all(set(item["figures"]) == set(wanted) for item in items)
    return list(items)


async def behind(client: httpx.AsyncClient, code: str, **wanted: Any) -> list[dict[str, Any]]:
    """Return all cases of a drill-down, a small page at a time."""
    cases: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await get(client, "/v1/drill-down/hookup", code=code, limit=50, **wanted, **cursor)
        cases += page["items"]
        if page["next"] is None:
            return cases
        cursor = {"cursor": page["next"]}


def only(item: dict[str, Any]) -> dict[str, str]:
    """Return what narrows a drill-down to the group of a row."""
    cell = codes(item)
    month = cell.pop("month", None)
    return cell | ({"month_from": month, "month_to": month} if month else {})


def codes(item: dict[str, Any]) -> dict[str, str]:
    return {name: label["code"] for name, label in item["group"].items()}


ROLES = {
    ScopeKind.UTILITY: "clerk",
    ScopeKind.DISTRICT: "supervisor",
    ScopeKind.CITY: "supervisor",
    ScopeKind.CHANNEL: "channel",
    ScopeKind.CITIZEN: "citizen",
    ScopeKind.AUTHORITY: "authority",
}
PATHS = (
    "/v1/figures/hookup?codes=closed",
    "/v1/board/hookup",
    "/v1/drill-down/hookup?code=closed",
    "/v1/definitions/hookup",
)


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
async def test_the_cases_behind_each_live_count_add_up_to_its_cells(
    client: Client, clock: ManualClock, by: list[str]
) -> None:
    city = client(CITY)
    items = await figures(city, *LIVE, group_by=by)
    assert items
    for item in items:
        for code in LIVE:
            page = await get(city, "/v1/drill-down/hookup", code=code, limit=200, **codes(item))
            assert page["totals"] == {"subjects": item["figures"][code], "number": None, "part": None}
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


async def test_a_period_goes_by_today(client: Client, clock: ManualClock) -> None:
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
