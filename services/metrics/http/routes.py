"""Routes of the figures, the same for each source. Every query is narrowed by the caller's scope."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.http.auth import is_accepted
from services.metrics.declare import Panel, Source
from services.metrics.http import models, requests, views
from services.metrics.http.requests import Official
from services.metrics.http.watch import Versions, Watch
from services.metrics.sources import SOURCES
from services.metrics.storage import shards
from services.metrics.storage.drill_down import drill_down
from services.metrics.storage.figures import judged_under, snapshot, tallies

router = APIRouter(prefix="/v1", tags=["指标"])


async def _versions(
    request: Request, last_event_id: Annotated[str | None, Header(max_length=200)] = None
) -> AsyncIterator[AsyncIterator[Versions]]:
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
    versions: Annotated[AsyncIterator[Versions], Depends(_versions)],
) -> AsyncIterator[ServerSentEvent]:
    """Send a `board` event when the figures have changed, and every 15 seconds since due times pass by themselves.

    It says how far each source reaches. The event's id is the version of the figures: who comes back with it is told
    at once only of another one. The stream ends when its token does: nothing is sent to a token that would not be
    accepted now.
    """
    async for present in versions:
        if not await is_accepted(request):
            return
        data = {code: views.reach(SOURCES[code], watermark) for code, watermark in present.reach.items()}
        yield ServerSentEvent(data=data, event="board", id=present.version)


def _add_routes(source: Source) -> None:
    figures_wanted = requests.figures_wanted(source)
    board_wanted = requests.board_wanted(source)
    drill_down_wanted = requests.drill_down_wanted(source)
    title = requests.title_of(source)

    @router.get(
        f"/figures/{source.code}",
        operation_id=f"read{title}Figures",
        summary=f"查询{source.name}指标",
    )
    async def read_figures(
        wanted: Annotated[figures_wanted, Query()],  # type: ignore[valid-type]
        caller: Official,
        request: Request,
    ) -> models.Figures:
        """Return figures by their codes, added up by dimensions that they have; months narrow no live one."""
        now = _clock(request).now()
        panel = Panel("", tuple(dict.fromkeys(wanted.codes)), tuple(dict.fromkeys(wanted.group_by)))  # type: ignore[attr-defined]
        narrowed = wanted.filter(source, now)  # type: ignore[attr-defined]
        async with snapshot(_database(request)) as connection:
            (found,) = await tallies(connection, source, [panel], narrowed, caller.scope, now)
            present = await shards.read(connection, source.code)
        items = views.rows(source, panel, found)
        return models.Figures(reach=views.reach(source, present), now=now, items=items)

    @router.get(
        f"/board/{source.code}",
        operation_id=f"read{title}Board",
        summary=f"读取{source.name}大屏快照",
    )
    async def read_board(
        wanted: Annotated[board_wanted, Query()],  # type: ignore[valid-type]
        caller: Official,
        request: Request,
    ) -> models.Board:
        """Return all that the board shows, of one instant; months narrow what has ended, never what is live."""
        now = _clock(request).now()
        narrowed = wanted.filter(source, now)  # type: ignore[attr-defined]
        async with snapshot(_database(request)) as connection:
            found = await tallies(connection, source, source.board, narrowed, caller.scope, now)
            present = await shards.read(connection, source.code)
        panels = {
            panel.name: views.rows(source, panel, groups)
            for panel, groups in zip(source.board, found, strict=True)
        }
        return models.Board(reach=views.reach(source, present), now=now, panels=panels)

    @router.get(
        f"/drill-down/{source.code}",
        operation_id=f"list{title}BehindFigure",
        summary=f"查看{source.name}数字背后的件",
    )
    async def list_behind(
        wanted: Annotated[drill_down_wanted, Query()],  # type: ignore[valid-type]
        caller: Official,
        request: Request,
    ) -> models.ListBehind:
        """List the subjects behind a figure, with the time of the code asked for or of the whole.

        Behind a quantile the list is sorted by its time, with places counted from 1, so that it can be counted out.
        """
        return await _list_behind(source, wanted, caller, request)

    @router.get(
        f"/definitions/{source.code}",
        operation_id=f"read{title}Definitions",
        summary=f"查询{source.name}指标口径",
    )
    async def read_definitions(_caller: Official, request: Request) -> models.Definitions:
        """Say what each figure means, and under which policy versions the subjects in them are judged."""
        async with _database(request).reading() as connection:
            return views.definitions(source, await judged_under(connection, source))

    @router.get(
        f"/watermark/{source.code}",
        operation_id=f"read{title}Watermark",
        summary=f"查询{source.name}指标最近汇总到的事件",
    )
    async def read_watermark(_caller: Official, request: Request) -> models.Reach:
        """Return how far the figures reach."""
        async with _database(request).reading() as connection:
            return views.reach(source, await shards.read(connection, source.code))


async def _list_behind(
    source: Source, wanted: requests.DrillDownWanted, caller: Official, request: Request
) -> models.ListBehind:
    now = _clock(request).now()
    narrowed = wanted.filter(source, now)
    # The figure is part of the list's identity, its page is not.
    filters = {**narrowed.as_dict(), "code": wanted.code, "quantile": wanted.quantile, "order": wanted.order}
    behind = drill_down(source, wanted.code, narrowed, caller.scope, now, wanted.quantile_of, wanted.order)
    async with snapshot(_database(request)) as connection:
        rows, following = await behind.keyset.read(
            connection, behind.listed, limit=wanted.limit, cursor=wanted.cursor, filters=filters
        )
        totals = None if wanted.cursor and not behind.sorted_by else await behind.totals(connection)
        counted = await behind.counted_out(connection, rows, totals.subjects, filters) if totals else None
        present = await shards.read(connection, source.code)
    shown = None if wanted.cursor else totals
    return views.list_behind(source, wanted.code, narrowed, rows, following, shown, counted, present, now)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _clock(request: Request) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


for _source in SOURCES.values():
    _add_routes(_source)
