"""Routes of reports to others: B-READY's time to obtain a water connection."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from fractions import Fraction
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from libs.common.clock import local
from libs.common.places import load_places
from services.hookup.domain.reports.b_ready import Connection, Days
from services.hookup.domain.values.names import CLASS_NAMES
from services.hookup.domain.values.rounding import rounded
from services.hookup.http.commands import Staff
from services.hookup.http.months import MonthsAsked
from services.hookup.usecases.b_ready import connections, report

router = APIRouter(prefix="/v1", tags=["报表"])

DEFINITION = "获得用水用时：自提交申请之日起至通水之日止的自然日天数，不扣除休息日、等待和暂停；当日通水为0天"
HEADINGS = (
    "受理编号",
    "专营单位代码",
    "专营单位",
    "区划代码",
    "区划",
    "外线",
    "申请时间",
    "通水时间",
    "自然日",
    "特殊情况",
)
# Excel takes a file for UTF-8 by its first character only.
BYTE_ORDER_MARK = "\ufeff"


class ConnectionDays(BaseModel):
    """The calendar days of some water connections; null where there is none."""

    connections: int = Field(examples=[312])
    special: int = Field(examples=[9], description="Of them, approved special cases")
    mean: str | None = Field(examples=["4.7"], description="One decimal, rounded half up")
    median: str | None = Field(examples=["4.0"], description="One decimal")


class UtilityDays(ConnectionDays):
    """The days of a utility's connections."""

    utility: str = Field(examples=["W-371502"])
    name: str


class BReady(BaseModel):
    """Time to obtain a water connection, by the definition of the World Bank's Business Ready survey."""

    definition: str
    total: ConnectionDays
    utilities: list[UtilityDays]


@router.get("/b-ready", operation_id="getBReady", summary="营商环境成熟度：获得用水用时")
async def get_b_ready(caller: Staff, request: Request, months: MonthsAsked) -> BReady:
    """Return count, mean and median of the connections that were applied for in these months, by utility."""
    state = request.app.state
    days_of = await report(state.database, months, caller.scope, state.clock.now())
    places = load_places()
    return BReady(
        definition=DEFINITION,
        total=ConnectionDays(**_days(days_of.total)),
        utilities=[
            UtilityDays(**_days(days), utility=code, name=places.utility(code).name)
            for code, days in days_of.by_utility.items()
        ],
    )


@router.get(
    "/b-ready.csv",
    operation_id="exportBReady",
    summary="导出获得用水用时",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "逐件用时（UTF-8）"}},
)
async def export_b_ready(caller: Staff, request: Request, months: MonthsAsked) -> StreamingResponse:
    """Return one row a connection, the latest application first; it is written while it is sent."""
    state = request.app.state
    pages = connections(state.database, months, caller.scope, state.clock.now())
    # A fault on the first page is still told as a problem.
    first = await anext(pages)

    async def rows() -> AsyncIterator[str]:
        yield BYTE_ORDER_MARK + _lines([HEADINGS, *map(_row, first)])
        async for page in pages:
            yield _lines(map(_row, page))

    name = quote(f"获得用水用时-{local(months.start):%Y-%m}.csv")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return StreamingResponse(rows(), media_type="text/csv; charset=utf-8", headers=headers)


def _days(days: Days) -> dict[str, object]:
    return {
        "connections": days.connections,
        "special": days.special,
        "mean": _shown(days.mean),
        "median": _shown(days.median),
    }


def _shown(days: Fraction | None) -> str | None:
    return None if days is None else rounded(days, 1)


def _row(connection: Connection) -> tuple[str, ...]:
    places = load_places()
    return (
        connection.number,
        connection.utility,
        places.utility(connection.utility).name,
        connection.district,
        places.division(connection.district).name,
        CLASS_NAMES[connection.length_class],
        f"{local(connection.submitted_at):%Y-%m-%d %H:%M}",
        f"{local(connection.water_at):%Y-%m-%d %H:%M}",
        str(connection.days),
        "是" if connection.special else "",
    )


def _lines(rows: Iterable[Sequence[str]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()
