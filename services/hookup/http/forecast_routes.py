"""Routes of forecasts: the chance that an open case meets its date."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from libs.common.clock import local, midnight
from libs.common.http.cursors import Page
from services.hookup.domain.case import Case
from services.hookup.domain.reports.forecast import ENOUGH, FEWEST, Forecast, Level, NoForecast
from services.hookup.domain.values.rounding import rounded
from services.hookup.http.commands import Reader
from services.hookup.http.filters import ListFilters
from services.hookup.http.models import CaseRow
from services.hookup.http.views import case_row
from services.hookup.storage.past_cases import MOST_CASES
from services.hookup.usecases.forecast import forecasts
from services.hookup.usecases.read_cases import DUE, one_case, page_of_cases

router = APIRouter(prefix="/v1", tags=["预测"])

# So many cases are compared with past ones for one list of what is at risk, and so many of them are shown.
MOST_AT_RISK = 500
MOST_SHOWN = 200

LEVEL_NAMES: Mapping[Level, str] = MappingProxyType(
    {
        Level.UTILITY: "本单位同类件",
        Level.DISTRICT: "本县（市、区）同类件",
        Level.CITY: "全市同类件",
    }
)
NO_FORECAST_NAMES: Mapping[NoForecast, str] = MappingProxyType(
    {
        NoForecast.FINISHED: "此件已经办结或终止",
        NoForecast.NOT_ACCEPTED: "尚未受理，没有应办结时间",
        NoForecast.AWAITS_CONFIRMATION: "已通，待用户确认",
        NoForecast.NO_DATE: "尚未约定日期",
        NoForecast.LENGTH_UNKNOWN: "外线长度待定，时限未定",
        NoForecast.TOO_FEW: f"可比的已办结件不足{FEWEST}件",
    }
)
METHOD = (
    f"取最近办结的同类件（业务、外线类别相同）至多{MOST_CASES}件，先取本单位的，可比件不足{ENOUGH}件时"
    "取本县（市、区）的，仍不足取全市的；其中在同一环节停留不短于此件的为可比件，统计此后所需工作时间和用户确认时间"
    "不超过此件剩余时间的比例。暂停按时限规则扣除。比例按拉普拉斯法修正：（按时件数+1）÷（可比件数+2）。"
)


class Chance(BaseModel):
    """A chance as an exact fraction; the percentage is for showing."""

    numerator: int = Field(examples=[5])
    denominator: int = Field(examples=[6])
    percent: str = Field(examples=["83"], description="A whole number, rounded half up")


class ForecastView(BaseModel):
    """The chance that a case meets its date, and what it rests on; null with the reason where nothing can be said."""

    due_at: datetime | None
    chance: Chance | None
    sample: int = Field(examples=[112], description="Past cases that were compared")
    level: Level | None = Field(description="Whose past cases; null where none were needed")
    why_not: NoForecast | None
    basis: str = Field(examples=["全市同类件112件，在同一环节停留不短于此件"])


class CaseForecast(ForecastView):
    """The forecast of one case, as of an instant, and how it is worked out."""

    case_id: str
    number: str
    as_of: datetime
    method: str


class Misses(BaseModel):
    """The number of cases that are expected to miss their date: the sum of the chances to miss it, exact."""

    numerator: int = Field(examples=[9])
    denominator: int = Field(examples=[4])
    expected: str = Field(examples=["2.3"], description="One decimal, rounded half up")


class ForecastRow(CaseRow):
    """A running case and its forecast."""

    forecast: ForecastView


class AtRisk(BaseModel):
    """Running cases that are due soon, and how many of them are expected to miss their date."""

    as_of: datetime
    cases: int = Field(
        description=f"Cases that are due, counted up to {MOST_AT_RISK} from the most urgent on"
    )
    more_than_cases: bool = Field(description="Whether there are more: they are not counted and not listed")
    misses: Misses
    items: list[ForecastRow] = Field(max_length=MOST_SHOWN)


@router.get("/hookups/{case_id}/forecast", operation_id="getForecast", summary="预测一个报装件能否按时办结")
async def get_forecast(case_id: UUID, caller: Reader, request: Request) -> CaseForecast:
    """Forecast one case from the past cases of its like; only counts are told of those."""
    state = request.app.state
    now = state.clock.now()
    await state.rulebook.refresh()
    case = await one_case(state.database, str(case_id), caller.scope)
    (forecast,) = await forecasts([case], state.past_cases, state.rulebook, now)
    view = _view(case, forecast)
    return CaseForecast(**view.model_dump(), case_id=case.id, number=case.number, as_of=now, method=METHOD)


@router.get("/forecasts", operation_id="listForecasts", summary="在办件按时办结的可能性")
async def list_forecasts(
    caller: Reader,
    request: Request,
    filters: ListFilters,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: str | None = None,
) -> Page[ForecastRow]:
    """List running cases by their due times, each with its forecast."""
    state = request.app.state
    now = state.clock.now()
    await state.rulebook.refresh()
    cases, following = await page_of_cases(
        state.database, filters, caller.scope, now, order=DUE, limit=limit, cursor=cursor
    )
    case_forecasts = await forecasts(cases, state.past_cases, state.rulebook, now)
    rows = [
        ForecastRow(**case_row(case, now).model_dump(), forecast=_view(case, forecast))
        for case, forecast in zip(cases, case_forecasts, strict=True)
    ]
    return Page(items=rows, next=following)


@router.get("/forecasts/at-risk", operation_id="listAtRisk", summary="近期到期的在办件，最可能超时的在前")
async def list_at_risk(
    caller: Reader,
    request: Request,
    filters: ListFilters,
    days: Annotated[int, Query(ge=1, le=31, description="Due from now on within so many days")] = 7,
) -> AtRisk:
    """List running cases that are due soon and not overdue, the least likely to be on time first."""
    state = request.app.state
    now = state.clock.now()
    await state.rulebook.refresh()
    soon = replace(filters, overdue=False, due_before=midnight(local(now).date() + timedelta(days=days + 1)))
    cases, following = await page_of_cases(
        state.database, soon, caller.scope, now, order=DUE, limit=MOST_AT_RISK, cursor=None
    )
    made = await forecasts(cases, state.past_cases, state.rulebook, now)
    # What nothing can be said of comes last.
    paired = sorted(
        zip(cases, made, strict=True),
        key=lambda pair: (pair[1].chance is None, pair[1].chance or 0, pair[0].running_due_at, pair[0].id),
    )
    misses = sum((1 - forecast.chance for forecast in made if forecast.chance is not None), Fraction(0))
    return AtRisk(
        as_of=now,
        cases=len(cases),
        more_than_cases=following is not None,
        misses=Misses(
            numerator=misses.numerator, denominator=misses.denominator, expected=rounded(misses, 1)
        ),
        items=[
            ForecastRow(**case_row(case, now).model_dump(), forecast=_view(case, forecast))
            for case, forecast in paired[:MOST_SHOWN]
        ],
    )


def _view(case: Case, forecast: Forecast) -> ForecastView:
    return ForecastView(
        due_at=case.due.judged_at if case.due else None,
        chance=None if forecast.chance is None else _chance(forecast.chance),
        sample=forecast.sample,
        level=forecast.level,
        why_not=forecast.why_not,
        basis=_basis(forecast),
    )


def _chance(exact: Fraction) -> Chance:
    return Chance(numerator=exact.numerator, denominator=exact.denominator, percent=rounded(exact * 100, 0))


def _basis(forecast: Forecast) -> str:
    if forecast.why_not is not None:
        return NO_FORECAST_NAMES[forecast.why_not]
    if forecast.level is None:
        return "应办结时间已过"
    return f"{LEVEL_NAMES[forecast.level]}{forecast.sample}件，在同一环节停留不短于此件"
