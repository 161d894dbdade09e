"""What is done about a rating: given, changed, called back about, rectified, appealed against."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.aggregate import Stead
from libs.common.auth.callers import Caller, Role, ScopeKind
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.actions import Offer, doing
from libs.common.http.auth import require
from libs.common.http.commands import By
from libs.common.http.headers import ETAG, answering
from libs.common.http.idempotency import Answer, Once
from services.grievances.domain.ratings import acts
from services.grievances.domain.ratings.rating import Rating
from services.grievances.domain.ratings.values import RatingVerb, RatingWork
from services.grievances.domain.values.codes import Level
from services.grievances.http import rating_requests as requests
from services.grievances.http.commands import Parts, origin_of
from services.grievances.http.rating_commands import (
    APPEALS,
    BAD,
    COMMANDS,
    DESK,
    RATING,
    UNIT,
    Given,
    RatingCommand,
)
from services.grievances.http.rating_models import RatingLinkMade
from services.grievances.storage.ratings import RATINGS
from services.grievances.storage.rulebook import RuleBook
from services.grievances.usecases.ratings.give import RATING_PATH, give_grade, make_link
from services.grievances.usecases.ratings.give import Given as Grading

router = APIRouter(prefix="/v1", tags=["好差评"])
_verb = partial(COMMANDS.verb, router)


def _in_term(item: Rating, at: Given) -> bool:
    return not item.grades and at.now <= item.expires_at


_giving = By(
    COMMANDS,
    RatingVerb.RATE,
    Role.CITIZEN,
    Role.WINDOW,
    stead=Stead.MARK,
    offer=Offer(
        RATING,
        when=_in_term,
        otherwise="已评价过，或评价期已结束",
        hint="大厅代录的记为代录，限于本人当面要求",
    ),
)


@COMMANDS.post(router, _giving, "grade", "giveGrade", "评价", body=requests.GiveGrade)
async def give(
    request: Request, body: requests.GiveGrade, command: Annotated[RatingCommand, Depends(_giving)]
) -> Response:
    """Give the one grade of a service: the person, or the hall in the person's stead; never the rated unit."""

    async def doing_so(uow: UnitOfWork) -> Changed[Rating]:
        given = Grading(body.grade, body.reason, origin_of(request))
        return await give_grade(command.target(), uow, command.rulebook, given)

    return await command.answered(doing_so)


@COMMANDS.use_case(
    router,
    RatingVerb.CHANGE,
    "grade-change",
    "changeGrade",
    "更改评价",
    Role.CITIZEN,
    offer=Offer(
        RATING,
        when=lambda item, at: item.may_change(at.now, at.rules),
        otherwise="评价已超过可更改的时间",
        hint="原评价留存",
    ),
)
async def change(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, request: Request, body: requests.GiveGrade
) -> Changed[Rating]:
    """Change a grade shortly after it was given; the first one stays on record."""
    given = Grading(body.grade, body.reason, origin_of(request))
    return await give_grade(target, uow, rulebook, given, change=True)


@router.post(
    "/ratings/{rating_id}/link",
    operation_id="makeRatingLink",
    summary="生成评价链接",
    response_model=RatingLinkMade,
    responses=answering(200, ETAG),
)
async def link(
    request: Request,
    rating_id: UUID,
    caller: Annotated[Caller, require(*DESK, of=RATINGS.scopes)],
    once: Once,
    parts: Parts,
) -> Response:
    """Make an address for a message to the person; who has it made is on record, and may not call back."""

    async def action(uow: UnitOfWork) -> Answer:
        made = await make_link(uow, parts.rulebook, str(rating_id), caller, origin_of(request))
        view = RatingLinkMade(path=f"{RATING_PATH}/{made.token}", expires_at=made.expires_at)
        # The token is kept nowhere, and so its answer is not kept: a repetition makes another address.
        return Answer(view, changes=False)

    return await once(caller, action)


@_verb(
    RatingVerb.CALL,
    "call",
    "recordRatingCall",
    "登记评价回访",
    *DESK,
    offer=Offer(
        BAD,
        when=lambda item, _at: item.call_back is not None and item.call_back.ended_at is None,
        otherwise="没有待回访的评价",
        does=doing(RatingWork.CALL),
        hint="承办人、代录人和发出评价链接的人不能回访",
    ),
)
def call(item: Rating, body: requests.RecordRatingCall, at: Given) -> None:
    """Record a call about a rating."""
    acts.call_back(item, at.now, at.rules, reached=body.reached, genuine=body.genuine, note=body.note)


@_verb(
    RatingVerb.RECTIFY,
    "rectification",
    "rectifyBadRating",
    "登记整改",
    Role.CLERK,
    offer=Offer(
        BAD,
        when=lambda item, _at: item.rectification is not None and item.rectification.done_at is None,
        otherwise="没有待整改的差评",
        does=doing(RatingWork.RECTIFY),
    ),
)
def rectify(item: Rating, body: requests.Rectify, at: Given) -> None:
    """Note what was done about a bad rating."""
    acts.rectify(item, body.text, at.now)


@_verb(
    RatingVerb.APPEAL,
    "appeal",
    "appealRating",
    "申诉",
    *UNIT,
    offer=Offer(
        APPEALS,
        when=lambda item, at: item.appeal is None and at.rules.ratings.is_bad(item.grade or 0),
        otherwise="不是差评，或已申诉过",
        hint="县（市、区）和市局两级审核，均成立才不计入统计；评价不删除",
    ),
)
def appeal(item: Rating, body: requests.AskAppeal, at: Given) -> None:
    """Say that a bad rating should not count."""
    acts.appeal(item, body.ground, body.reason, at.now, at.rules)


@_verb(
    RatingVerb.DECIDE,
    "appeal-decision",
    "decideAppeal",
    "审核申诉",
    Role.SUPERVISOR,
    offer=Offer(
        APPEALS,
        when=lambda item, at: item.appeal is not None and item.appeal.state.value == _level(at).value,
        otherwise="没有待本级审核的申诉",
        does=doing(RatingWork.DECIDE),
    ),
)
def decide(item: Rating, body: requests.DecideAppeal, at: Given) -> None:
    """Decide on an appeal for one's level."""
    acts.decide_appeal(item, _level(at), body.note, at.now, granted=body.granted)


def _level(at: Given) -> Level:
    return Level.CITY if at.caller.scope.kind is ScopeKind.CITY else Level.COUNTY
