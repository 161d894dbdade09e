"""Exceptions of an emergency, confirmed or contested by a second person; alarms on how much was shown to whom."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Row, select

from libs.common.audit.volume import Window
from libs.common.auth.callers import Caller, Role, ScopeColumns, narrow
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Keyset, Page
from libs.common.http.fields import QueryFlag
from libs.common.http.idempotency import Answer, Once
from libs.common.problems import NOT_FOUND
from services.registry.domain.particulars import PARTICULAR_NAMES
from services.registry.domain.reveals import BREAK_GLASS_STATE_NAMES, BreakGlassState
from services.registry.http.reveal_models import AlarmView, BreakGlassView, DecideBreakGlass
from services.registry.storage.rulebook import RuleBook
from services.registry.storage.tables import OVERSIGHT
from services.registry.usecases.export_accounts import ROWS_DAY
from services.registry.usecases.reveals import decide_exception

_b, _r = OVERSIGHT.break_glass.c, OVERSIGHT.alarm.c
EXCEPTIONS: Final = ScopeColumns(district=_b.district, label="应急访问")
_NEWEST: Final = Keyset(((_b.shown_at, True), (_b.id, True)))
_LATEST: Final = Keyset(((_r.raised_at, True), (_r.id, True)))
_PERIODS: Final = {Window.HOUR: "一小时", Window.DAY: "24小时", ROWS_DAY: "24小时导出行数"}
Overseer = Annotated[Caller, require(Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR, of=EXCEPTIONS)]
Confirmer = Annotated[Caller, require(Role.SUPERVISOR, Role.ADMINISTRATOR, of=EXCEPTIONS)]
Auditor = Annotated[Caller, require(Role.AUDITOR)]
Parts = Annotated[command.Parts[RuleBook], Depends(command.parts)]

router = APIRouter(prefix="/v1", tags=["监督"])


@router.get("/break-glass", operation_id="listBreakGlass", summary="查询应急访问")
async def list_exceptions(
    caller: Overseer,
    parts: Parts,
    state: BreakGlassState | None = None,
    overdue: Annotated[QueryFlag | None, Query(description="Open and not confirmed in time")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[BreakGlassView]:
    """List what was shown beyond the rule, the newest first."""
    now = parts.clock.now()
    statement = select(OVERSIGHT.break_glass)
    if state is not None:
        statement = statement.where(_b.state == state)
    if overdue is not None:
        is_overdue = (_b.state == BreakGlassState.OPEN) & (_b.due_at < now)
        statement = statement.where(is_overdue if overdue else ~is_overdue)
    async with parts.database.reading() as connection:
        rows, following = await _NEWEST.read(
            connection,
            narrow(statement, caller.scope, EXCEPTIONS),
            limit=limit,
            cursor=cursor,
            filters={"state": state, "overdue": overdue},
        )
    return CountedPage(items=[_view(row, now) for row in rows], next=following)


@router.post(
    "/break-glass/{exception_id}/decision",
    operation_id="decideBreakGlass",
    summary="确认应急访问",
    response_model=BreakGlassView,
)
async def decide(exception_id: UUID, body: DecideBreakGlass, once: Once, caller: Confirmer) -> Response:
    """Confirm or contest what another person had shown in an emergency."""

    async def action(uow: UnitOfWork) -> Answer:
        one = select(OVERSIGHT.break_glass).where(_b.id == str(exception_id))
        statement = narrow(one, caller.scope, EXCEPTIONS)
        row = (await uow.connection.execute(statement)).one_or_none()
        if row is None:
            raise NOT_FOUND("没有这次应急访问，或不在您的管辖范围内")
        await decide_exception(uow, row.id, row.actor, caller, confirmed=body.confirmed, opinion=body.opinion)
        return Answer(_view((await uow.connection.execute(statement)).one(), uow.now))

    return await once(caller, action)


@router.get("/reveal-alarms", operation_id="listRevealAlarms", summary="查询查看次数异常")
async def list_alarms(
    caller: Auditor,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[AlarmView]:
    """List the accounts that had more shown than is in order, the newest first."""
    del caller
    async with parts.database.reading() as connection:
        rows, following = await _LATEST.read(
            connection, select(OVERSIGHT.alarm), limit=limit, cursor=cursor, filters={}
        )
    items = [AlarmView(**row._mapping, period_name=_PERIODS[row.period]) for row in rows]
    return Page(items=items, next=following)


def _view(row: Row[Any], now: Any) -> BreakGlassView:
    state = BreakGlassState(row.state)
    return BreakGlassView(
        **{name: value for name, value in row._mapping.items() if name != "district"},
        field_names="、".join(PARTICULAR_NAMES[name] for name in row.fields),
        overdue=state is BreakGlassState.OPEN and row.due_at < now,
        state_name=BREAK_GLASS_STATE_NAMES[state],
    )
