"""The API: narrowed by place, merged by group, and every figure leads to its cases."""

from collections.abc import AsyncIterator, Callable
from fractions import Fraction
from functools import partial
from operator import itemgetter
from pathlib import Path
from random import Random
from typing import Any, get_args

import httpx
import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from libs.common.auth.callers import Caller, Place, PlaceKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.clock import ManualClock
from libs.common.http.app import create_app
from libs.common.inbox import Inbox
from services.metrics.bootstrap import build
from services.metrics.domain.activities import Activity
from services.metrics.domain.definitions import DEFINITIONS
from services.metrics.domain.measures import MEASURES
from services.metrics.events.handlers import HOOKUP
from services.metrics.http import models
from services.metrics.http.requests import CaseMeasure
from services.metrics.settings import Settings
from tests.services.metrics.conftest import apply
from tests.services.metrics.lives import arrivals, batches, live_all

ISSUER = "http://127.0.0.1:9000"
CITY = Place(PlaceKind.CITY)
Client = Callable[[Place], httpx.AsyncClient]


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
    await apply(Inbox(service.database, clock, HOOKUP), batches(random, messages, largest=600))
    issuer = LocalIssuer(ISSUER, tmp_path / "issuer", clock, users={}, machines={}, redirect_uris=[])
    app = create_app(service, TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock))
    opened: list[httpx.AsyncClient] = []

    def of(place: Place) -> httpx.AsyncClient:
        token = issuer.issue(Caller("somebody", frozenset({ROLES[place.kind]}), place))
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


async def cases_behind(client: httpx.AsyncClient, measure: str, **wanted: Any) -> list[dict[str, Any]]:
    """Return all cases of a drill-down, a small page at a time."""
    cases: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await get(client, "/v1/drill-down", measure=measure, limit=7, **wanted, **cursor)
        cases += page["items"]
        if page["next"] is None:
            return cases
        cursor = {"cursor": page["next"]}


def codes(item: dict[str, Any]) -> dict[str, str]:
    return {name: label["code"] for name, label in item["group"].items()}


ROLES = {
    PlaceKind.UTILITY: "clerk",
    PlaceKind.DISTRICT: "supervisor",
    PlaceKind.CITY: "supervisor",
    PlaceKind.CHANNEL: "channel",
    PlaceKind.CITIZEN: "citizen",
    PlaceKind.AUTHORITY: "authority",
}
PATHS = (
    "/v1/figures/stages",
    "/v1/figures/cases",
    "/v1/figures/pauses",
    "/v1/figures/activities",
    "/v1/live",
    "/v1/board",
    "/v1/drill-down?measure=closed",
    "/v1/definitions",
)


@pytest.mark.parametrize("path", [*PATHS, "/v1/watermark", "/v1/board/stream"])
@pytest.mark.parametrize(
    "place",
    [Place(PlaceKind.CHANNEL, "ISHANDONG"), Place(PlaceKind.CITIZEN, "C-1")],
    ids=lambda place: place.kind,
)
async def test_channels_and_citizens_are_refused(client: Client, path: str, place: Place) -> None:
    answer = await client(place).get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_nobody_is_let_in_without_a_token(client: Client) -> None:
    for path in PATHS:
        assert (await client(CITY).get(path, headers={"Authorization": ""})).status_code == 401


@pytest.mark.parametrize(
    "place",
    [Place(PlaceKind.UTILITY, "W-371502"), Place(PlaceKind.DISTRICT, "371502")],
    ids=lambda place: place.kind,
)
async def test_a_place_sees_its_own_only(client: Client, place: Place) -> None:
    city, own = client(CITY), client(place)
    name = str(place.kind)
    for path in (
        *(f"/v1/figures/{kind}" for kind in ("stages", "cases", "pauses", "activities")),
        "/v1/live",
    ):
        everything = await get(city, path, group_by=name)
        seen = await get(own, path, group_by=name)
        assert {codes(item)[name] for item in everything["items"]} > {place.code}
        assert seen["items"] == [item for item in everything["items"] if codes(item)[name] == place.code]
        assert (await get(own, path, **{name: "371581" if name == "district" else "H-371581"}))["items"] == []
    board = await get(own, "/v1/board")
    assert [codes(item)[name] for item in board[f"ended_by_{name}"]] == [place.code]
    assert [codes(item)[name] for item in board[f"live_by_{name}"]] == [place.code]
    everything = await get(city, "/v1/board")
    assert board["ended"]["closed"] < everything["ended"]["closed"]
    assert board["live"]["open"] < everything["live"]["open"]
    assert sum(row["count"] for row in board["stage_hours"]) < sum(
        row["count"] for row in everything["stage_hours"]
    )
    behind = await cases_behind(own, "closed")
    assert behind == [case for case in await cases_behind(city, "closed") if case[name]["code"] == place.code]
    assert behind


_COUNTS = (
    *("on_time_by_late_entry", "agreed_by_late_entry", "planned_by_late_entry"),
    *("withdrawn_overdue", "refused_overdue", "special_overdue"),
)


def _grade(grade: int, item: dict[str, Any]) -> int:
    (count,) = (each["count"] for each in item["ratings"]["grades"] if each["grade"] == grade)
    return int(count)


ENDED_MEASURES: dict[str, Callable[[dict[str, Any]], int]] = {
    "closed": lambda item: item["closed"],
    "limit": lambda item: item["on_time"]["judged"]["denominator"],
    "limit_working": lambda item: item["on_time"]["working"]["denominator"],
    "limit_calendar_roll": lambda item: item["on_time"]["calendar_roll"]["denominator"],
    "limit_calendar_strict": lambda item: item["on_time"]["calendar_strict"]["denominator"],
    "on_time": lambda item: item["on_time"]["judged"]["numerator"],
    "late": lambda item: item["on_time"]["judged"]["denominator"] - item["on_time"]["judged"]["numerator"],
    "agreed": lambda item: item["agreed"]["denominator"],
    "planned": lambda item: item["planned"]["denominator"],
    "unpromised": lambda item: item["unpromised"],
    "special": lambda item: item["special"]["numerator"],
    "gap": lambda item: item["gap_cases"]["numerator"],
    "withdrawn": lambda item: item["withdrawn"],
    "refused": lambda item: item["refused"],
    **{name: itemgetter(name) for name in _COUNTS},
    "ceiling": lambda item: item["ceiling"]["denominator"],
    "from_ledger": lambda item: item["from_ledger"]["numerator"],
    "rated": lambda item: item["ratings"]["coverage"]["numerator"],
    "rated_satisfied": lambda item: item["ratings"]["satisfied"]["numerator"],
    "rated_well_satisfied": lambda item: item["ratings"]["well_satisfied"]["numerator"],
    **{f"rated_{grade}": partial(_grade, grade) for grade in range(1, 6)},
}


@pytest.mark.parametrize("measure", ENDED_MEASURES)
async def test_drill_down_lists_as_many_ended_cases_as_the_cell_counts(client: Client, measure: str) -> None:
    city = client(CITY)
    items = (await get(city, "/v1/figures/cases", group_by=["utility", "month"]))["items"]
    counted = 0
    for item in items:
        cell = codes(item)
        month = cell.pop("month")
        behind = await cases_behind(city, measure, **cell, month_from=month, month_to=month)
        assert len({case["case_id"] for case in behind}) == len(behind) == ENDED_MEASURES[measure](item)
        page = await get(
            city, "/v1/drill-down", measure=measure, limit=1, **cell, month_from=month, month_to=month
        )
        assert page["totals"]["cases"] == len(behind)
        counted += len(behind)
    assert counted == len(await cases_behind(city, measure)) > 0


@pytest.mark.parametrize(
    "measure", ["open", "due_today", "overdue", "paused", "awaiting_confirmation", "in_gap"]
)
async def test_drill_down_lists_as_many_live_cases_as_the_cell_counts(
    client: Client, clock: ManualClock, measure: str
) -> None:
    city = client(CITY)
    items = (await get(city, "/v1/live", group_by=["supply", "stage"]))["items"]
    for item in items:
        behind = await cases_behind(city, measure, **codes(item))
        assert len(behind) == item[measure]
    assert items
    (total,) = (await get(city, "/v1/live"))["items"]
    assert len(await cases_behind(city, measure)) == total[measure]


RATES: dict[str, Callable[[dict[str, Any]], dict[str, int]]] = {
    "limit": lambda item: item["on_time"]["judged"],
    "limit_working": lambda item: item["on_time"]["working"],
    "limit_calendar_roll": lambda item: item["on_time"]["calendar_roll"],
    "limit_calendar_strict": lambda item: item["on_time"]["calendar_strict"],
    "agreed": lambda item: item["agreed"],
    "planned": lambda item: item["planned"],
    "ceiling": lambda item: item["ceiling"],
}


@pytest.mark.parametrize("measure", RATES)
async def test_drill_down_adds_up_to_the_rate(client: Client, measure: str) -> None:
    city = client(CITY)
    (item,) = (await get(city, "/v1/figures/cases"))["items"]
    rate = dict(RATES[measure](item))
    from_ledger = rate.pop("from_ledger")
    behind = await cases_behind(city, measure)
    assert 0 < sum(case["from_ledger"] for case in behind) == from_ledger < len(behind)
    page = await get(city, "/v1/drill-down", measure=measure, limit=1)
    assert page["totals"] == {
        "cases": rate["denominator"],
        "on_time": rate,
        "overlap_saved_minutes": None,
        "acts": None,
    }
    assert sum(case["on_time"] for case in behind) == rate["numerator"]
    assert 0 < rate["numerator"] <= len(behind) == rate["denominator"]
    following = await get(city, "/v1/drill-down", measure=measure, limit=1, cursor=page["next"])
    assert following["totals"] is None


PART: dict[Activity, Callable[[dict[str, Any]], int]] = {
    Activity.PERMIT_FILED: lambda item: item["permits"]["parallel"]["denominator"],
    Activity.PERMIT_PARALLEL: lambda item: item["permits"]["parallel"]["numerator"],
    Activity.PERMIT_RECORDED: lambda item: item["permits"]["recorded"]["numerator"],
    Activity.PERMIT_OBJECTED: lambda item: item["permits"]["objected"]["numerator"],
    Activity.UNDECLARED_RISK_FOUND: lambda item: item["permits"]["undeclared_risks"],
    Activity.EMERGENCY_UNFILED: lambda item: item["permits"]["emergency_unfiled"],
    Activity.EMERGENCY_DIG: lambda item: item["permits"]["emergencies"],
    Activity.NO_PERMIT_NEEDED: lambda item: item["permits"]["unneeded"],
    Activity.PERMIT_DECIDED: lambda item: item["permits"]["working"]["count"],
    Activity.PERMIT_IN_TIME: lambda item: item["permits"]["in_time"]["numerator"],
    Activity.PERMIT_REFUSED: lambda item: item["permits"]["refused"],
    Activity.PERMIT_OVERDUE: lambda item: item["permits"]["overdue"],
    Activity.COMMITMENT_SIGNED: lambda item: item["commitments"]["signed"],
    Activity.COMMITMENT_WITHDRAWN: lambda item: item["commitments"]["withdrawn"],
    Activity.COMMITMENT_CHECK_DUE: lambda item: item["commitments"]["check_due"],
    Activity.COMMITMENT_CHECKED: lambda item: item["commitments"]["mismatched"]["denominator"],
    Activity.COMMITMENT_MISMATCHED: lambda item: item["commitments"]["mismatched"]["numerator"],
    Activity.RECTIFICATION_OVERDUE: lambda item: item["commitments"]["rectification_overdue"],
    Activity.COMMITMENT_REVOKED: lambda item: item["commitments"]["revoked"],
    Activity.COMMITMENT_FALSE: lambda item: item["commitments"]["untrue"],
    Activity.EXTRA_MATERIAL_ATTEMPTED: lambda item: item["materials"]["extra_attempts"],
    Activity.QUOTE_MADE: lambda item: item["charges"]["quotes"],
    Activity.QUOTE_BLOCKED: lambda item: item["charges"]["quotes_blocked"]["numerator"],
    Activity.BILL_COMPARED: lambda item: item["charges"]["bills"],
    Activity.BILL_OVER_QUOTE: lambda item: item["charges"]["bills_over"]["numerator"],
    Activity.BILL_BLOCKED: lambda item: item["charges"]["bills_blocked"]["numerator"],
    Activity.SUPERVISION_ITEM_OPENED: lambda item: item["charges"]["supervision_items"],
    Activity.URGED: lambda item: item["urging"]["urged"],
    Activity.URGE_ANSWERED: lambda item: item["urging"]["in_time"]["denominator"],
    Activity.URGE_IN_TIME: lambda item: item["urging"]["in_time"]["numerator"],
    Activity.URGE_OVERDUE: lambda item: item["urging"]["overdue"],
    Activity.QUESTION_ASKED: lambda item: item["questions"]["asked"],
    Activity.QUESTION_ANSWERED: lambda item: item["questions"]["answered"],
    Activity.QUESTION_IN_TIME: lambda item: item["questions"]["in_time"]["numerator"],
    Activity.AGENT_IN_TIME: lambda item: item["agents"]["coverage"]["numerator"],
    Activity.AGENT_LATE: lambda item: (
        item["agents"]["coverage"]["denominator"] - item["agents"]["coverage"]["numerator"]
    ),
    Activity.AGENT_AUTHORISED: lambda item: item["agents"]["authorised"],
    Activity.GUIDANCE_GIVEN: lambda item: item["agents"]["guidance"],
    Activity.ENTERED_IN_TIME: lambda item: item["entries"]["in_time"]["numerator"],
    Activity.ENTERED_LATE: lambda item: item["entries"]["late"],
    Activity.ENTERED_APPROVED: lambda item: item["entries"]["approved"],
    Activity.LATE_ENTRY_REQUESTED: lambda item: item["entries"]["requested"],
    Activity.LATE_ENTRY_DECLINED: lambda item: item["entries"]["declined"],
    Activity.IN_STEAD: lambda item: item["entries"]["in_stead"],
    Activity.METER_LIVE_DISPUTED: lambda item: item["confirmations"]["disputed"],
}


async def test_each_activity_is_shown_where_it_belongs_and_leads_to_its_cases(client: Client) -> None:
    city = client(CITY)
    assert PART.keys() == set(Activity)
    cells = (await get(city, "/v1/figures/activities", group_by=["district", "month"]))["items"]
    (whole,) = (await get(city, "/v1/figures/activities"))["items"]
    for activity, part in PART.items():
        assert sum(part(item) for item in cells) == part(whole) > 0
        for item, narrowed in ((whole, {}), (cells[-1], codes(cells[-1]))):
            if "month" in narrowed:
                month = narrowed.pop("month")
                narrowed |= {"month_from": month, "month_to": month}
            page = await get(city, "/v1/drill-down", measure=activity, limit=200, **narrowed)
            assert page["totals"]["acts"] == part(item)
            cases = {case["case_id"] for case in page["items"]}
            assert len(cases) == len(page["items"]) == page["totals"]["cases"] <= page["totals"]["acts"]
    entries = whole["entries"]
    assert entries["in_time"]["denominator"] == (
        entries["in_time"]["numerator"] + entries["late"] + entries["approved"]
    )
    board = await get(city, "/v1/board")
    assert board["activities"] == whole
    of_utilities = (await get(city, "/v1/figures/activities", group_by="utility"))["items"]
    assert board["entries_by_utility"] == [
        {"group": each["group"], "entries": each["entries"]} for each in of_utilities
    ]


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
@pytest.mark.parametrize("path", ["/v1/figures/cases", "/v1/board", "/v1/drill-down", "/v1/watermark"])
async def test_what_is_no_parameter_or_month_is_refused(
    client: Client, path: str, query: dict[str, str], field: str
) -> None:
    measure = {"measure": "closed"} if path == "/v1/drill-down" else {}
    answer = await client(CITY).get(path, params=query | measure)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_a_utility_is_the_same_in_any_writing(client: Client) -> None:
    city = client(CITY)
    (utility,) = {
        codes(each)["utility"] for each in (await get(city, "/v1/live", group_by=["utility"]))["items"][:1]
    }
    whole = (await get(city, "/v1/live", utility=utility))["items"]
    for written in (utility.lower(), f" {utility}\u200b", utility.replace("-", "－")):
        assert (await get(city, "/v1/live", utility=written))["items"] == whole


async def test_figures_have_heads_and_forged_cursors_are_refused(client: Client) -> None:
    city = client(CITY)
    head = await city.head("/v1/board")
    assert (head.status_code, head.content) == (200, b"")
    for cursor in ("x", "a" * 400, "W10"):
        answer = await city.get("/v1/drill-down", params={"measure": "closed", "cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


async def test_activities_follow_place_and_months(client: Client) -> None:
    own = client(Place(PlaceKind.UTILITY, "W-371502"))
    page = await get(own, "/v1/drill-down", measure="urged", limit=200)
    assert {case["utility"]["code"] for case in page["items"]} == {"W-371502"}
    for path in ("/v1/figures/activities", "/v1/board"):
        answer = await get(client(CITY), path, month_from="2031-01")
        assert answer.get("items", []) == []
    assert answer["activities"]["permits"]["working"] == {"total": 0, "count": 0, "mean": None}
    assert answer["ended"]["ratings"]["satisfied"] == {
        "numerator": 0,
        "denominator": 0,
        "percent": None,
        "from_ledger": 0,
        "meets": None,
        "interval": None,
    }
    refused = await client(CITY).get("/v1/figures/activities", params={"length_class": "L0_NONE"})
    assert refused.status_code == 422


async def test_what_overlaps_have_saved_is_the_sum_of_its_cases(client: Client) -> None:
    city = client(CITY)
    (item,) = (await get(city, "/v1/figures/cases"))["items"]
    behind = await cases_behind(city, "overlap_saved")
    page = await get(city, "/v1/drill-down", measure="overlap_saved")
    saved = [case["overlap_saved_minutes"] for case in behind]
    assert page["totals"]["cases"] == len(behind)
    assert page["totals"]["overlap_saved_minutes"] == sum(saved) == item["overlap_saved_minutes"] > 0
    assert 0 not in saved


async def test_drill_down_lists_as_many_live_cases_as_the_cell_of_stage_and_age_counts(
    client: Client, clock: ManualClock
) -> None:
    city = client(CITY)
    items = (await get(city, "/v1/live", group_by=["stage", "age"]))["items"]
    for item in items:
        page = await get(city, "/v1/drill-down", measure="open", **codes(item))
        assert page["totals"]["cases"] == len(page["items"]) == item["open"]
        assert page["narrowed"] == item["group"]
    assert len({codes(item)["age"] for item in items}) > 2


async def test_a_period_goes_by_today(client: Client, clock: ManualClock) -> None:
    city = client(CITY)
    for period, first, last in (
        ("month", "2022-11", "2022-11"),
        ("year", "2022-01", "2022-12"),
        ("last-year", "2021-01", "2021-12"),
    ):
        for path, more in (("/v1/figures/cases", {}), ("/v1/drill-down", {"measure": "closed"})):
            said = await get(city, path, period=period, **more)
            assert said == await get(city, path, month_from=first, month_to=last, **more)
    answer = await city.get("/v1/board", params={"period": "year", "month_to": "2022-03"})
    assert answer.status_code == 422


async def test_the_board_has_this_month_whatever_period_is_asked_for(client: Client) -> None:
    city = client(CITY)
    (month,) = (await get(city, "/v1/figures/cases", period="month"))["items"]
    assert (await get(city, "/v1/board", period="last-year"))["this_month"] == month
    assert month["closed"] > 0


FIGURES: dict[str, type[BaseModel]] = {
    "live": models.LiveFigure,
    "cases": models.CaseFigure,
    "stages": models.StageFigure,
    "pauses": models.PauseFigure,
    "permits": models.Permits,
    "commitments": models.Commitments,
    "materials": models.Materials,
    "charges": models.Charges,
    "urging": models.Urging,
    "questions": models.Questions,
    "agents": models.Agents,
    "entries": models.Entries,
    "confirmations": models.Confirmations,
    "ratings": models.Ratings,
}


async def test_every_figure_has_its_definition(client: Client) -> None:
    city = client(CITY)
    said = await get(city, "/v1/definitions")
    fields = {
        f"{name}.{each}": field
        for name, model in FIGURES.items()
        for each, field in model.model_fields.items()
        if each != "group" and field.annotation not in FIGURES.values()
    }
    assert {each["code"] for each in said["items"]} == fields.keys()
    assert len(said["items"]) == len(fields)
    assert set(FIGURES) >= models.ActivityFigure.model_fields.keys() - {"group"}
    assert all(each["numerator"] and each["exclusions"] and each["clause"] for each in said["items"])
    rates = {code for code, field in fields.items() if is_rate(field)}
    assert {each["code"] for each in said["items"] if each["denominator"]} == rates
    assert said["judged_under"] == [
        {
            "policy_version": "2022-1",
            "reading": {"code": "calendar_roll", "name": "自然日（末日遇休息日顺延）"},
        }
    ]


def is_rate(field: FieldInfo) -> bool:
    return field.annotation is models.OnTime or (
        isinstance(field.annotation, type) and issubclass(field.annotation, models.Rate | models.Mean)
    )


def test_every_measure_has_cases_and_a_definition() -> None:
    codes = {each.code for each in DEFINITIONS}
    assert {*get_args(CaseMeasure), *Activity} == set(MEASURES)
    assert {measure.figure for measure in MEASURES.values()} <= codes


async def test_drill_down_lists_as_many_stage_times_as_the_cell_counts(client: Client) -> None:
    city = client(CITY)
    items = (await get(city, "/v1/figures/stages", group_by=["stage", "length_class"]))["items"]
    for item in items:
        behind = await cases_behind(city, "stage", **codes(item))
        page = await get(city, "/v1/drill-down", measure="stage", limit=1, **codes(item))
        assert page["totals"]["cases"] == len(behind) == item["count"]
        assert sum(case["elapsed_minutes"] for case in behind) == item["elapsed"]["sum"]
    assert len({codes(item)["stage"] for item in items}) == 8
    whole = (await get(city, "/v1/figures/stages"))["items"]
    assert len(await cases_behind(city, "stage")) == whole[0]["count"]


async def test_what_is_behind_a_quantile_can_be_counted_out(client: Client) -> None:
    city = client(CITY)
    for stage in ("SURVEY_DESIGN", "TOTAL", "TOTAL_NET"):
        (figure,) = (await get(city, "/v1/figures/stages", stage=stage))["items"]
        for time in ("elapsed", "working"):
            behind = await cases_behind(city, "stage", stage=stage, quantile=f"{time}_p50")
            minutes = [case[f"{time}_minutes"] for case in behind]
            assert minutes == sorted(minutes)
            assert len(minutes) == figure["count"] > 20
            assert [case["position"] for case in behind] == list(range(1, len(behind) + 1))
            for percent in (50, 90, 99):
                wanted = {"stage": stage, "quantile": f"{time}_p{percent}", "limit": 7}
                page = await get(city, "/v1/drill-down", measure="stage", **wanted)
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
                        city, "/v1/drill-down", measure="stage", cursor=found["cursor"], **wanted
                    )
                    assert page["quantile"] == found
                marked = [case for case in page["items"] if case["at_quantile"]]
                assert rank in [case["position"] for case in marked]
                assert {case[f"{time}_minutes"] for case in marked} == {found["minutes"]}


async def test_only_stage_times_have_quantiles_and_lists_without_have_no_places(client: Client) -> None:
    city = client(CITY)
    answer = await city.get("/v1/drill-down", params={"measure": "closed", "quantile": "elapsed_p50"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    page = await get(city, "/v1/drill-down", measure="stage", limit=3)
    assert page["quantile"] is None
    assert [(case["position"], case["at_quantile"]) for case in page["items"]] == [(None, False)] * 3
    answer = await city.get(
        "/v1/drill-down",
        params={"measure": "stage", "quantile": "elapsed_p50", "limit": 3, "cursor": page["next"]},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")
    empty = await get(city, "/v1/drill-down", measure="stage", quantile="elapsed_p90", month_from="2031-01")
    assert (empty["items"], empty["quantile"]) == ([], None)


async def test_each_round_of_a_stage_is_behind_its_figure_and_a_case_is_listed_once_elsewhere(
    client: Client,
) -> None:
    city = client(CITY)
    stages = await cases_behind(city, "stage", stage="SURVEY_DESIGN")
    rounds = {(case["case_id"], case["round"]) for case in stages}
    assert len(rounds) == len(stages)
    again = {case["case_id"] for case in stages if case["round"] > 1}
    assert again
    closed = await cases_behind(city, "closed", stage="SURVEY_DESIGN")
    assert len({case["case_id"] for case in closed}) == len(closed)
    latest = {case_id: max(number for of, number in rounds if of == case_id) for case_id in again}
    assert {case["case_id"]: case["round"] for case in closed if case["case_id"] in again} == {
        case_id: number
        for case_id, number in latest.items()
        if case_id in {case["case_id"] for case in closed}
    }


@pytest.mark.parametrize("name", ["utility", "district"])
async def test_the_ranking_goes_by_exact_fractions(client: Client, name: str) -> None:
    city = client(CITY)
    places = await get(city, "/v1/figures/cases", group_by=name)
    rates = {codes(item)[name]: item["ratings"]["satisfied"] for item in places["items"]}
    ranking = (await get(city, "/v1/board"))[f"satisfaction_by_{name}"]
    assert {codes(each)[name] for each in ranking} == {
        code for code, rate in rates.items() if rate["denominator"]
    }
    shares = []
    for each in ranking:
        rate = each["satisfied"]
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
    board = await get(city, "/v1/board")
    (closed,) = (await get(city, "/v1/figures/cases"))["items"]
    (live,) = (await get(city, "/v1/live"))["items"]
    assert (board["ended"], board["live"]) == (closed, live)
    for name in ("utility", "district", "month"):
        assert board[f"ended_by_{name}"] == (await get(city, "/v1/figures/cases", group_by=name))["items"]
    assert board["live_by_stage_and_age"] == (await get(city, "/v1/live", group_by=["stage", "age"]))["items"]
    stages = (await get(city, "/v1/figures/stages", group_by=["stage", "supply"]))["items"]
    for row, stage in zip(board["stage_hours"], stages, strict=True):
        assert row["elapsed_p90"] == round(stage["elapsed"]["p90"] / 60, 1)
    assert board["reach"] == await get(city, "/v1/watermark")
    rate = board["ended"]["on_time"]["judged"]
    assert float(rate["percent"]) == pytest.approx(100 * rate["numerator"] / rate["denominator"], abs=0.005)


async def test_months_narrow_what_has_ended_and_not_what_is_live(client: Client) -> None:
    city = client(CITY)
    whole = await get(city, "/v1/board")
    month = codes(whole["ended_by_month"][0])["month"]
    part = await get(city, "/v1/board", month_to=month)
    assert part["ended_by_month"] == whole["ended_by_month"][:1]
    assert part["live"] == whole["live"]
    assert (await get(city, "/v1/board", month_from="2031-01"))["ended"]["closed"] == 0


@pytest.mark.parametrize(
    "wanted",
    [
        {"month_from": "2022-13"},
        {"group_by": "weather"},
        {"colour": "blue"},
        {"supply": "STEAM"},
        {"period": "week"},
    ],
)
async def test_what_is_not_understood_is_refused(client: Client, wanted: dict[str, str]) -> None:
    answer = await client(CITY).get("/v1/figures/cases", params=wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_cursor_does_not_move_to_another_measure(client: Client) -> None:
    city = client(CITY)
    page = await get(city, "/v1/drill-down", measure="closed", limit=3)
    answer = await city.get("/v1/drill-down", params={"measure": "late", "limit": 3, "cursor": page["next"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-invalid")


async def test_what_has_ended_has_no_age(client: Client) -> None:
    city = client(CITY)
    answer = await city.get("/v1/drill-down", params={"measure": "closed", "age": "0-3"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
