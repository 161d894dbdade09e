"""Ratings listed, shown, what can be done to one, what happened to it, work lists, and their integrity."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import ColumnElement

from libs.casework.http.history import EventView
from libs.casework.storage.history import history_of
from libs.common.audit.entries import Action
from libs.common.audit.log import recorded
from libs.common.auth.callers import Caller, ScopeKind
from libs.common.database.code_lists import has_code
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Actions
from libs.common.http.auth import require
from libs.common.http.cursors import CountedPage, Page
from libs.common.http.etags import set_etag
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.headers import ETAG, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.lists import counted_page
from libs.common.places import Supply
from libs.common.problems import NOT_FOUND
from services.grievances.domain.ratings.values import (
    SIGNAL_NAMES,
    RatedService,
    RatingOrder,
    RatingState,
    Signal,
)
from services.grievances.domain.words import shown_words
from services.grievances.events.published.ratings import RATING_EVENTS
from services.grievances.http import rating_models as models
from services.grievances.http.commands import Parts
from services.grievances.http.rating_commands import COMMANDS, DESK, UNIT, Reader, Staff
from services.grievances.http.rating_requests import RevealReason
from services.grievances.http.rating_views import (
    event_view,
    integrity_row,
    is_staff,
    rating_detail,
    rating_view,
    waiting_for,
)
from services.grievances.storage.rating_words import reasons_of
from services.grievances.storage.ratings import ORDERS, RATINGS
from services.grievances.storage.tables import rating
from services.grievances.usecases.ratings.read_integrity import graded, signalled

router = APIRouter(prefix="/v1", tags=["好差评"])
_r = rating.c
_OPEN = {
    "rating_invited",
    "rating_given",
    "rating_changed",
    "rating_expired",
    "bad_rating_rectified",
    "rating_deadlines_moved",
}
_INTERNAL = frozenset(event.type() for event in RATING_EVENTS if event.event not in _OPEN)


@router.get("/ratings", operation_id="listRatings", summary="查询好差评")
async def list_ratings(
    caller: Reader,
    parts: Parts,
    state: RatingState | None = None,
    service: RatedService | None = None,
    grade: Annotated[int | None, Query(ge=1, le=5)] = None,
    bad: Annotated[QueryFlag | None, Query(description="Bad ones (1, 2), or the others")] = None,
    suspect: Annotated[QueryFlag | None, Query(description="Marked as suspect; staff alone see it")] = None,
    signal: Annotated[Signal | None, Query(description="With this signal; staff alone see it")] = None,
    excluded: Annotated[QueryFlag | None, Query(description="Left out by an appeal")] = None,
    called: Annotated[QueryFlag | None, Query(description="Reached by a call-back")] = None,
    thing_id: Annotated[UUID | None, Query(description="Of this case, request or grievance")] = None,
    utility: Code | None = None,
    district: Code | None = None,
    supply: Supply | None = None,
    order: Annotated[
        RatingOrder,
        Query(description="What ended last first, or what was rated last, without what is not rated"),
    ] = RatingOrder.SERVED,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.RatingView]:
    """List the ratings that the caller may see, newest first."""
    rules, now = parts.rulebook.rules, parts.clock.now()
    is_bad = _r.grade <= rules.ratings.bad_to
    shows = caller.citizen is None
    conditions: Mapping[str, tuple[Any, ColumnElement[bool]]] = {
        "state": (state, _r.state == state),
        "service": (service, _r.service == service),
        "grade": (grade, _r.grade == grade),
        "bad": (bad, is_bad if bad else is_bad.is_not(True)),
        "suspect": (suspect if shows else None, _r.is_suspect.is_(bool(suspect))),
        "signal": (signal if shows else None, has_code(_r.signals, signal or "")),
        "excluded": (excluded, _r.is_excluded.is_(bool(excluded))),
        "called": (called, _r.is_called.is_(bool(called))),
        "thing_id": (thing_id and str(thing_id), _r.thing_id == str(thing_id)),
        "utility": (utility, _r.utility == utility),
        "district": (district, _r.district == district),
        "supply": (supply, _r.supply == supply),
    }
    keyset = ORDERS[order]
    filters = {name: value for name, (value, _) in conditions.items() if value is not None} | {"order": order}
    statement = RATINGS.select(*(column for column, _ in keyset.columns)).where(
        *(condition for value, condition in conditions.values() if value is not None)
    )
    if order is RatingOrder.RATED:
        statement = statement.where(_r.rated_at.is_not(None))
    items, following, total = await counted_page(
        RATINGS, parts.database, statement, caller.scope, keyset, limit=limit, cursor=cursor, filters=filters
    )
    return CountedPage.of([rating_view(item, rules, now, caller) for item in items], following, total)


@router.get(
    "/ratings/{rating_id}", operation_id="getRating", summary="查看一项评价", responses=answering(200, ETAG)
)
async def get_rating(
    rating_id: UUID, caller: Reader, parts: Parts, response: Response
) -> models.RatingDetail:
    """Show one rating with its grades and acts."""
    item = await RATINGS.find(parts.database, str(rating_id), caller.scope)
    set_etag(response, item.version)
    async with parts.database.reading() as connection:
        reasons = await reasons_of(connection, parts.rulebook.sealer, item.id)
    return rating_detail(item, parts.rulebook.rules, parts.clock.now(), caller, reasons)


@router.post(
    "/ratings/{rating_id}/reveal",
    operation_id="revealRatingReason",
    summary="查看评价理由的完整内容",
    response_model=models.RevealedReason,
)
async def reveal(
    rating_id: UUID,
    body: RevealReason,
    request: Request,
    once: Once,
    caller: Annotated[Caller, require(*DESK, *UNIT, of=RATINGS.scopes)],
    parts: Parts,
) -> Response:
    """Show the person's last reason whole, for a purpose; that it was shown is on record.

    To a unit numbers stay masked where the person is confidential.
    """

    async def action(uow: UnitOfWork) -> Answer:
        item = await RATINGS.load(uow, str(rating_id), scope=caller.scope)
        reasons = await reasons_of(uow.connection, parts.rulebook.sealer, item.id)
        told = [text for grade in item.grades if (text := reasons.get(grade.words or "")) is not None]
        if not told:
            raise NOT_FOUND("此件没有填写评价理由，或已删除")
        await recorded(
            uow,
            caller,
            request,
            Action.REVEAL,
            purpose=body.purpose,
            subjects=[item.id],
            fields=["rating_reason"],
        )
        is_unit = caller.scope.kind is ScopeKind.UTILITY
        reason = shown_words(told[-1]) if is_unit and item.is_confidential else told[-1]
        return Answer(models.RevealedReason(reason=reason), changes=False)

    return await once(caller, action)


@router.get(
    "/ratings/{rating_id}/actions",
    operation_id="listRatingActions",
    summary="查看一项评价现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    rating_id: UUID,
    caller: Reader,
    parts: Parts,
    response: Response,
    withheld: Annotated[QueryFlag, Query(description="Also what cannot be done now, and why")] = False,
) -> Actions:
    """List what the caller may do to a rating now, each command with its form."""
    item, now = await RATINGS.find(parts.database, str(rating_id), caller.scope), parts.clock.now()
    set_etag(response, item.version)
    waiting = waiting_for(item, parts.rulebook.rules, now)
    return COMMANDS.actions(item, caller, now, parts.rulebook, waiting=waiting, explain=withheld)


@router.get("/ratings/{rating_id}/events", operation_id="listRatingEvents", summary="查看一项评价的办理记录")
async def list_events(
    rating_id: UUID,
    caller: Reader,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: str | None = None,
) -> Page[EventView]:
    """List what happened to a rating, in order; citizens see neither signals nor what the staff do."""
    rows, following = await history_of(
        parts.database,
        RATINGS,
        str(rating_id),
        caller.scope,
        limit=limit,
        cursor=cursor,
        without=frozenset() if is_staff(caller) else _INTERNAL,
    )
    rules = parts.rulebook.rules
    return Page(items=[event_view(row, caller, rules) for row in rows], next=following)


@router.get("/rating-integrity", operation_id="getRatingIntegrity", summary="评价真实性")
async def get_integrity(
    caller: Staff,
    parts: Parts,
    utility: Code | None = None,
    district: Code | None = None,
    supply: Supply | None = None,
    days: Annotated[int, Query(ge=1, le=366, description="Of services that ended in so many days")] = 90,
) -> models.Integrity:
    """Show which ratings were called back, by unit, kind and grade, and the suspect ones by signal."""
    now, policy = parts.clock.now(), parts.rulebook.rules.ratings
    filters = {"utility": utility, "district": district, "supply": supply}
    since = now - timedelta(days=days)
    async with parts.database.reading() as connection:
        rows = await graded(connection, caller.scope, filters, since)
        signals = await signalled(connection, caller.scope, filters, since)
    return models.Integrity(
        as_of=now,
        items=[integrity_row(row) for row in rows],
        signals=[
            models.SignalRow(signal=signal, signal_name=SIGNAL_NAMES[signal], suspect=number)
            for signal, number in signals.items()
        ],
        sample_permille=policy.sample_permille,
        seed=policy.seed,
    )
