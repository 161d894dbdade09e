"""Routes of the 报装全流程台账: out as .xlsx, and in as an import job with its report."""

from dataclasses import replace
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import local
from libs.common.http.dates import Month
from libs.common.http.streams import OpenFile
from libs.common.places import load_places
from libs.common.problems import INVALID, FieldError
from libs.workbooks.http.import_routes import XLSX, add_import_routes, attachment
from libs.workbooks.ledgers.writer import Signature
from services.hookup.http.commands import Staff
from services.hookup.http.filters import ListFilters, between
from services.hookup.http.layout_routes import IMPORTERS
from services.hookup.ledger.layout import LEDGER
from services.hookup.storage.imports import LEDGERS
from services.hookup.usecases.export_ledger import export_ledger
from services.hookup.usecases.read_cases import Filters

_PICKED_BY = {
    "district": "县（市、区）",
    "utility": "专营单位",
    "supply": "服务",
    "stage": "环节",
    "length_class": "时限类别",
    "state": "办理状态",
    "overdue": "是否超时",
    "special": "特殊情况",
    "due_today": "今日到期",
    "number": "受理编号",
    "customer_ref": "用户",
    "submitted_from": "申请日期",
    "submitted_before": "申请日期",
    "due_from": "应办结日期",
    "due_before": "应办结日期",
    "finished_from": "办结日期",
    "finished_before": "办结日期",
}

router = APIRouter(prefix="/v1", tags=["台账"])


@router.get(
    "/ledger.xlsx",
    operation_id="exportLedger",
    summary="导出报装全流程台账",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
            "description": "Excel 工作簿",
        }
    },
)
async def export(
    request: Request,
    caller: Staff,
    list_filters: ListFilters,
    month: Month | None = None,
) -> StreamingResponse:
    """Return the ledger of what the caller may see, narrowed as lists are; `month` is that of submission."""
    filters = list_filters
    if month is not None:
        if filters.submitted_from is not None or filters.submitted_before is not None:
            raise INVALID(
                errors=[FieldError("month", "月份与起止日期只能填一种", "请去掉其中一种", "either-or")]
            )
        first = date.fromisoformat(f"{month}-01")
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        submitted_from, submitted_before = between(first, last)
        filters = replace(filters, submitted_from=submitted_from, submitted_before=submitted_before)
    state = request.app.state
    today = local(state.clock.now()).date()
    signature = Signature(_unit(caller.scope), today, caller.name or "", _selection(filters))
    async with state.exports.turn() as threads:
        file = await export_ledger(
            state.database, state.rulebook, state.clock, filters, caller.scope, signature, threads
        )
    headers = attachment(f"{LEDGER.sheet}-{today.isoformat()}.xlsx")
    return OpenFile(file, media_type=XLSX, headers=headers)


def _selection(filters: Filters) -> str:
    """Say by what a ledger's rows were picked, or a part that looks well could pass for the whole."""
    names = dict.fromkeys(name for field, name in _PICKED_BY.items() if getattr(filters, field) is not None)
    return f"（节选：按{'、'.join(names)}选取）" if names else ""


def _unit(scope: Scope) -> str:
    match scope.kind:
        case ScopeKind.UTILITY:
            return load_places().utility(scope.code).name
        case ScopeKind.DISTRICT:
            return load_places().division(scope.code).name
        case ScopeKind.CITY:
            return load_places().division("371500").name
    return ""


add_import_routes(router, LEDGERS, importers=IMPORTERS)
