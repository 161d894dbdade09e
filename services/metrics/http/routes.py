"""Routes of the figures. Every query is narrowed by the caller's place and says how far the figures reach."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.http.auth import is_accepted
from services.metrics.http import models, requests, views
from services.metrics.http.requests import Official
from services.metrics.http.watch import Watch
from services.metrics.storage import queries, watermark
from services.metrics.storage.drill_down import drill_down
from services.metrics.storage.watermark import Watermark
from services.metrics.usecases.board import board
from services.metrics.usecases.roll_up import roll_up

router = APIRouter(prefix="/v1", tags=["指标"])


@router.get("/figures/stages", operation_id="readStageFigures", summary="查询环节用时")
async def stage_figures(
    wanted: Annotated[requests.StagesWanted, Query()], caller: Official, request: Request
) -> models.StageFigures:
    """Return stage times, merged by any dimensions; TOTAL is the whole case."""
    by = tuple(dict.fromkeys(wanted.group_by))
    async with queries.snapshot(_database(request)) as connection:
        rows = await queries.stage_figures(connection, wanted.filter(_clock(request).now()), caller.place, by)
        present = await watermark.read(connection)
    items = [views.stage_figure(by, row) for row in rows]
    return models.StageFigures(reach=views.reach(present), items=items)


@router.get("/figures/cases", operation_id="readCaseFigures", summary="查询办结与按时情况")
async def case_figures(
    wanted: Annotated[requests.CasesWanted, Query()], caller: Official, request: Request
) -> models.CaseFigures:
    """Return ended cases, on time in each reading, gaps and the rest, added up by any dimensions."""
    by = tuple(dict.fromkeys(wanted.group_by))
    async with queries.snapshot(_database(request)) as connection:
        rows = await queries.case_figures(connection, wanted.filter(_clock(request).now()), caller.place, by)
        present = await watermark.read(connection)
    items = [views.case_figure(by, *row) for row in rows]
    return models.CaseFigures(reach=views.reach(present), items=items)


@router.get("/figures/pauses", operation_id="readPauseFigures", summary="查询暂停原因")
async def pause_figures(
    wanted: Annotated[requests.PausesWanted, Query()], caller: Official, request: Request
) -> models.PauseFigures:
    """Return the pauses of closed cases, by reason unless asked otherwise."""
    by = tuple(dict.fromkeys(wanted.group_by))
    async with queries.snapshot(_database(request)) as connection:
        rows = await queries.pause_figures(connection, wanted.filter(_clock(request).now()), caller.place, by)
        present = await watermark.read(connection)
    items = [views.pause_figure(by, *row) for row in rows]
    return models.PauseFigures(reach=views.reach(present), items=items)


@router.get("/figures/activities", operation_id="readActivityFigures", summary="查询办理行为")
async def activity_figures(
    wanted: Annotated[requests.ActivitiesWanted, Query()], caller: Official, request: Request
) -> models.ActivityFigures:
    """Return what was done on cases: permits, commitments, charges, urging, agents, ratings and the rest."""
    by = tuple(dict.fromkeys(wanted.group_by))
    narrowed = wanted.filter(_clock(request).now())
    async with queries.snapshot(_database(request)) as connection:
        rows = await queries.activity_figures(connection, narrowed, caller.place, by)
        present = await watermark.read(connection)
    items = [views.activity_figure(by, *row) for row in rows]
    return models.ActivityFigures(reach=views.reach(present), items=items)


@router.get("/live", operation_id="readLiveFigures", summary="查询在办情况")
async def live_figures(
    wanted: Annotated[requests.LiveWanted, Query()], caller: Official, request: Request
) -> models.LiveFigures:
    """Return what is open, due, overdue and paused now; a case in two stages counts in both of them."""
    by = tuple(dict.fromkeys(wanted.group_by))
    now = _clock(request).now()
    async with queries.snapshot(_database(request)) as connection:
        rows = await queries.live_figures(connection, wanted.filter(now), caller.place, now)
        present = await watermark.read(connection)
    items = [views.live_figure(by, *row) for row in roll_up(rows, queries.LIVE_DIMS, by)]
    return models.LiveFigures(reach=views.reach(present), now=now, items=items)


@router.get("/board", operation_id="readBoard", summary="读取大屏快照")
async def read_board(
    wanted: Annotated[requests.Ended, Query()], caller: Official, request: Request
) -> models.Board:
    """Return all that the board shows, of one instant; months narrow what has ended, never what is live."""
    now = _clock(request).now()
    async with queries.snapshot(_database(request)) as connection:
        found = await board(connection, wanted.filter(now), caller.place, now)
    return views.board(found, now)


async def _versions(
    request: Request, last_event_id: Annotated[str | None, Header(max_length=40)] = None
) -> AsyncIterator[AsyncIterator[Watermark]]:
    """Give the versions of the figures from the one that was seen last.

    A dependency, since it is closed with its request: a reader who leaves while an event waits to be sent leaves
    the route's own generator where it is.
    """
    watch: Watch = request.app.state.watch
    async with aclosing(watch.follow(last_event_id)) as versions:
        yield versions


@router.get(
    "/board/stream",
    operation_id="followBoard",
    summary="订阅大屏更新",
    response_class=EventSourceResponse,
)
async def follow_board(
    _caller: Official,
    request: Request,
    versions: Annotated[AsyncIterator[Watermark], Depends(_versions)],
) -> AsyncIterator[ServerSentEvent]:
    """Send a `board` event when the figures have changed, and every 15 seconds since due times pass by themselves.

    The event's id is the version of the figures: who comes back with it is told at once only of another one. The
    stream ends when its token does: nothing is sent to a token that would not be accepted now.
    """
    async for present in versions:
        if not await is_accepted(request):
            return
        yield ServerSentEvent(data=views.reach(present), event="board", id=present.version)


@router.get("/drill-down", operation_id="listCasesBehindFigure", summary="查看数字背后的办件")
async def list_cases_behind(
    wanted: Annotated[requests.DrillDownWanted, Query()], caller: Official, request: Request
) -> models.CasesBehind:
    """List the cases behind a figure, with the time of the stage asked for or of the whole case.

    Behind a quantile the list is sorted by its time, with places counted from 1, so that it can be counted out.
    """
    now = _clock(request).now()
    narrowed = wanted.filter(now)
    # The measure is part of the list's identity, its page is not.
    filters = {**narrowed.as_dict(), "measure": wanted.measure, "quantile": wanted.quantile}
    behind = drill_down(wanted.measure, narrowed, caller.place, now, wanted.quantile_of)
    statement = behind.keyset.page(behind.listed, limit=wanted.limit, cursor=wanted.cursor, filters=filters)
    async with queries.snapshot(_database(request)) as connection:
        found = (await connection.execute(statement)).all()
        totals = None if wanted.cursor and not behind.sorted_by else await behind.totals(connection)
        counted = await behind.counted_out(connection, found, totals.cases, filters) if totals else None
        present = await watermark.read(connection)
    rows, following = behind.keyset.split(found, limit=wanted.limit, filters=filters)
    shown = None if wanted.cursor else totals
    return views.cases_behind(wanted.measure, narrowed, rows, following, shown, counted, present)


@router.get("/definitions", operation_id="readDefinitions", summary="查询指标口径")
async def read_definitions(_caller: Official, request: Request) -> models.Definitions:
    """Say what each figure means, and under which policy versions the cases in them are judged."""
    async with _database(request).reading() as connection:
        return views.definitions(await queries.judged_under(connection))


@router.get("/watermark", operation_id="readWatermark", summary="查询数据截至时间")
async def read_watermark(_caller: Official, request: Request) -> models.Reach:
    """Return how far the figures reach."""
    async with _database(request).reading() as connection:
        return views.reach(await watermark.read(connection))


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock
