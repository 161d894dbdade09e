"""What was told, whole for a purpose, and what is like it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded, refusals_recorded
from libs.common.auth.callers import Caller, Role, narrow
from libs.common.clock import local, midnight
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.idempotency import Answer, Once
from libs.common.problems import NOT_FOUND
from services.grievances.domain.values.states import STATE_NAMES
from services.grievances.domain.words import shown_words
from services.grievances.http import models, requests
from services.grievances.http.commands import Parts
from services.grievances.http.routes import Teller
from services.grievances.http.views import category_name, grievance_view, is_staff, knows_reporter
from services.grievances.storage.grievances import GRIEVANCES, NEWEST
from services.grievances.storage.words import told_from, words_of
from services.grievances.usecases.similar import Likeness, similar

router = APIRouter(prefix="/v1", tags=["诉求"])
_WORDS = ("words", "place")
_PERSON = ("name", "phone")
_MOST_FOUND = 20
# So many are opened to find those.
_MOST_OPENED = 500
Revealer = Annotated[Caller, require(Role.WINDOW, Role.CLERK, Role.SUPERVISOR, of=GRIEVANCES.scopes)]


@router.post(
    "/grievance-suggestions",
    operation_id="suggestGrievances",
    summary="查找相似诉求",
    response_model=models.Suggestions,
)
async def suggest(body: requests.Suggest, once: Once, caller: Teller, parts: Parts) -> Response:
    """Look for what is like a grievance before it is told: among those that the caller sees.

    Citizens learn of what kind, in which state and of which day there are some of the place. Their words are
    compared with nobody's: how alike they are would tell what others wrote.
    """
    shows = is_staff(caller)
    found = await similar(
        parts.database,
        parts.rulebook,
        parts.clock,
        category=body.category,
        district=body.district,
        site=body.site,
        words=body.words if shows else None,
        scope=caller.scope if shows else None,
    )
    rules = parts.rulebook.rules

    def view(entry: Likeness) -> models.Similar:
        item = entry.item
        closed_at = item.closed_at
        return models.Similar(
            id=UUID(item.id) if shows else None,
            number=item.number if shows else None,
            category_name=category_name(item.category, rules),
            state_name=STATE_NAMES[item.state],
            received_at=item.received_at if shows else _day(item.received_at),
            closed_at=closed_at if shows or closed_at is None else _day(closed_at),
            likeness=entry.likeness if shows else None,
        )

    async def action(_uow: UnitOfWork) -> Answer:
        return Answer(models.Suggestions(items=[view(entry) for entry in found]), changes=False)

    return await once(caller, action)


@router.post(
    "/grievance-search",
    operation_id="findByPhone",
    summary="按来电号码查找诉求",
    response_model=models.ToldBefore,
)
async def find_by_phone(
    body: requests.FindCaller, request: Request, once: Once, caller: Revealer, parts: Parts
) -> Response:
    """List what was told from a number, for who takes a call; a utility finds nothing of who is confidential."""

    async def action(uow: UnitOfWork) -> Answer:
        statement = narrow(
            GRIEVANCES.select(*(column for column, _ in NEWEST.columns))
            .where(GRIEVANCES.table.c.id.in_(told_from(parts.rulebook.sealer, body.phone)))
            .order_by(GRIEVANCES.table.c.received_at.desc(), GRIEVANCES.table.c.id.desc())
            .limit(_MOST_OPENED),
            caller.scope,
            GRIEVANCES.scopes,
        )
        rows = (await uow.connection.execute(statement)).mappings().all()
        # What may not be known of leaves no trace: neither a place in the list nor that there is more.
        known = [
            item
            for item in (GRIEVANCES.read(row, parts.database.records) for row in rows)
            if knows_reporter(item, caller)
        ]
        found = known[:_MOST_FOUND]
        await recorded(
            uow,
            caller,
            request,
            Action.SEARCH,
            purpose="FIND",
            subjects=[item.id for item in found],
            fields=["phone"],
        )
        rules = parts.rulebook.rules
        views = [grievance_view(item, rules, uow.now, caller) for item in found]
        return Answer(models.ToldBefore(items=views, more=len(known) > _MOST_FOUND), changes=False)

    return await once(caller, action)


def _day(instant: datetime) -> datetime:
    return midnight(local(instant).date())


@router.post(
    "/grievances/{grievance_id}/reveal",
    operation_id="revealGrievance",
    summary="查看诉求的完整内容",
    response_model=models.RevealedGrievance,
)
async def reveal(
    grievance_id: UUID,
    body: requests.RevealGrievance,
    request: Request,
    once: Once,
    caller: Revealer,
    parts: Parts,
) -> Response:
    """Show what was told whole, and how to reach the person, for a purpose; that it was shown is on record.

    Who may not know the person sees the words without numbers, which may tell who it is.
    """

    async def action(uow: UnitOfWork) -> Answer:
        item = await GRIEVANCES.load(uow, str(grievance_id), scope=caller.scope)
        told = (await words_of(uow.connection, parts.rulebook.sealer, [item.id])).get(item.id)
        if told is None:
            raise NOT_FOUND("此件的诉求内容已删除")
        knows = knows_reporter(item, caller)
        fields = [*_WORDS, *(_PERSON if knows else ())]
        await recorded(
            uow, caller, request, Action.REVEAL, purpose=body.purpose, subjects=[item.id], fields=fields
        )
        shown = models.RevealedGrievance(
            words=told.words if knows else shown_words(told.words),
            place=told.place if knows or told.place is None else shown_words(told.place),
            name=told.name if knows else None,
            phone=told.phone if knows else None,
        )
        return Answer(shown, changes=False)

    async with refusals_recorded(
        caller,
        request,
        Action.REVEAL,
        purpose=body.purpose,
        subject=str(grievance_id),
        fields=(*_WORDS, *_PERSON),
    ):
        return await once(caller, action)
